"""A photograph is searched as far as its size and its faces deserve."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.scenes import demo_image, face_free, portrait, turned
from faces.detectors.blaze_network import LEAST_SCORE, BlazeNetwork
from faces.detectors.cascade import Cascade
from faces.detectors.doubt import Doubt
from faces.detectors.photograph import PhotographDetector, hinted, levelled, search, tiles
from faces.detectors.sight import Sight
from faces.records import Box, Image


class CountingNetwork(BlazeNetwork):
    """Knows how often it was asked."""

    runs = 0

    def look(self, square: Image, least: float = LEAST_SCORE) -> list[Sight]:
        self.runs += 1
        return super().look(square, least)


NETWORK = CountingNetwork()
DETECTOR = PhotographDetector(NETWORK, Doubt(Cascade()))


def runs(image: Image) -> int:
    NETWORK.runs = 0
    DETECTOR.find(image)
    return NETWORK.runs


def middles(boxes: Sequence[Box]) -> list[tuple[float, float]]:
    return sorted((box.x + box.width / 2, box.y + box.height / 2) for box in boxes)


def group(width: int, height: int, face: int, count: int) -> tuple[Image, list[tuple[int, int]]]:
    """A photograph of people in a row, and the middles of their faces."""
    canvas = np.full((height, width, 3), 60, np.uint8)
    places = [((2 * index + 1) * width // (2 * count), height // 2) for index in range(count)]
    tile = portrait(face, size=(2 * face, 2 * face), middle=(face, face))
    for x, y in places:
        canvas[y - face : y + face, x - face : x + face] = tile
    return canvas, places


def test_faces_of_30_pixels_are_found_once_each_in_12_megapixels() -> None:
    image, places = group(4000, 3000, 30, 5)
    found = middles(DETECTOR.find(image))
    assert len(found) == 5
    assert np.abs(np.subtract(found, places)).max() < 10


def test_a_portrait_does_not_pay_for_it() -> None:
    large, small = portrait(1600, size=(4000, 3000), middle=(2000, 1500)), group(4000, 3000, 30, 5)[0]
    assert len(DETECTOR.find(large)) == 1
    assert runs(large) < 20 < runs(small) / 3


def test_smallest_tiles_are_searched_only_where_small_faces_may_be() -> None:
    close, far = group(1024, 768, 80, 5)[0], group(1024, 768, 18, 5)[0]
    assert len(DETECTOR.find(far)) == len(DETECTOR.find(close)) == 5
    assert runs(close) < 15 < runs(far) < 25


def test_a_tile_is_hinted_at_by_a_small_guess_inside_it() -> None:
    left, right = tiles(336, 192, 192)
    small, large = Sight(30, 100, 20, 0, 0.06), Sight(300, 100, 60, 0, 0.9)
    assert hinted([left, right], [small, large]) == [left]


def test_only_whom_a_look_moved_is_looked_at_twice() -> None:
    image = portrait(90)
    (level,) = search(NETWORK, image)
    for angle, looks in ((level.angle, 1), (level.angle + 30, 2)):
        NETWORK.runs = 0
        (again,) = levelled(NETWORK, image, [replace(level, angle=angle)])
        assert NETWORK.runs == looks
        assert abs(again.angle - level.angle) < 4


@pytest.mark.parametrize("degrees", [-90, -60, -30, 0, 30, 60, 90])
def test_a_head_is_found_level_however_far_it_is_tilted(degrees: int) -> None:
    (box,) = DETECTOR.find(turned(portrait(90), degrees))
    assert abs(box.angle - degrees) < 6


def test_the_crop_hardly_depends_on_where_in_the_photograph_a_face_is() -> None:
    boxes = [DETECTOR.find(portrait(90, size=(640, 480), middle=(x, 200)))[0] for x in (150, 311, 470)]
    assert np.ptp([box.width for box in boxes]) <= 6
    assert np.ptp([box.angle for box in boxes]) < 3


def test_tiles_cover_everything_and_overlap() -> None:
    for width, height, side in ((1000, 700, 300), (301, 300, 300), (90, 4000, 300), (1, 10_000, 500)):
        covered = np.zeros((height, width), bool)
        for tile in tiles(width, height, side):
            assert 0 <= tile.left <= width - tile.width
            assert 0 <= tile.top <= height - tile.height
            covered[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width] = True
        assert covered.all()
    across = [tile.left for tile in tiles(1000, 300, 300)]
    assert np.diff(across).max() <= 0.75 * 300


@pytest.mark.parametrize("size", [(1, 1), (31, 47), (1, 10_000), (10_000, 1), (3, 2000)])
def test_odd_photographs_have_no_face_and_come_to_an_end(size: tuple[int, int]) -> None:
    image = np.zeros((*size, 3), np.uint8)
    assert DETECTOR.find(image) == []
    assert runs(image) < 500


@pytest.mark.parametrize("side", [60, 100, 150])
def test_a_face_in_a_picture_smaller_than_a_tile_is_found_once(side: int) -> None:
    ((x, y),) = middles(DETECTOR.find(portrait(side // 2, size=(side, side), middle=(side // 2, side // 2))))
    assert np.hypot(x - side / 2, y - side / 2) < 0.15 * side


def test_twenty_faces_that_overlap_are_found_once_each() -> None:
    canvas = np.full((480, 1200, 3), 60, np.uint8)
    places = [(100 + 105 * column, 130 + 110 * row) for row in range(2) for column in range(10)]
    head = portrait(90, size=(120, 150), middle=(60, 70))
    for x, y in places:
        canvas[y - 70 : y + 80, x - 60 : x + 60] = head  # the next covers an ear, the row below a chin
    found = middles(DETECTOR.find(canvas))
    assert len(found) == 20
    assert all(sum(np.hypot(x - left, y - top) < 20 for left, top in found) == 1 for x, y in places)


def test_a_lamp_a_hand_or_a_texture_is_no_face() -> None:
    assert [kind for kind, image in face_free(frames=6) if DETECTOR.find(image)] == []


def test_several_peoples_faces_are_not_taken_for_one_large_face() -> None:
    sights = search(NETWORK, demo_image(width=320))
    assert len(sights) == 1
