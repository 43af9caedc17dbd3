"""django-allauth promises nothing about its `internal` modules: an upgrade that changes what we use of them fails here."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

SOURCE: Final = Path(__file__).resolve().parents[2] / "src"
USED: Final = {
    "allauth.account.internal.flows.email_verification.send_verification_email_to_address": "(request: 'HttpRequest', address: 'EmailAddress', signup: 'bool' = False, process=None, skip_enumeration_mails: 'bool' = False) -> 'bool'",
    "allauth.account.internal.flows.login.perform_login": "(request: 'HttpRequest', login: 'Login') -> 'HttpResponse'",
    "allauth.account.internal.flows.login.record_authentication": "(request: 'HttpRequest', user: 'AbstractBaseUser | None', method: 'str', **extra_data) -> 'None'",
    "allauth.account.internal.stagekit.unstash_login": "(request: 'HttpRequest', peek: 'bool' = False) -> 'Login | None'",
    "allauth.core.internal.ratelimit.consume": "(request: 'HttpRequest', *, app: 'str', action: 'str', config: 'dict[str, str] | None' = None, key=None, user=None, dry_run: 'bool' = False, limit_get: 'bool' = False, raise_exception: 'bool' = False) -> 'RateLimitUsage | None'",
    "allauth.core.internal.ratelimit.get_cache_key": "(request: 'HttpRequest', *, app: 'str', action: 'str', rate: 'Rate', key=None, user=None) -> 'str'",
    "allauth.core.internal.ratelimit.get_rates": "(*, app: 'str', action: 'str', config: 'dict[str, str] | None' = None) -> 'list[Rate]'",
    "allauth.headless.internal.sessionkit.new_session": "() -> 'SessionBase'",
    "allauth.headless.internal.sessionkit.session_store": "(session_key=None) -> 'SessionBase'",
    "allauth.headless.tokens.strategies.jwt.internal._get_jwt_config": "() -> 'JWTConfig'",
    "allauth.headless.tokens.strategies.jwt.internal.get_token_session": "(payload: 'dict[str, Any]') -> 'SessionBase | None'",
    "allauth.headless.tokens.strategies.jwt.internal.session_key_from_sid": "(sid: 'str') -> 'str | None'",
    "allauth.headless.tokens.strategies.jwt.internal.validate_token_user": "(token: 'dict[str, Any]', session: 'SessionBase') -> 'AbstractBaseUser | None'",
    "allauth.mfa.internal.constants.LoginStageKey.MFA_AUTHENTICATE": "<LoginStageKey.MFA_AUTHENTICATE: 'mfa_authenticate'>",
}
"""By name: the signature with which we call it; the value, for a constant."""


def used_in(path: Path) -> Iterator[str]:
    """Names from allauth's internal modules; for a module or a class, the attributes that are read."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("allauth."):
            for alias in node.names:
                dotted = f"{node.module}.{alias.name}"
                if "internal" in dotted.split("."):
                    yield from _attributes(tree, alias.asname or alias.name, dotted)


def _attributes(tree: ast.Module, name: str, dotted: str) -> Iterator[str]:
    if not isinstance(found_at(dotted), ModuleType | type):
        yield dotted
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name:
            yield f"{dotted}.{node.attr}"


def found_at(dotted: str) -> object:
    try:
        return importlib.import_module(dotted)
    except ModuleNotFoundError:
        above, _, name = dotted.rpartition(".")
        return getattr(found_at(above), name)


def as_it_is(dotted: str) -> str:
    found = found_at(dotted)
    return str(inspect.signature(found)) if inspect.isroutine(found) else repr(found)


def test_what_we_use_of_allauths_internals_is_as_we_know_it() -> None:
    found = {name for path in sorted(SOURCE.rglob("*.py")) for name in used_in(path)}
    assert {name: as_it_is(name) for name in found} == USED
