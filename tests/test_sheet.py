"""Parts of a picture on one sheet, and the way back."""

import numpy as np
import pytest

from benchmarks.scenes import portrait, turned
from faces.detectors.blaze_network import INPUT_SIDE, BlazeNetwork
from faces.detectors.cuttings import brought_back, upright
from faces.detectors.sheet import Region, Sheet, cells
from faces.detectors.sight import Sight


@pytest.mark.parametrize("size", [20.0, 80.0, 300.0])
@pytest.mark.parametrize("angle", [-120.0, -30.0, 0.0, 75.0])
def test_what_is_seen_in_a_cutting_is_brought_back_to_its_place(size: float, angle: float) -> None:
    sight = Sight(310.5, 205.0, size, angle, 0.9)
    _, back = upright(np.zeros((400, 640), np.uint8), sight, 64, 32)
    (again,) = brought_back([Sight(32, 32, 32, 0.0, 0.8, 11.0)], back)
    assert (again.x, again.y) == pytest.approx((sight.x, sight.y), abs=0.02 * size)
    assert again.size == pytest.approx(size)
    assert again.angle == pytest.approx(angle)
    assert (again.weight, again.yaw) == (0.8, 11.0)


def test_a_cutting_shows_the_face_level() -> None:
    image = turned(portrait(90), 40)
    level, _ = upright(image, Sight(160, 120, 90, 40, 1), 90, 60)
    plain, _ = upright(portrait(90), Sight(160, 120, 90, 0, 1), 90, 60)
    assert np.abs(level.astype(int) - plain).mean() < 6


@pytest.mark.parametrize("place", [(-500, 50), (50, 900), (5000, 5000)])
def test_a_cutting_beyond_the_picture_repeats_its_edge(place: tuple[int, int]) -> None:
    cut, _ = upright(np.full((90, 120, 3), 77, np.uint8), Sight(*place, 40, 10, 1), 48, 24)
    assert cut.shape == (48, 48, 3)
    assert (cut == 77).all()


@pytest.mark.parametrize(
    ("count", "top", "side"), [(1, 0, 96), (4, 0, 96), (5, 0, 64), (16, 0, 48), (2, 108, 84), (3, 108, 64)]
)
def test_cells_are_as_large_as_fits(count: int, top: int, side: int) -> None:
    width, corners = cells(count, top=top)
    assert width == side
    assert len(set(corners)) == count
    assert all(0 <= x <= INPUT_SIDE - side and top <= y <= INPUT_SIDE - side for x, y in corners)


def test_no_more_than_16_faces_have_room() -> None:
    assert len(cells(40)[1]) == 16


def test_a_picture_and_a_face_of_it_are_seen_in_one_run() -> None:
    image = turned(portrait(60, size=(640, 360), middle=(400, 150)), 0)
    sheet = Sheet()
    sheet.add_region(image, Region(0, 0, 640, 360), (INPUT_SIDE, 108))
    side, (corner,) = cells(1, top=108)
    sheet.add_face(image, Sight(395, 155, 64, 5, 1), corner, side)
    around, face = sheet.seen_by(BlazeNetwork())
    for sight in (around[0], face[0]):
        assert np.hypot(sight.x - 400, sight.y - 150) < 12
        assert 45 < sight.size < 80


def test_a_face_that_an_edge_within_the_picture_cuts_is_left_to_the_next_tile() -> None:
    tile = Region(100, 0, 200, 200)
    assert tile.holds(Sight(200, 20, 60, 0, 1), 400, 200)
    assert not tile.holds(Sight(110, 100, 60, 0, 1), 400, 200)
    assert not tile.holds(Sight(290, 100, 60, 0, 1), 400, 200)
    assert Region(0, 0, 200, 200).holds(Sight(5, 100, 60, 0, 1), 400, 200)
