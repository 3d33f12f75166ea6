"""The sums behind a timeline: everybody's runs and seconds, kept so that one more sample always costs the same."""

from collections.abc import Sequence, Set
from copy import copy

import numpy as np

from faces.records import Face
from timeline.record import Gap, in_order
from timeline.seconds import Seconds
from timeline.segments import SEGMENT, SLACK, Person, packed
from timeline.table import Lines, Table


class Ledger:
    """Everybody's runs, and everybody's sums per second; a sample costs the same however long the session is."""

    def __init__(self, stable_seconds: float) -> None:
        self.start = self.end = 0.0
        self.stable_seconds = stable_seconds
        self.gaps: list[Gap] = []
        self.people: dict[int, Person] = {}
        self.here: set[int] = set()  # not settled as gone
        self.seconds = Seconds()
        self.settled = Table(SEGMENT)

    def copy(self, *, changing: Set[int]) -> "Ledger":
        """A ledger that goes its own way, for as long as nobody but these persons and those who are here changes."""
        twin = copy(self)
        twin.gaps = self.gaps.copy()
        twin.people = self.people | {n: self.people[n].copy() for n in self.here | changing if n in self.people}
        twin.here = self.here.copy()
        twin.seconds = self.seconds.twin()
        twin.settled = self.settled.twin()
        return twin

    def account(self, faces: Sequence[Face], start: float, end: float) -> None:
        """These faces, and nobody else, were there from start to end."""
        seen = {face.person: face for face in faces}
        for number in seen.keys() - self.people.keys():
            self.people[number] = Person(number, self.start)
        for number in self.here | seen.keys():
            person = self.people[number]
            if number not in self.here and person.current.seen_until < start:
                self._feed(person, None, person.current.seen_until, start)
            self._feed(person, seen.get(number), start, end)
            (self.here.discard if person.gone() else self.here.add)(number)
        self.seconds.add(faces, start - self.start, end - self.start)
        self.end = end

    def skip(self, start: float, end: float) -> None:
        """Nobody looked from start to end, so nobody was seen."""
        if end - start > SLACK:
            self.gaps.append(Gap(start, end))
            self.account((), start, end)

    def unsettled(self) -> Lines:
        """Lines (SEGMENT) of what holds for everybody now."""
        open_segments = [s for person in self.people.values() for s in person.unsettled(self.start, self.end)]
        return np.array([packed(segment) for segment in open_segments], SEGMENT)

    def segments(self) -> Lines:
        """Everybody's, by person and time, as if the session ended now; without those who showed nothing steadily."""
        return in_order(np.concatenate([self.settled.lines(), self.unsettled()]))

    def _feed(self, person: Person, face: Face | None, start: float, end: float) -> None:
        settled = person.feed(face, start, end, self.stable_seconds)
        if settled is not None:
            self.settled.append(packed(settled))
