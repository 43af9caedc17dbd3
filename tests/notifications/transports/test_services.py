"""Mail services: exactly what is sent to each, and what their answers mean."""

import base64
from email import message_from_bytes, policy
from typing import Final

import pytest

from mentormap.notifications.channels import email
from mentormap.notifications.errors import ChannelDownError, FinalError
from mentormap.settings.mail import SERVICES
from tests.notifications.sending import send_mail
from tests.notifications.test_email import MESSAGE, outline
from tests.notifications.transports import http_service
from tests.notifications.transports.conftest import SetUp

pytestmark = pytest.mark.mail
assert MESSAGE.invite is not None
INVITE: Final = MESSAGE.invite.content
ENCODED: Final = base64.b64encode(INVITE).decode()


def test_sendgrid_is_handed_text_html_invite_file_and_message_id(set_up: SetUp) -> None:
    with http_service.running(status=202) as sendgrid:
        set_up(f"sendgrid://SG.Key_1?api_url={sendgrid.url}v3/")
        send_mail(MESSAGE)

    (request,) = sendgrid.requests
    assert (request.path, request.headers["Authorization"]) == ("/v3/mail/send", "Bearer SG.Key_1")
    sent = request.json
    assert {"anymail_id"} == set(sent["personalizations"][0].pop("custom_args"))
    assert sent == {
        "from": {"name": "MentorMap", "email": "hello@mentors.example"},
        "personalizations": [{"to": [{"name": "Sam", "email": "sam@example.com"}]}],
        "subject": "Booked: System design",
        "headers": {"Message-ID": MESSAGE.message_id, "Auto-Submitted": "auto-generated"},
        "content": [
            {"type": "text/plain", "value": MESSAGE.text},
            {"type": "text/html", "value": MESSAGE.html},
            {"type": "text/calendar; method=REQUEST", "value": INVITE.decode()},
        ],
        "attachments": [{"content": ENCODED, "type": "application/ics", "filename": "invite.ics"}],
    }


def test_mailgun_is_handed_the_whole_mail(set_up: SetUp) -> None:
    answer = {"id": "<1@mg.example.com>", "message": "Queued. Thank you."}
    with http_service.running(answer=answer) as mailgun:
        set_up(f"mailgun://Key-1@mg.example.com?api_url={mailgun.url}v3")
        send_mail(MESSAGE)

    (request,) = mailgun.requests
    login = base64.b64encode(b"api:Key-1").decode()
    assert (request.path, request.headers["Authorization"]) == (
        "/v3/mg.example.com/messages.mime",
        f"Basic {login}",
    )
    assert set(request.form) == {"to", "message"}
    assert request.form["to"] == b"Sam <sam@example.com>"
    mail = message_from_bytes(request.form["message"], policy=policy.default)
    assert (mail["From"], mail["To"], mail["Subject"], mail["Message-ID"]) == (
        "MentorMap <hello@mentors.example>",
        "Sam <sam@example.com>",
        "Booked: System design",
        MESSAGE.message_id,
    )
    assert outline(mail) == [
        "multipart/mixed",
        ["multipart/alternative", ["text/plain"], ["text/html"], ["text/calendar"]],
        ["application/ics"],
    ]


def test_a_mailgun_domain_is_the_senders_unless_it_is_named(set_up: SetUp) -> None:
    with http_service.running(answer={"id": "<1@x>", "message": "Queued."}) as mailgun:
        set_up(f"mailgun://Key-1?api_url={mailgun.url}v3")
        send_mail(MESSAGE)
    assert mailgun.requests[0].path == "/v3/mentors.example/messages.mime"


