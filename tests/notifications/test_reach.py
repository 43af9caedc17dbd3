"""Who cannot be reached on a channel holds up nobody: theirs are dropped together."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from mentormap.accounts.models import Phone, User
from mentormap.notifications import claims, outbox, reach
from mentormap.notifications.models import Delivery, PushSubscription
from mentormap.notifications.notice_kinds import Channel, NoticeKind
from tests.notifications.sending import NOW, render_text, write


@pytest.fixture(autouse=True)
def _every_channel(settings: Settings) -> None:
    settings.NOTICE_CHANNELS = list(Channel)


def send(channel: Channel) -> list[str]:
    sent: list[str] = []
    outbox.send_due(channel=channel, now=NOW, render=render_text, send=sent.append)
    return sent


def write_links(*people: User, count: int = 1) -> None:
    for reference in range(count):
        write(*people, reference=reference, occasion=NoticeKind.LINK)


def states(channel: Channel) -> list[str]:
    return list(Delivery.objects.filter(channel=channel).order_by("pk").values_list("state", flat=True))


def test_by_sms_who_has_proved_a_number_is_sent_to(sam: User, maya: User) -> None:
    Phone.objects.create(user=sam, number="+4915123456789", verified_at=NOW)
    Phone.objects.create(user=maya, number="+4915123456780")
    write_links(sam, maya)
    assert send(Channel.SMS) == ["0 to Sam"]
    assert sorted(states(Channel.SMS)) == ["dropped", "sent"]


def test_by_push_who_has_allowed_it_is_sent_to(sam: User, maya: User) -> None:
    PushSubscription.objects.create(user=maya, endpoint="https://push.example.com/1", created_at=NOW)
    write_links(sam, maya)
    assert send(Channel.PUSH) == ["0 to Maya"]
    assert sorted(states(Channel.PUSH)) == ["dropped", "sent"]


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.IN_APP])
def test_mail_and_this_site_reach_everybody(sam: User, channel: Channel) -> None:
    write_links(sam)
    assert send(channel) == ["0 to Sam"]


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.PUSH])
def test_as_many_statements_for_forty_as_for_two(sam: User, channel: Channel) -> None:
    def statements(count: int) -> int:
        Delivery.objects.all().delete()
        write_links(sam, count=count)
        with CaptureQueriesContext(connection) as seen:
            assert send(channel) == []
        assert states(channel) == ["dropped"] * count
        return len(seen)

    assert statements(40) == statements(2)


def test_what_another_worker_has_taken_meanwhile_is_not_dropped(sam: User) -> None:
    write_links(sam)
    batch = claims.reserve(Channel.SMS, now=NOW)
    later = NOW + 2 * claims.RESERVED
    theirs = claims.reserve(Channel.SMS, now=later)
    claims.drop(reach.out_of_reach(Channel.SMS, batch))
    assert Delivery.objects.get(channel=Channel.SMS).lease_until == theirs[0].lease_until
    assert states(Channel.SMS) == ["waiting"]
