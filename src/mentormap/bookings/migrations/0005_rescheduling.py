"""Sessions can move to another time: until now each has had one start alone."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F


def keep_first_start(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("bookings", "Session").objects.update(earliest_start=F("scheduled_at"))


class Migration(migrations.Migration):
    dependencies = [("bookings", "0004_rooms")]

    operations = [
        migrations.AddField("session", "earliest_start", models.DateTimeField(null=True)),
        migrations.AddField("session", "full_refund_until", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("sessionhistory", "from_start", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("sessionhistory", "to_start", models.DateTimeField(blank=True, null=True)),
        migrations.RunPython(keep_first_start, migrations.RunPython.noop),
        migrations.AlterField("session", "earliest_start", models.DateTimeField()),
    ]
