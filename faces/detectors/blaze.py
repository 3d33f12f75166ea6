"""BlazeFace, full range, in a moving picture: known faces are followed, and the network runs at most once a picture."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np

from faces.detectors.blaze_network import INPUT_SIDE, SMALLEST_SEEN, BlazeNetwork
from faces.detectors.doubt import Doubt
from faces.detectors.follow import PICTURES, TRUST_NEEDED, Known, follow, looks_of, nearest, searched_again
from faces.detectors.photograph import tiles
from faces.detectors.sheet import Region, Sheet, cells
from faces.detectors.sight import Sight, distinct, merged, sight_of
from faces.records import Box, Image

NEW_SCORE = 0.65
"""A face that nobody expected must be this sure."""

ALONE_EVERY = 3
"""With nobody in sight, of so many pictures the first is looked at as a whole, the second in one of its tiles and the
third not at all: at 30 a second somebody new is looked for within 0.1 s."""

LOOK_EVERY = 5
"""With faces in sight, every so many pictures one look over the whole picture: at 30 a second somebody new is seen
within 0.17 s."""

TILE_EVERY = 10
"""And so often a look at one of its tiles, where somebody far away may have come."""

CROWD = 3
"""From this many faces on, a tile is searched in every picture that is free: where some are, there are more. The same
holds after somebody new was found, until each tile had its turn: few people come alone."""

TILE_LEVELS = (2, 3)
"""A tile is as large as the longer side of the picture through these."""

SCREEN_LEVELS = (3, 5)
"""The same on a screen, where a face of 40 pixels in 1920 is common: 19 of the network's input in the smaller tiles."""

SMALLEST = 11.0
"""Pixels: in a moving picture no smaller face is searched."""

STRIP = 64
"""Rows of the network's input below the whole picture, in which known faces are looked at in the same run."""

WIDE = 1.3
"""Pictures at least this wide for their height leave room for that without being shrunk much."""

LONGEST_FOLLOWED = 2 * PICTURES
"""Where a crowd leaves no time for everyone who is due, a look serves for this many pictures."""

FORGOTTEN = 12
"""For this many pictures, a face that is no longer seen is looked for where it was."""


