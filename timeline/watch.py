"""The watch over a group: rules become incidents, second by second, with patience on both sides.

A second of the group is one of five: nobody looked, too few faces, below the rule's lower end, between its two ends, or
at least `at_least`. An incident begins when a second reached `at_least` and none since was below the lower end, for
`for_seconds`; it ends when `calm_seconds` passed below it, and then nothing is told until `cool_down_seconds` are over.
So faces that come and go around the threshold never make it flutter. Seconds are whole ones, made from times: the
same incidents live, from a saved session and from a video, at 5 and at 30 frames per second.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS, LABELS
from timeline.record import Gap, Record
from timeline.rules import Rule
from timeline.seconds import CLOSE, Group, group
from timeline.segments import SLACK
from timeline.timeline import Timeline

UPDATE_SECONDS = 10
"""How often an incident that goes on is reported again."""

CALM, TOO_FEW, LOST, STOPPED = "calm", "too few faces", "camera lost", "stopped"
"""How an incident ended: really over; too few faces to tell; nothing was seen; the watch itself ended."""

_LOST, _TOO_FEW, _LOW, _BETWEEN, _HIGH = range(5)
_ENDS = {_LOST: LOST, _TOO_FEW: TOO_FEW, _LOW: CALM}


@dataclass(frozen=True, slots=True)
class Incident:
    """One time that a rule was met, from its beginning to its end."""

    id: str  # the same from new over update to end; the place of the rule and the second of the start
    rule: str  # its name
    start: float  # seconds of the record, when it rose
    value: float  # of the measure in the last second that was taken in
    peak: float  # the highest so far
    peak_at: float  # seconds
    faces: float  # how many there were at the peak, on average
    end: float | None = None  # seconds, when it fell; None while it goes on
    outcome: str | None = None  # CALM, TOO_FEW, LOST or STOPPED


@dataclass(frozen=True, slots=True)
class IncidentEvent:
    """What is told, when."""

    kind: str  # "new", "update", "end"
    seconds: float  # of the record: the end of the second that decided it
    incident: Incident


@dataclass(frozen=True, slots=True)
class RuleState:
    """How a rule is now."""

    rule: str
    state: str  # "watching", "rising", "incident", "cooling down", "too few faces", "camera lost"
    value: float | None  # of the measure in the last second; None where there were too few faces for one
    faces: float
    lasted: int | None = None  # seconds that it has been rising, or an incident; None otherwise


@dataclass(frozen=True, slots=True)
class Second:
    """What one rule makes of one second."""

    number: int  # from the start of the record
    code: int  # _LOST, _TOO_FEW, _LOW, _BETWEEN or _HIGH
    value: float  # of the measure
    faces: float


class Guard:
    """One rule, and where it stands; all its times are whole seconds since the start of the record."""

    def __init__(self, place: int, rule: Rule) -> None:
        self.rule = rule
        self.incident: Incident | None = None
        self._place = place
        self._rising: Incident | None = None  # what it will be if it lasts
        self._falling_since: int | None = None
        self._falling_as = CALM
        self._cool_until = self._told_at = 0

    @property
    def idle(self) -> bool:
        """Whether nothing changes before the next second that reaches `at_least`."""
        return self.incident is None and self._rising is None

    def step(self, second: Second) -> IncidentEvent | None:
        """One second more, and what is told of it."""
        return self._wait(second) if self.incident is None else self._go_on(self.incident, second)

    def close(self, at: int, outcome: str | None = None) -> IncidentEvent | None:
        """End the incident, if there is one, where it fell or, if it never did, at this time."""
        incident, self._rising = self.incident, None
        if incident is None:
            return None
        fell = at if self._falling_since is None else self._falling_since
        self._cool_until, self.incident = fell + self.rule.cool_down_seconds, None
        return IncidentEvent("end", at, replace(incident, end=fell, outcome=outcome or self._falling_as))

    def state(self, second: Second) -> RuleState:
        """How the rule was in this second, which was the last to be taken in."""
        value = second.value if second.code >= _LOW else None
        going = self.incident or self._rising
        lasted = None if going is None else second.number + 1 - int(going.start)
        return RuleState(self.rule.name, self._word(second), value, second.faces, lasted)

    def _word(self, second: Second) -> str:
        if self.incident is not None:
            return "incident"
        if second.code < _LOW:
            return _ENDS[second.code]
        if self._rising is not None:
            return "rising"
        return "cooling down" if second.number < self._cool_until else "watching"

    def _wait(self, second: Second) -> IncidentEvent | None:
        at = second.number
        rises = second.code == _HIGH or (second.code == _BETWEEN and self._rising is not None)
        if not rises or at < self._cool_until:
            self._rising = None
            return None
        if self._rising is None:
            self._rising = Incident(
                f"{self._place}-{at}", self.rule.name, at, second.value, second.value, at, second.faces
            )
        self._rising = self._grown(self._rising, second)
        if at + 1 - self._rising.start < self.rule.for_seconds:
            return None
        self.incident, self._rising = self._rising, None
        self._told_at, self._falling_since = at, None
        return IncidentEvent("new", at + 1, self.incident)

    def _go_on(self, incident: Incident, second: Second) -> IncidentEvent | None:
        at = second.number
        if second.code >= _BETWEEN:
            self._falling_since = None
            self.incident = self._grown(incident, second)
            if at - self._told_at < UPDATE_SECONDS:
                return None
            self._told_at = at
            return IncidentEvent("update", at + 1, self.incident)
        if self._falling_since is None:
            self._falling_since, self._falling_as = at, CALM
        if second.code != _LOW:
            self._falling_as = _ENDS[second.code]  # what was not seen to its end is not called calm
        return self.close(at + 1) if at + 1 - self._falling_since >= self.rule.calm_seconds else None

    def _grown(self, incident: Incident, second: Second) -> Incident:
        if second.value <= incident.peak:
            return replace(incident, value=second.value)
        return replace(incident, value=second.value, peak=second.value, peak_at=second.number, faces=second.faces)


class Watch:
    """Rules over one session; takes its seconds as they are over, and tells times on the session's clock."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._places = count(1)
        self._guards = [Guard(next(self._places), rule) for rule in rules]
        self._start = 0.0
        self._over = self._lines = 0  # seconds and lines that were taken in
        self._states: tuple[RuleState, ...] = ()

    def follow(self, timeline: Timeline) -> list[IncidentEvent]:
        """Everything that became known since the last call; costs next to nothing while no further second is over."""
        over, since = timeline.seconds_over, self._over
        if over == since:
            return []
        self._start = timeline.coverage().start
        lines = timeline.seconds(self._lines).copy()
        self._lines, self._over = self._lines + len(lines), over
        lines["second"] -= since
        whole = group(lines, over - since)
        unwatched = _unwatched(timeline.gaps, self._start + since, over - since)
        return self._take([View(guard.rule, whole, unwatched, since) for guard in self._guards])

    def review(self, record: Record) -> list[IncidentEvent]:
        """The same over all whole seconds of a record at once; what still goes on at its end is "stopped"."""
        views = viewed([guard.rule for guard in self._guards], record)
        self._start, self._over = record.start, int(record.length + SLACK)
        return [*self._take(views), *self.stop()]

    def stop(self, outcome: str = STOPPED) -> list[IncidentEvent]:
        """End every incident: the session ends or, with LOST, the camera is known to be lost."""
        return self._ended(self._guards, outcome)

    def change(self, rules: Sequence[Rule]) -> list[IncidentEvent]:
        """Watch for these from the next second on: of the rules until now, those that stay as they are just go on."""
        kept = {guard.rule: guard for guard in self._guards}
        gone = [guard for rule, guard in kept.items() if rule not in rules]
        self._guards = [kept.get(rule) or Guard(next(self._places), rule) for rule in rules]
        self._states = tuple(state for state in self._states if state.rule not in {guard.rule.name for guard in gone})
        return self._ended(gone, STOPPED)

    def states(self) -> tuple[RuleState, ...]:
        """How every rule was in the last second; empty before the first one."""
        return self._states

    def _ended(self, guards: Iterable[Guard], outcome: str) -> list[IncidentEvent]:
        ended = (guard.close(self._over, outcome) for guard in guards)
        return [self._on_the_clock(event) for event in ended if event is not None]

    def _take(self, views: Sequence["View"]) -> list[IncidentEvent]:
        events = [event for guard, view in zip(self._guards, views, strict=True) for event in _stepped(guard, view)]
        lasts = [(guard, view.second(-1)) for guard, view in zip(self._guards, views, strict=True) if len(view.codes)]
        self._states = tuple(guard.state(last) for guard, last in lasts)
        return [self._on_the_clock(event) for event in sorted(events, key=lambda event: event.seconds)]

    def _on_the_clock(self, event: IncidentEvent) -> IncidentEvent:
        incident, start = event.incident, self._start
        moved = replace(
            incident,
            start=start + incident.start,
            peak_at=start + incident.peak_at,
            end=None if incident.end is None else start + incident.end,
        )
        return replace(event, seconds=start + event.seconds, incident=moved)


