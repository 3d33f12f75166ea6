"""Tension: how tense one's own face looks, minute by minute, against one's own resting face."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS
from faces.errors import InputError
from timeline.agreement import Agreement, agreement
from timeline.record import Record, Rest
from timeline.segments import SLACK
from timeline.uses.base import Use, option

TENSE = ("angry", "disgust", "fear", "sad")
"""The expressions whose rise over rest is taken together."""

MOVING = 0.1
"""Mean change of the scores from one second to the next, as half the sum of absolute differences, at which a face no
longer counts as still. The talking and laughing face of assets/demo.mp4 has 0.12; in its calm seconds it has 0.02."""

MINUTE = 60
LEAST_SECONDS = 20
"""A minute with fewer seconds of a face has no value."""

STALE_DAYS = 30
UNLIKE = 0.4
"""A rest so far from the calmest minute, as half the sum of absolute differences, is hardly that of this face."""

_TENSE = [EMOTIONS.index(emotion) for emotion in TENSE]


@dataclass(frozen=True, slots=True)
class Minute:
    """Sixty seconds; None where the face was seen for too little of them."""

    seconds: float  # when they began
    tension: float | None  # 0..100
    rise: float | None  # 0..1, of the tense expressions over rest
    stillness: float | None  # 0..1; 1: the scores did not change at all


@dataclass(frozen=True, slots=True)
class Answered:
    """A self-report and the tension of the minute before it."""

    seconds: float
    tension: float
    value: int  # 1 (bad) to 5 (good)


@dataclass(frozen=True, slots=True)
class TensionAnswer:
    """The gauge, its history, and how far it agrees with what the user says."""

    problem: str | None  # why there is no gauge; everything below is empty then
    notes: tuple[str, ...]  # why it may be worth less
    resting: float | None  # probability of the tense expressions together at rest, 0..1
    now: Minute | None  # the last sixty seconds
    minutes: tuple[Minute, ...]  # the whole ones, from the start
    mean: float | None  # tension over the minutes that have one
    highest: Minute | None
    reminders: tuple[float, ...]  # seconds at which to suggest a break
    reports: tuple[Answered, ...]  # of those with a gauge before them
    agreement: Agreement


@dataclass(frozen=True)
class Tension(Use[Record]):
    """How tense one's own face looks."""

    name: ClassVar[str] = "tension"
    title: ClassVar[str] = "Tension"
    question: ClassVar[str] = "Does my face look more tense than at rest, and is it time for a break?"
    formula: ClassVar[str] = (
        "q = probability of angry, disgust, fear and sad together; rise = max(0, (q - q at rest) / (1 - q at rest)), "
        "mean over the minute; stillness = 1 - min(1, mean change of the scores per second / 0.1); "
        "tension = 100 * rise * (1 + stillness) / 2, so a rise counts fully on a face that holds still and half on one "
        "that keeps changing"
    )
    limits: ClassVar[tuple[str, ...]] = (
        "It is what a face shows, not stress: who concentrates may frown, who is stressed may smile.",
        "Fear is found in two of five pictures that most people call fearful, so a frightened face often shows little "
        "or nothing here.",
        "Without a resting face of your own there is no gauge, and none for the time before you recorded it; an old "
        "one, or that of somebody else, is worth nothing.",
        "All faces in sight are taken together: be alone in the picture.",
        "Whether the gauge is worth anything for you, your own answers beside it tell, and nothing else does.",
    )
    example: ClassVar[str] = (
        "An evening at your own desk: you let your face rest for 15 seconds, work, say now and then how it goes, and "
        "learn whether your face tells anything about it."
    )

    remind_above: float | None = option(
        None, "suggest a break at a tension of this, 0 to 100; left open, it never does"
    )
    remind_minutes: int = option(20, "how many minutes are looked at, and pass until the next suggestion")

    def __post_init__(self) -> None:
        if self.remind_above is not None and not 0 < self.remind_above <= 100:
            raise InputError(f"remind_above must be above 0 and up to 100, not {self.remind_above:g}.")
        if not 1 <= self.remind_minutes <= 600:
            raise InputError(f"remind_minutes must be 1 to 600, not {self.remind_minutes}.")

    def answer(self, record: Record) -> TensionAnswer:
        """See the class."""
        if record.rest is None:
            return _without("There is no resting face to compare with. Record your resting face first: 15 seconds.")
        gauge = _Gauge(record, record.rest)
        minutes = tuple(gauge.minute_until(last) for last in range(MINUTE, gauge.seconds + 1, MINUTE))
        known = [minute for minute in minutes if minute.tension is not None]
        reports = tuple(gauge.reports())
        return TensionAnswer(
            problem=None,
            notes=tuple(gauge.notes()),
            resting=gauge.resting,
            now=gauge.minute_until(gauge.seconds) if gauge.seconds else None,
            minutes=minutes,
            mean=sum(minute.tension or 0.0 for minute in known) / len(known) if known else None,
            highest=max(known, key=lambda minute: minute.tension or 0.0) if known else None,
            reminders=tuple(self._reminders(minutes)),
            reports=reports,
            agreement=agreement_of(reports),
        )

    def _reminders(self, minutes: Sequence[Minute]) -> list[float]:
        """At the end of a minute: at least half of the last ones are known, and their mean is high enough."""
        found: list[float] = []
        if self.remind_above is None:
            return found
        for index in range(self.remind_minutes, len(minutes) + 1):
            recent = [m.tension for m in minutes[index - self.remind_minutes : index] if m.tension is not None]
            at = minutes[index - 1].seconds + MINUTE
            waited = not found or at - found[-1] >= self.remind_minutes * MINUTE
            if waited and 2 * len(recent) >= self.remind_minutes and np.mean(recent) >= self.remind_above:
                found.append(at)
        return found


