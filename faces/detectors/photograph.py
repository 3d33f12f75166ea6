"""Search one photograph thoroughly: the whole of it, then overlapping tiles, each level half as large as the last."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from faces.detectors.blaze_network import INPUT_SIDE, LEAST_SCORE, SMALLEST_SEEN, BlazeNetwork
from faces.detectors.doubt import Doubt
from faces.detectors.sheet import Region, Sheet, cells, shrunk
from faces.detectors.sight import Sight, distinct, merged
from faces.records import Box, Image

OVERLAP = 0.25
"""Least share of its side that a tile has in common with the next: a face of that size is whole in one of them."""

SMALLEST = 10.0
"""Pixels of the photograph: no smaller face is searched, since nobody could name its expression."""

SIZES = 16.0
"""People of one photograph differ in size, but seldom by more: a large face spares the search for tiny ones."""

FEWEST_LEVELS = 2
"""The whole photograph and tiles of half of it are always searched."""

HINT = 0.05
"""The smallest tiles are searched only where the tiles twice as large gave a guess of this score: 516 of 525 faces of
photographs had such a guess of their own there, and the other nine one nearby."""

HINT_SIZE = 0.15
"""The guess being about a face smaller than this share of the small tile's side: a larger one is seen well enough."""

MOST_TILES = 400
"""Of one photograph: a strip of 100,000 pixels must come to an end too."""

QUARTERS = (0, 1, 3)
"""Quarter turns of the whole photograph: the network bears about 45 degrees either way, so with these heads are found
that lie on a shoulder or a pillow."""

SETTLED_DEGREES, SETTLED_GROWTH, SETTLED_SCORE = 5.0, 0.15, 0.5
"""Whom a look turns and enlarges (natural logarithm) by no more than this, and who is so sure, needs no second one: of
364 faces of photographs it made none doubtful, and turned them by 2.5 degrees on average, which is its scatter."""

SURE_SCORE = 0.45
"""The least score of all looks must be this high."""


class PhotographDetector:
    """Searches single pictures; nothing is remembered from one to the next."""

    def __init__(self, network: BlazeNetwork, doubt: Doubt) -> None:
        self._network = network
        self._doubt = doubt

    def find(self, image: Image, expected: Sequence[Box] = ()) -> list[Box]:
        """Boxes of all faces, none twice."""
        seen = search(self._network, image)
        return [sight.box() for sight in seen if self._doubt.is_face(image, sight, SURE_SCORE)]


def search(network: BlazeNetwork, image: Image) -> list[Sight]:
    """Every face that the network sees in a photograph, each once, level, the surest first."""
    height, width = image.shape[:2]
    found, hints = _all_of_it(network, image), None
    side, level, spent = max(height, width) / 2, 2, 0
    while level <= FEWEST_LEVELS or _worth(side, found):
        copy = shrunk(image, INPUT_SIDE / side)
        scale = width / copy.shape[1]
        regions = tiles(copy.shape[1], copy.shape[0], INPUT_SIDE)
        if hints is not None:
            regions = hinted(regions, [hint.scaled(1 / scale) for hint in hints])
        spent += len(regions)
        if spent > MOST_TILES or side < INPUT_SIDE / 2:
            break
        next_is_last = _worth(side / 2, found) and not _worth(side / 4, found)
        seen = [one.scaled(scale) for one in _in_tiles(network, copy, regions, HINT if next_is_last else LEAST_SCORE)]
        found += [sight for sight in seen if sight.weight >= LEAST_SCORE]
        hints = seen if next_is_last else None
        side, level = side / 2, level + 1
    return levelled(network, image, _surest(found))


def _all_of_it(network: BlazeNetwork, image: Image) -> list[Sight]:
    """What is seen in the whole photograph, as it is and turned to either side."""
    sheet = Sheet()
    sheet.add_region(image, Region(0, 0, image.shape[1], image.shape[0]))
    return [sight for quarters in QUARTERS for sight in sheet.seen_by(network, quarters=quarters)[0]]


def _in_tiles(network: BlazeNetwork, copy: Image, regions: Sequence[Region], least: float) -> list[Sight]:
    """Every guess of at least this score about a copy of the photograph, in its pixels."""
    found = list[Sight]()
    for region in regions:
        sheet = Sheet()
        sheet.add_region(copy, region)
        (guesses,) = sheet.seen_by(network, least=least)
        found += [guess for guess in guesses if region.holds(guess, copy.shape[1], copy.shape[0])]
    return found


