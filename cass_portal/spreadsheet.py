"""CSV files that people open in a spreadsheet: the one way that tables leave the portal. Pure.

Texts of strangers are in them, and a spreadsheet runs what begins like a formula. Every cell is quoted, and an
apostrophe, which says “text”, stands before such a beginning: that of the cell, and wherever a spreadsheet that
separates otherwise than by commas would see one.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

MIMETYPE = "text/csv; charset=utf-8; header=present"
APOSTROPHE = "'"
SIGNS = ("=", "+", "-", "\N{MINUS SIGN}", "@")
RUN = ("\t", "\r")
"""Some spreadsheets run what these begin."""
_BEGINNINGS = re.compile(r'(?<=[;"\t\r\n])')
_PASSED_OVER = {"Cc", "Cf", "Zs", "Zl", "Zp"}
"""Blanks, and what is not seen."""


def written(rows: Iterable[Iterable[Any]]) -> bytes:
    """UTF-8 with its mark, by which spreadsheets know it. None is an empty cell."""
    text = io.StringIO()
    lines = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    lines.writerows([_guarded("" if cell is None else str(cell)) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", errors="replace")


def _guarded(text: str) -> str:
    """Apostrophes that were there already count as ours, so that taking one away gives the text back."""
    parts = _BEGINNINGS.split(text)
    return "".join(APOSTROPHE + each if _begins_formula(each) else each for each in parts)


def _begins_formula(text: str) -> bool:
    first = next((each for each in text if not _is_passed_over(each)), "")
    return unicodedata.normalize("NFKC", first).startswith(SIGNS + RUN)


def _is_passed_over(sign: str) -> bool:
    return sign == APOSTROPHE or (sign not in RUN and unicodedata.category(sign) in _PASSED_OVER)
