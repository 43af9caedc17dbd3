"""What is stored of a policy is called as on the mentor; rescheduling is allowed until 24 hours before, as for new ones."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def rename(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    sessions = apps.get_model("bookings", "Session").objects
    for session in sessions.filter(policy__has_key="full_until_hours").only("policy").iterator():
        session.policy = {
            "full_refund_hours": session.policy["full_until_hours"],
            "late_refund_percent": session.policy["late_percent"],
            "reschedule_hours": 24,
        }
        session.save(update_fields=["policy"])


class Migration(migrations.Migration):
    dependencies = [("bookings", "0002_booking_keys")]

    operations = [migrations.RunPython(rename, migrations.RunPython.noop)]
