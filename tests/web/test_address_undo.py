"""The link that the old address gets: it takes a stolen account back, once, within 7 days, whatever was changed since."""

import re
from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from mentormap.accounts.models import AddressChange, Phone, User
from tests import make
from tests.conftest import StandingClock
from tests.web.reading import browser, mailed
from tests.web.test_ending_access import NONE, Ways

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge", "jinja_only")]
PUBLIC = "http://localhost:3002"
DAY = timedelta(days=1)


def move(person: User, email: str) -> str:
    """Moves the account as a thief does; the path of the link that the old address got."""
    old = User.objects.get(pk=person.pk).email
    address = EmailAddress.objects.create(user=person, email=email)
    Client().post(f"/email/verify/{EmailConfirmationHMAC(address).key}")
    assert User.objects.get(pk=person.pk).email == email
    message = [mail for mail in mailed() if mail.to == [old]][-1]
    (link,) = re.findall(r"https?://\S+", str(message.body))
    assert link.startswith(f"{PUBLIC}/email/undo/")
    return str(link.removeprefix(PUBLIC))


def addresses_of(person: User) -> tuple[str, list[tuple[str, bool, bool]]]:
    rows = EmailAddress.objects.filter(user=person).values_list("email", "verified", "primary")
    return User.objects.get(pk=person.pk).email, list(rows)


MINE = ("sam@example.com", [("sam@example.com", True, True)])
THIEFS = ("thief@example.com", [("thief@example.com", True, True)])


def test_the_mail_to_the_old_address_offers_no_reset_which_could_not_work(sam: User) -> None:
    move(sam, "thief@example.com")
    assert not [mail for mail in mailed() if "/password/reset" in str(mail.body)]


def test_it_takes_the_account_back_and_ends_all_access(sam: User, now: datetime) -> None:
    path = move(sam, "thief@example.com")
    EmailAddress.objects.create(user=sam, email="another@example.com")
    sam.refresh_from_db()
    ways = Ways(sam, now)
    assert Client().get(path).status_code == 200
    assert addresses_of(sam)[0] == "thief@example.com"  # a mail scanner opens links too
    Client().post(path)
    assert addresses_of(sam) == MINE
    assert ways.open() == NONE
    assert Phone.objects.get().verified_at is None


def test_it_leads_to_a_new_password_and_the_old_one_is_void(sam: User) -> None:
    path = move(sam, "thief@example.com")
    owner = Client()
    form = owner.post(path, follow=True)
    assert "Choose a new password" in form.content.decode()
    for email in ("sam@example.com", "thief@example.com"):
        Client().post("/login", {"login": email, "password": make.PASSWORD})
    assert not User.objects.get().check_password(make.PASSWORD)
    owner.post(form.redirect_chain[-1][0], {"password1": "three-random-words"})
    answer = Client().post("/login", {"login": "sam@example.com", "password": "three-random-words"})
    assert answer["Location"] == "/mentors"


def test_somebody_who_leaves_before_choosing_a_password_resets_it_by_mail(sam: User) -> None:
    Client().post(move(sam, "thief@example.com"))
    mailed().clear()
    Client().post("/password/reset", {"email": "sam@example.com"})
    assert [mail.to for mail in mailed()] == [["sam@example.com"]]


def test_it_works_once(sam: User) -> None:
    path = move(sam, "thief@example.com")
    Client().post(path)
    again = Client().post(path)
    assert (again.status_code, addresses_of(sam)) == (404, MINE)
    move(sam, "new@example.com")
    assert Client().post(path).status_code == 404


@pytest.mark.parametrize(("days", "found"), [(6.99, MINE), (7, THIEFS)])
def test_it_works_for_seven_days(sam: User, clock: StandingClock, days: float, found: object) -> None:
    path = move(sam, "thief@example.com")
    clock.advance(days=days)
    Client().post(path)
    assert addresses_of(sam) == found


def test_a_forged_link_is_refused(sam: User) -> None:
    path = move(sam, "thief@example.com")
    assert Client().post(f"{path}x").status_code == 404
    assert Client().post(f"/email/undo/{AddressChange.objects.get().uid.hex}").status_code == 404
    assert addresses_of(sam) == THIEFS


def test_the_first_owner_wins_over_every_later_address(sam: User) -> None:
    first = move(sam, "thief@example.com")
    second = move(sam, "thief2@example.com")
    Client().post(second)
    assert addresses_of(sam) == THIEFS
    Client().post(first)
    assert addresses_of(sam) == MINE


def test_the_thief_cannot_undo_what_the_owner_undid(sam: User) -> None:
    first = move(sam, "thief@example.com")
    second = move(sam, "thief2@example.com")
    Client().post(first)
    assert Client().post(second).status_code == 404
    assert addresses_of(sam) == MINE


def test_an_account_made_meanwhile_with_the_old_address_does_not_stand_in_the_way(sam: User) -> None:
    path = move(sam, "thief@example.com")
    squatter = make.person("Squatter", email="sam@example.com", verified=False)
    Client().post(path)
    squatter.refresh_from_db()
    assert addresses_of(sam) == MINE
    assert (squatter.is_active, squatter.email.endswith(".invalid")) == (False, True)


@pytest.mark.parametrize(
    "other", [{"verified": True}, {"verified": False, "is_staff": True}], ids=["verified", "an operator"]
)
def test_an_old_address_that_another_account_has_proved_is_not_taken_from_it(
    sam: User, other: dict[str, bool]
) -> None:
    path = move(sam, "thief@example.com")
    owner = make.person("Other", email="sam@example.com", **other)
    assert Client().post(path).status_code == 409
    assert addresses_of(sam) == THIEFS
    owner.delete()
    Client().post(path)  # it was not used up
    assert addresses_of(sam) == MINE


def test_two_step_login_that_the_thief_turned_on_does_not_keep_the_owner_out(sam: User) -> None:
    TOTP.activate(sam, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(sam)
    Client().post(move(sam, "thief@example.com"))
    assert not Authenticator.objects.exists()


def test_two_step_login_that_was_on_for_long_outlives_the_undo(sam: User, now: datetime) -> None:
    TOTP.activate(sam, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(sam)
    Authenticator.objects.update(created_at=now - 8 * DAY)
    Client().post(move(sam, "thief@example.com"))
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "recovery_codes"}


def test_an_address_that_was_never_verified_gets_no_link(db: None) -> None:
    olga = make.person("Olga", verified=False)
    address = EmailAddress.objects.create(user=olga, email="right@example.com")
    Client().post(f"/email/verify/{EmailConfirmationHMAC(address).key}")
    assert (addresses_of(olga)[0], mailed(), AddressChange.objects.count()) == ("right@example.com", [], 0)


def test_the_thiefs_browser_is_logged_out_and_the_link_asks_for_no_login(sam: User, now: datetime) -> None:
    path = move(sam, "thief@example.com")
    sam.refresh_from_db()
    thief = browser(sam)
    assert thief.get("/settings").status_code == 200
    answer = Client(enforce_csrf_checks=True).post(path)
    assert (answer.status_code, answer["Referrer-Policy"]) == (302, "no-referrer")
    assert thief.get("/settings").status_code == 302
