"""Mail leaves as EMAIL_URL says, in a test as in life."""

from collections.abc import Callable

import pytest
from pytest_django.fixtures import Settings

from mentormap.settings.mail import mail_settings

SetUp = Callable[[str], None]


@pytest.fixture
def set_up(settings: Settings, db: None) -> SetUp:
    """Mail is set up by this URL, with short time limits."""
    settings.DEFAULT_FROM_EMAIL = "MentorMap <hello@mentors.example>"

    def use(url: str, **more: str) -> None:
        given = {"provider": "", "key": "", "webhook_secret": "", "public_url": "https://m.example"} | more
        for name, value in mail_settings(url=url, **given).items():
            setattr(settings, name, value)

    return use