def agreement_of(reports: Sequence[Answered]) -> Agreement:
    """How far the gauge agrees with the user, over the answers of any number of sessions."""
    return agreement([report.tension for report in reports], [6 - report.value for report in reports])


class _Gauge:
    """Sums over the seconds of a record, so that any sixty of them are answered from at once."""

    def __init__(self, record: Record, rest: Rest) -> None:
        self._record, self._rest = record, rest
        self.resting = sum(rest.scores[index] for index in _TENSE)
        self._scores = scores = record.group.scores.copy()
        scores[: max(0, math.ceil(rest.since - record.start - SLACK))] = np.nan  # may have been read in another way
        seen = ~np.isnan(scores[:, 0])
        moved = np.abs(np.diff(scores, axis=0, prepend=np.nan)).sum(axis=1) / 2
        both = ~np.isnan(moved)
        rise = np.maximum(0.0, (scores[:, _TENSE].sum(axis=1) - self.resting) / max(1e-6, 1.0 - self.resting))
        self.seconds = len(scores)
        self._sums = [
            _running(column) for column in (seen, np.where(seen, rise, 0.0), both, np.where(both, moved, 0.0))
        ]

    def minute_until(self, last: int) -> Minute:
        """The sixty seconds before this one, as far as they are in the record."""
        first, last = min(self.seconds, max(0, last - MINUTE)), min(self.seconds, last)
        seen, rise, both, moved = (float(sums[last] - sums[first]) for sums in self._sums)
        at = self._record.start + first
        if seen < LEAST_SECONDS:
            return Minute(at, None, None, None)
        rise, stillness = rise / seen, 1.0 - min(1.0, moved / max(both, 1.0) / MOVING)
        return Minute(at, 100.0 * rise * (1.0 + stillness) / 2.0, rise, stillness)

    def reports(self) -> list[Answered]:
        """Every self-report with enough of a face in the minute before it."""
        found = []
        for report in self._record.self_reports:
            tension = self.minute_until(max(0, math.floor(report.seconds - self._record.start))).tension
            if tension is not None:
                found.append(Answered(report.seconds, tension, report.value))
        return found

    def notes(self) -> list[str]:
        """What makes the rest doubtful."""
        found, began, measured = [], self._record.started_at, self._rest.measured_at
        if began is not None and measured is not None and began - measured > timedelta(days=STALE_DAYS):
            days = (began - measured).days
            found.append(f"Your resting face was measured {days} days before. Measure it again.")
        if self._least_distance() > UNLIKE:
            found.append("In no minute does this face look like the resting face. Is it yours? Measure it again.")
        return found

    def _least_distance(self) -> float:
        """Between rest and the minute that is nearest to it; 0 where there is none."""
        means = [part.mean(axis=0) for part in _known_minutes(self._scores)]
        return min((float(np.abs(mean - self._rest.scores).sum() / 2) for mean in means), default=0.0)


def _known_minutes(scores: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    parts = [scores[first : first + MINUTE] for first in range(0, len(scores), MINUTE)]
    known = [part[~np.isnan(part[:, 0])] for part in parts]
    return [part for part in known if len(part) >= LEAST_SECONDS]


def _running(column: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(column, dtype=np.float64)])


def _without(problem: str) -> TensionAnswer:
    return TensionAnswer(problem, (), None, None, (), None, None, (), (), agreement([], []))
