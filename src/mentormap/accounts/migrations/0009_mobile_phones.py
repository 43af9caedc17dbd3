import phonenumbers
from django.db import migrations, models
from django.utils import timezone

from mentormap.accounts import phones


def forget_others(apps, _editor):
    """Deletes numbers of landlines, satellite phones and services, to which a message may cost the operator many times as much."""
    known = apps.get_model("accounts", "Phone").objects.exclude(number="")
    for pk, number in known.values_list("pk", "number").iterator():
        if not phones.is_mobile(phonenumbers.parse(number)):
            known.filter(pk=pk).update(number="", verified_at=None, code_hash="")


class Migration(migrations.Migration):
    """The limits of sent codes are counted in a table of their own."""

    dependencies = [("accounts", "0008_operators_addresses_count_as_verified")]

    operations = [
        migrations.RunPython(forget_others, migrations.RunPython.noop),
        # Makes the migration reversible: a column added to existing rows needs a value.
        migrations.AlterField("phone", "codes_since", models.DateTimeField(default=timezone.now)),
        migrations.RemoveField(model_name="phone", name="codes_since"),
        migrations.RemoveField(model_name="phone", name="codes_sent"),
    ]
