"""CSV files: readable by every spreadsheet, run by none."""

import csv
from decimal import Decimal
from io import StringIO

import pytest

from mentormap.web.http.spreadsheets import csv_file


def read_back(*row: str | int | Decimal) -> list[str]:
    content = csv_file("file.csv", [row]).content.decode("utf-8-sig")
    return next(csv.reader(StringIO(content, newline="")))


@pytest.mark.parametrize(
    "formula",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1", "＋1", "－1", "＠A1", "  =1+1"],
)
def test_what_would_be_a_formula_is_text(formula: str) -> None:
    assert read_back(formula) == [f"'{formula}"]


@pytest.mark.parametrize("text", ["System design", "", " ", "1+1", "a=b", "Zoë, “queues”", "two\nlines"])
def test_other_text_is_as_it_was(text: str) -> None:
    assert read_back("x", text) == ["x", text]


def test_numbers_keep_their_decimals_and_their_sign() -> None:
    assert read_back(Decimal("-120.50"), Decimal("1.250"), Decimal(12000), -3) == [
        "-120.50",
        "1.250",
        "12000",
        "-3",
    ]


def test_the_file_says_that_it_is_utf_8() -> None:
    response = csv_file("earnings.csv", [["Zoë"], ["x"]])
    assert response.content == b"\xef\xbb\xbfZo\xc3\xab\r\nx\r\n"
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="earnings.csv"'
