"""Two people at once for one address: the first to prove it has it, the other is told so, and keeps what was theirs."""

from collections.abc import Callable

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.core.cache import cache
from django.test import Client

from mentormap.accounts import address_changes
from mentormap.accounts.models import AddressChange, User
from mentormap.accounts.verification import owner_of, verified_email
from mentormap.lib import clock
from tests import make
from tests.racing import while_undecided

WANTED = "wanted@example.com"
NEW = "three-random-words"
Open = Callable[[], int]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_rate_limits() -> None:
    cache.clear()


def waiting(person: User) -> EmailAddress:
    """The person asked for this address, and has a link in the mail."""
    return EmailAddress.objects.create(user=person, email=WANTED)


def claimant() -> User:
    """Signed up with the address, and has not proved it."""
    user = User.objects.create_user(WANTED, make.PASSWORD, name="Olga")
    EmailAddress.objects.create(user=user, email=WANTED, primary=True)
    return user


def opens(address: EmailAddress) -> Open:
    """Opens the link of the verification mail, and answers its question."""
    path = f"/email/verify/{EmailConfirmationHMAC(address).key}"
    return lambda: Client().post(path).status_code


def undoes(person: User) -> Open:
    """Opens the link that went to the address that the person had before."""
    change = address_changes.record(person, old=WANTED, new=person.email, now=clock.now())
    path = address_changes.undo_url(change).partition("/email")[2]
    return lambda: Client().post(f"/email{path}").status_code


def resets(person: User) -> Open:
    """Sets a new password by the link in a mail, which proves the address as well."""
    client = Client()
    key = default_token_generator.make_token(person)
    form = client.get(f"/password/reset/{user_pk_to_url_str(person)}-{key}")["Location"]
    return lambda: client.post(form, {"password1": NEW}).status_code


def owns(person: User) -> bool:
    person.refresh_from_db()
    return (owner_of(WANTED), person.email, person.is_active) == (person, WANTED, True)


def keeps(person: User, email: str) -> bool:
    person.refresh_from_db()
    return (person.email, verified_email(person), person.is_active) == (email, email, True)


def test_of_two_accounts_that_verify_one_address_the_first_has_it() -> None:
    sam, olga = make.sam(), make.olga()
    before = olga.email
    assert while_undecided(opens(waiting(sam)), opens(waiting(olga))) == 302
    assert (owns(sam), keeps(olga, before)) == (True, True)


def test_an_account_that_has_just_proved_its_address_is_not_closed() -> None:
    sam, olga = make.sam(), claimant()
    before = sam.email
    assert while_undecided(opens(EmailAddress.objects.get(user=olga)), opens(waiting(sam))) == 302
    assert (owns(olga), keeps(sam, before)) == (True, True)


def test_an_account_that_has_just_proved_its_address_by_a_reset_is_not_closed() -> None:
    sam, olga = make.sam(), claimant()
    before = sam.email
    assert while_undecided(resets(olga), opens(waiting(sam))) == 302
    assert (owns(olga), keeps(sam, before)) == (True, True)


@pytest.mark.parametrize("late", ["link", "reset"])
def test_an_account_is_closed_that_proves_its_address_too_late(late: str) -> None:
    sam, olga = make.sam(), claimant()
    proves = resets(olga) if late == "reset" else opens(EmailAddress.objects.get(user=olga))
    assert while_undecided(opens(waiting(sam)), proves) < 500
    olga.refresh_from_db()
    assert (owns(sam), olga.is_active) == (True, False)


def test_an_address_that_is_verified_elsewhere_meanwhile_is_not_taken_back() -> None:
    sam, olga = make.sam(), make.olga()
    before = sam.email
    assert while_undecided(opens(waiting(olga)), undoes(sam)) == 409
    assert (owns(olga), keeps(sam, before)) == (True, True)


def test_an_address_that_is_taken_back_meanwhile_is_not_verified_elsewhere() -> None:
    sam, olga = make.sam(), make.olga()
    before = olga.email
    assert while_undecided(undoes(sam), opens(waiting(olga))) == 302
    assert (owns(sam), keeps(olga, before)) == (True, True)


def test_a_link_that_is_opened_while_somebody_signs_up_with_the_address_works() -> None:
    sam = make.sam()
    facts = {"name": "Olga", "email": WANTED, "password1": make.PASSWORD}
    while_undecided(lambda: Client().post("/signup", facts), opens(waiting(sam)))
    assert owns(sam)


def test_a_sign_up_while_the_address_is_verified_makes_no_account() -> None:
    sam = make.sam()
    facts = {"name": "Olga", "email": WANTED, "password1": make.PASSWORD}
    assert while_undecided(opens(waiting(sam)), lambda: Client().post("/signup", facts).status_code) == 302
    assert (owns(sam), User.objects.count()) == (True, 1)


def test_a_link_that_is_opened_twice_at_once_changes_the_address_once() -> None:
    sam = make.sam()
    address = waiting(sam)
    assert while_undecided(opens(address), opens(address)) < 500
    assert (owns(sam), AddressChange.objects.count()) == (True, 1)


def test_a_link_whose_address_was_dropped_after_it_was_read_changes_nothing() -> None:
    """A thief moved the account and asked for one more address; its owner takes the account back."""
    sam = make.sam()
    back, another = undoes(sam), EmailAddress.objects.create(user=sam, email="third@example.com")
    assert while_undecided(back, opens(another)) == 404
    assert owns(sam)
