"""The operator's pages: everything can be looked up, nothing edited, and actions are the same as elsewhere."""

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mentormap.availability.models import DateOverride, Vacation
from mentormap.bookings import no_shows
from mentormap.bookings.models import NoShowReport, Session
from mentormap.bookings.notices import write
from mentormap.lib import clock
from mentormap.mentors.models import Mentor
from mentormap.mentors.reviews import record_review
from mentormap.notifications import suppressions
from mentormap.notifications.models import Delivery, Suppression
from mentormap.operations.admin import site
from mentormap.payments.models import Flag, Refund
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.long]

TABLES = sorted(f"{model._meta.app_label}_{model._meta.model_name}" for model in site._registry)


@pytest.fixture
def desk(client: Client) -> Client:
    """Ada at her desk."""
    client.force_login(make.ada())
    return client


@pytest.fixture
def tomorrow() -> datetime:
    return (clock.now() + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def session(tomorrow: datetime) -> Session:
    return make.session(student=make.sam(), mentor=make.mentor(), starts_at=tomorrow, source="recorded")


def address(table: str, page: str = "changelist", *arguments: Any) -> str:
    return reverse(f"admin:{table}_{page}", args=arguments)


def offered(desk: Client, table: str, number: int) -> list[str]:
    """The actions that a row's page has a button for."""
    page = desk.get(address(table, "change", number)).content.decode()
    return re.findall(r'name="action" value="(\w+)"', page)


def do(desk: Client, table: str, action: str, number: int, **fields: str) -> HttpResponse:
    """An action of a list, as its button on a row's page sends it."""
    sent = {"action": action, "_selected_action": str(number), **fields}
    response: HttpResponse = desk.post(address(table), sent, follow=True)  # type: ignore[assignment]
    return response


def test_lists_what_an_operator_needs() -> None:
    assert TABLES == [
        "accounts_user",
        "admin_logentry",
        "bookings_noshowreport",
        "bookings_session",
        "mentors_mentor",
        "mentors_review",
        "notifications_delivery",
        "notifications_suppression",
        "payments_flag",
        "payments_payment",
        "payments_refund",
        "payments_stripeevent",
    ]


@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_added_edited_or_deleted_by_hand(desk: Client, session: Session, table: str) -> None:
    assert desk.get(address(table, "add")).status_code == 403
    assert desk.get(address(table)).status_code == 200
    assert "delete_selected" not in desk.get(address(table)).content.decode()


def test_a_page_cannot_be_saved(desk: Client, session: Session) -> None:
    response = desk.post(address("bookings_session", "change", session.pk), {"status": "cancelled"})
    assert response.status_code == 403
    session.refresh_from_db()
    assert session.status == "scheduled"


@pytest.mark.parametrize("who", ["nobody", "sam"])
def test_only_operators_come_in(client: Client, who: str) -> None:
    if who == "sam":
        client.force_login(make.sam())
    first = client.get("/admin/")
    assert (first.status_code, first["Location"]) == (302, "/admin/login/?next=/admin/")
    second = client.get(first["Location"])
    if who == "sam":
        assert second.status_code == 403
    else:
        assert (second.status_code, second["Location"]) == (302, "/login?next=%2Fadmin%2F")


def test_the_policy_is_loosened_for_scripts_and_styles_alone(desk: Client) -> None:
    policy = desk.get("/admin/")["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-inline' 'unsafe-eval'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'self'" in policy


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("accounts_user", "sam@example.com"),
        ("bookings_session", "sam@example.com"),
        ("bookings_session", "Maya"),
        ("mentors_mentor", "maya@example.com"),
        ("payments_payment", "sam@example.com"),
    ],
)
def test_finds_by_people(desk: Client, session: Session, table: str, words: str) -> None:
    assert len(desk.get(address(table), {"q": words}).context["cl"].result_list) == 1
    assert len(desk.get(address(table), {"q": "olga@example.com"}).context["cl"].result_list) == 0


def test_an_empty_list_says_why(desk: Client) -> None:
    assert "No payments yet." in desk.get(address("payments_payment")).content.decode()
    assert "No payments match." in desk.get(address("payments_payment"), {"q": "olga"}).content.decode()


def test_holds_are_a_filter(desk: Client, session: Session, tomorrow: datetime) -> None:
    hold = make.session(
        student=session.student,
        mentor=session.mentor,
        starts_at=tomorrow + timedelta(hours=5),
        payment_status="pending",
    )
    found = {
        value: [
            row.pk for row in desk.get(address("bookings_session"), {"hold": value}).context["cl"].result_list
        ]
        for value in ("held", "released", "no")
    }
    assert found == {"held": [hold.pk], "released": [], "no": [session.pk]}


def test_a_session_shows_its_cells_and_its_history(
    desk: Client, session: Session, tomorrow: datetime
) -> None:
    page = desk.get(address("bookings_session", "change", session.pk)).content.decode()
    cells = [tomorrow + timedelta(minutes=15 * number) for number in range(4)]
    assert "4: " + ", ".join(f"{cell:%Y-%m-%d %H:%M}" for cell in cells) in page
    assert "Made for a test." in page


