"""Texts from outside as cells of a table, so that a spreadsheet shows them instead of working them out."""

import re

from faces.terminal import plain

FORMULA = re.compile(r"(^|[;,])(?=\s*[=+\-@])")
"""Where a cell, or what some countries' spreadsheets take for one, begins like a formula."""


def text_cell(text: str) -> str:
    """The text with an apostrophe before whatever would be a formula, and every invisible letter as its escape."""
    return FORMULA.sub(r"\1'", plain(text))