def test_postmark_keeps_our_message_id_and_gets_the_invite_as_a_file(set_up: SetUp) -> None:
    answer = {"ErrorCode": 0, "Message": "OK", "MessageID": "1", "To": "sam@example.com"}
    with http_service.running(answer=answer) as postmark:
        set_up(f"postmark://Token?api_url={postmark.url}")
        send_mail(MESSAGE)

    sent = postmark.requests[0].json
    assert sorted((header["Name"], header["Value"]) for header in sent["Headers"]) == [
        ("Auto-Submitted", "auto-generated"),
        ("Message-ID", MESSAGE.message_id),
        ("X-PM-KeepID", "true"),
    ]
    assert sent["Attachments"] == [
        {
            "Name": "invite.ics",
            "Content": ENCODED,
            "ContentType": 'text/calendar; method="REQUEST"; charset="utf-8"',
        }
    ]


OTHERS = {
    "brevo": "brevo://Key?",
    "resend": "resend://Key?",
    "mailjet": "mailjet://Key:Secret?",
    "mailersend": "mailersend://Key?",
    "mailtrap": "mailtrap://Key?",
    "mandrill": "mandrill://Key?",
    "postal": "postal://Key?",
    "scaleway": "scaleway://Key?project_id=p&",
    "sparkpost": "sparkpost://Key?",
    "unisender-go": "unisender-go://Key?",
    "postmark": "postmark://Key?",
}


BY_NAME = {"brevo", "mailersend"}
"""These tell a file's type from its name."""


def test_every_service_is_tried() -> None:
    assert set(OTHERS) | {"sendgrid", "mailgun", "ses"} == set(SERVICES)


@pytest.mark.parametrize("slug", OTHERS)
def test_every_other_service_takes_our_mail(slug: str, set_up: SetUp) -> None:
    """Text, HTML, and the invite as a file that says what it is; no header that it refuses."""
    with http_service.running(status=500, answer={}) as service:
        set_up(f"{OTHERS[slug]}api_url={service.url}")
        with pytest.raises(ChannelDownError):
            send_mail(MESSAGE)

    body = service.requests[0].body.decode()
    assert "Gr\\u00fc\\u00dfe, Sam" in body or "Grüße, Sam" in body
    assert "<b>Sam</b>" in body
    assert ENCODED in body
    assert ("text/calendar" in body) is (slug not in BY_NAME)
    assert "Key" in body + str(service.requests[0].headers) or "S2V5" in str(service.requests[0].headers)
    for header in SERVICES[slug].refused_headers:
        assert f'"{header}"' not in body


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_message_that_is_refused_is_final(set_up: SetUp, status: int) -> None:
    with http_service.running(status=status, answer={"errors": [{"message": "no address"}]}) as service:
        set_up(f"sendgrid://Key?api_url={service.url}")
        with pytest.raises(FinalError, match="no address"):
            send_mail(MESSAGE)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_a_wrong_key_a_limit_or_their_trouble_is_the_channels(set_up: SetUp, status: int) -> None:
    with http_service.running(status=status) as service:
        set_up(f"sendgrid://Key?api_url={service.url}")
        with pytest.raises(ChannelDownError):
            send_mail(MESSAGE)


def test_an_address_that_the_service_has_on_its_list_is_final(set_up: SetUp) -> None:
    answer = [{"email": "sam@example.com", "status": "rejected", "reject_reason": "hard-bounce", "_id": "1"}]
    with http_service.running(answer=answer) as mandrill:
        set_up(f"mandrill://Key?api_url={mandrill.url}")
        with pytest.raises(FinalError):
            send_mail(MESSAGE)


def test_a_service_that_is_not_there_is_the_channels_trouble(set_up: SetUp) -> None:
    with http_service.running() as service:
        url = service.url
    set_up(f"sendgrid://Key?api_url={url}")
    with pytest.raises(ChannelDownError):
        send_mail(MESSAGE)


def test_a_round_uses_one_connection(set_up: SetUp) -> None:
    with http_service.running(status=202) as service:
        set_up(f"sendgrid://Key?api_url={service.url}")
        with email.connected() as send:
            send(MESSAGE)
            send(MESSAGE)
    assert len(service.requests) == 2