class View:
    """The seconds of a group as one rule sees them."""

    def __init__(self, rule: Rule, whole: Group, unwatched: NDArray[np.bool_], since: int) -> None:
        self.since = since
        self.values = _measured(rule, whole)
        self.faces = whole.seen
        self.codes = np.select(
            [
                unwatched,
                whole.seen < rule.faces - 0.5 - CLOSE,  # one face that is missed for a moment breaks no group
                self.values < rule.floor - CLOSE,
                self.values < rule.at_least - CLOSE,
            ],
            [_LOST, _TOO_FEW, _LOW, _BETWEEN],
            _HIGH,
        )

    @property
    def enough(self) -> NDArray[np.bool_]:
        """(n,) where the rule could tell."""
        return np.asarray(self.codes >= _LOW)

    @property
    def unwatched(self) -> NDArray[np.bool_]:
        """(n,) where nobody looked."""
        return np.asarray(self.codes == _LOST)

    def second(self, index: int) -> Second:
        """What is known of one of them; a negative index counts from the last."""
        number = self.since + index % len(self.codes)
        return Second(number, int(self.codes[index]), float(self.values[index]), float(self.faces[index]))


def viewed(rules: Sequence[Rule], record: Record) -> list[View]:
    """All whole seconds of a record as each rule sees them; the last second is rarely whole, and is left out."""
    count = int(record.length + SLACK)
    unwatched = _unwatched(record.gaps, record.start, count)
    return [View(rule, record.group.first(count), unwatched, 0) for rule in rules]


