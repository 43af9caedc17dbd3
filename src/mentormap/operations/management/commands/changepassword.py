"""`mentormap changepassword EMAIL`: Django's command, which ends all access to the account as well."""

from typing import Any

from django.contrib.auth.management.commands import changepassword

from mentormap.accounts.models import User
from mentormap.notifications import access


class Command(changepassword.Command):
    help = "Changes a person's password, and ends their logins, API tokens, calendar feed and push subscriptions."

    def handle(self, *args: Any, **options: Any) -> str | None:
        done = super().handle(*args, **options)
        access.end_access_for_new_password(User.objects.get_by_natural_key(options["username"]))
        return done
