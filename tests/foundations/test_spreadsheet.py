"""No cell of a file that leaves the portal is taken for a formula, whatever a spreadsheet separates by."""

import csv
import io
import itertools
import re
import unicodedata

import pytest

from cass_portal import spreadsheet
from tests.hostile import NAUGHTY
from tests.house import source

pytestmark = pytest.mark.once

FORMULAS = (
    "=1", "x;=1+cmd|' /C calc'!A0", "＝1", "﹦1", "x ; \u200b＝1", "x;+1", "x;-1", "x;@SUM(A1)", 'x;"=1', 'x;""""=1',
    'x";"=1', "x\n=1", "x\r\n-1", "x\t@A1", "\ufeff=1", "\x00=1", "\u00a0=1", "'=1", "''=1", "x;'=1", "' =1", "'\t=1",
    "\u22121", "=\u0338", "x;\r\n=1",
)  # fmt: skip
DROPPED = {"Cc", "Cf", "Zs", "Zl", "Zp"}


def begins_formula(cell):
    """The end of a line of the file itself, which falls into a cell where quotes are unbalanced, runs nothing."""
    seen = re.sub(r"\r\n", "\n", cell)
    seen = "".join(each for each in seen if each in "\t\r" or unicodedata.category(each) not in DROPPED)
    return unicodedata.normalize("NFKC", seen[:1]).startswith(("=", "+", "-", "\u2212", "@", "\t", "\r"))


def cells(octets, separator):
    text = octets.decode("utf-8-sig")
    return [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]


def taken_away(cell):
    """One apostrophe less before each beginning of a formula."""
    parts = re.split(r'(?<=[;"\t\r\n])', cell)
    return "".join(
        each[1:] if each[:1] == "'" and begins_formula(each.replace("'", "")) else each for each in parts
    )


def as_written(text):
    return text.encode(errors="replace").decode()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_is_a_formula_however_it_is_separated(separator):
    for text in (*NAUGHTY, *FORMULAS):
        found = cells(spreadsheet.written([["a", text, "b"], [text, text, text]]), separator)
        assert [each for each in found if begins_formula(each)] == [], text


def test_no_short_text_becomes_one_in_three_columns():
    texts = ["".join(each) for each in itertools.product("=;\"',\n ", repeat=4)]
    octets = spreadsheet.written([text, text, text] for text in texts)
    for separator in (",", ";", "\t"):
        assert [each for each in cells(octets, separator) if begins_formula(each)] == []


def test_the_apostrophes_taken_away_give_the_text_back():
    texts = [as_written(each) for each in (*NAUGHTY, *FORMULAS)]
    found = cells(spreadsheet.written([each] for each in texts), ",")
    assert [taken_away(each) for each in found] == texts
    assert found[texts.index("=1+1")] == "'=1+1"
    assert found[texts.index("x;=1+cmd|' /C calc'!A0")] == "x;'=1+cmd|' /C calc'!A0"
    assert "Zażółć - it's 1+1" in cells(spreadsheet.written([["Zażółć - it's 1+1"]]), ",")


def test_the_file_says_what_it_is():
    assert spreadsheet.written([["a", None], [1, "é"]]) == b'\xef\xbb\xbf"a",""\r\n"1","\xc3\xa9"\r\n'


def test_there_is_no_other_way_out():
    writers = {
        source.shown(each) for each in source.modules() if re.search(r"csv\.\w*[wW]riter", each.read_text())
    }
    assert writers == {"cass_portal/spreadsheet.py"}
