"""Short messages through a provider, here Twilio by its published API, and in the demo's mailbox."""

from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
import requests
import responses
from pytest_django.fixtures import Settings

from mentormap.notifications.channels import mailbox, sms
from mentormap.notifications.channels.sms import SmsMessage
from mentormap.notifications.errors import FinalError, RetryableError

ACCOUNT = "AC" + "a" * 32
API = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
TEXT = SmsMessage(
    to="+4915123456789", body="System design\nreview at 18:00", url="https://mentors.example/sessions/7"
)


@pytest.fixture
def net(settings: Settings) -> Iterator[responses.RequestsMock]:
    settings.SMS_URL = f"twilio://{ACCOUNT}:{'b' * 32}@+15551234567/{{to}}"
    with responses.RequestsMock() as mock:
        yield mock


def test_a_message_goes_to_the_provider(net: responses.RequestsMock) -> None:
    net.post(API, status=201, json={"sid": "SM1"})
    sms.send(TEXT)
    assert parse_qs(str(net.calls[0].request.body)) == {
        "From": ["+15551234567"],
        "To": ["+4915123456789"],
        "Body": ["System design review at 18:00 https://mentors.example/sessions/7"],
    }


@pytest.mark.parametrize(
    "answer", [{"status": 500}, {"status": 400, "json": {"code": 21211}}, {"body": requests.ReadTimeout()}]
)
def test_what_the_provider_does_not_take_is_tried_again(
    net: responses.RequestsMock, answer: dict[str, object]
) -> None:
    net.add("POST", API, **answer)  # type: ignore[arg-type]
    with pytest.raises(RetryableError) as error:
        sms.send(TEXT)
    assert "b" * 32 not in str(error.value)


def test_each_call_has_time_limits(net: responses.RequestsMock) -> None:
    net.post(API, status=201, json={})
    sms.send(TEXT)
    assert vars(net.calls[0].request)["req_kwargs"]["timeout"] == (5.0, 10.0)


def test_an_address_that_is_none_is_final(settings: Settings) -> None:
    settings.SMS_URL = "nonsense-provider://{to}"
    with pytest.raises(FinalError):
        sms.send(TEXT)


def test_long_words_are_cut_and_the_address_stays_whole() -> None:
    whole = SmsMessage(to="+1", body="ü" * 500, url="https://mentors.example/sessions/7").whole
    assert len(whole) == sms.LONGEST
    assert whole.endswith("ü… https://mentors.example/sessions/7")


def test_the_demo_keeps_it_in_the_mailbox(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.SMS_URL = "mailbox://{to}"
    sms.send(TEXT)
    newest = mailbox.heading(mailbox.names()[0])
    assert (newest.channel, newest.to, newest.subject) == ("SMS", "+4915123456789", TEXT.whole)
    assert f"SMS to +4915123456789: {TEXT.whole}" in capsys.readouterr().out
