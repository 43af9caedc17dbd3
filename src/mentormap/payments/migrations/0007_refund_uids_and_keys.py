"""Gives each refund a uid, and stores the idempotency keys that may have been sent for it.

Version 0.1.0 derived the keys from the row number when it sent a refund. This migration stores exactly these keys, so that a
refund whose answer was lost is sent again with the key that Stripe knows. Refunds that were never tried get theirs too: a database
restored from a backup does not know which refunds have been sent since.
"""

import uuid
from typing import Any

from django.db import migrations, models


def fill(apps: Any, schema_editor: Any) -> None:
    refunds = apps.get_model("payments", "Refund").objects.using(schema_editor.connection.alias)
    for refund in refunds.order_by("pk").iterator(chunk_size=500):
        refund.uid = uuid.uuid4()
        if not refund.is_foreign:
            attempts = range(1, refund.attempt + 1)
            refund.idempotency_keys = {
                str(attempt): f"mentormap-refund-{refund.pk}-{attempt}" for attempt in attempts
            }
        refund.save(update_fields=["uid", "idempotency_keys"])


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_money_unknown_here")]

    operations = [
        migrations.AddField("refund", "uid", models.UUIDField(null=True)),
        migrations.AddField("refund", "idempotency_keys", models.JSONField(blank=True, default=dict)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            "refund", "uid", models.UUIDField(unique=True, default=uuid.uuid4)
        ),
    ]
