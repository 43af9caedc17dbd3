"""A browser test that hangs ends by itself, and leaves a picture, as one that fails does."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.conftest import is_expected

HANGING = Path(__file__).with_name("hanging.py")


@pytest.mark.browser
def test_whatever_fails_or_hangs_ends_and_leaves_a_picture(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:schemathesis", "-p", "no:cacheprovider", str(HANGING)],
        env=os.environ | {"BROWSER_TEST_SECONDS": "3", "PICTURES": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "3 failed" in done.stdout, done.stdout + done.stderr
    named = [Path(path) for path in re.findall(r"^/.*\.png$", done.stdout, re.MULTILINE)]
    assert [path.name for path in named] == ["test_it_fails-0.png", "test_it_waits-0.png"]
    for path in named:
        with Image.open(path) as picture:
            assert picture.size == (1280, 720)


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        ("htmx:sendAbort, [object HTMLDivElement]", True),
        ("htmx:sendError, [object HTMLDivElement]", False),
        ("htmx:timeout, [object HTMLDivElement]", False),
        ("Response Status Error Code 500 from /mentoring/hours", False),
        ("Failed to load resource: the server responded with a status of 404 (Not Found)", True),
        ("Failed to load resource: the server responded with a status of 500 (Server Error)", False),
    ],
)
def test_an_abort_is_no_trouble_and_an_error_is(problem: str, expected: bool) -> None:
    assert is_expected(problem) == expected
