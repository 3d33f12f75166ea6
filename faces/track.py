"""The same number for the same person from frame to frame, and boxes that keep still while the face does."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from faces.records import Box

PATIENCE_SECONDS = 1.5
"""A lost face is remembered for this long: found again within this time, it keeps its number."""

COAST_SECONDS = 0.4
"""A face that the detector misses is still shown where it was for this long, but no longer than it had been seen."""

TENTATIVE_SECONDS = 0.3
"""A new box that is not seen again within this time was not a face."""

SIGHTINGS_NEEDED = 4
"""A new face must be seen this often before it is shown: 0.1 s at 30 frames per second. Most false boxes
do not last that long."""

QUICK_SIGHTINGS = 2
QUICK_SECONDS = 0.15
"""At a low frame rate four sightings would take too long: two in a row, this many seconds apart, are enough."""

QUICK_SCORE = 0.7
"""And two in a row of which the detector is so sure: in 15 clips with and without people the network gave no false box
above it, and in 353 face-free pictures the cascade none."""


@dataclass(frozen=True, slots=True)
class Track:
    """One person in one frame."""

    person: int
    box: Box  # steadied
    seen: bool  # False while the detector misses the face and its last place is shown


class Tracker:
    """Gives each box the number of the person whose face it most likely is."""

    def __init__(
        self,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        coast_seconds: float = COAST_SECONDS,
        sightings_needed: int = SIGHTINGS_NEEDED,
    ) -> None:
        self._patience_seconds = patience_seconds
        self._coast_seconds = coast_seconds
        self._sightings_needed = sightings_needed
        self._paths: list[_Path] = []
        self._next_person = 1

    @property
    def persons(self) -> frozenset[int]:
        """The numbers that may still come back."""
        return frozenset(path.person for path in self._paths if path.person is not None)

    def expected(self) -> list[Box]:
        """Where faces, confirmed or not, were a moment ago: where the detector should look first."""
        return [path.raw for path in self._paths]

    def update(self, boxes: Sequence[Box], seconds: float) -> list[Track]:
        """Follow everybody into the next frame and return those to show, in the order of their numbers."""
        pairs = _pairs(self._paths, boxes, seconds)
        for path, box in pairs:
            path.see(box, seconds)
        taken = {id(box) for _, box in pairs}
        followed = {id(path) for path, _ in pairs}
        for path in self._paths:
            path.present = id(path) in followed
            path.missed = path.missed or not path.present
        self._paths += [_Path(box, seconds) for box in boxes if id(box) not in taken]
        self._paths = [path for path in self._paths if self._remembered(path, seconds)]
        for path in self._paths:
            if path.person is None and path.confirmed(self._sightings_needed):
                path.person = self._next_person
                self._next_person += 1
        return self._shown(seconds)

    def _remembered(self, path: "_Path", seconds: float) -> bool:
        patience_seconds = TENTATIVE_SECONDS if path.person is None else self._patience_seconds
        return seconds - path.seen_at <= patience_seconds

    def _shown(self, seconds: float) -> list[Track]:
        tracks = [
            Track(path.person, path.steady(), seen=path.present)
            for path in self._paths
            if path.person is not None and seconds - path.seen_at <= min(self._coast_seconds, path.seen_for())
        ]
        faces = [track.box for track in tracks if track.seen]
        shown = (track for track in tracks if track.seen or not any(_one_place(track.box, face) for face in faces))
        return sorted(shown, key=lambda track: track.person)


STILL_HERTZ = 1.0
"""A resting face's box follows slowly: what moves it is mostly the detector's jitter."""

SPEED_GAIN = 6.0
"""Hertz added for each face width per second: a moving face's box follows at once."""

STILL_SPEED = 0.4
"""Face widths per second that count as rest; the detector's jitter alone looks as fast as this."""

SPEED_HERTZ = 2.0
"""The speed itself is smoothed, so that one jump of the detector is not taken for a movement."""

SAME_MOMENT_SECONDS = 1e-6
"""What is measured twice within less has no speed."""


class _Steady:
    """One number of a box, smoothed by the one-euro filter (Casiez, Roussel and Vogel 2012)."""

    def __init__(self, value: float) -> None:
        self.value = value
        self.speed = 0.0  # units per second
        self._measured = value

    def follow(self, value: float, passed_seconds: float, scale: float) -> None:
        """Take in a measurement; `scale` is how much of the unit counts as one face width."""
        if passed_seconds < SAME_MOMENT_SECONDS:
            return
        speed = (value - self._measured) / passed_seconds
        self._measured = value
        self.speed += _share(SPEED_HERTZ, passed_seconds) * (speed - self.speed)
        hertz = STILL_HERTZ + SPEED_GAIN * max(0.0, abs(self.speed) / scale - STILL_SPEED)
        self.value += _share(hertz, passed_seconds) * (value - self.value)


