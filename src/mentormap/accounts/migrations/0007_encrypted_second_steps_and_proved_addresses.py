from django.db import migrations

from mentormap.accounts import second_steps


def encrypt(apps, _editor):
    second_steps.encrypt_all(apps.get_model("mfa", "Authenticator"))


def decrypt(apps, _editor):
    second_steps.decrypt_all(apps.get_model("mfa", "Authenticator"))


def end_access_of_unproved(apps, _editor):
    """Removes feed, push and phone from accounts without a verified address."""
    proved = apps.get_model("account", "EmailAddress").objects.filter(verified=True).values("user")
    unproved = apps.get_model("accounts", "User").objects.exclude(pk__in=proved).values("pk")
    apps.get_model("accounts", "FeedAddress").objects.filter(person__in=unproved).delete()
    apps.get_model("notifications", "PushSubscription").objects.filter(user__in=unproved).delete()
    phones = apps.get_model("accounts", "Phone").objects.filter(user__in=unproved)
    phones.update(number="", verified_at=None, code_hash="")


class Migration(migrations.Migration):
    """Consists of steps that can be repeated after an interruption."""

    dependencies = [
        ("accounts", "0006_limits_and_login_codes"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("notifications", "0003_push_in_app_preferences"),
    ]

    operations = [
        migrations.RunPython(encrypt, decrypt),
        migrations.RunPython(end_access_of_unproved, migrations.RunPython.noop),
    ]
