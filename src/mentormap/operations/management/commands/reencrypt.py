"""`mentormap reencrypt`: the last step of changing SECRET_KEY, after which the earlier one is no longer needed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mentormap.accounts import second_steps


class Command(BaseCommand):
    help = (
        "Encrypts the secrets of two-step login with the current SECRET_KEY. It is safe to run at any time."
    )

    def handle(self, **_options: Any) -> None:
        found = second_steps.encrypt_all()
        self.stdout.write(f"{found['current']} secrets of two-step login are encrypted with SECRET_KEY.")
        if found["unreadable"]:
            raise CommandError(
                f"{found['unreadable']} cannot be read. To fix it: add the SECRET_KEY with which they were encrypted to "
                "SECRET_KEY_FALLBACKS, and run this again."
            )
