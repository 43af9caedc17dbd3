"""The demo: believable people, the same every time, whose books agree from the first minute on."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from mentormap.accounts.models import User
from mentormap.availability.models import ReservedCell
from mentormap.bookings.models import Session, SessionHistory
from mentormap.bookings.reconciliation import ledger
from mentormap.bookings.slots import finder
from mentormap.lib.spans import Span, cells
from mentormap.mentors.models import Expertise, Mentor, Review
from mentormap.notifications.models import Delivery
from mentormap.operations.demo import loading
from mentormap.operations.demo.people import PASSWORD
from mentormap.operations.process.start import refuse_demo_logins
from mentormap.payments.models import Payment
from mentormap.settings.environment import ConfigurationError
from tests.conftest import MONDAY

LOGINS = ["student@example.com", "olga@example.com", "mentor@example.com", "admin@example.com"]


pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture(scope="module", autouse=True)
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Once for this module, in a transaction around those of its tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        assert loading.load(now=MONDAY)
        yield
        transaction.set_rollback(True)


def test_thirty_mentors_over_the_world() -> None:
    mentors = Mentor.objects.listed()
    assert mentors.count() == 30
    assert len(set(mentors.values_list("time_zone"))) == 12
    assert len(set(mentors.values_list("currency"))) == 3
    assert Expertise.objects.filter(mentors__isnull=False).distinct().count() == 25
    assert len(set(mentors.values_list("about"))) == len(set(mentors.values_list("headline"))) == 30
    assert all(len(mentor.about.split("\n\n")) == 2 for mentor in mentors)


def test_maya_is_the_first_and_can_be_booked_at_once_at_any_hour(now: datetime) -> None:
    maya = Mentor.objects.earliest("pk")
    assert (maya.name, maya.user.email) == ("Maya Rosen", "mentor@example.com")
    starts = finder.open_starts(
        maya, duration_minutes=120, window=Span(now, now + timedelta(days=1)), now=now
    )
    assert starts == [now + timedelta(minutes=15 * number) for number in range(1, 96)]


def test_every_mentor_has_open_slots_soon(now: datetime) -> None:
    soonest = finder.next_open(list(Mentor.objects.all()), now=now)
    late = [pk for pk, start in soonest.items() if start is None or start.starts_at > now + timedelta(days=8)]
    assert late == []


def test_everybody_is_of_the_demo_and_has_a_proved_address() -> None:
    assert User.objects.filter(is_demo=False).count() == 0
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == User.objects.count()


def test_an_accent_costs_no_letter_of_an_address() -> None:
    assert User.objects.get(name="Tomás Ferreira").email == "tomas.ferreira@example.com"


def test_only_the_four_can_log_in() -> None:
    can = [user.email for user in User.objects.order_by("pk") if user.has_usable_password()]
    assert sorted(can) == sorted(LOGINS)


@pytest.mark.parametrize("email", LOGINS)
def test_the_four_log_in_with_the_password_that_is_printed(client: Client, email: str) -> None:
    assert client.login(username=email, password=PASSWORD) or client.login(email=email, password=PASSWORD)


def test_only_ada_operates() -> None:
    assert [user.name for user in User.objects.filter(is_staff=True)] == ["Ada Marsh"]


def test_sessions_are_paid_elsewhere_so_that_the_books_start_at_nothing() -> None:
    assert set(Payment.objects.values_list("source", flat=True)) == {"recorded"}
    assert ledger.ledgers() == {}
    assert all(payment.captured_minor == payment.amount_minor for payment in Payment.objects.all())


def test_sessions_stand_in_final_states_or_are_still_to_come(now: datetime) -> None:
    states = Counter(Session.objects.values_list("status", "payment_status"))
    assert states.keys() == {("completed", "paid"), ("cancelled", "refunded"), ("scheduled", "paid")}
    assert states["scheduled", "paid"] >= 10
    assert Session.objects.filter(status="scheduled", scheduled_at__lte=now).count() == 0
    assert Session.objects.filter(status="completed", ends_at__gt=now).count() == 0
    assert Session.objects.filter(created_at__gt=now).count() == 0


def test_sam_has_something_to_look_at_and_to_cancel() -> None:
    states = Counter(Session.objects.filter(student__email=LOGINS[0]).values_list("status", flat=True))
    assert states == {"completed": 2, "scheduled": 2, "cancelled": 1}


def test_the_last_move_of_every_history_is_where_the_session_stands() -> None:
    last: dict[int, tuple[str, str]] = {}
    for row in SessionHistory.objects.order_by("at", "pk"):
        assert last.get(row.session_id, ("", "")) == (row.from_status, row.from_payment_status)
        last[row.session_id] = (row.to_status, row.to_payment_status)
    assert last == {session.pk: (session.status, session.payment_status) for session in Session.objects.all()}


def test_sessions_to_come_hold_their_time_and_only_they() -> None:
    held = {(row.mentor_id, row.starts_at, row.session_id) for row in ReservedCell.objects.all()}
    wanted = {
        (session.mentor_id, cell, session.pk)
        for session in Session.objects.filter(status="scheduled")
        for cell in cells(Span(session.reserves_from, session.reserves_to))
    }
    assert held == wanted


def test_nobody_is_in_two_places_at_once() -> None:
    busy: dict[int, list[Session]] = {}
    for session in (
        Session.objects.select_related("mentor").exclude(status="cancelled").order_by("scheduled_at")
    ):
        for person in (session.student_id, session.mentor.user_id):
            earlier = busy.setdefault(person, [])
            assert not earlier or earlier[-1].ends_at <= session.scheduled_at
            earlier.append(session)


def test_the_link_of_each_session_to_come_waits_for_its_time(now: datetime) -> None:
    waiting = Delivery.objects.filter(state="waiting", notice__occasion="link")
    assert waiting.count() == 2 * Session.objects.filter(status="scheduled").count()
    assert waiting.filter(due_at__lte=now).count() == 0


def test_reviews_belong_to_sessions_and_add_up() -> None:
    for review in Review.objects.all():
        session = Session.objects.get(pk=review.session_id)
        assert (session.status, session.mentor_id, session.student_id) == (
            "completed",
            review.mentor_id,
            review.student_id,
        )
    assert sum(Mentor.objects.values_list("review_count", flat=True)) == Review.objects.count() >= 150
    assert Mentor.objects.filter(rating=None).count() == 3


def test_no_mentor_is_praised_twice_in_the_same_words() -> None:
    texts = [row for row in Review.objects.values_list("mentor_id", "text") if row[1]]
    assert len(texts) == len(set(texts))


def test_loading_twice_does_nothing(now: datetime) -> None:
    before = User.objects.count(), Session.objects.count()
    assert not loading.load(now=now)
    assert (User.objects.count(), Session.objects.count()) == before


def test_production_refuses_to_start_until_the_demo_is_removed(settings: Settings) -> None:
    settings.DEMO = False
    with pytest.raises(ConfigurationError) as refusal:
        refuse_demo_logins()
    (problem,) = refusal.value.problems
    assert problem == (
        "In this database, people of the demo can still log in, with a password that everybody knows. "
        "Run `mentormap demo remove`."
    )
    out = StringIO()
    call_command("demo", "remove", stdout=out)
    assert out.getvalue() == "57 people of the demo can no longer log in, be found or be booked.\n"
    refuse_demo_logins()
    assert Mentor.objects.listed().count() == 0
    assert Session.objects.count() > 250


def test_production_does_not_load_it(settings: Settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="a password that everybody knows"):
        call_command("demo", "load")