def test_a_session_shows_its_mails(desk: Client, session: Session, now: datetime) -> None:
    write.session_booked(session, now=now)
    page = desk.get(address("bookings_session", "change", session.pk)).content.decode()
    for delivery in Delivery.objects.select_related("notice__person"):
        assert f">{delivery}</a>: waiting, due {delivery.due_at:%Y-%m-%d %H:%M} UTC</p>" in page


def test_cancelling_asks_first_then_gives_the_money_back(desk: Client, session: Session) -> None:
    asked = do(desk, "bookings_session", "cancel_with_refund", session.pk)
    assert "Cancel 1 session, give back what was paid, and tell both parties?" in asked.content.decode()
    session.refresh_from_db()
    assert session.status == "scheduled"
    done = do(desk, "bookings_session", "cancel_with_refund", session.pk, confirmed="yes")
    assert f"{session} is cancelled." in done.content.decode()
    session.refresh_from_db()
    assert (session.status, session.payment_status) == ("cancelled", "refunded")
    moves = session.history.order_by("pk").values_list("why", "actor__name")
    assert list(moves)[1] == ("Cancelled by an operator.", "Ada")


def test_a_refusal_is_shown(desk: Client, tomorrow: datetime) -> None:
    running = make.session(
        student=make.sam(),
        mentor=make.mentor(),
        starts_at=clock.now() - timedelta(minutes=1),
        source="recorded",
    )
    page = do(desk, "bookings_session", "cancel_with_refund", running.pk, confirmed="yes").content.decode()
    assert "This session has started, so it can no longer be cancelled." in page


def test_a_mentor_shows_hours_days_off_and_rules(desk: Client) -> None:
    maya = make.mentor()
    today = clock.now().date()
    DateOverride.objects.create(mentor=maya, day=today + timedelta(days=3), starts=time(7, 15), ends=time(8))
    DateOverride.objects.create(mentor=maya, day=today - timedelta(days=3), starts=time(6, 45), ends=time(8))
    Vacation.objects.create(
        mentor=maya, first_day=today, last_day=today + timedelta(days=9), note="Nobody else reads this"
    )
    page = desk.get(address("mentors_mentor", "change", maya.pk)).content.decode()
    assert f'href="/mentoring/slots?mentor={maya.pk}"' in page
    assert ("07:15" in page, "06:45" in page, "Nobody else reads this" in page) == (True, False, False)
    assert "Most a week" in page
    explained = desk.get("/mentoring/slots", {"mentor": maya.pk})
    assert f'href="{address("mentors_mentor", "change", maya.pk)}"' in explained.content.decode()


def test_a_mentor_is_hidden_and_shown_again(desk: Client) -> None:
    maya = make.mentor()
    asked = do(desk, "mentors_mentor", "hide", maya.pk, confirmed="yes", reason=" ").content.decode()
    assert "Write a reason first." in asked
    do(desk, "mentors_mentor", "hide", maya.pk, confirmed="yes", reason="Spam")
    maya.refresh_from_db()
    assert (maya.is_listed, maya.hidden_reason) == (False, "Spam")
    assert offered(desk, "mentors_mentor", maya.pk) == ["unhide"]
    (entry,) = LogEntry.objects.all()
    assert (entry.user.name, entry.object_id) == ("Ada", str(maya.pk))
    assert entry.change_message == "Hide from the list: Spam"
    do(desk, "mentors_mentor", "unhide", maya.pk, confirmed="yes")
    maya.refresh_from_db()
    assert (maya.is_listed, maya.hidden_reason) == (True, "")


def test_a_review_is_hidden_for_a_reason_and_shown_again(desk: Client, now: datetime) -> None:
    review = record_review(
        mentor=make.mentor(), student=make.sam(), session_id=1, stars=1, text="Rude.", now=now
    )
    assert offered(desk, "mentors_review", review.pk) == ["hide"]
    do(desk, "mentors_review", "hide", review.pk, confirmed="yes", reason="Insults")
    assert offered(desk, "mentors_review", review.pk) == ["unhide"]
    review.refresh_from_db()
    assert (review.hidden_reason, review.mentor.review_count) == ("Insults", 0)
    do(desk, "mentors_review", "unhide", review.pk, confirmed="yes")
    assert Mentor.objects.get().review_count == 1


