import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0011_no_show_withdrawals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameModel("Deed", "AuditEntry"),
        migrations.AlterModelOptions(
            "auditentry", {"ordering": ["at", "pk"], "verbose_name_plural": "audit log"}
        ),
        migrations.AlterField(
            "auditentry",
            "session",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="audit_log", to="bookings.session"
            ),
        ),
    ]
