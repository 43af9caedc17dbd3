"""Run beside a demo: what links in mails hold that only their readers have, and somebody with an authenticator app.

Rita has not verified her address and has lost her password; Tess logs in with a second step; Sam holds an hour.
"""

import json
import sys

import django

django.setup()

from allauth.account.forms import default_token_generator  # noqa: E402
from allauth.account.models import EmailAddress, EmailConfirmationHMAC  # noqa: E402
from allauth.account.utils import user_pk_to_url_str  # noqa: E402
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes  # noqa: E402
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret  # noqa: E402

from mentormap.accounts import address_changes  # noqa: E402
from mentormap.bookings.links import back_url  # noqa: E402
from mentormap.bookings.models import Session  # noqa: E402
from mentormap.lib import clock  # noqa: E402
from mentormap.notifications import unsubscribing  # noqa: E402
from mentormap.notifications.notice_kinds import NoticeKind  # noqa: E402
from tests import make  # noqa: E402


def main() -> dict[str, str]:
    """By the names that tests/browser/pages.py knows them by."""
    rita, tess = make.person("Rita", verified=False), make.person("Tess")
    TOTP.activate(tess, generate_totp_secret())
    change = address_changes.record(tess, old="tess@example.org", new=tess.email, now=clock.now())
    held = Session.objects.holds().order_by("pk").last()
    assert held is not None
    return {
        "verify": EmailConfirmationHMAC(EmailAddress.objects.get(user=rita)).key,
        "reset": f"{user_pk_to_url_str(rita)}-{default_token_generator.make_token(rita)}",
        "unsubscribe": _last(unsubscribing.url_for(rita, NoticeKind.REMINDER)),
        "undo": _last(address_changes.undo_url(change)),
        "back": _last(back_url("", held.uid)),
        "recovery": RecoveryCodes.activate(tess).get_unused_codes()[0],
    }


def _last(url: str) -> str:
    return url.rpartition("/")[2]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()))
