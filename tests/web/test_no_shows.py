"""The page of a no-show: who sees which step, and what it says."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from mentormap.accounts.models import User
from mentormap.bookings import no_shows
from mentormap.bookings.models import NoShowReport, Session
from mentormap.bookings.reconciliation import reconcile
from mentormap.lib.when import format_when
from mentormap.mentors.models import Mentor
from tests import make
from tests.conftest import StandingClock
from tests.web.reading import browser, links, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge", "jinja_only"), pytest.mark.long]

WORDS = {"text": "I waited for half an hour."}


@pytest.fixture
def session(sam: User, maya: Mentor, now: datetime) -> Session:
    """Sam's hour with Maya, which began ten minutes ago."""
    starts_at = now - timedelta(minutes=10)
    return make.session(student=sam, mentor=maya, starts_at=starts_at, source="recorded")


@pytest.fixture
def page(session: Session) -> str:
    return f"/sessions/{session.pk}/no-show"


@pytest.fixture
def mayas(session: Session) -> Client:
    return browser(session.mentor.user)


def test_the_session_leads_there_from_ten_minutes_after_its_start_on(
    sam_client: Client, session: Session, page: str, clock: StandingClock
) -> None:
    def leads() -> bool:
        return page in links(sam_client.get(f"/sessions/{session.pk}")).values()

    assert leads()
    clock.now = session.scheduled_at + timedelta(minutes=9)
    assert not leads()
    clock.now = session.scheduled_at + timedelta(hours=72, minutes=1)
    assert not leads()


def test_too_early_there_is_nothing_to_report_yet(
    sam_client: Client, page: str, session: Session, clock: StandingClock
) -> None:
    clock.now = session.scheduled_at + timedelta(minutes=1)
    assert "from 10 minutes after the start: from Mon 23 Nov 2026, 10:00 (Europe/Berlin) on" in words(
        sam_client.get(page)
    )


def test_each_reads_what_their_report_brings(sam_client: Client, mayas: Client, page: str) -> None:
    assert "If Maya does not answer, everything that you paid goes back to you." in words(
        sam_client.get(page)
    )
    assert "If Sam does not answer, the session counts as held and stays paid." in words(mayas.get(page))


def test_words_are_asked_for(sam_client: Client, page: str) -> None:
    answer = sam_client.post(page, {"text": " "})
    assert answer.status_code == 422
    assert "Write in a sentence or two what happened." in words(answer)
    assert NoShowReport.objects.count() == 0


def report(client: Client, page: str) -> Any:
    return client.post(page, WORDS, follow=True)


def test_who_reports_sees_it_stand_and_the_other_is_asked(
    sam_client: Client, mayas: Client, session: Session, page: str
) -> None:
    own = report(sam_client, page)
    assert "Your report is saved, and Maya gets a mail." in own.content.decode()
    assert "Maya can contest this until Thu 26 Nov 2026, 10:00 (Europe/Berlin)" in words(own)
    theirs = words(mayas.get(page))
    assert "Were you there?" in theirs
    assert "I waited for half an hour." in theirs
    assert "Otherwise the whole payment goes back to Sam." in theirs
    assert "Say what happened" in words(mayas.get(f"/sessions/{session.pk}"))


def test_what_is_contested_waits_for_an_operator(sam_client: Client, mayas: Client, page: str) -> None:
    report(sam_client, page)
    contested = mayas.post(page, {"text": "I was there."}, follow=True)
    assert "You have contested it" in contested.content.decode()
    for client in (sam_client, mayas):
        text = words(client.get(page))
        assert "An operator decides." in text
        assert "I was there." in text
        assert "Contest the report" not in text
    assert "Sam says that you did not come" in words(mayas.get(page))


def test_who_missed_the_mentor_is_not_asked_how_it_was(
    sam_client: Client, session: Session, page: str
) -> None:
    review = f"/sessions/{session.pk}/review"
    reconcile.run(session.ends_at)
    assert review in links(sam_client.get(f"/sessions/{session.pk}")).values()
    report(sam_client, page)
    assert review not in links(sam_client.get(f"/sessions/{session.pk}")).values()


def test_both_read_what_was_decided(sam_client: Client, mayas: Client, page: str) -> None:
    report(sam_client, page)
    mayas.post(page, {"text": "I was there."})
    contested = NoShowReport.objects.get()
    over = contested.session.ends_at
    reconcile.run(over)
    decision = NoShowReport.Decision.STUDENT
    no_shows.decide(contested, decision, reason="The log shows Sam alone.", by=make.ada(), now=over)
    text = words(sam_client.get(page))
    assert "Decided by an operator, Mon 23 Nov 2026, 10:50 (Europe/Berlin). Everything that you paid" in text
    assert "The log shows Sam alone." in text
    assert "Everything that Sam paid goes back" in words(mayas.get(page))


