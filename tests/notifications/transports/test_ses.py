"""Amazon SES, as moto's server plays it."""

from collections.abc import Iterator
from email import message_from_string, policy
from typing import Any

import pytest
from moto.backends import get_backend
from moto.server import ThreadedMotoServer

from mentormap.notifications.errors import ChannelDownError
from tests.notifications.sending import send_mail
from tests.notifications.test_email import MESSAGE, outline
from tests.notifications.transports.conftest import SetUp

pytestmark = [pytest.mark.mail, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def amazon() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def ses(amazon: str, monkeypatch: pytest.MonkeyPatch, set_up: SetUp) -> Any:
    """What AWS_ENDPOINT_URL leads to; nobody's address is verified yet."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", amazon)
    get_backend("ses")[ACCOUNT]["eu-west-1"].reset()
    set_up("ses://AKIA1:s%2Fecret@?region=eu-west-1")
    return get_backend("ses")[ACCOUNT]["eu-west-1"]


def test_ses_is_handed_the_whole_mail(ses: Any) -> None:
    ses.verify_domain("mentors.example")
    send_mail(MESSAGE)

    (sent,) = ses.sent_messages
    assert sent.destinations == [
        "sam@example.com",
        "Sam <sam@example.com>",
    ]  # by moto from envelope and header
    mail = message_from_string(sent.raw_data, policy=policy.default)
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


def test_a_sender_that_is_not_verified_is_ours_to_mend(ses: Any) -> None:
    with pytest.raises(ChannelDownError, match="MessageRejected"):
        send_mail(MESSAGE)


def test_an_amazon_that_is_not_there_is_the_channels_trouble(
    ses: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(ChannelDownError, match="Could not connect"):
        send_mail(MESSAGE)
