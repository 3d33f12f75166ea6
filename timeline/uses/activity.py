"""Activity: what somebody's face showed during something that they did."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from faces.affect import arousal, valence
from faces.emotions import EMOTIONS, LABELS, UNSURE
from faces.errors import InputError
from timeline.intervals import Estimate, Interval, Predominant, Share, estimate
from timeline.record import Record
from timeline.seconds import whole_seconds
from timeline.segments import ABSENT
from timeline.table import Lines
from timeline.uses.base import Use, option

MOST_SPANS = 600
"""More pieces than this are not told apart on a strip of a page."""

NEUTRAL = EMOTIONS.index("neutral")
_UNSURE = LABELS.index(UNSURE)


@dataclass(frozen=True, slots=True)
class LabelSpan:
    """A stretch of one label."""

    label: str
    start: float  # seconds
    end: float


@dataclass(frozen=True, slots=True)
class Expressive:
    """The second in which the face was farthest from neutral."""

    seconds: float  # when it began
    emotion: str  # the emotion with the highest mean score in it, neutral apart
    intensity: float  # 1 - mean score of neutral, 0..1


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown in a stretch of time."""

    label: str  # of the stretch; "" for the whole
    start: float  # seconds
    end: float
    seen_seconds: float  # how long a face was there; of several people the sum
    in_view_seconds: float  # how long anybody was there: of each second, as long as whoever was there longest
    good: float | None  # share of these seconds in which the face was well to see; None where nobody was seen
    stretches: float  # independent ones: what the intervals stand on
    predominant: Predominant
    shares: tuple[Share, ...]
    changes: int  # from one emotion to another in sight
    changes_per_minute: float | None  # of seen time
    longest: LabelSpan | None  # the longest stretch of one emotion
    most_expressive: Expressive | None
    valence: float | None  # -1..1, of the mean scores: see faces.affect
    arousal: float | None


@dataclass(frozen=True, slots=True)
class ActivityAnswer:
    """The whole, the same for each stretch between markers, and what came after what."""

    people: int  # how many tracked faces are taken together; somebody who left and came back counts anew
    whole: Shown
    between_markers: tuple[Shown, ...]
    strip: tuple[LabelSpan, ...]  # by time; of several people, what most of them showed


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more of one emotion was named in the first session than in the second."""

    emotion: str
    more: Interval | None  # shares, -1..1; None where the network's confusion is not known
    sure: bool  # False: cannot tell


@dataclass(frozen=True, slots=True)
class ActivityComparison:
    """Two sessions of the same activity side by side."""

    first: Shown
    second: Shown
    differences: tuple[Difference, ...]  # one for each of EMOTIONS


@dataclass(frozen=True)
class Activity(Use[Record]):
    """What somebody's face showed during an activity."""

    name: ClassVar[str] = "activity"
    title: ClassVar[str] = "Activity"
    question: ClassVar[str] = "What did a face show most while somebody played, rehearsed or watched something?"
    formula: ClassVar[str] = (
        "share of an expression = seconds in which it was steadily named / seconds in which the face was seen; "
        "the interval beside it is what people who look would have said, 9 times in 10 (see How sure it is); "
        "most expressive second = the highest 1 - mean score of neutral among seconds seen for at least half"
    )
    limits: ClassVar[tuple[str, ...]] = (
        "It says what the face showed, not what somebody felt.",
        "Somebody who leaves the picture and comes back has a new number: choose one person, or take all together.",
        "A face that the network always misreads, for instance one that rests with a frown, is not covered by the "
        "interval.",
        "One long stretch is one piece of evidence: few stretches make wide intervals, however long they last.",
    )
    example: ClassVar[str] = (
        "You play a new game for half an hour with a marker at each level, and see at which level you smiled."
    )

    person: int | None = option(None, "the number of one person; left open, everyone who was seen is taken together")

    def answer(self, record: Record) -> ActivityAnswer:
        """See the class."""
        record = self._chosen(record)
        stretches = record.stretches()
        return ActivityAnswer(
            people=len(record.persons),
            whole=_shown("", record),
            between_markers=tuple(
                _shown(stretch.label, part) for stretch, part in zip(stretches, record.split(stretches), strict=True)
            ),
            strip=_strip(record),
        )

    def compare(self, first: Record, second: Record) -> ActivityComparison:
        """Two sessions of the same activity; `person`, if given, is meant in the first and the second alike."""
        first, second = self._chosen(first), self._chosen(second)
        more = estimate(first.segments, first.confusion).minus(estimate(second.segments, second.confusion))
        differences = [
            Difference(emotion, one, sure=one is not None and one.sure)
            for emotion, one in zip(EMOTIONS, more, strict=True)
        ]
        return ActivityComparison(_shown("", first), _shown("", second), tuple(differences))

    def _chosen(self, record: Record) -> Record:
        if self.person is None:
            return record
        if self.person not in record.persons:
            known = ", ".join(map(str, record.persons[:20])) or "nobody"
            raise InputError(f"Person {self.person} was not seen. Seen were: {known}. Choose one of them, or all.")
        return record.of(self.person)


