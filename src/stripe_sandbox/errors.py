"""Refusals with Stripe's texts and codes (https://docs.stripe.com/api/errors, https://docs.stripe.com/error-codes)."""

from typing import Any, Literal

ErrorType = Literal["api_error", "card_error", "idempotency_error", "invalid_request_error"]


class StripeError(Exception):
    """An answer other than 200. `kept` says that an idempotency key remembers it: the endpoint had begun to work."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int = 400,
        type: ErrorType = "invalid_request_error",  # noqa: A002  Stripe's name for the field
        kept: bool = False,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.code, self.param = message, code, param
        self.status, self.type, self.kept = status, type, kept
        self.extra = extra or {}

    def body(self) -> dict[str, Any]:
        """Stripe leaves out what it has nothing to say about."""
        fields = {"code": self.code, "doc_url": self._doc_url(), "message": self.message, "param": self.param}
        given = {name: value for name, value in fields.items() if value is not None}
        return {"error": {**given, **self.extra, "type": self.type}}

    def _doc_url(self) -> str | None:
        return f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}" if self.code else None


def unknown_parameter(param: str) -> StripeError:
    return StripeError(f"Received unknown parameter: {param}", code="parameter_unknown", param=param)


def missing_parameter(param: str) -> StripeError:
    return StripeError(f"Missing required param: {param}.", code="parameter_missing", param=param)


def empty_parameter(param: str) -> StripeError:
    return StripeError(
        f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset a parameter; "
        f"however '{param}' cannot be unset. You should remove '{param}' from your request or supply a non-empty "
        "value.",
        code="parameter_invalid_empty",
        param=param,
    )


def not_modelled(param: str) -> StripeError:
    """Stripe knows the parameter and the sandbox does not: better a refusal than a silent difference."""
    return StripeError(f"The sandbox does not support the parameter: {param}", param=param)


def missing_object(what: str, object_id: str, *, param: str, status: int = 404) -> StripeError:
    return StripeError(f"No such {what}: '{object_id}'", code="resource_missing", param=param, status=status)


def unknown_url(method: str, path: str) -> StripeError:
    return StripeError(
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at "
        "https://support.stripe.com/.",
        status=404,
    )


def no_api_key() -> StripeError:
    return StripeError(
        "You did not provide an API key. You need to provide your API key in the Authorization header, using "
        "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See "
        "https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
        status=401,
    )


def wrong_api_key(key: str) -> StripeError:
    masked = f"{key[:8]}{'*' * max(len(key) - 12, 4)}{key[-4:]}" if len(key) > 12 else "*" * len(key)
    return StripeError(f"Invalid API Key provided: {masked}", status=401)


def wrong_version(asked: str, spoken: str) -> StripeError:
    return StripeError(f"Invalid Stripe API version: {asked}. The sandbox speaks {spoken} alone.")


def key_with_other_parameters(key: str) -> StripeError:
    return StripeError(
        "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
        f"using a key other than '{key}' if you meant to execute a different request.",
        type="idempotency_error",
    )


def key_with_other_endpoint(key: str, now: str, first: str) -> StripeError:
    return StripeError(
        "Keys for idempotent requests can only be used for the same endpoint they were first used for "
        f"('{now}' vs '{first}'). Try using a key other than '{key}' if you meant to execute a different request.",
        type="idempotency_error",
    )


def key_too_long() -> StripeError:
    return StripeError("Idempotency keys can be at most 255 characters.", type="idempotency_error")


def key_in_use(key: str) -> StripeError:
    return StripeError(
        "There is currently another in-progress request using this Stripe Idempotent Key (that probably means you "
        f"submitted twice, and the other request is still going through): {key}.",
        code="idempotency_key_in_use",
        type="idempotency_error",
        status=409,
    )
