"""Audience: how funny or moving something was, judged from many faces at once."""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import ClassVar

import numpy as np

from faces.emotions import LABELS
from faces.errors import InputError
from timeline.intervals import COVERS, Interval, Share, estimate, estimate_of, student, welch_freedom
from timeline.record import Record
from timeline.uses.base import Use, option
from timeline.uses.showing import MEASURES, Chosen, Numbers, Showing, stepped

MOST_POINTS = 1200
LONGEST_STEP_SECONDS = 86_400
MOST_PEAKS = 5
APART_SECONDS = 10  # two peaks are never closer than this
SMOOTH_SECONDS = 3  # a peak is one of the mean over this many seconds
POWER = 0.80
"""With the number of people that is told, so often a difference as large as this one would be told apart."""


@dataclass(frozen=True, slots=True)
class Point:
    """Some seconds of the audience; None where there were too few faces."""

    seconds: float  # when they began
    faces: float  # how many there were on average
    amusement: float | None  # 0..1
    intensity: float | None  # 0..1
    valence: float | None  # -1..1
    shares: tuple[float, ...] | None  # of the faces, by LABELS


@dataclass(frozen=True, slots=True)
class Peak:
    """A moment at which the audience stood out."""

    measure: str  # "amusement" or "intensity"
    seconds: float  # the middle of the moment
    value: float


@dataclass(frozen=True, slots=True)
class AudienceAnswer:
    """How an audience looked; never about one person, and nothing where there were too few."""

    enough: bool  # False: there never was the minimum group, and everything below is empty
    minimum: int
    faces: float  # how many there were on average while there were enough
    answered_seconds: int  # with enough faces
    watched_seconds: float
    amusement: Interval | None
    intensity: Interval | None
    valence: Interval | None
    shares: tuple[Share, ...]
    peaks: tuple[Peak, ...]  # by time
    step_seconds: int  # of the curve
    labels: tuple[str, ...]  # the order of the curve's shares
    curve: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Gain:
    """How much more there was in the first showing than in the second."""

    measure: str
    first: float
    second: float
    more: Interval
    sure: bool  # False: cannot tell
    people_needed: int | None  # in each showing, to tell such a difference; None where there is no difference at all
    more_people: int | None  # than in the smaller of the two


@dataclass(frozen=True, slots=True)
class Pair:
    """The same moment of two showings; None where one of them had too few faces."""

    seconds: float  # since the alignment
    first: float | None  # amusement
    second: float | None
    more: float | None


@dataclass(frozen=True, slots=True)
class AudienceComparison:
    """Two showings, compared in the seconds in which both had enough faces."""

    enough: bool
    minimum: int
    common_seconds: int
    first_faces: float
    second_faces: float
    gains: tuple[Gain, ...]  # one for each of MEASURES
    step_seconds: int
    curve: tuple[Pair, ...]


