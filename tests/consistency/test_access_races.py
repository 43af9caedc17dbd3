"""A thief's request that was under way when the owner took the account back: the owner wins, whatever it asked for."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.internal.flows import manage_email
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from mentormap.accounts import address_changes
from mentormap.accounts.feed_addresses import feed_address_of
from mentormap.accounts.models import Phone, User
from mentormap.lib import clock
from mentormap.notifications.models import PushSubscription
from tests import make
from tests.racing import all_at_once, meet_after, while_undecided
from tests.second_factor import code_now
from tests.web.reading import proved
from tests.web.test_notices import ENDPOINT, KEYS

OWNERS, THIEFS = "sam@example.com", "thief@example.com"
NEW = "three-random-words"
SECRET = "A" * 32
Request = Callable[[], Any]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_rate_limits() -> None:
    cache.clear()


@pytest.fixture
def stolen(settings: Any) -> User:
    """Sam's account, which a thief who knows the password has moved to an address of their own."""
    settings.NOTICE_CHANNELS = ["email", "push", "sms"]
    return move(make.sam(), THIEFS)


def move(person: User, email: str) -> User:
    EmailAddress.objects.filter(user=person).delete()
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    person.email = email
    person.save(update_fields=["email"])
    return person


def undoes(person: User, *, old: str) -> Request:
    change = address_changes.record(person, old=old, new=person.email, now=clock.now())
    path = address_changes.undo_url(change).partition("/email")[2]
    return lambda: Client(raise_request_exception=False).post(f"/email{path}")


def changes_password(person: User) -> Request:
    client = proved(person)
    return lambda: client.post("/password/change", {"oldpassword": make.PASSWORD, "password1": NEW})


def resets_password(person: User) -> Request:
    client = Client()
    key = default_token_generator.make_token(person)
    form = client.get(f"/password/reset/{user_pk_to_url_str(person)}-{key}")["Location"]
    return lambda: client.post(form, {"password1": NEW})


def turns_two_step_on(person: User) -> Request:
    client = proved(person)
    client.get("/two-step/turn-on")
    code = code_now(client.session["mfa.totp.secret"])
    return lambda: client.post("/two-step/turn-on", {"code": code})


def asks_for_another_address(person: User) -> Request:
    client = proved(person)
    return lambda: client.post("/email", {"email": "third@example.com", "action_add": ""})


def makes_the_address_primary_again(person: User) -> Request:
    client = proved(person)
    return lambda: client.post("/email", {"email": person.email, "action_primary": ""})


def makes_a_feed(person: User) -> Request:
    client = proved(person)
    return lambda: client.post("/settings/calendar", {})


def adds_a_browser(person: User) -> Request:
    client = proved(person)
    return lambda: client.post("/settings/push", {"endpoint": ENDPOINT, **KEYS})


def adds_a_phone(person: User) -> Request:
    client = proved(person)
    return lambda: client.post("/settings/phone", {"number": "+49 1512 3456789"})


def logs_in_by_the_apps_code(person: User) -> Request:
    client = waits_for_second_step(person)
    return lambda: client.post("/two-step/login", {"code": code_now(SECRET)})


def logs_in_by_a_recovery_code(person: User) -> Request:
    client = waits_for_second_step(person)
    [code, *_] = RecoveryCodes.activate(person).generate_codes()
    return lambda: client.post("/two-step/login", {"code": code})


def proves_a_login_by_the_apps_code(person: User) -> Request:
    client = proved(person)
    TOTP.activate(person, SECRET)
    return lambda: client.post("/two-step/reauthenticate", {"code": code_now(SECRET)})


def waits_for_second_step(person: User) -> Client:
    TOTP.activate(person, SECRET)
    client = Client()
    client.post("/login", {"login": person.email, "password": make.PASSWORD})
    return client


REQUESTS = [
    changes_password,
    resets_password,
    turns_two_step_on,
    asks_for_another_address,
    makes_the_address_primary_again,
    makes_a_feed,
    adds_a_browser,
    adds_a_phone,
    logs_in_by_the_apps_code,
    logs_in_by_a_recovery_code,
    proves_a_login_by_the_apps_code,
]


def ways_in(person: User) -> list[str]:
    """All that is left for a thief, or that keeps the owner out."""
    person.refresh_from_db()
    left = {
        "address": EmailAddress.objects.filter(user=person).exclude(email=OWNERS).exists(),
        "password": person.has_usable_password(),
        "two-step login": Authenticator.objects.filter(user=person).exists(),
        "feed": feed_address_of(person) is not None,
        "browser": PushSubscription.objects.filter(user=person).exists(),
        "phone": Phone.objects.filter(user=person).exclude(number="").exists(),
    }
    return [name for name, is_left in left.items() if is_left]


@pytest.mark.usefixtures("half_minute")
@pytest.mark.parametrize("thiefs", REQUESTS)
def test_a_request_that_began_before_the_account_was_taken_back_changes_nothing(
    stolen: User, thiefs: Callable[[User], Request]
) -> None:
    late = thiefs(stolen)
    answer: HttpResponse = while_undecided(undoes(stolen, old=OWNERS), late)
    assert answer.status_code in {200, 302, 403}
    assert ways_in(stolen) == []