def test_what_is_too_late_to_contest_says_so(
    sam_client: Client, mayas: Client, page: str, clock: StandingClock
) -> None:
    report(sam_client, page)
    clock.advance(hours=72)
    assert "The 72 hours to contest this report are over" in words(mayas.get(page))
    answer = mayas.post(page, {"text": "I was there."}, follow=True)
    assert "This report could be contested for 72 hours, and they are over." in answer.content.decode()


def note(client: Client, page: str) -> str:
    """What the ticket says of a report, in the list."""
    found = [text for text, leads in links(client.get("/sessions")).items() if leads == page]
    return found[0] if found else ""


def test_the_tickets_of_both_say_that_a_report_is_open(
    sam_client: Client, mayas: Client, session: Session, page: str
) -> None:
    assert (note(sam_client, page), note(mayas, page)) == ("", "")
    report(sam_client, page)
    mine, theirs = "You reported that Maya did not come", "Sam reports that you did not come"
    assert note(sam_client, page).startswith(mine)
    assert note(mayas, page).startswith(theirs)
    for client, said in ((sam_client, mine), (mayas, theirs)):
        assert said in words(client.get(f"/sessions/{session.pk}"))
    mayas.post(page, WORDS | {"contests": "1"})
    for client in (sam_client, mayas):
        assert note(client, page) == "No-show report: an operator decides"


def test_who_reported_can_withdraw_it(sam_client: Client, mayas: Client, session: Session, page: str) -> None:
    report(sam_client, page)
    assert "Withdraw the report" not in words(mayas.get(page))
    assert "Withdraw the report" in words(sam_client.get(page))
    answer = sam_client.post(f"{page}/withdraw", follow=True)
    assert "Your report is withdrawn, and we notify Maya." in answer.content.decode()
    assert "No-show report withdrawn" in words(mayas.get(f"/sessions/{session.pk}"))
    assert "Sam has withdrawn the report that you did not come" in words(mayas.get(page))
    assert (note(sam_client, page), note(mayas, page)) == ("", "")


def test_the_pages_name_the_time_that_a_withdrawal_leaves_the_other(
    sam_client: Client, mayas: Client, session: Session, page: str, clock: StandingClock
) -> None:
    report(sam_client, page)
    session.refresh_from_db()
    reported_at = clock.now
    withdrawn_at = clock.advance(hours=71)
    sam_client.post(f"{page}/withdraw")
    until = session.scheduled_at + timedelta(hours=72) + (withdrawn_at - reported_at)
    clock.now = until
    said = format_when(until, "America/New_York", "en")
    assert f"You can report it until {said}." in words(mayas.get(page))
    assert f"report it until {said}." in words(mayas.get(f"/sessions/{session.pk}"))
    assert "This could be reported until" in words(sam_client.get(page))
    mayas.post(page, WORDS)
    assert NoShowReport.objects.get().is_open


def test_who_has_withdrawn_three_reports_is_offered_no_other_and_the_other_is(
    sam_client: Client, mayas: Client, session: Session, page: str
) -> None:
    for _ in range(3):
        report(mayas, page)
        mayas.post(f"{page}/withdraw")
    own, theirs = mayas.get(page), sam_client.get(page)
    assert "three times" in words(own)
    assert "Report that" not in words(own)
    assert "Report that Maya did not come" in words(theirs)
    places = [page in links(client.get(f"/sessions/{session.pk}")).values() for client in (mayas, sam_client)]
    assert places == [False, True]
    report(sam_client, page)
    assert NoShowReport.objects.get().reporter == session.student


def test_a_contested_report_offers_no_way_to_withdraw_it(
    sam_client: Client, mayas: Client, session: Session, page: str
) -> None:
    report(sam_client, page)
    mayas.post(page, WORDS | {"contests": "1"})
    assert "Withdraw the report" not in words(sam_client.get(page))
    assert "withdraw" not in words(sam_client.get(f"/sessions/{session.pk}"))
    answer = sam_client.post(f"{page}/withdraw", follow=True)
    assert "an operator decides" in words(answer)
    assert NoShowReport.objects.get().withdrawn_at is None


def test_who_contests_what_was_just_withdrawn_reports_nothing(
    sam_client: Client, mayas: Client, session: Session, page: str
) -> None:
    report(sam_client, page)
    sam_client.post(f"{page}/withdraw")
    answer = mayas.post(page, WORDS | {"contests": "1"}, follow=True)
    assert "there is nothing to contest" in answer.content.decode()
    assert NoShowReport.objects.get().reporter == session.student
