"""Mails about accounts have an HTML side that says the same, with a button for their link."""

from datetime import datetime

import pytest

from mentormap.bookings.notices.mails.accounts import as_html
from mentormap.bookings.notices.render import render_notice
from mentormap.notifications import account_mails
from mentormap.notifications.channels.email import Message
from mentormap.notifications.models import Delivery

ADDRESS = "http://localhost:3002/email/verify/Mg:1abc"
TEXT = (
    "Hello,\n\n"
    "Welcome, <b>Sam</b>. One step is left before your first booking: open this link, so that we know that mail reaches you.\n\n"
    f"{ADDRESS}\n\n"
    "If you did not sign up, do nothing.\n\n"
    "MentorMap"
)


def mail(text: str) -> Message:
    return as_html(Message(to="sam@example.com", subject="Welcome", text=text, html="", message_id="<1@x>"))


def test_the_link_is_a_button_and_can_be_copied() -> None:
    page = mail(TEXT).html

    assert page.count(f'href="{ADDRESS}"') == 2
    assert "Verify this address" in page
    assert "<h1" in page
    assert "If you did not sign up, do nothing." in page


def test_what_people_type_is_escaped_in_html_alone() -> None:
    message = mail(TEXT)

    assert "Welcome, &lt;b&gt;Sam&lt;/b&gt;." in message.html
    assert "Welcome, <b>Sam</b>." in message.text


def test_lines_of_the_text_end_and_its_link_is_whole() -> None:
    lines = mail(TEXT).text.splitlines()

    assert ADDRESS in lines
    assert max(len(line) for line in lines if line != ADDRESS) <= 76


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/password/reset/1-abc", "Choose a new password"),
        ("/password/reset", "Choose a new password"),
        ("/signup", "Sign up"),
        ("/settings", "Open MentorMap"),
    ],
)
def test_a_button_says_what_it_does(path: str, label: str) -> None:
    page = mail(f"If it was not you: http://localhost:3002{path}").html

    assert f">{label}</a>" in page
    assert "If it was not you:" in page


@pytest.mark.django_db
def test_they_are_dressed_when_they_are_sent(now: datetime) -> None:
    account_mails.write(
        kind="welcome", to="sam@example.com", subject="Welcome", text=TEXT, person=None, now=now
    )
    message = render_notice(Delivery.objects.get(), now)

    assert isinstance(message, Message)
    assert ADDRESS in message.html
