"""Search one photograph thoroughly: the whole of it, then overlapping tiles, each level half as large as the last."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from faces.detectors.blaze_network import INPUT_SIDE, SMALLEST_SEEN, BlazeNetwork
from faces.detectors.doubt import Doubt
from faces.detectors.sheet import Region, Sheet, cells
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

MOST_TILES = 400
"""Of one photograph: a strip of 100,000 pixels must come to an end too."""

QUARTERS = (0, 1, 3)
"""Quarter turns of the whole photograph: the network bears about 45 degrees either way, so with these heads are found
that lie on a shoulder or a pillow."""


SURE_SCORE = 0.45
"""The least score of three looks must be this high."""


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
    all_of_it = Region(0, 0, width, height)
    found = [sight for quarters in QUARTERS for sight in _sights(network, image, all_of_it, quarters=quarters)]
    side, level, spent = max(height, width) / 2, 2, 0
    while level <= FEWEST_LEVELS or side * SMALLEST_SEEN / INPUT_SIDE >= _smallest(found):
        regions = tiles(width, height, math.ceil(side))
        spent += len(regions)
        if spent > MOST_TILES or side < INPUT_SIDE / 2:
            break
        for region in regions:
            found += [sight for sight in _sights(network, image, region) if region.holds(sight, width, height)]
        side, level = side / 2, level + 1
    return levelled(network, image, _surest(found))


def _smallest(found: Sequence[Sight]) -> float:
    """Pixels: what is worth searching for, given what was found."""
    return max([SMALLEST, *(sight.size / SIZES for sight in found if sight.weight >= 0.6)])


def _sights(network: BlazeNetwork, image: Image, region: Region, *, quarters: int = 0) -> list[Sight]:
    sheet = Sheet()
    sheet.add_region(image, region)
    return sheet.seen_by(network, quarters=quarters)[0]


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
    """The same faces, each looked at twice more, level and larger: who is not seen there again was none.

    That tells angle, size and place. Where a head is tilted the network says about half of it: over 98 faces of
    photographs turned by 16 degrees it was 9 degrees off; after one more look 1.6, after two 0.6 (by 35 degrees: 15,
    2.3, 0.8). The weight is the least score of all looks.
    """
    for _ in range(2):
        sights = [again for some in _batches(sights) for again in _looked_at(network, image, some)]
    return distinct(sorted(sights, key=lambda sight: -sight.weight))


def _batches(sights: Sequence[Sight]) -> Iterator[Sequence[Sight]]:
    room = 4 if len(sights) <= 8 else 9
    for start in range(0, len(sights), room):
        yield sights[start : start + room]


def _looked_at(network: BlazeNetwork, image: Image, sights: Sequence[Sight]) -> Iterator[Sight]:
    """Some faces on one sheet, each as it is seen there."""
    sheet = Sheet()
    side, corners = cells(len(sights))
    for sight, corner in zip(sights, corners, strict=True):
        sheet.add_face(image, sight, corner, side)
    for sight, seen in zip(sights, sheet.seen_by(network), strict=True):
        near = [one for one in seen if one.overlaps(sight)]
        if near:
            again = merged(near)
            yield replace(again, weight=min(sight.weight, again.weight))


def tiles(width: int, height: int, side: int) -> list[Region]:
    """Overlapping squares of that side which cover a picture, row by row."""
    across, down = min(side, width), min(side, height)
    return [Region(left, top, across, down) for top in _starts(height, down) for left in _starts(width, across)]


def _starts(length: int, side: int) -> Sequence[int]:
    steps = math.ceil((length - side) / (side * (1 - OVERLAP)))
    return [round(step * (length - side) / max(1, steps)) for step in range(steps + 1)]
