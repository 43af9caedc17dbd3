"""Requests wait for the database for a few seconds; commands and the worker as long as it takes."""

import pytest
from django.db import connections

from mentormap.operations.process import start


def test_requests_alone_wait_less_for_sqlites_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    database = connections["default"]
    if database.vendor != "sqlite":
        pytest.skip("PostgreSQL's limits are tried in tests/lib")
    monkeypatch.setitem(database.settings_dict, "OPTIONS", {"timeout": 20})
    start.limit_waiting()
    assert database.get_connection_params()["timeout"] == start.LOCK_SECONDS