def hinted(regions: Sequence[Region], guesses: Sequence[Sight]) -> list[Region]:
    """The tiles with a guess about a face so small that twice as large it is seen better; all in the same pixels."""
    small = [guess for guess in guesses if guess.size < HINT_SIZE * INPUT_SIDE]
    return [region for region in regions if any(region.covers(guess) for guess in small)]


def _worth(side: float, found: Sequence[Sight]) -> bool:
    """Whether tiles of so many pixels of the photograph show faces that are worth searching, given what was found."""
    smallest = max([SMALLEST, *(sight.size / SIZES for sight in found if sight.weight >= 0.6)])
    return side * SMALLEST_SEEN / INPUT_SIDE >= smallest


def _surest(found: Iterable[Sight]) -> list[Sight]:
    """Each face once, the surest first; nobody who was made of several people's faces."""
    sights = list[Sight]()
    for sight in sorted(found, key=lambda sight: -sight.weight):
        if not any(sight.overlaps(other) and 0.5 < sight.size / other.size < 2.0 for other in sights):
            sights.append(sight)
    return distinct(sight for sight in sights if not _is_group(sight, sights))


def _is_group(sight: Sight, sights: Sequence[Sight]) -> bool:
    """Whether at least two surer faces of less than half its size lie in it."""
    inside = [other for other in sights if other.size < 0.5 * sight.size and other.distance(sight) < 0.6 * sight.size]
    return sum(other.weight > sight.weight for other in inside) > 1


def levelled(network: BlazeNetwork, image: Image, sights: Sequence[Sight]) -> list[Sight]:
    """The same faces, each looked at again, level and larger: who is not seen there again was none.

    That tells angle, size and place. Where a head is tilted the network says about half of it: over 98 faces of
    photographs turned by 16 degrees it was 9 degrees off; after one more look 1.6, after two 0.6 (by 35 degrees: 15,
    2.3, 0.8). So whom the first look moved gets a second. The weight is the least score of all looks.
    """
    looks = [look for some in _batches(sights) for look in _looked_at(network, image, some)]
    moved = [now for before, now in looks if not _settled(before, now)]
    again = [now for some in _batches(moved) for _, now in _looked_at(network, image, some)]
    settled = (now for before, now in looks if _settled(before, now))
    return distinct(sorted([*settled, *again], key=lambda sight: -sight.weight))


def _settled(before: Sight, now: Sight) -> bool:
    """Whether a look changed so little that another would, too."""
    turned, grown = abs(now.angle - before.angle), abs(math.log(max(now.size, 1e-6) / max(before.size, 1e-6)))
    return turned <= SETTLED_DEGREES and grown <= SETTLED_GROWTH and now.weight >= SETTLED_SCORE


def _batches(sights: Sequence[Sight]) -> Iterator[Sequence[Sight]]:
    room = 4 if len(sights) <= 8 else 9
    for start in range(0, len(sights), room):
        yield sights[start : start + room]


def _looked_at(network: BlazeNetwork, image: Image, sights: Sequence[Sight]) -> Iterator[tuple[Sight, Sight]]:
    """Some faces on one sheet: whoever is seen there, as before and as now."""
    sheet = Sheet()
    side, corners = cells(len(sights))
    for sight, corner in zip(sights, corners, strict=True):
        sheet.add_face(image, sight, corner, side)
    for sight, seen in zip(sights, sheet.seen_by(network), strict=True):
        near = [one for one in seen if one.overlaps(sight)]
        if near:
            again = merged(near)
            yield sight, replace(again, weight=min(sight.weight, again.weight))


def tiles(width: int, height: int, side: int) -> list[Region]:
    """Overlapping squares of that side which cover a picture, row by row."""
    across, down = min(side, width), min(side, height)
    return [Region(left, top, across, down) for top in _starts(height, down) for left in _starts(width, across)]


def _starts(length: int, side: int) -> Sequence[int]:
    steps = math.ceil((length - side) / (side * (1 - OVERLAP)))
    return [round(step * (length - side) / max(1, steps)) for step in range(steps + 1)]
