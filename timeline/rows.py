"""The lines of the table: one face at one sample."""

from dataclasses import dataclass

from faces.records import Face


@dataclass(frozen=True, slots=True)
class Row:
    """One face at one sample, or one sample with nobody in it: a line of the table."""

    seconds: float  # rounded to microseconds
    face: Face | None  # confidence and scores rounded to four decimals; the box without its angle
