"""The API keeps to its own description, whatever is sent: requests made up from the OpenAPI document, in-process."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from mentormap.accounts.models import User
from mentormap.api.api import api as described
from mentormap.wsgi import application
from tests import make
from tests.api.conftest import Api
from tests.conftest import Stripe

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]


@pytest.fixture
def sam(api: Api, stripe: Stripe, now: datetime) -> User:
    """Has what there is to be found: mentor 1 and session 1."""
    student = make.sam()
    make.session(id=1, student=student, mentor=make.mentor(id=1), starts_at=now + timedelta(days=1))
    return student


def served(environ: Any, start_response: Any) -> Any:
    """Leaves the connection open, as Django's own test client does: the data of a test live as long as it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    return application(environ | {"REMOTE_ADDR": "127.0.0.1"}, start_response)


@pytest.fixture(autouse=True)
def _connections_close_again() -> Iterator[None]:
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


schema = schemathesis.openapi.from_dict(described.get_openapi_schema(path_prefix="/api/"))
schema.app = served


@schema.parametrize()
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_answers_are_those_that_are_documented(case: schemathesis.Case[Any], api: Api, sam: User) -> None:
    """A rule of the domain may refuse what the document allows, such as a time that is past."""
    if case.path.endswith("/logout"):
        api.tokens.clear()
    case.call_and_validate(
        headers={"Authorization": f"Bearer {api.token(sam)}"}, excluded_checks=[positive_data_acceptance]
    )