def _stepped(guard: Guard, view: View) -> Iterator[IncidentEvent]:
    """Only through the seconds that can change anything: a day of calm is passed over at once."""
    high, index = np.flatnonzero(view.codes == _HIGH), 0
    while index < len(view.codes):
        if guard.idle:
            after = int(np.searchsorted(high, index))
            if after == len(high):
                return
            index = int(high[after])
        event = guard.step(view.second(index))
        if event is not None:
            yield event
        index += 1


def _measured(rule: Rule, whole: Group) -> NDArray[np.float64]:
    """(n,) the rule's measure; 0 where nobody was seen."""
    if rule.measure == "confidence":
        found = whole.scores[:, [EMOTIONS.index(expression) for expression in rule.expressions]].sum(axis=1)
    else:
        found = whole.shares[:, [LABELS.index(expression) for expression in rule.expressions]].sum(axis=1)
    return np.asarray(np.nan_to_num(found * whole.seen if rule.measure == "count" else found))


def _unwatched(gaps: Sequence[Gap], start: float, count: int) -> NDArray[np.bool_]:
    """For so many seconds from start, whether nobody looked for more than half of each."""
    edges = start + np.arange(count)
    missed: NDArray[np.float64] = np.zeros(count)
    for gap in gaps:
        if gap.end > start:
            missed += np.clip(np.minimum(gap.end, edges + 1) - np.maximum(gap.start, edges), 0.0, 1.0)
    return np.asarray(missed > 0.5)
