"""Stores separately when a bank was asked for a payment and when the money came.

Version 0.1.0 stored the first as the second. If the event of the arrival is still stored, the payment gets both times.
"""

from datetime import UTC, datetime
from typing import Any

from django.db import migrations, models


def set_right(apps: Any, schema_editor: Any) -> None:
    events = apps.get_model("payments", "StripeEvent").objects.using(schema_editor.connection.alias)
    arrived = events.filter(type="checkout.session.async_payment_succeeded").exclude(payment=None)
    for event in arrived.select_related("payment").order_by("pk").iterator(chunk_size=500):
        created = event.body.get("created") if isinstance(event.body, dict) else None
        payment = event.payment
        if payment.paid_at is None or payment.begun_at is not None or not isinstance(created, int):
            continue
        payment.begun_at, payment.paid_at = payment.paid_at, datetime.fromtimestamp(created, UTC)
        payment.save(update_fields=["begun_at", "paid_at"])


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_refund_uids_and_keys")]

    operations = [
        migrations.AddField("payment", "begun_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunPython(set_right, migrations.RunPython.noop),
    ]
