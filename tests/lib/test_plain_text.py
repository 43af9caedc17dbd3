import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentormap.lib.plain_text import as_block, one_line

texts = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("typed", "line", "lines"),
    [
        ("System design", "System design", "System design"),
        ("  two\t words  ", "two words", "two  words"),
        ("a\r\nb\rc\nd", "a b c d", "a\nb\nc\nd"),
        ("a\vb\fc\x85d\u2028e\u2029f\x1cg", "a b c d e f g", "a\nb\nc\nd\ne\nf\ng"),
        ("nul\0, bell\a, delete\x7f", "nul, bell, delete", "nul, bell, delete"),
        ("lone \ud83d surrogate", "lone surrogate", "lone  surrogate"),
        ("👩‍💻 für Zoë\u00a0", "👩‍💻 für Zoë", "👩‍💻 für Zoë"),
        ("\ufeffmarked", "marked", "marked"),
        ("\0\n\t", "", ""),
        ("\u200b\u202e \u2060", "", "\u200b\u202e \u2060"),
        ("\u3164\u2800\u034f\ufe0f", "", "\u3164\u2800\u034f\ufe0f"),
        ("\u200b!", "\u200b!", "\u200b!"),
    ],
)
def test_text_is_made_safe_for_lines(typed: str, line: str, lines: str) -> None:
    assert (one_line(typed), as_block(typed)) == (line, lines)


@given(texts)
def test_one_line_is_one_line(text: str) -> None:
    cleaned = one_line(text)
    assert cleaned.splitlines() == ([cleaned] if cleaned else [])
    assert one_line(cleaned) == cleaned
    cleaned.encode()


@pytest.mark.thorough
@given(texts)
def test_many_lines_break_at_line_feeds_alone(text: str) -> None:
    cleaned = as_block(text)
    assert cleaned.splitlines() == (cleaned.split("\n") if cleaned else [])
    assert as_block(cleaned) == cleaned
    cleaned.encode()
