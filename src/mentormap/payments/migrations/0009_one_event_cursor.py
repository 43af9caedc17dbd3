from django.db import migrations, models


def keep_one(apps, schema_editor):
    """Under key 1, where the program looks for it."""
    cursors = apps.get_model("payments", "EventCursor").objects
    newest = cursors.filter(account="").order_by("-read_to").first()
    cursors.all().delete()
    if newest:
        cursors.create(pk=1, account="", read_to=newest.read_to)


class Migration(migrations.Migration):
    dependencies = [("payments", "0008_payments_begun")]

    operations = [
        migrations.RunPython(keep_one, migrations.RunPython.noop),
        migrations.AlterField(
            "eventcursor", "account", models.CharField(max_length=64, unique=True, default="")
        ),
        migrations.RemoveField("eventcursor", "account"),
    ]