class BlazeDetector:
    """Who is known is followed by looks, and looked at again, level and large, every few pictures.

    The parts of a picture that are due share one square image (a sheet), so that the network runs once a picture or
    less: the whole picture with known faces in a strip below it, or a tile, or up to 16 known faces.
    """

    def __init__(self, network: BlazeNetwork, doubt: Doubt, *, screen: bool = False) -> None:
        """`screen`: a window of somebody's screen, with many small faces and few pictures a second."""
        self._network = network
        self._doubt = doubt
        self._crowd, self._levels = (0, SCREEN_LEVELS) if screen else (CROWD, TILE_LEVELS)
        self._known: list[Known] = []
        self._calls = 0
        self._tiles = 0
        self._since_news = 0  # tiles looked at since somebody new was found

    def find(self, image: Image, expected: Sequence[Box] = ()) -> list[Box]:
        """Boxes of all faces, none twice; `expected` is where faces were a moment ago."""
        grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
        found, lost = self._follow(grey, [sight_of(box) for box in expected])
        due = [*lost, *(known for known in found if known.due)]
        region = self._region(image, known=len(found) + len(lost), due=len(due))
        if region is not None or due:
            found, lost = self._look(image, grey, region, found, lost)
        self._calls += 1
        found = distinct(sorted(found, key=lambda known: -known.trust))
        self._known = found + [replace(known, missed=known.missed + 1) for known in lost if known.missed < FORGOTTEN]
        return [known.sight.box() for known in found]

    def _follow(self, grey: Image, expected: Sequence[Sight]) -> tuple[list[Known], list[Known]]:
        """(who is where their looks are, who has to be looked for)."""
        found, lost = list[Known](), list[Known]()
        meant = (nearest(last, self._known) or Known(last, looks_of(grey, last), missed=1) for last in expected)
        for known in dict.fromkeys(meant):  # two places may mean one face: each is looked for once
            followed = follow(known, grey) if known.followed < LONGEST_FOLLOWED and not known.missed else None
            if followed is None:
                lost.append(known)
            else:
                found.append(followed)
        return found, lost

    def _region(self, image: Image, *, known: int, due: int) -> Region | None:
        """Where to look for somebody new in this picture, if anywhere."""
        height, width = image.shape[:2]
        turn = self._calls % (TILE_EVERY if known else ALONE_EVERY)
        if turn % LOOK_EVERY == 0:
            return Region(0, 0, width, height)
        regions = _live_tiles(width, height, self._levels)
        alone = turn == 1 if not known else turn == 2 and not due
        crowded = known >= self._crowd or (known > 0 and self._since_news < len(regions))
        wanted = alone or (crowded and (turn % LOOK_EVERY == 2 or not due))
        self._tiles += wanted
        self._since_news += wanted
        return regions[self._tiles % len(regions)] if regions and wanted else None

    def _look(
        self, image: Image, grey: Image, region: Region | None, found: list[Known], lost: list[Known]
    ) -> tuple[list[Known], list[Known]]:
        """(who is seen, who is not) after one run of the network."""
        sheet, side, corners = _laid_out(image, region, len(found) + len(lost))
        waiting = [*lost, *sorted(found, key=lambda known: (known.trust, -known.followed))]
        asked, rest = waiting[: len(corners)], waiting[len(corners) :]
        for known, corner in zip(asked, corners, strict=True):
            sheet.add_face(image, known.sight, corner, side)
        seen = sheet.seen_by(self._network)
        around = _each_once(seen.pop(0)) if region else []
        again = [_seen_again(known, sights, grey) for known, sights in zip(asked, seen, strict=True)]
        unseen = [known for known, now in zip(asked, again, strict=True) if now is None]
        return self._with_news(
            grey,
            around,
            [*(known for known in again if known is not None), *(known for known in rest if known in found)],
            [*unseen, *(known for known in rest if known in lost)],
        )

    def _with_news(
        self, grey: Image, around: Sequence[Sight], found: Sequence[Known], lost: Sequence[Known]
    ) -> tuple[list[Known], list[Known]]:
        """The same after what was seen all around: who was lost may be there, and somebody new."""
        found, lost = list(found), list(lost)
        for sight in around:
            if any(known.sight.overlaps(sight) for known in found):
                continue
            back = nearest(sight, lost)
            if back is not None:
                lost.remove(back)
                found.append(searched_again(back, sight, looks_of(grey, sight)))
            elif self._doubt.is_face(grey, sight, NEW_SCORE):
                # one look, level and large, is wanted before it is trusted: here angle and size are rough
                found.append(Known(sight, looks_of(grey, sight), TRUST_NEEDED - 1))
                self._since_news = 0
        return found, lost


@lru_cache(maxsize=8)
def _live_tiles(width: int, height: int, levels: tuple[int, ...]) -> tuple[Region, ...]:
    """All tiles that are worth a look, the large ones first."""
    sides = [max(width, height) // level for level in levels]
    worth = [side for side in sides if side * SMALLEST_SEEN / INPUT_SIDE >= SMALLEST]
    return tuple(tile for side in worth for tile in tiles(width, height, side))


def _laid_out(image: Image, region: Region | None, known: int) -> tuple[Sheet, int, Sequence[tuple[int, int]]]:
    """A sheet with the region, and side and corners of the cells that are left for known faces."""
    sheet = Sheet()
    if region is None:
        return (sheet, *cells(known))
    wide = region.width >= WIDE * region.height
    if not wide or not known:
        sheet.add_region(image, region)
        return sheet, 0, []
    top = min(INPUT_SIDE - STRIP, round(INPUT_SIDE * region.height / region.width))
    sheet.add_region(image, region, (INPUT_SIDE, top))
    return (sheet, *cells(known, top=top))


def _each_once(sights: Sequence[Sight]) -> list[Sight]:
    """Of a network's guesses, the surest first: for each face the mean of those about it."""
    return [merged([sight for sight in sights if sight.overlaps(face)]) for face in distinct(sights)]


def _seen_again(known: Known, sights: Sequence[Sight], grey: Image) -> Known | None:
    """A known face as it was seen in its cell."""
    near = [sight for sight in sights if sight.overlaps(known.sight)]
    if not near:
        return None
    sight = merged(near)
    return searched_again(known, sight, looks_of(grey, sight))
