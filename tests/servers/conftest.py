"""The databases that the whole program is tried on."""

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from tests.servers.postgresql import running_server


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("sqlite", marks=pytest.mark.server),
        pytest.param("postgresql", marks=[pytest.mark.server, pytest.mark.postgresql]),
    ],
)
def database(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The variables by which a program finds its database, as after a first start."""
    with nullcontext() if request.param == "sqlite" else running_server(is_prepared=True) as url:
        yield {"DATABASE_URL": url} if url else {}
