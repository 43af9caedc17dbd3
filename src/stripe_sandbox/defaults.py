"""Fields that Stripe's objects always have and that the sandbox never fills, by kind."""

from stripe_sandbox.unit_of_work import Json

ADDRESS: Json = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))

SESSION: Json = {
    "livemode": False,
    "adaptive_pricing": {"enabled": False},
    "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
    "collected_information": None,
    "custom_fields": [],
    "custom_text": dict.fromkeys(
        ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
    ),
    "invoice_creation": {
        "enabled": False,
        "invoice_data": {
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": None,
            "metadata": {},
            "rendering_options": None,
        },
    },
    "payment_method_collection": "if_required",
    "payment_method_configuration_details": None,
    "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
    "phone_number_collection": {"enabled": False},
    "shipping_options": [],
    "discounts": [],
    **dict.fromkeys(
        (
            "after_expiration", "allow_promotion_codes", "billing_address_collection", "client_secret", "consent",
            "consent_collection", "currency_conversion", "customer", "customer_account", "integration_identifier",
            "invoice", "managed_payments", "optional_items", "origin_context", "payment_link", "permissions",
            "recovered_from", "saved_payment_method_options", "setup_intent", "shipping_address_collection",
            "shipping_cost", "subscription", "wallet_options",
        )
    ),
}  # fmt: skip

INTENT: Json = {
    "livemode": False,
    "amount_capturable": 0,
    "amount_details": {"tip": {}},
    "automatic_payment_methods": None,
    "capture_method": "automatic_async",
    "confirmation_method": "automatic",
    **dict.fromkeys(
        (
            "application", "application_fee_amount", "canceled_at", "cancellation_reason", "customer",
            "customer_account", "excluded_payment_method_types", "managed_payments", "next_action", "on_behalf_of",
            "payment_method_configuration_details", "processing", "receipt_email", "review", "setup_future_usage",
            "shipping", "transfer_data", "transfer_group",
        )
    ),
}  # fmt: skip

CHARGE: Json = {
    "livemode": False,
    "amount_refunded": 0,
    "disputed": False,
    "fraud_details": {},
    "radar_options": {},
    "refunded": False,
    **dict.fromkeys(
        (
            "application", "application_fee", "application_fee_amount", "customer", "failure_balance_transaction",
            "failure_code", "failure_message", "on_behalf_of", "receipt_email", "receipt_number", "receipt_url",
            "review", "shipping", "source_transfer", "transfer_data", "transfer_group",
        )
    ),
}  # fmt: skip

EVIDENCE: Json = {
    "enhanced_evidence": {},
    **dict.fromkeys(
        (
            "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
            "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
            "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation",
            "duplicate_charge_explanation", "duplicate_charge_id", "product_description", "receipt",
            "refund_policy", "refund_policy_disclosure", "refund_refusal_explanation", "service_date",
            "service_documentation", "shipping_address", "shipping_carrier", "shipping_date",
            "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
        )
    ),
}  # fmt: skip

THREE_D_SECURE: Json = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "exemption_indicator": None,
    "result": "authenticated",
    "result_reason": None,
    "transaction_id": None,
    "version": "2.2.0",
}
