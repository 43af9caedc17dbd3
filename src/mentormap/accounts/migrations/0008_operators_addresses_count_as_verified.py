from django.db import migrations
from django.db.models import Q


def verify_operators(apps, _editor):
    """Marks the addresses of operators as verified: `createsuperuser` did not, and logging in now needs a verified address."""
    addresses = apps.get_model("account", "EmailAddress").objects
    operators = apps.get_model("accounts", "User").objects.filter(Q(is_staff=True) | Q(is_superuser=True))
    for operator in operators.exclude(pk__in=addresses.filter(verified=True).values("user")):
        if addresses.filter(email=operator.email, verified=True).exists():
            continue
        addresses.filter(user=operator, primary=True).exclude(email=operator.email).update(primary=False)
        addresses.update_or_create(
            user=operator, email=operator.email, defaults={"verified": True, "primary": True}
        )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_encrypted_second_steps_and_proved_addresses"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [migrations.RunPython(verify_operators, migrations.RunPython.noop)]