def _shown(label: str, record: Record) -> Shown:
    found: Estimate = estimate(record.segments, record.confusion)
    seen = record.seconds["seen"].astype(np.float64)
    total = float(seen.sum())
    mean = (record.seconds["scores"] * seen[:, np.newaxis]).sum(axis=0) / total if total else None
    changes = _changes(record.segments)
    return Shown(
        label=label,
        start=record.start,
        end=record.end,
        seen_seconds=total,
        in_view_seconds=_in_view(record),
        good=float(record.seconds["good"].sum() / total) if total else None,
        stretches=found.stretches,
        predominant=found.predominant(),
        shares=found.shares(),
        changes=changes,
        changes_per_minute=changes * 60.0 / total if total else None,
        longest=_longest(record.segments),
        most_expressive=_most_expressive(record),
        valence=None if mean is None else valence(mean.tolist()),
        arousal=None if mean is None else arousal(mean.tolist()),
    )


def _in_view(record: Record) -> float:
    longest = np.zeros(whole_seconds(record.length))
    np.maximum.at(longest, record.seconds["second"], record.seconds["seen"])
    return float(longest.sum())


def _changes(segments: Lines) -> int:
    """As `timeline.questions.changes` counts them: being unsure in between is none, leaving is none either."""
    told = segments[segments["label"] != _UNSURE]
    same = told["person"][1:] == told["person"][:-1]
    shown = (told["label"][1:] != ABSENT) & (told["label"][:-1] != ABSENT)
    return int((same & shown & (told["label"][1:] != told["label"][:-1])).sum())


def _longest(segments: Lines) -> LabelSpan | None:
    named = segments[(segments["label"] != ABSENT) & (segments["label"] != _UNSURE)]
    if not len(named):
        return None
    best = named[int((named["end"] - named["start"]).argmax())]
    return LabelSpan(LABELS[best["label"]], float(best["start"]), float(best["end"]))


def _most_expressive(record: Record) -> Expressive | None:
    lines = record.seconds[record.seconds["seen"] >= 0.5]
    if not len(lines):
        return None
    best = lines[int(lines["scores"][:, NEUTRAL].argmin())]
    emotion = int(np.delete(best["scores"], NEUTRAL).argmax())
    name = EMOTIONS[emotion if emotion < NEUTRAL else emotion + 1]
    return Expressive(record.start + float(best["second"]), name, 1.0 - float(best["scores"][NEUTRAL]))


def _strip(record: Record) -> tuple[LabelSpan, ...]:
    """What was named longest in each step, at most `MOST_SPANS` steps of whole seconds; nothing where nobody was."""
    step = max(1, -(-whole_seconds(record.length) // MOST_SPANS))
    place = record.seconds["second"] // step
    steps = int(place[-1]) + 1 if len(place) else 0
    named = np.array([np.bincount(place, column, minlength=steps) for column in record.seconds["labels"].T])
    best = np.where(named.sum(axis=0) > 0, named.argmax(axis=0), ABSENT)
    edges = np.flatnonzero(np.diff(best, prepend=ABSENT - 1, append=ABSENT - 1))
    spans = zip(best[edges[:-1]].tolist(), (edges * step).tolist(), (edges[1:] * step).tolist(), strict=False)
    return tuple(
        LabelSpan(LABELS[label], record.start + start, min(record.end, record.start + end))
        for label, start, end in spans
        if label != ABSENT
    )
