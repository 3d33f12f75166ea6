"""Tests of faces/cells.py: no name becomes a formula in somebody's spreadsheet."""

import csv
import io

import pytest

from faces.cells import text_cell

CELLS = {
    "=1+1": "'=1+1",
    "+1": "'+1",
    "-1": "'-1",
    "@SUM(A1)": "'@SUM(A1)",
    "\t=1": r"\t=1",
    "\r=1": r"\r=1",
    "  =1": "'  =1",
    "a;=cmd|' /C calc'!A0": "a;'=cmd|' /C calc'!A0",
    "a,=1": "a,'=1",
    "a; @b;-c": "a;' @b;'-c",
    "a\r=1": r"a\r=1",
    "a\n=1": r"a\n=1",
    "a=1; b+c-d@e": "a=1; b+c-d@e",
    "holiday-2024.jpg": "holiday-2024.jpg",
}


@pytest.mark.parametrize("text", CELLS)
def test_a_text_that_would_be_a_formula_is_only_a_text(text: str) -> None:
    assert text_cell(text) == CELLS[text]
    file = io.StringIO()
    csv.writer(file).writerow([text_cell(text), 1])
    for separator in ",;":  # as spreadsheets of other countries split it
        for cell in file.getvalue().replace('"', "").split(separator):
            assert not cell.strip().startswith(("=", "+", "-", "@"))
