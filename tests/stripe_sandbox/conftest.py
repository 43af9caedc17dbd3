"""A shop with an empty sandbox for each test."""

from collections.abc import Iterator

import pytest

from tests.stripe_sandbox.shop import Shop, open_shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    opened = open_shop()
    yield opened
    opened.sandbox.close()