@pytest.mark.parametrize("thiefs", [resets_password, asks_for_another_address, adds_a_browser])
def test_it_is_led_to_the_login(stolen: User, thiefs: Callable[[User], Request]) -> None:
    answer = while_undecided(undoes(stolen, old=OWNERS), thiefs(stolen))
    assert "/login" in answer.headers.get("Location", answer.content.decode())


@pytest.mark.parametrize("failures", [0, 50])
def test_a_login_at_the_api_that_began_before_is_refused(stolen: User, failures: int) -> None:
    """After fifty failures, the code is checked together with the password."""
    TOTP.activate(stolen, SECRET)
    [code, *_] = RecoveryCodes.activate(stolen).generate_codes()
    for number in range(failures):
        logs_in_at_the_api(stolen, code="", password="wrong", ip=f"203.{number}.113.1")()
    late = logs_in_at_the_api(stolen, code=code, password=make.PASSWORD, ip="192.0.2.1")
    assert while_undecided(undoes(stolen, old=OWNERS), late).status_code == 401


def logs_in_at_the_api(person: User, *, code: str, password: str, ip: str) -> Request:
    sent = {"email": person.email, "password": password, "code": code}
    return lambda: Client(REMOTE_ADDR=ip).post("/api/auth/login", sent, "application/json")


@pytest.mark.parametrize("thiefs", [resets_password, changes_password])
def test_the_owners_new_password_wins_over_one_that_was_on_its_way(
    thiefs: Callable[[User], Request],
) -> None:
    sam = make.sam()
    late, client = thiefs(sam), proved(sam)
    own = {"oldpassword": make.PASSWORD, "password1": "owners-own-words"}
    while_undecided(lambda: client.post("/password/change", own), late)
    sam.refresh_from_db()
    assert sam.check_password("owners-own-words")


@pytest.mark.usefixtures("half_minute")
@pytest.mark.parametrize("path", ["/two-step/turn-off", "/two-step/codes/new"])
def test_two_step_login_is_not_changed_by_a_login_that_has_ended(path: str) -> None:
    sam = make.sam()
    client, owner = proved(sam), proved(sam)
    TOTP.activate(sam, SECRET)
    own = {"oldpassword": make.PASSWORD, "password1": "owners-own-words"}
    while_undecided(lambda: owner.post("/password/change", own), lambda: client.post(path))
    assert [one.type for one in Authenticator.objects.all()] == [Authenticator.Type.TOTP]


def test_two_owners_whose_addresses_were_exchanged_take_them_back_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sam, olga = make.sam(), make.olga()
    sams, olgas = sam.email, olga.email
    move(sam, "away@example.com")
    move(olga, sams)
    move(sam, olgas)
    meet_after(monkeypatch, address_changes, "lock_accounts")
    answers = all_at_once([undoes(sam, old=sams), undoes(olga, old=olgas)])
    assert [answer.status_code for answer in answers if isinstance(answer, HttpResponse)] == [409, 409]


def test_an_ended_login_that_turns_two_step_login_off_is_led_to_the_login() -> None:
    answer = Client().post("/two-step/turn-off")
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/login")


def test_an_owner_who_changes_the_password_by_two_clicks_stays_logged_in() -> None:
    owner = proved(make.sam())
    own = {"oldpassword": make.PASSWORD, "password1": NEW}
    for answer in clicked_twice(owner, "/password/change", own):
        owner.cookies.update(answer.cookies)
    assert owner.get("/settings").status_code == 200


@pytest.mark.usefixtures("half_minute")
def test_two_clicks_that_turn_two_step_login_on_lead_to_the_recovery_codes() -> None:
    first = proved(make.sam())
    first.get("/two-step/turn-on")
    sent = {"code": code_now(first.session["mfa.totp.secret"])}
    answers = clicked_twice(first, "/two-step/turn-on", sent)
    assert [answer.headers.get("Location") for answer in answers] == ["/two-step/codes"] * 2


def test_two_clicks_that_turn_it_off_lead_back_to_its_page() -> None:
    sam = make.sam()
    TOTP.activate(sam, SECRET)
    answers = clicked_twice(proved(sam), "/two-step/turn-off", {})
    assert [answer.headers.get("Location") for answer in answers] == ["/two-step"] * 2


def clicked_twice(client: Client, path: str, sent: dict[str, str]) -> list[Any]:
    """What both clicks got: the second one began before the first one's answer."""
    again, answers = Client(), []
    again.cookies.update(client.cookies)
    late = while_undecided(lambda: answers.append(client.post(path, sent)), lambda: again.post(path, sent))
    return [*answers, late]


def test_a_look_at_the_page_of_the_address_does_not_bring_the_thiefs_back(
    stolen: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """allauth stores the address that the account had when the request began."""
    store, undo, client = manage_email.sync_user_email_address, undoes(stolen, old=OWNERS), proved(stolen)
    with ThreadPoolExecutor(1) as others:
        under_way: list[Future[Any]] = []

        def after_an_undo(user: User) -> Any:
            under_way.append(others.submit(undo))
            wait(under_way, timeout=1)
            return store(user)

        monkeypatch.setattr(manage_email, "sync_user_email_address", after_an_undo)
        client.get("/email")
        others.submit(lambda: connection.close()).result()  # noqa: PLW0108 - that thread's own
    assert ways_in(stolen) == []
