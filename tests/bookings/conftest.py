"""Sam, Maya, and what they have booked."""

from datetime import datetime, timedelta

import pytest

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from tests import make


@pytest.fixture
def maya(db: None) -> User:
    return make.person("Maya", time_zone="America/New_York")


@pytest.fixture
def session(sam: User, maya: User, now: datetime) -> Session:
    """Sam with Maya on Wednesday at 9:00 UTC, booked and paid."""
    mentor = make.mentor(maya, zone="America/New_York")
    return make.session(student=sam, mentor=mentor, starts_at=now + timedelta(days=2))