def _share(hertz: float, passed_seconds: float) -> float:
    """For a low-pass filter with this cut-off: how much of a new value to adopt after this time."""
    turn = 2.0 * math.pi * hertz * passed_seconds
    return turn / (turn + 1.0)


class _Path:
    """What is known about one face over time."""

    def __init__(self, box: Box, seconds: float) -> None:
        self.person: int | None = None
        self.raw = box
        self.seen_at = seconds
        self.present = True  # in the last frame
        self.missed = False  # in any frame so far
        self._first_seen_at = seconds
        self._sightings = 1
        self._least_score = box.score or 0.0
        self._middle_x = _Steady(box.x + box.width / 2)
        self._middle_y = _Steady(box.y + box.height / 2)
        self._size = _Steady(math.sqrt(box.width * box.height))
        self._angle = _Steady(box.angle)
        self._yaw = _Steady(box.yaw or 0.0)

    def confirmed(self, sightings_needed: int) -> bool:
        """Seen often enough, or twice: with time in between, which means the same at a low rate, or most surely."""
        if self._sightings >= sightings_needed:
            return True
        if self.missed or self._sightings < QUICK_SIGHTINGS:
            return False
        return self.seen_for() >= QUICK_SECONDS or self._least_score >= QUICK_SCORE

    def seen_for(self) -> float:
        """Seconds from the first to the last sighting."""
        return self.seen_at - self._first_seen_at

    def see(self, box: Box, seconds: float) -> None:
        passed_seconds = seconds - self.seen_at
        size = math.sqrt(box.width * box.height)
        self._middle_x.follow(box.x + box.width / 2, passed_seconds, size)
        self._middle_y.follow(box.y + box.height / 2, passed_seconds, size)
        self._size.follow(size, passed_seconds, size)
        self._angle.follow(box.angle, passed_seconds, 60.0)
        self._yaw.follow(box.yaw or 0.0, passed_seconds, 60.0)
        self.raw, self.seen_at = box, max(seconds, self.seen_at)
        self._sightings += 1
        self._least_score = min(self._least_score, box.score or 0.0)

    def steady(self) -> Box:
        size = self._size.value
        return Box(
            round(self._middle_x.value - size / 2),
            round(self._middle_y.value - size / 2),
            round(size),
            round(size),
            self._angle.value,
            None if self.raw.yaw is None else self._yaw.value,
            self.raw.score,
        )

    def claim(self, box: Box, seconds: float) -> tuple[bool, float]:
        """(whether it was away or elsewhere in the last frame, distance in face widths): the least has the box.

        The nearest alone would not do: after a hard cut a face may lie between the last places of two people, and
        would bear the number of each in turn.
        """
        distance = self.distance(box, seconds)
        return not (self.present and distance <= ONE_PLACE), distance

    def distance(self, box: Box, seconds: float) -> float:
        """In face widths, from where this face is by now, to a box; another size counts as distance too."""
        passed_seconds = min(max(0.0, seconds - self.seen_at), 0.5)
        size = math.sqrt(self.raw.width * self.raw.height)
        other = math.sqrt(box.width * box.height)
        across = self.raw.x + self.raw.width / 2 + self._middle_x.speed * passed_seconds
        down = self.raw.y + self.raw.height / 2 + self._middle_y.speed * passed_seconds
        apart = math.hypot(box.x + box.width / 2 - across, box.y + box.height / 2 - down)
        return apart / max(1.0, min(size, other)) + abs(math.log(max(1.0, other) / max(1.0, size)))


REACH = 0.9
"""In face widths: a box farther than this from where a face should be is somebody else."""

ONE_PLACE = 0.5
"""In face widths: nearer than this no two faces are seen at once."""


def _one_place(box: Box, other: Box) -> bool:
    across = box.x + box.width / 2 - other.x - other.width / 2
    down = box.y + box.height / 2 - other.y - other.height / 2
    return math.hypot(across, down) < ONE_PLACE * max(box.width, other.width)


def _pairs(paths: Sequence[_Path], boxes: Sequence[Box], seconds: float) -> list[tuple[_Path, Box]]:
    """The best claims first, each path and each box at most once."""
    claims = sorted(
        (path.claim(box, seconds), path_index, box_index)
        for path_index, path in enumerate(paths)
        for box_index, box in enumerate(boxes)
    )
    free_paths, free_boxes = set(range(len(paths))), set(range(len(boxes)))
    pairs = []
    for (_, distance), path_index, box_index in claims:
        if distance <= REACH and path_index in free_paths and box_index in free_boxes:
            pairs.append((paths[path_index], boxes[box_index]))
            free_paths.remove(path_index)
            free_boxes.remove(box_index)
    return pairs
