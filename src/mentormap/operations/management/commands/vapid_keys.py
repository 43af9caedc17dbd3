"""`mentormap vapid-keys`: a new key for web push, to be kept with the other secrets."""

from typing import Any

from django.core.management.base import BaseCommand

from mentormap.settings.environment import new_vapid_key


class Command(BaseCommand):
    help = "Prints a new key pair for web push: set it as VAPID_PRIVATE_KEY, and keep it."

    def handle(self, **_options: Any) -> None:
        self.stdout.write(f"VAPID_PRIVATE_KEY={new_vapid_key()}")
        self.stderr.write(
            "Keep it with your other secrets: browsers that allowed push are bound to it. "
            "The public key is made from it."
        )
