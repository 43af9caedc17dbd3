"""What people are told on this site, what they choose to be told, and their phone numbers."""

import re
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from mentormap.accounts import phones
from mentormap.accounts.models import Phone, User
from mentormap.bookings.models import Session
from mentormap.bookings.notices import write
from mentormap.bookings.notices.render import render_notice
from mentormap.lib import clock
from mentormap.notifications import preferences, unsubscribing
from mentormap.notifications.channels import mailbox, push, senders
from mentormap.notifications.models import Delivery, InAppMessage, PushSubscription
from mentormap.notifications.notice_kinds import Channel, NoticeKind
from mentormap.notifications.outbox import send_due
from tests import make
from tests.web.reading import browser, proved, words

pytestmark = pytest.mark.django_db
KEYS = {
    "p256dh": urlsafe_b64encode(b"\x04" + bytes(64)).decode().rstrip("="),
    "auth": urlsafe_b64encode(bytes(16)).decode().rstrip("="),
}
ENDPOINT = "https://fcm.googleapis.com/fcm/send/sam-1"


@pytest.fixture(autouse=True)
def _every_channel(settings: Settings) -> None:
    settings.NOTICE_CHANNELS = list(Channel)


@pytest.fixture
def notified_session(session: Session, now: datetime) -> Session:
    """Sam and Maya have been told on this site that they meet."""
    write.session_booked(session, now=now)
    send(Channel.IN_APP, now)
    return session


def send(channel: Channel, now: datetime) -> None:
    with senders.sender(channel) as send_one:
        send_due(channel=channel, now=now, render=render_notice, send=send_one)


def test_the_bell_counts_what_is_unread(sam: User, notified_session: Session) -> None:
    client = browser(sam)
    assert "1 unread notice" in words(client.get("/notices/bell"))
    assert "Unread: Booked: System design review" in words(client.get("/notices"))
    client.post("/notices/read")
    assert words(client.get("/notices/bell")) == "Notices"


def test_a_notice_leads_to_its_session_and_is_read_then(sam: User, notified_session: Session) -> None:
    client, message = browser(sam), InAppMessage.objects.get(person=sam)
    response = client.post(f"/notices/{message.pk}/read")
    assert response.headers["Location"] == f"/sessions/{notified_session.pk}"
    message.refresh_from_db()
    assert message.read_at is not None


def test_another_s_notice_is_not_there(sam: User, notified_session: Session) -> None:
    message = InAppMessage.objects.get(person=sam)
    assert browser(make.olga()).post(f"/notices/{message.pk}/read").status_code == 404
    message.refresh_from_db()
    assert message.read_at is None


def test_a_delivery_that_is_sent_twice_is_one_notice(
    sam: User, notified_session: Session, now: datetime
) -> None:
    Delivery.objects.filter(channel=Channel.IN_APP).update(state=Delivery.State.WAITING, lease_until=None)
    send(Channel.IN_APP, now)
    assert InAppMessage.objects.filter(person=sam).count() == 1


def test_only_who_can_be_reached_so_gets_sms_and_push(sam: User, session: Session, now: datetime) -> None:
    phones.verify(sam, code=phones.new_code(sam, number="+4915123456789", now=now), now=now)
    write.session_cancelled(_cancelled(session), now=now)
    for channel in (Channel.SMS, Channel.PUSH):
        send(channel, now)
    states = Delivery.objects.exclude(channel__in=[Channel.EMAIL, Channel.IN_APP])
    assert {
        (row.notice.person, row.channel, row.state) for row in states.select_related("notice__person")
    } == {
        (sam, "sms", "sent"),
        (sam, "push", "dropped"),
        (session.mentor.user, "sms", "dropped"),
        (session.mentor.user, "push", "dropped"),
    }
    text = mailbox.heading(mailbox.names()[0])
    assert (text.channel, text.to) == ("SMS", "+4915123456789")
    assert text.subject.endswith(f"/sessions/{session.pk}")


def _cancelled(session: Session) -> Session:
    Session.objects.filter(pk=session.pk).update(status="cancelled")
    session.refresh_from_db()
    return session


