"""Mood: what one's own face showed over days and weeks, from sessions that were marked as one's own."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from faces.affect import valence
from faces.emotions import EMOTIONS, LABELS
from faces.errors import InputError
from timeline.intervals import Interval, student
from timeline.record import Record
from timeline.uses.base import Use, option

LEAST_SECONDS = 60.0
"""A day, or a part of the day, with less of a face than this stays a gap."""

LEAST_MINUTE = 20.0  # seconds of a face in a minute that counts
FLAT = 0.95  # share of its named time in which a flat minute shows neutral
PARTS = (("night", 0), ("morning", 6), ("afternoon", 12), ("evening", 18))
"""Parts of the day by the hour at which they begin."""


@dataclass(frozen=True, slots=True)
class MoodHour:
    """What was seen within one hour of the clock: all that a mood needs of a session, so that years are small."""

    start: datetime  # of the hour, with the zone of the recording
    seen: float  # seconds
    labels: tuple[float, ...]  # seconds of these in which each of LABELS was named
    scores: tuple[float, ...]  # mean of the seven scores over them
    minutes: int  # with at least 20 s of a face
    flat_minutes: int  # of these, without anything but neutral to see


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote down about a day."""

    day: date
    text: str


@dataclass(frozen=True, slots=True)
class Diary:
    """What a mood is asked of."""

    today: date
    hours: tuple[MoodHour, ...]  # of all of one's own sessions, in any order
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen in some stretch of time; None where that was too little."""

    seconds: float
    valence: float | None  # -1..1, of the mean scores: see faces.affect
    variety: float | None  # 0 one expression only, 1 all seven equally long
    flatness: float | None  # share of the minutes in which nothing but neutral was seen
    shares: tuple[float, ...] | None  # of the seen time, by LABELS


@dataclass(frozen=True, slots=True)
class Day:
    """One day, with one's own notes."""

    day: date
    seen: Seen
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days that end with today or whole weeks before it."""

    start: date
    days: int  # that have a value
    valence: Interval | None  # over these days; None for fewer than three


@dataclass(frozen=True, slots=True)
class PartOfDay:
    """All days of the answer, this part of them."""

    name: str
    from_hour: int
    seen: Seen


@dataclass(frozen=True, slots=True)
class MoodAnswer:
    """Day by day, week by week, and by the time of day; gaps stay gaps."""

    first: date
    last: date
    labels: tuple[str, ...]  # the order of all shares
    whole: Seen
    days: tuple[Day, ...]
    weeks: tuple[Week, ...]
    times: tuple[PartOfDay, ...]


@dataclass(frozen=True)
class Mood(Use[Diary]):
    """What one's own face showed over days and weeks."""

    name: ClassVar[str] = "mood"
    title: ClassVar[str] = "Mood"
    question: ClassVar[str] = "What did my face show over the last days and weeks, and at which time of day?"
    formula: ClassVar[str] = (
        "valence of a day = placement of the emotions, weighted by the mean scores over all seconds seen; "
        "variety = - sum of share * ln(share) / ln(7) over the seven expressions; "
        "flatness = minutes of which at least 95 % of the named time is neutral / minutes with 20 s of a face or more; "
        "a week = mean of its days +- t(days - 1) s / sqrt(days)"
    )
    limits: ClassVar[tuple[str, ...]] = (
        "A face at a screen is mostly neutral, whosever it is: compare days with days of your own only.",
        "Light, glasses, a beard or another camera change the numbers as much as a mood does.",
        "A day with less than a minute of a face is a gap, and no line is drawn over it.",
        "It is a record for yourself or for a talk with somebody you trust. It tests nothing and names no illness.",
    )
    example: ClassVar[str] = (
        "You record ten minutes of your evening at home for some weeks, note what happened, and look at both together."
    )

    days: int = option(30, "how many days up to today, 1 to 3660")

    def __post_init__(self) -> None:
        if not 1 <= self.days <= 3660:
            raise InputError(f"days must be 1 to 3660, not {self.days}.")

    def answer(self, diary: Diary) -> MoodAnswer:
        """See the class."""
        first = diary.today - timedelta(days=self.days - 1)
        hours = [hour for hour in diary.hours if first <= hour.start.date() <= diary.today]
        by_day, by_part, notes = defaultdict(list), defaultdict(list), defaultdict(list)
        for hour in hours:
            by_day[hour.start.date()].append(hour)
            by_part[hour.start.hour // 6].append(hour)
        for note in diary.notes:
            notes[note.day].append(note.text)
        dates = [first + timedelta(days=number) for number in range(self.days)]
        days = tuple(Day(day, _seen(by_day[day]), tuple(notes[day])) for day in dates)
        return MoodAnswer(
            first=first,
            last=diary.today,
            labels=LABELS,
            whole=_seen(hours),
            days=days,
            weeks=tuple(_weeks(days)),
            times=tuple(PartOfDay(name, hour, _seen(by_part[hour // 6])) for name, hour in PARTS),
        )


def mood_hours(record: Record) -> tuple[MoodHour, ...]:
    """A session by hours of the clock, to be kept with it; InputError for a record without a clock."""
    if record.started_at is None:
        raise InputError("A record that does not know when it was made cannot be part of a mood.")
    began = record.started_at
    hour = began.replace(minute=0, second=0, microsecond=0)
    second = record.seconds["second"] + int((began - hour).total_seconds())
    found = []
    for number in np.unique(second // 3600).tolist():
        inside = second // 3600 == number
        lines, seen = record.seconds[inside], record.seconds["seen"][inside].astype(np.float64)
        minutes, flat = _flat_minutes(second[inside] // 60, lines["labels"], seen)
        labels = tuple(lines["labels"].sum(axis=0, dtype=np.float64).tolist())
        scores = tuple((lines["scores"].T @ seen / seen.sum()).tolist())
        found.append(MoodHour(hour + timedelta(hours=number), float(seen.sum()), labels, scores, minutes, flat))
    return tuple(found)


def _flat_minutes(
    minute: NDArray[np.integer], labels: NDArray[np.floating], seen: NDArray[np.floating]
) -> tuple[int, int]:
    """How many minutes count, and how many of them are flat."""
    minute = minute - minute.min()
    lasted = np.bincount(minute, seen)
    named = np.bincount(minute, labels[:, : len(EMOTIONS)].sum(axis=1))
    neutral = np.bincount(minute, labels[:, EMOTIONS.index("neutral")])
    counts = lasted >= LEAST_MINUTE
    return int(counts.sum()), int((counts & (neutral >= FLAT * named)).sum())


def _seen(hours: Iterable[MoodHour]) -> Seen:
    hours = list(hours)
    seconds = sum(hour.seen for hour in hours)
    if seconds < LEAST_SECONDS:
        return Seen(seconds, None, None, None, None)
    scores = [sum(hour.scores[index] * hour.seen for hour in hours) / seconds for index in range(len(EMOTIONS))]
    shares = tuple(sum(hour.labels[index] for hour in hours) / seconds for index in range(len(LABELS)))
    minutes = sum(hour.minutes for hour in hours)
    flatness = sum(hour.flat_minutes for hour in hours) / minutes if minutes else None
    return Seen(seconds, valence(scores), _variety(shares[: len(EMOTIONS)]), flatness, shares)


def _variety(shares: Sequence[float]) -> float | None:
    """Entropy over the named time, as a part of the highest possible one; None where nothing was named."""
    total = sum(shares)
    if total <= 0:
        return None
    parts = [share / total for share in shares if share > 0]
    return -sum(part * math.log(part) for part in parts) / math.log(len(EMOTIONS)) + 0.0


def _weeks(days: Sequence[Day]) -> Iterable[Week]:
    """By time; the first one may be shorter."""
    for last in range(len(days) % 7 or 7, len(days) + 1, 7):
        week = days[max(0, last - 7) : last]
        known = [day.seen.valence for day in week if day.seen.valence is not None]
        yield Week(week[0].day, len(known), _mean(known) if len(known) >= 3 else None)


def _mean(numbers: Sequence[float]) -> Interval:
    mean = float(np.mean(numbers))
    half = float(student(len(numbers) - 1.0) * np.std(numbers, ddof=1) / math.sqrt(len(numbers)))
    return Interval(mean, max(-1.0, mean - half), min(1.0, mean + half))
