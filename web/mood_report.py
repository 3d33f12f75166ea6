"""A mood on two pages: what the template of the report draws, as numbers and words."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from timeline.uses.mood import MoodAnswer, Week

WIDE, HIGH = 680.0, 220.0
"""The chart, in the units of its drawing."""

LEAST_SCALE = 0.2
"""A face at a screen is mostly neutral: on a scale from -1 to 1 nothing would be to see."""

MOST_WEEKS, MOST_NOTES, LONGEST_NOTE = 13, 10, 160
"""So much fits on two pages; the table for a spreadsheet has all of it."""


@dataclass(frozen=True, slots=True)
class Dot:
    """One day that was seen."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class WeekMark:
    """One week with its mean, and the interval of that."""

    x: float
    width: float
    y: float
    low: float  # where the interval ends below: a larger y
    high: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Valence by day; what was not seen has neither dot nor line."""

    scale: float  # valence at the upper edge; its negative at the lower one
    dots: tuple[Dot, ...]
    weeks: tuple[WeekMark, ...]
    ticks: tuple[tuple[float, str], ...]  # x, day


def report_of(answer: MoodAnswer) -> dict[str, Any]:
    """What the template is given."""
    notes = [(day_words(day.day), _short(note)) for day in reversed(answer.days) for note in day.notes]
    known = [day for day in answer.days if day.seen.valence is not None]
    return {
        "mood": answer,
        "chart": chart_of(answer),
        "period": f"{day_words(answer.first)} to {day_words(answer.last)}",
        "days_seen": len(known),
        "weeks": answer.weeks[-MOST_WEEKS:],
        "notes": notes[:MOST_NOTES],
        "more_notes": max(0, len(notes) - MOST_NOTES),
        "signed": signed,
        "day_words": day_words,
        "week_words": week_words,
    }


def chart_of(answer: MoodAnswer) -> Chart:
    """Of every day that was seen, and of every week with enough of them."""
    values = [abs(day.seen.valence) for day in answer.days if day.seen.valence is not None]
    highs = [max(abs(week.valence.low), abs(week.valence.high)) for week in answer.weeks if week.valence is not None]
    scale = math.ceil(10 * max([LEAST_SCALE, *values, *highs])) / 10
    step = WIDE / len(answer.days)
    dots = tuple(
        Dot(
            round((place + 0.5) * step, 2),
            _y(day.seen.valence, scale),
            f"{day_words(day.day)}: {signed(day.seen.valence)}",
        )
        for place, day in enumerate(answer.days)
        if day.seen.valence is not None
    )
    every = max(1, len(answer.days) // 6)
    ticks = tuple(
        (round((place + 0.5) * step, 2), _short_day(answer.days[place].day))
        for place in range(0, len(answer.days), every)
    )
    return Chart(scale, dots, tuple(_spans(answer, step, scale)), ticks)


def _spans(answer: MoodAnswer, step: float, scale: float) -> Iterator[WeekMark]:
    for place, week in enumerate(answer.weeks):
        if week.valence is None:
            continue
        first = (week.start - answer.first).days
        last = (
            (answer.weeks[place + 1].start - answer.first).days if place + 1 < len(answer.weeks) else len(answer.days)
        )
        low, middle, high = (_y(value, scale) for value in (week.valence.low, week.valence.value, week.valence.high))
        yield WeekMark(round(first * step, 2), round((last - first) * step, 2), middle, low, high)


def _y(valence: float, scale: float) -> float:
    return round(HIGH / 2 * (1 - valence / scale), 2)


def day_words(day: date) -> str:
    """ "26 November 2026"."""
    return f"{day.day} {day:%B %Y}"


def _short_day(day: date) -> str:
    return f"{day.day} {day:%b}"


def signed(value: float | None, decimals: int = 2) -> str:
    """ "+0.12"; a dash for what is not known."""
    return "\N{EN DASH}" if value is None else f"{value:+.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def week_words(week: Week) -> str:
    """The mean of a week with its interval, or why there is none."""
    if week.valence is None:
        return f"{week.days} days seen: too few" if week.days else "not seen"
    return f"{signed(week.valence.value)} ({signed(week.valence.low)} to {signed(week.valence.high)})"


def _short(note: str) -> str:
    return note if len(note) <= LONGEST_NOTE else f"{note[: LONGEST_NOTE - 1]}\N{HORIZONTAL ELLIPSIS}"