def test_what_is_turned_off_is_not_sent_and_the_rest_is(sam: User, session: Session, now: datetime) -> None:
    client = browser(sam)
    page = client.get("/settings/notices").content.decode()
    offered = set(re.findall(r'name="wanted" value="([^"]+)" checked', page))
    assert {"link.email", "link.sms", "booked.in_app"} <= offered
    assert not [name for name in offered if name.startswith("booked.email")]
    client.post("/settings/notices", {"wanted": sorted(offered - {"booked.in_app"})})
    assert not preferences.wants(sam, NoticeKind.BOOKED, Channel.IN_APP)
    write.session_booked(session, now=now)
    send(Channel.IN_APP, now)
    assert [message.person for message in InAppMessage.objects.all()] == [session.mentor.user]


def test_receipts_cannot_be_turned_off(sam: User) -> None:
    browser(sam).post("/settings/notices", {"wanted": []})
    assert preferences.wants(sam, NoticeKind.BOOKED, Channel.EMAIL)
    assert preferences.wanted_by(sam) == {
        (occasion, channel) for occasion in NoticeKind for channel in occasion.fixed
    } | {
        (occasion, channel)
        for occasion in NoticeKind
        for channel in occasion.channels
        if not (occasion.audiences & {"student"})
    }


def test_saving_says_nothing_of_channels_that_are_not_set_up(sam: User, settings: Settings) -> None:
    every_channel = settings.NOTICE_CHANNELS
    settings.NOTICE_CHANNELS = ["email", "in_app"]
    browser(sam).post("/settings/notices", {"wanted": ["link.email"]})
    settings.NOTICE_CHANNELS = every_channel

    now_wanted = preferences.wanted_by(sam)
    assert {(NoticeKind.LINK, Channel.EMAIL), (NoticeKind.LINK, Channel.SMS)} <= now_wanted
    assert (NoticeKind.LINK, Channel.IN_APP) not in now_wanted


def test_mentors_and_operators_choose_more(sam: User, session: Session) -> None:
    assert "A calendar cannot be read" not in words(browser(sam).get("/settings/notices"))
    assert "A calendar cannot be read" in words(browser(session.mentor.user).get("/settings/notices"))
    assert "Notices given up" in words(browser(make.ada()).get("/settings/notices"))


def test_one_click_in_a_mail_program_unsubscribes(sam: User) -> None:
    path = unsubscribing.url_for(sam, NoticeKind.LINK).removeprefix("http://localhost:3002")
    visitor = Client(enforce_csrf_checks=True)
    assert "Stop these mails?" in words(visitor.get(path))
    assert preferences.wants(sam, NoticeKind.LINK, Channel.EMAIL)
    response = visitor.post(path, {"List-Unsubscribe": "One-Click"})
    assert "No more mails about this" in words(response)
    assert not preferences.wants(sam, NoticeKind.LINK, Channel.EMAIL)
    assert preferences.wants(sam, NoticeKind.LINK, Channel.SMS)


def test_what_must_come_has_no_way_to_unsubscribe(sam: User) -> None:
    assert unsubscribing.url_for(sam, NoticeKind.BOOKED) == ""


def test_a_browser_subscribes_and_unsubscribes(sam: User) -> None:
    client = proved(sam)
    assert client.post("/settings/push", {"endpoint": ENDPOINT, **KEYS}).status_code == 204
    assert PushSubscription.objects.get().user == sam
    olga = make.olga()
    proved(olga).post("/settings/push", {"endpoint": ENDPOINT, **KEYS})
    assert PushSubscription.objects.get().user == olga
    client.post("/settings/push/remove", {"endpoint": ENDPOINT})
    assert PushSubscription.objects.exists()
    browser(olga).post("/settings/push/remove")
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"endpoint": "http://127.0.0.1/"}, {"auth": "short"}, {"p256dh": "ü"}, {"p256dh": ""}]
)
def test_nonsense_does_not_subscribe(sam: User, wrong: dict[str, str]) -> None:
    sent = {"endpoint": ENDPOINT, **KEYS, **wrong}
    assert browser(sam).post("/settings/push", sent).status_code == 422
    assert not PushSubscription.objects.exists()


