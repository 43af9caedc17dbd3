"""Every word of every notice, on every channel that takes it: one snapshot for each kind."""

import re
from datetime import datetime
from itertools import chain, product
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from mentormap.bookings.notices.mails import content
from mentormap.bookings.notices.mails.content import MailContent
from mentormap.bookings.notices.messages import AnyMessage
from mentormap.bookings.notices.render import render_notice
from mentormap.notifications import preferences
from mentormap.notifications.channels.email import Message
from mentormap.notifications.channels.in_app import Note
from mentormap.notifications.channels.push import Push
from mentormap.notifications.channels.sms import SmsMessage
from mentormap.notifications.models import Delivery, Notice
from mentormap.notifications.notice_kinds import Channel, NoticeKind
from tests.bookings.notices.scenes import SCENES, world
from tests.pseudo_locale import latin_words, read
from tests.snapshots import Words, words_of

pytestmark = pytest.mark.django_db
HERE = Path(__file__).parent
TEMPLATES = Path(content.__file__).parent / "templates"


def as_read(message: AnyMessage) -> str:
    """A mail by its subject, its text and the words of its HTML; the other channels by their fields."""
    match message:
        case Message():
            invite = f"\nInvite: {message.invite.method}" if message.invite else ""
            head = f"To: {message.to}\nSubject: {message.subject}{invite}"
            return f"{head}\n\n{message.text}\n-- HTML --\n{words_of(message.html)}"
        case SmsMessage():
            return f"{message.body}\n{message.url}"
        case Push():
            return f"{message.title}\n{message.text}\n{message.url}"
        case Note():
            return f"{message.title}\n{message.text}\n{message.path}"


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_wording(
    kind: NoticeKind, now: datetime, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    render_mail = content.render_mail

    def spy(name: str, **facts: object) -> MailContent:
        drawn.append(name)
        return render_mail(name, **facts)

    monkeypatch.setattr(content, "render_mail", spy)
    scene = world(now)
    SCENES[kind](scene)
    read = []
    for notice in Notice.objects.filter(occasion=kind).select_related("person").order_by("pk"):
        assert notice.person is not None
        preferences.choose(notice.person, [(kind, channel) for channel in Channel], among=[kind])
        for moment, channel in product((scene.now, *scene.later), kind.channels):
            drawn.clear()
            message = render_notice(Delivery(pk=1, notice=notice, channel=channel), moment)
            head = f"=== {notice.person}, {channel}, {' '.join(drawn)} ==="
            read.append(f"{head}\n{as_read(message) if message else 'Nothing.'}")
    words = re.sub(r"(/unsubscribe/|jit\.si/mentormap-)[^\s)\]]+", r"\1SECRET", "\n\n".join(read))
    words = re.sub(r"(/admin/[a-z_/]+/|Payment )\d+", r"\1NUMBER", words)
    assert words + "\n" == snapshot(extension_class=Words)


def all_words(message: AnyMessage) -> str:
    """As a person reads or hears it, without names of fields."""
    match message:
        case Message():
            return f"{message.subject}\n{message.text}\n{read(message.html)}"
        case SmsMessage():
            return message.body
        case Push() | Note():
            return f"{message.title}\n{message.text}"


@pytest.mark.parametrize("kind", list(NoticeKind))
@pytest.mark.usefixtures("greek")
def test_every_sentence_is_marked_for_translation(kind: NoticeKind, now: datetime) -> None:
    scene = world(now)
    SCENES[kind](scene)
    left: set[str] = set()
    for notice in Notice.objects.filter(occasion=kind).select_related("person"):
        assert notice.person is not None
        preferences.choose(notice.person, [(kind, channel) for channel in Channel], among=[kind])
        for moment, channel in product((scene.now, *scene.later), kind.channels):
            message = render_notice(Delivery(pk=1, notice=notice, channel=channel), moment)
            left |= set(latin_words(all_words(message))) if message else set()
    assert not left


def test_every_template_is_in_a_snapshot() -> None:
    """A new mail needs a scene."""
    texts = [path.read_text() for path in (HERE / "__snapshots__" / "test_wording").glob("*.txt")]
    drawn = set(
        chain.from_iterable(re.findall(r"^=== \w+, email, (\w+) ===$", text, re.MULTILINE) for text in texts)
    )
    written = {path.stem for path in TEMPLATES.glob("*.html") if not path.stem.startswith("_")}
    assert drawn == written - {"account"}
