from django.db import migrations, models
from django.db.models import F, Value
from django.db.models.functions import Concat

import mentormap.accounts.models


def seal(apps, _editor):
    """Keeps existing logins and tokens valid: the seal stores the password hash that they were made with."""
    users = apps.get_model("accounts", "User").objects
    users.exclude(login_seal="").update(login_seal=Concat("password", Value(" "), "login_seal"))
    users.filter(login_seal="").update(login_seal=F("password"))


def unseal(apps, _editor):
    users = apps.get_model("accounts", "User").objects
    users.filter(login_seal=F("password")).update(login_seal="")
    for pk, kept in users.filter(login_seal__contains=" ").values_list("pk", "login_seal"):
        users.filter(pk=pk).update(login_seal=kept.partition(" ")[2])
    # The password hash has been replaced since then, so no older login is valid in the previous version.
    users.filter(login_seal__contains="$").update(login_seal="")


class Migration(migrations.Migration):
    """Changes the basis of logins to seals. The reverse ends logins made since then."""

    dependencies = [("accounts", "0009_mobile_phones")]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="login_seal",
            field=models.CharField(
                default=mentormap.accounts.models.new_login_seal, editable=False, max_length=160
            ),
        ),
        migrations.RunPython(seal, unseal),
    ]
