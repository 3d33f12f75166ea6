"""The cascade on real faces, upright and turned, and on pictures where there is none."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.scenes import demo_image, face_free, portrait, turned
from faces.detectors.haar import HaarDetector
from faces.errors import ModelError
from faces.places import CASCADE_FILE
from faces.records import Box, Image
from faces.track import Tracker

CALLS_TO_FIND = 8
"""After so many pictures of the same scene a face must be found: a quarter of a second."""


def find_soon(image: Image, calls: int = CALLS_TO_FIND) -> list[Box]:
    """What is found by a fresh detector, told each time what it found before."""
    detector, boxes = HaarDetector(), list[Box]()
    for _ in range(calls):
        boxes = detector.find(image, boxes)
    return boxes


def middle(box: Box) -> tuple[float, float]:
    return box.x + box.width / 2, box.y + box.height / 2


def test_an_upright_face_is_found_at_once() -> None:
    (box,) = HaarDetector().find(portrait(90, middle=(160, 120)))
    assert np.hypot(*np.subtract(middle(box), (160, 120))) < 20
    assert 70 <= box.width <= 115
    assert abs(box.angle) < 10


@pytest.mark.parametrize("degrees", [-40, -25, 25, 40])
def test_a_face_that_is_tilted_from_the_start_is_found_soon(degrees: int) -> None:
    boxes = find_soon(turned(portrait(90), degrees))
    assert len(boxes) == 1
    assert abs(boxes[0].angle - degrees) < 12


def test_a_face_is_followed_while_it_tilts_to_either_side() -> None:
    for step in (2, 4):
        detector, boxes, lags = HaarDetector(), find_soon(portrait(90)), []
        for degrees in [*range(0, 50, step), *range(48, -50, -step)]:
            boxes = detector.find(turned(portrait(90), degrees), boxes)
            assert len(boxes) == 1, f"lost at {degrees} degrees"
            lags.append(abs(boxes[0].angle - degrees))
        assert max(lags) < 20
        assert np.mean(lags) < 10


def test_a_lost_face_that_tilted_meanwhile_is_found_where_it_was() -> None:
    upright = HaarDetector().find(portrait(90))
    (box,) = HaarDetector().find(turned(portrait(90), 45), upright)
    assert abs(box.angle - 45) < 20


@pytest.mark.parametrize("width", [60, 150])
def test_small_and_large_faces_are_found(width: int) -> None:
    boxes = find_soon(portrait(width))
    assert len(boxes) == 1
    assert 0.75 * width <= boxes[0].width <= 1.3 * width


def test_a_face_has_the_same_box_in_a_picture_of_twice_the_size() -> None:
    (small,) = find_soon(demo_image(width=320))
    (large,) = find_soon(demo_image(width=640))
    assert abs(large.width - 2 * small.width) < 0.1 * large.width
    assert np.hypot(*np.subtract(middle(large), np.multiply(middle(small), 2))) < 0.1 * large.width


def test_a_known_face_is_found_once_even_if_it_is_expected_twice() -> None:
    image = portrait(90)
    (box,) = find_soon(image)
    beside = Box(box.x + 8, box.y, box.width, box.height, box.angle)
    assert len(HaarDetector().find(image, [box, beside])) == 1


@pytest.mark.parametrize(("degrees", "pictures"), [(0, 12), (-30, 40), (30, 40)])
def test_somebody_new_is_found_while_a_face_is_known(degrees: int, pictures: int) -> None:
    """At 30 pictures per second: after 0.4 seconds, with the head tilted after 1.3."""
    alone = portrait(80, middle=(80, 120))
    together = alone.copy()
    together[:, 160:] = turned(portrait(80), degrees)[:, 80:240]
    for phase in range(0, 40, 8):  # wherever in its rota the detector is
        detector, boxes = HaarDetector(), find_soon(alone)
        for _ in range(phase):
            boxes = detector.find(alone, boxes)
        found = 0
        while len(boxes) < 2 and found < pictures:
            boxes, found = detector.find(together, boxes), found + 1
        assert len(boxes) == 2, phase


def test_a_face_at_the_edge_has_its_box_at_the_edge() -> None:
    boxes = find_soon(portrait(90, middle=(52, 120)))
    assert len(boxes) == 1
    assert middle(boxes[0])[0] < 80


def test_a_lamp_a_hand_or_a_texture_is_not_shown_as_a_face() -> None:
    detector, tracker, persons = HaarDetector(), Tracker(), set[tuple[str, int]]()
    for index, (kind, image) in enumerate(face_free(frames=30)):
        shown = tracker.update(detector.find(image, tracker.expected()), index / 30)
        persons |= {(kind, track.person) for track in shown}
    assert not persons


def test_a_single_picture_is_searched_at_every_angle() -> None:
    for degrees in (-50, -30, 0, 30, 50):
        boxes = HaarDetector(thorough=True).find(turned(portrait(90), degrees))
        assert len(boxes) == 1, f"at {degrees} degrees"


@pytest.mark.parametrize("size", [(1, 1), (31, 47), (1, 640), (2000, 3)])
def test_pictures_too_small_for_a_face_have_none(size: tuple[int, int]) -> None:
    image = np.zeros((*size, 3), np.uint8)
    assert HaarDetector().find(image) == []
    assert HaarDetector(thorough=True).find(image, [Box(0, 0, 1, 1)]) == []


def test_an_expected_box_far_outside_is_no_trouble() -> None:
    image = np.full((240, 320, 3), 90, np.uint8)
    assert HaarDetector().find(image, [Box(-5000, 9000, 80, 80, 700.0), Box(0, 0, 0, 0)]) == []


def test_a_missing_cascade_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"is missing\. Fetch it again"):
        HaarDetector(tmp_path / "nothing.xml")


@pytest.mark.parametrize("content", [b"", b"<?xml version='1.0'?><opencv_storage>", b"\x00\x01 no xml"])
def test_a_damaged_cascade_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "cascade.xml"
    file.write_bytes(content)
    with pytest.raises(ModelError, match="Fetch it again"):
        HaarDetector(file)


def test_a_cut_off_cascade_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "cascade.xml"
    file.write_bytes(CASCADE_FILE.read_bytes()[:200_000])
    with pytest.raises(ModelError, match="Fetch it again"):
        HaarDetector(file)