@pytest.mark.parametrize(
    ("action", "payment_status"), [("decide_for_student", "refunded"), ("decide_for_mentor", "paid")]
)
def test_a_contested_no_show_is_decided_for_a_reason(
    desk: Client, now: datetime, action: str, payment_status: str
) -> None:
    missed = make.session(
        student=make.sam(), mentor=make.mentor(), starts_at=now, status="completed", source="recorded"
    )
    later = now + timedelta(minutes=10)
    report = no_shows.report(missed, actor=missed.student, text="Nobody came.", now=later)
    no_shows.contest(missed, actor=missed.mentor.user, text="I was there.", now=later)
    flag, table = Flag.objects.get(), "bookings_noshowreport"
    do(desk, "payments_flag", "resolve", flag.pk, confirmed="yes", reason="Seen.")
    assert Flag.objects.open().count() == 1
    assert offered(desk, "payments_flag", flag.pk) == []
    flagged = desk.get(address("payments_flag", "change", flag.pk)).content.decode()
    assert f'href="{address(table, "change", report.pk)}"' in flagged
    listed = desk.get(address(table), {"standing": "contested"}).content.decode()
    assert "Sam reports that Maya did not come" in listed
    assert "I was there." in desk.get(address(table, "change", report.pk)).content.decode()
    do(desk, table, action, report.pk, confirmed="yes")
    assert NoShowReport.objects.get().decided_at is None
    do(desk, table, action, report.pk, confirmed="yes", reason="The log says so.")
    missed.refresh_from_db()
    decided = NoShowReport.objects.get()
    assert (missed.payment_status, decided.reason) == (payment_status, "The log says so.")
    assert decided.decided_by is not None
    assert decided.decided_by.name == "Ada"
    assert Flag.objects.open().count() == 0
    assert offered(desk, table, report.pk) == []
    again = do(desk, table, action, report.pk, confirmed="yes", reason="Again.").content.decode()
    assert "This is decided already." in again


def test_a_mail_is_sent_again(desk: Client, session: Session, now: datetime) -> None:
    write.session_booked(session, now=now)
    sent, waiting = Delivery.objects.order_by("pk")[:2]
    Delivery.objects.filter(pk=sent.pk).update(state=Delivery.State.SENT, sent_at=now)
    assert offered(desk, "notifications_delivery", waiting.pk) == []
    assert offered(desk, "notifications_delivery", sent.pk) == ["send_again"]
    assert f"{sent} is due again." in do(
        desk, "notifications_delivery", "send_again", sent.pk, confirmed="yes"
    ).content.decode().replace("&lt;", "<").replace("&gt;", ">")
    sent.refresh_from_db()
    assert (sent.state, sent.sent_at) == (Delivery.State.WAITING, None)
    page = do(desk, "notifications_delivery", "send_again", waiting.pk, confirmed="yes").content.decode()
    assert "still waits for its time." in page


def test_mail_goes_to_an_address_again(desk: Client, now: datetime) -> None:
    suppressions.suppress("sam@example.com", Suppression.Reason.BOUNCE, detail="550 no such user", at=now)
    found = Suppression.objects.get()
    assert "550 no such user" in desk.get(address("notifications_suppression")).content.decode()
    asked = do(desk, "notifications_suppression", "lift", found.pk).content.decode()
    assert "Lift 1 suppression? Mail goes there again until the next bounce." in asked
    assert suppressions.of("sam@example.com") == found
    page = do(desk, "notifications_suppression", "lift", found.pk, confirmed="yes").content.decode()
    assert "Mail goes to sam@example.com again." in page
    assert suppressions.of("sam@example.com") is None
    assert LogEntry.objects.get().object_repr == "sam@example.com: bounced"


def test_a_failed_refund_is_tried_again(desk: Client, session: Session, now: datetime) -> None:
    refund = Refund.objects.create(
        payment=session.payment,
        amount_minor=100,
        currency="USD",
        state=Refund.State.FAILED,
        created_at=now,
        updated_at=now,
    )
    do(desk, "payments_refund", "try_again", refund.pk, confirmed="yes")
    refund.refresh_from_db()
    assert (refund.state, refund.attempt) == (Refund.State.REQUESTED, 2)
    page = do(desk, "payments_refund", "try_again", refund.pk, confirmed="yes").content.decode()
    assert "has not failed, so it stays as it is." in page


def people() -> Iterator[Session]:
    """One more of everything that is listed, at each step."""
    starts_at = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    for number, mentor in enumerate(make.mentors(30)):
        student = make.person(f"Student{number}")
        session = make.session(student=student, mentor=mentor, starts_at=starts_at)
        make.traces(session, at=starts_at)
        yield session


def queries_of(desk: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert desk.get(page).status_code == 200
    return len(queries)


def test_thirty_rows_cost_as_many_queries_as_one(desk: Client) -> None:
    rows = people()
    next(rows)
    one = {table: queries_of(desk, address(table)) for table in TABLES}
    assert len(list(rows)) == 29
    thirty = {table: queries_of(desk, address(table)) for table in TABLES}
    assert one == thirty
    assert max(thirty.values()) <= 12


def test_a_row_has_a_page_of_few_queries(desk: Client) -> None:
    next(people())
    pages = {
        table: address(table, "change", apps.get_model(table.replace("_", ".")).objects.first().pk)
        for table in TABLES
    }
    counted = {table: queries_of(desk, page) for table, page in pages.items()}
    assert [table for table, count in counted.items() if count > 12] == []
