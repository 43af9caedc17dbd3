"""The parameters of Checkout Sessions (https://docs.stripe.com/api/checkout/sessions/create)."""

from stripe_sandbox.params import (
    EXPAND,
    PAGING,
    Boolean,
    Choice,
    Currency,
    Email,
    Many,
    Metadata,
    Range,
    Record,
    String,
    Url,
    Whole,
)

_LOCALES = (
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro "
    "ru sk sl sv th tr vi zh zh-HK zh-TW"
)
LOCALES = tuple(_LOCALES.split())
METHOD_TYPES = ("bacs_debit", "card", "sepa_debit", "us_bank_account")

PRODUCT_DATA = Record(
    {
        "description": String(40_000),
        "images": Many(Url(), most=8),
        "metadata": Metadata(),
        "name": String(),
        "tax_code": String(),
        "unit_label": String(12),
    },
    required=("name",),
)
PRICE_DATA = Record(
    {
        "currency": Currency(),
        "product_data": PRODUCT_DATA,
        "tax_behavior": Choice(("exclusive", "inclusive", "unspecified")),
        "unit_amount": Whole(least=0),
    },
    required=("currency",),
    unsupported=frozenset({"product", "recurring", "unit_amount_decimal"}),
)
LINE_ITEM = Record(
    {"metadata": Metadata(), "price": String(), "price_data": PRICE_DATA, "quantity": Whole(least=1)},
    unsupported=frozenset({"adjustable_quantity", "dynamic_tax_rates", "tax_rates"}),
)
TRANSFER_DATA = Record({"amount": Whole(least=1), "destination": String()}, required=("destination",))
INTENT_DATA = Record(
    {
        "application_fee_amount": Whole(least=0),
        "capture_method": Choice(("automatic", "automatic_async")),
        "description": String(1000),
        "metadata": Metadata(),
        "on_behalf_of": String(),
        "receipt_email": Email(),
        "statement_descriptor": String(22),
        "statement_descriptor_suffix": String(22),
        "transfer_data": TRANSFER_DATA,
        "transfer_group": String(),
    },
    unsupported=frozenset({"setup_future_usage", "shipping"}),
)
CUSTOM_TEXT = Record(
    dict.fromkeys(
        ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance"),
        Record({"message": String(1200)}, required=("message",)),
    )
)
CREATE = Record(
    {
        "billing_address_collection": Choice(("auto", "required")),
        "cancel_url": Url(),
        "client_reference_id": String(200),
        "currency": Currency(),
        "custom_text": CUSTOM_TEXT,
        "customer_creation": Choice(("always", "if_required")),
        "customer_email": Email(),
        "expand": EXPAND,
        "expires_at": Whole(),
        "line_items": Many(LINE_ITEM),
        "locale": Choice(LOCALES),
        "metadata": Metadata(),
        "mode": Choice(("payment", "setup", "subscription")),
        "payment_intent_data": INTENT_DATA,
        "payment_method_types": Many(Choice(METHOD_TYPES)),
        "phone_number_collection": Record({"enabled": Boolean()}, required=("enabled",)),
        "submit_type": Choice(("auto", "book", "donate", "pay", "subscribe")),
        "success_url": Url(),
        "ui_mode": Choice(("elements", "embedded_page", "hosted_page")),
    },
    unsupported=frozenset(
        {
            "adaptive_pricing", "after_expiration", "allow_promotion_codes", "automatic_tax", "branding_settings",
            "consent_collection", "custom_fields", "customer", "customer_account", "customer_update", "discounts",
            "excluded_payment_method_types", "integration_identifier", "invoice_creation", "managed_payments",
            "name_collection", "optional_items", "origin_context", "payment_method_collection",
            "payment_method_configuration", "payment_method_data", "payment_method_options", "permissions",
            "redirect_on_completion", "return_url", "saved_payment_method_options", "setup_intent_data",
            "shipping_address_collection", "shipping_options", "subscription_data", "tax_id_collection",
            "wallet_options",
        }
    ),
)  # fmt: skip
LIST = Record(
    {
        **PAGING,
        "created": Range(),
        "customer_details": Record({"email": Email()}, required=("email",)),
        "payment_intent": String(),
        "status": Choice(("complete", "expired", "open")),
    },
    unsupported=frozenset({"customer", "customer_account", "payment_link", "subscription"}),
)