def test_the_service_worker_is_a_script_at_the_root(visitor: Client, settings: Settings) -> None:
    settings.NOTICE_CHANNELS = ["push"]
    response = visitor.get("/service-worker.js")
    assert response.headers["Content-Type"] == "text/javascript"
    script = response.content.decode()
    assert 'icon: "/static/img/favicon.svg"' in script
    assert f'applicationServerKey: "{push.public_key()}"' in script


def sent_code() -> str:
    found = re.match(r"(\d{6}) is your MentorMap code", mailbox.heading(mailbox.names()[0]).subject)
    assert found is not None
    return found[1]


def test_a_phone_number_is_proved_by_the_code_that_was_sent(sam: User) -> None:
    client = browser(sam)
    assert "country code" in words(client.post("/settings/phone", {"number": "0151 23456789"}))
    client.post("/settings/phone", {"number": "+49 1512 3456789"})
    code = sent_code()
    wrong = "000000" if code != "000000" else "111111"
    refused = client.post("/settings/phone", {"code": wrong})
    assert (refused.status_code, "not the code" in words(refused)) == (422, True)
    assert "Messages go to" in words(client.post("/settings/phone", {"code": code}, follow=True))
    assert phones.verified_number(sam) == "+4915123456789"
    client.post("/settings/phone", {"forget": "yes"})
    assert phones.verified_number(sam) == ""


def test_a_code_too_soon_says_when_the_next_can_be_sent(sam: User) -> None:
    client = browser(sam)
    client.post("/settings/phone", {"number": "+49 1512 3456789"})
    refused = client.post("/settings/phone", {"number": "+49 1512 3456789"})
    assert (refused.status_code, 0 < int(refused["Retry-After"]) <= 60) == (429, True)
    assert "Ask for another one in 1 minute." in words(refused)


def test_without_a_provider_there_is_no_phone_page(sam: User, settings: Settings) -> None:
    settings.NOTICE_CHANNELS = ["email"]
    assert browser(sam).get("/settings/phone").status_code == 404
    assert "Phone" not in words(browser(sam).get("/settings"))


def test_a_code_that_cannot_be_sent_says_so(sam: User, settings: Settings) -> None:
    settings.SMS_URL = "nonsense-provider://{to}"
    response = browser(sam).post("/settings/phone", {"number": "+49 1512 3456789"})
    assert "could not be sent just now" in words(response)


OTHER = "+1 202 555 0123"


@pytest.mark.parametrize("number", ["+49 1512 3456789", OTHER], ids=["the same", "another"])
def test_a_code_that_cannot_be_sent_leaves_the_code_of_before(
    sam: User, settings: Settings, number: str
) -> None:
    client, url = browser(sam), settings.SMS_URL
    code = phones.new_code(sam, number="+49 1512 3456789", now=clock.now() - timedelta(minutes=2))
    settings.SMS_URL = "nonsense-provider://{to}"
    client.post("/settings/phone", {"number": number})
    settings.SMS_URL = url
    client.post("/settings/phone", {"code": code})
    assert phones.verified_number(sam) == "+4915123456789"


@pytest.mark.parametrize("number", ["+49 1512 3456789", OTHER], ids=["the same", "another"])
def test_a_code_that_cannot_be_sent_leaves_the_number_that_was_proved(
    sam: User, settings: Settings, number: str
) -> None:
    earlier = clock.now() - timedelta(minutes=2)
    code = phones.new_code(sam, number="+49 1512 3456789", now=earlier)
    phones.verify(sam, code=code, now=earlier)
    settings.SMS_URL = "nonsense-provider://{to}"
    browser(sam).post("/settings/phone", {"number": number})
    assert phones.verified_number(sam) == "+4915123456789"


def test_a_first_code_that_cannot_be_sent_leaves_no_number(sam: User, settings: Settings) -> None:
    settings.SMS_URL = "nonsense-provider://{to}"
    browser(sam).post("/settings/phone", {"number": "+49 1512 3456789"})
    assert Phone.objects.get().number == ""


def test_pages_of_notices_need_few_queries(
    sam: User, notified_session: Session, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    client = browser(sam)
    for path in ("/notices", "/notices/bell", "/settings/notices"):
        with django_assert_max_num_queries(12):  # type: ignore[operator]
            assert client.get(path).status_code == 200
