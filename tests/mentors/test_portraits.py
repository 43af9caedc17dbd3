from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentormap.mentors.portraits import initials, portrait_svg

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Maya Rosen", "MR"),
        ("Ana María de la Cruz", "AC"),
        ("Omar", "O"),
        ("Éric Ångström", "ÉÅ"),
        ("o'neil (Pat)", "OP"),
        ("ßigrid Groß", "SG"),
        ("李 伟", "李伟"),
        ("…", "·"),
        ("", "·"),
    ],
)
def test_initials_are_of_the_first_and_last_word(name: str, expected: str) -> None:
    assert initials(name) == expected


def test_a_name_always_gives_the_same_portrait_and_another_another() -> None:
    assert portrait_svg("Maya Rosen") == portrait_svg("Maya Rosen")
    assert portrait_svg("Maya Rosen") != portrait_svg("Mayo Rosen")


@pytest.mark.thorough
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=100))
def test_any_name_gives_a_drawing_that_browsers_can_read(name: str) -> None:
    drawn = ET.fromstring(portrait_svg(name))  # noqa: S314 - our own
    assert drawn.tag == f"{SVG}svg"
    assert [drawn.findtext(f"{SVG}text")] == [initials(name)]


def test_a_portrait_is_light_and_needs_no_style_sheet() -> None:
    drawn = portrait_svg("Maya Rosen")
    assert len(drawn) < 5_000
    assert "style" not in drawn


def test_a_name_is_no_markup() -> None:
    label = ET.fromstring(portrait_svg('"><script>')).get("aria-label")  # noqa: S314 - our own
    assert label == '"><script>'