@dataclass(frozen=True)
class Audience(Use[Record]):
    """How funny or moving something was."""

    name: ClassVar[str] = "audience"
    title: ClassVar[str] = "Audience"
    question: ClassVar[str] = "How funny or moving was it, judged from many faces, and where?"
    formula: ClassVar[str] = (
        "in each second: amusement = mean probability of happy over the faces, intensity = 1 - mean probability of "
        "neutral, valence = mean of the placement of the emotions; the score is the mean over all seconds with enough "
        "faces, so it does not grow with the number of faces; its interval = score +- t(n - 1) s / sqrt(n), where n is "
        "the average number of faces and s the standard deviation between faces of their mean distance, second by "
        "second, from the group; a peak is a mean over 3 seconds that lies a standard deviation above the mean"
    )
    limits: ClassVar[tuple[str, ...]] = (
        "It says nothing about one person, and nothing at all below the minimum group.",
        "A face in two cameras counts twice; somebody who looks away is not counted.",
        "The interval is about other people who might have come, not about the network's errors: these are the same in "
        "two showings and hardly touch a comparison.",
        "Being moved shows on fewer faces than being amused, and sad and fearful faces are the ones that the network "
        "misses most: intensity says that something happened, not what.",
    )
    example: ClassVar[str] = (
        "Two rehearsals of a comedy before friends who agreed to be filmed, to see which version of a scene gets more "
        "smiles."
    )

    minimum: int = option(5, "the smallest group that is answered about, 2 or more faces")
    step: int | None = option(None, "seconds for each point of the curve; left open, the curve has up to 1,200 points")
    marker: str | None = option(None, "two showings are aligned at this marker; left open, at their starts")

    def __post_init__(self) -> None:
        if self.minimum < 2:
            raise InputError(f"minimum must be 2 or more, not {self.minimum}: one face is not an audience.")
        if self.step is not None and not 1 <= self.step <= LONGEST_STEP_SECONDS:
            raise InputError(
                f"step must be a whole number of seconds from 1 to {LONGEST_STEP_SECONDS}, not {self.step}."
            )

    def answer(self, record: Record) -> AudienceAnswer:
        """See the class."""
        showing = Showing.of(record, self.minimum)
        enough, step = showing.enough, self._step(len(showing.faces))
        amusement, intensity, valence = showing.scores(enough) if enough.any() else (None, None, None)
        return AudienceAnswer(
            enough=bool(enough.any()),
            minimum=self.minimum,
            faces=showing.people(enough),
            answered_seconds=int(enough.sum()),
            watched_seconds=record.watched,
            amusement=amusement,
            intensity=intensity,
            valence=valence,
            shares=_shares(record, showing) if enough.any() else (),
            peaks=_all_peaks(record.start, showing),
            step_seconds=step,
            labels=LABELS,
            curve=_curve(record.start, showing, step),
        )

    def compare(self, first: Record, second: Record) -> AudienceComparison:
        """Two showings of the same thing; InputError where one of them lacks the marker."""
        one, other = (Showing.of(_from_marker(record, self.marker), self.minimum) for record in (first, second))
        length = min(len(one.faces), len(other.faces))
        one, other = one.first(length), other.first(length)
        common = one.enough & other.enough
        step = self._step(length)
        return AudienceComparison(
            enough=bool(common.any()),
            minimum=self.minimum,
            common_seconds=int(common.sum()),
            first_faces=one.people(common),
            second_faces=other.people(common),
            gains=_gains(one, other, common) if common.any() else (),
            step_seconds=step,
            curve=_pairs(one, other, common, step),
        )

    def _step(self, seconds: int) -> int:
        return self.step or max(1, math.ceil(seconds / MOST_POINTS))


def _shares(record: Record, showing: Showing) -> tuple[Share, ...]:
    """Of the faces, over the seconds with enough of them; the stretches are those of the whole, as far as answered."""
    weights = showing.faces[showing.enough]
    named = (showing.labels[showing.enough] * weights[:, np.newaxis]).sum(axis=0) / weights.sum()
    stretches = estimate(record.segments, None).stretches * weights.sum() / showing.faces.sum()
    return estimate_of(named, max(1.0, stretches), record.confusion).shares()


def _curve(start: float, showing: Showing, step: int) -> tuple[Point, ...]:
    columns = stepped(np.hstack([showing.means, showing.labels]), showing.enough, step)
    faces = stepped(showing.faces[:, np.newaxis], np.ones(len(showing.faces), np.bool_), step)
    found = []
    for index, (values, (count,)) in enumerate(zip(columns.tolist(), faces.tolist(), strict=True)):
        amusement, intensity, valence, *shares = [None] * len(values) if math.isnan(values[0]) else values
        told = None if amusement is None else tuple(shares)
        found.append(Point(start + index * step, count, amusement, intensity, valence, told))
    return tuple(found)


