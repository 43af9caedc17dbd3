from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("availability", "0004_busy_calendar_zone"),
    ]

    operations = [
        migrations.AddField(
            model_name="busycalendar",
            name="asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
