"""What Amazon's answers mean; those of servers and other services are tried with the real thing."""

from typing import Any

import pytest
from anymail import exceptions

from mentormap.notifications.channels.mail_errors import judged
from mentormap.notifications.errors import ChannelDownError, FinalError

anymail: Any = exceptions


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("BadRequestException", FinalError),
        ("InvalidParameterValue", FinalError),
        ("MessageRejected", ChannelDownError),
        ("MailFromDomainNotVerifiedException", ChannelDownError),
        ("TooManyRequestsException", ChannelDownError),
        ("SendingPausedException", ChannelDownError),
        ("ExpiredToken", ChannelDownError),
    ],
)
def test_amazons_answers(code: str, meaning: type[Exception]) -> None:
    error = anymail.AnymailAPIError("no", response={"Error": {"Code": code}})
    assert type(judged(error)) is meaning


def test_an_amazon_that_says_nothing_is_the_channels_trouble() -> None:
    assert type(judged(anymail.AnymailAPIError("timed out", response=None))) is ChannelDownError


def test_an_address_that_no_service_would_take_is_final() -> None:
    assert type(judged(anymail.AnymailInvalidAddress("Invalid email address 'sam@'"))) is FinalError
