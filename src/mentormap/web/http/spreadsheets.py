"""Tables as CSV files that a spreadsheet opens and no spreadsheet runs."""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import StringIO
from typing import Final

from django.http import HttpResponse

Cell = str | int | Decimal

_BYTE_ORDER_MARK: Final = "\ufeff"
"""Excel reads a file without it in the code page of its country, and names come out garbled."""
_STARTS_A_FORMULA: Final = frozenset("=+-@\t\r\n＝＋－＠")


def csv_file(name: str, rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """A download by RFC 4180 in UTF-8; numbers have a decimal point, whatever the locale."""
    text = StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)
    return HttpResponse(
        _BYTE_ORDER_MARK + text.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _harmless(cell: Cell) -> str:
    """Text that a spreadsheet would reckon with stands behind an apostrophe (https://owasp.org/www-community/attacks/CSV_Injection)."""
    if isinstance(cell, str) and cell.lstrip(" ")[:1] in _STARTS_A_FORMULA and cell.strip(" "):
        return f"'{cell}"
    return str(cell)
