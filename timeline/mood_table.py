"""A mood as a table for a spreadsheet: one line for each day, gaps included."""

import csv
from typing import TextIO

from faces.cells import text_cell
from faces.emotions import LABELS
from faces.shapes import DECIMALS
from timeline.uses.mood import Day, MoodAnswer

COLUMNS = ("date", "seconds", "valence", "variety", "flatness", *LABELS, "notes")


def write_mood_table(file: TextIO, answer: MoodAnswer) -> None:
    """CSV; what is not known is empty, and a note can never become a formula."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(_cells, answer.days))


def _cells(day: Day) -> list[object]:
    seen = day.seen
    shares = seen.shares or (None,) * len(LABELS)
    numbers = [_cell(number) for number in (seen.valence, seen.variety, seen.flatness, *shares)]
    return [day.day.isoformat(), round(seen.seconds, 1), *numbers, text_cell(" / ".join(day.notes))]


def _cell(number: float | None) -> object:
    return "" if number is None else round(number, DECIMALS)
