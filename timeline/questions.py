"""Answers from segments: shares of time, predominant emotion, changes, peaks and the moments that stand out.

All of them work on segments, so the frame rate of the recording does not matter. Time in which a person
was not seen takes part in none of them.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from faces.affect import arousal, valence
from faces.emotions import EMOTIONS, LABELS, UNSURE
from timeline.seconds import whole_seconds
from timeline.segments import Segment
from timeline.timeline import Timeline

APART_SECONDS = 2.0  # two moments that stand out are never closer than this


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment that stands out: when, who, what, and how much (0 and up, only for ordering)."""

    seconds: float
    emotion: str
    persons: tuple[int, ...]  # everyone who showed it then; the strongest first
    confidence: float  # of the strongest
    weight: float
    segment: Segment  # of the strongest


def in_sight(segments: Iterable[Segment]) -> list[Segment]:
    """Only the segments in which somebody was seen."""
    return [segment for segment in segments if segment.emotion is not None]


def segments_of(person: int, segments: Iterable[Segment]) -> list[Segment]:
    """Only this person's segments."""
    return [segment for segment in segments if segment.person == person]


def shares(segments: Iterable[Segment]) -> dict[str, float]:
    """The share of the seen time (of everybody given) that each emotion and "unsure" takes.

    They sum to 1; where nobody was seen, all are 0.
    """
    seconds = dict.fromkeys(LABELS, 0.0)
    for segment in segments:
        if segment.emotion is not None:
            seconds[segment.emotion] += segment.seconds
    total = sum(seconds.values())
    return {emotion: value / total if total else 0.0 for emotion, value in seconds.items()}


def predominant(segments: Iterable[Segment]) -> str | None:
    """The emotion with the largest share; "unsure" if nothing else was shown, None if nobody was seen."""
    found = shares(segments)
    if not any(found.values()):
        return None
    return max(EMOTIONS, key=found.__getitem__) if any(found[emotion] for emotion in EMOTIONS) else UNSURE


def changes(segments: Iterable[Segment]) -> int:
    """How often somebody went from one emotion to another in sight; being unsure in between does not count."""
    count = 0
    before: dict[int, str] = {}
    for segment in segments:
        if segment.emotion is None:
            before.pop(segment.person, None)
        elif segment.emotion != UNSURE:
            count += before.get(segment.person, segment.emotion) != segment.emotion
            before[segment.person] = segment.emotion
    return count


def peaks(segments: Iterable[Segment]) -> list[Segment]:
    """For each emotion that was shown, the segment with the highest confidence; in the order of EMOTIONS."""
    best: dict[str, Segment] = {}
    for segment in segments:
        if segment.emotion in EMOTIONS and segment.peak_confidence > (
            best[segment.emotion].peak_confidence if segment.emotion in best else -1.0
        ):
            best[segment.emotion] = segment
    return [best[emotion] for emotion in EMOTIONS if emotion in best]


def shares_per_second(segments: Iterable[Segment], start: float, end: float) -> list[dict[str, float]]:
    """For every second from start, the shares of the group in it; all 0 where nobody was seen."""
    count = whole_seconds(end - start)
    seconds = [dict.fromkeys(LABELS, 0.0) for _ in range(count)]
    for segment in in_sight(segments):
        assert segment.emotion is not None
        first, last = segment.start - start, segment.end - start
        for second in range(int(first), min(count, int(last) + 1)):
            seconds[second][segment.emotion] += max(0.0, min(last, second + 1) - max(first, second))
    for one in seconds:
        total = sum(one.values())
        if total:
            one.update({emotion: value / total for emotion, value in one.items()})
    return seconds


def together(segments: Sequence[Segment]) -> Iterator[tuple[Segment, list[Segment]]]:
    """Each segment of an emotion, and the others who show the same one at its peak, the surest first."""
    for emotion in EMOTIONS:
        same = [segment for segment in segments if segment.emotion == emotion]
        coming = deque(sorted(same, key=lambda s: s.start))
        here: list[Segment] = []
        for segment in sorted(same, key=lambda s: s.peak_at):
            while coming and coming[0].start <= segment.peak_at:
                here.append(coming.popleft())
            here = [s for s in here if segment.peak_at < s.end]
            others = [s for s in here if s.person != segment.person]
            yield segment, sorted(others, key=lambda s: (-s.peak_confidence, s.person))


def moments(segments: Sequence[Segment], limit: int = 8) -> list[Moment]:
    """The moments that stand out: peaks of segments that are strong, rare, and shared by several.

    weight = confidence of the peak * (1 - share of this emotion in all seen time) * number of persons who
    show it then. Neutral and unsure never stand out. The heaviest are taken first, no two closer than
    APART_SECONDS; the second of one emotion counts half, the third a third, and so on, so that the rarest emotion
    does not take all places. They are returned in the order of time.
    """
    share = shares(segments)
    found = []
    for segment, others in together([s for s in segments if s.emotion != "neutral"]):
        assert segment.emotion is not None
        weight = segment.peak_confidence * (1.0 - share[segment.emotion]) * (1 + len(others))
        persons = (segment.person, *(other.person for other in others))
        found.append(Moment(segment.peak_at, segment.emotion, persons, segment.peak_confidence, weight, segment))
    chosen: list[Moment] = []
    taken: Counter[str] = Counter()
    while found and len(chosen) < limit:
        best = min(found, key=lambda m: (-m.weight / (1 + taken[m.emotion]), -m.confidence, m.seconds, m.persons))
        chosen.append(best)
        taken[best.emotion] += 1
        found = [moment for moment in found if abs(moment.seconds - best.seconds) >= APART_SECONDS]
    return sorted(chosen, key=lambda moment: moment.seconds)


@dataclass(frozen=True, slots=True)
class PersonSummary:
    """What there is to say about one person, or about everybody together."""

    person: int | None  # None: everybody
    seconds: float  # how long they were seen; of everybody: the sum
    predominant: str | None
    shares: dict[str, float]
    changes: int
    peaks: list[Segment]
    valence: float | None  # of the mean scores, derived: see faces.affect
    arousal: float | None


def summaries(timeline: Timeline) -> tuple[PersonSummary, list[PersonSummary]]:
    """Everybody together, and each person who steadily showed anything."""
    segments, means = timeline.segments(), timeline.mean_scores()
    each: defaultdict[int, list[Segment]] = defaultdict(list)
    for segment in segments:
        each[segment.person].append(segment)
    persons = [
        _summary(number, each[number], means.get(number)) for number in sorted(each) if any(in_sight(each[number]))
    ]
    total = sum(person.seconds for person in persons)
    parts = [(means[p.person], p.seconds / total) for p in persons if p.person in means and total]
    mean = tuple(sum(scores[i] * part for scores, part in parts) for i in range(len(EMOTIONS)))
    return _summary(None, segments, mean if parts else None), persons


def _summary(person: int | None, segments: list[Segment], mean: Sequence[float] | None) -> PersonSummary:
    return PersonSummary(
        person=person,
        seconds=sum(segment.seconds for segment in in_sight(segments)),
        predominant=predominant(segments),
        shares=shares(segments),
        changes=changes(segments),
        peaks=peaks(segments),
        valence=None if mean is None else valence(mean),
        arousal=None if mean is None else arousal(mean),
    )
