from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bookings", "0008_own_rooms")]

    operations = [
        migrations.AddField("noshowreport", "round", models.PositiveSmallIntegerField(default=1)),
        migrations.AddField("noshowreport", "withdrawn_at", models.DateTimeField(blank=True, null=True)),
    ]