def _all_peaks(start: float, showing: Showing) -> tuple[Peak, ...]:
    found = [
        Peak(measure, start + second + 0.5, value)
        for measure, column in zip(MEASURES[:2], showing.means.T, strict=False)
        for second, value in _peaks(np.where(showing.enough, column, np.nan))
    ]
    return tuple(sorted(found, key=lambda peak: (peak.seconds, peak.measure)))


def _peaks(curve: Numbers) -> list[tuple[int, float]]:
    """(second, value) of the highest places, far enough from each other and from the mean; NaN is never one of them."""
    known = ~np.isnan(curve)
    if known.sum() < SMOOTH_SECONDS:
        return []
    window = np.ones(SMOOTH_SECONDS)
    counts = np.convolve(known, window, "same")
    smooth = np.where(known, np.convolve(np.nan_to_num(curve), window, "same") / np.maximum(counts, 1.0), -np.inf)
    least = curve[known].mean() + max(float(curve[known].std()), 0.01)
    found: list[tuple[int, float]] = []
    while len(found) < MOST_PEAKS and smooth.max() >= least:
        best = int(smooth.argmax())
        found.append((best, float(smooth[best])))
        smooth[max(0, best - APART_SECONDS + 1) : best + APART_SECONDS] = -np.inf
    return found


def _from_marker(record: Record, label: str | None) -> Record:
    if label is None:
        return record
    for marker in record.markers:
        if marker.label == label:
            return record.between(marker.start, record.end)
    known = ", ".join(marker.label for marker in record.markers)
    if not known:
        raise InputError(
            f"There is no marker {label!r} to align at, nor any other. Set it in both showings; a video has none: "
            "leave marker out, and cut both videos so that they begin at the same moment."
        )
    raise InputError(f"There is no marker {label!r} to align at. There are: {known}. Set it in both showings.")


def _gains(one: Showing, other: Showing, common: Chosen) -> tuple[Gain, ...]:
    """Welch's interval for the difference of two groups of people, in the same seconds."""
    variances = one.variances(common), other.variances(common)
    people = one.people(common), other.people(common)
    errors = variances[0] / people[0], variances[1] / people[1]
    half = student(welch_freedom(errors[0], people[0], errors[1], people[1])) * np.sqrt(errors[0] + errors[1])
    means = one.means[common].mean(axis=0), other.means[common].mean(axis=0)
    more = means[0] - means[1]
    found = []
    for index, measure in enumerate(MEASURES):
        between = Interval(*np.array([more, more - half, more + half])[:, index].tolist())
        needed = _people_needed(between.value, float(variances[0][index] + variances[1][index]))
        extra = None if needed is None else max(0, math.ceil(needed - min(people)))
        first, second = float(means[0][index]), float(means[1][index])
        found.append(Gain(measure, first, second, between, between.sure, needed, extra))
    return tuple(found)


def _people_needed(difference: float, variance: float) -> int | None:
    """In each of two groups, so that a difference like this is told apart with `POWER`.

    n = (z(1 - a/2) + z(power))^2 (s1^2 + s2^2) / d^2: S.-C. Chow, J. Shao, H. Wang, "Sample Size Calculations in
    Clinical Research" (2008), 3.2.
    """
    if abs(difference) < 1e-4:  # less than is told
        return None
    z = NormalDist().inv_cdf((1.0 + COVERS) / 2.0) + NormalDist().inv_cdf(POWER)
    return max(2, math.ceil(z**2 * variance / difference**2))


def _pairs(one: Showing, other: Showing, common: Chosen, step: int) -> tuple[Pair, ...]:
    amusement = np.stack([one.means[:, 0], other.means[:, 0]], axis=1)
    found = []
    for index, (first, second) in enumerate(stepped(amusement, common, step).tolist()):
        empty = math.isnan(first)
        pair = (None, None, None) if empty else (first, second, first - second)
        found.append(Pair(float(index * step), *pair))
    return tuple(found)
