"""What is drawn, where, in which colours; and that the original stays as it was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scenes import square
from faces.annotate import DARK_INK, LIGHT_INK, Annotator, colour_of, ink_on
from faces.emotions import COLOURS, EMOTIONS, UNSURE
from faces.records import Box, Face, Frame, Image, Shot


def shot(*faces: Face, size: tuple[int, int] = (480, 640), level: int = 128) -> Shot:
    return Shot(Frame(np.full((*size, 3), level, np.uint8), 0.0, 0.0, 0), faces)


def face(box: Box, emotion: str = "happy", person: int = 1, confidence: float = 0.87) -> Face:
    return Face(person, box, emotion, confidence, (1 / 7,) * 7)


def changed(one: Shot) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which pixels are not as they were."""
    return np.asarray((Annotator().draw(one) != one.frame.image).any(axis=2))


def count(image: Image, emotion: str) -> int:
    """How many pixels have exactly the colour of an emotion."""
    return int((image == np.array(colour_of(emotion), np.uint8)).all(axis=2).sum())


def test_the_frame_itself_is_not_drawn_on() -> None:
    one = shot(face(square(300, 200, 100)))
    before = one.frame.image.copy()
    drawn = Annotator().draw(one)
    assert np.array_equal(one.frame.image, before)
    assert not np.array_equal(drawn, before)


def test_without_faces_the_picture_is_a_plain_copy() -> None:
    one = shot()
    drawn = Annotator().draw(one)
    assert np.array_equal(drawn, one.frame.image)
    assert not np.shares_memory(drawn, one.frame.image)


@pytest.mark.parametrize("emotion", [*EMOTIONS, UNSURE])
def test_box_and_plate_wear_the_colour_of_the_emotion(emotion: str) -> None:
    drawn = Annotator().draw(shot(face(square(300, 200, 100), emotion)))
    assert count(drawn, emotion) > 500
    # the greys are left out: soft edges pass through every grey
    others = set(COLOURS) - {emotion, "neutral", UNSURE}
    assert all(count(drawn, other) == 0 for other in others)


@pytest.mark.parametrize("emotion", [*EMOTIONS, UNSURE])
def test_labels_are_readable(emotion: str) -> None:
    def light(colour: tuple[int, int, int]) -> float:
        shares = [level / 255 for level in colour]
        blue, green, red = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05

    ink = ink_on(colour_of(emotion))
    assert ink in (DARK_INK, LIGHT_INK)
    lights = sorted((light(ink), light(colour_of(emotion))))
    assert lights[1] / lights[0] >= 4.5  # WCAG 2, level AA


def test_unsure_is_dashed_and_says_no_percentage() -> None:
    box = square(300, 200, 200)
    sure, unsure = changed(shot(face(box, "neutral"))), changed(shot(face(box, UNSURE)))
    left = box.x
    below_plate = slice(box.y + 40, box.y + 160)
    assert sure[below_plate, left].all()
    assert 0.2 < unsure[below_plate, left].mean() < 0.9
    assert not np.array_equal(
        Annotator().draw(shot(face(box, "happy", confidence=0.2))),
        Annotator().draw(shot(face(box, "happy", confidence=0.9))),
    )
    assert np.array_equal(
        Annotator().draw(shot(face(box, UNSURE, confidence=0.2))),
        Annotator().draw(shot(face(box, UNSURE, confidence=0.9))),
    )


def test_a_turned_head_has_a_turned_box() -> None:
    upright, turned = square(300, 240, 200), square(300, 240, 200, 45)
    assert changed(shot(face(upright)))[240, 200 - 2 : 200 + 3].any()
    drawn = changed(shot(face(turned)))
    assert not drawn[240, 200 - 2 : 200 + 3].any()
    assert drawn[240, 160:190].any()


def test_a_box_leans_to_the_side_to_which_the_head_is_turned() -> None:
    # turned clockwise, the square's left upper corner rises and its right one sinks
    columns = np.nonzero(changed(shot(face(square(300, 300, 200, 20))))[182:196].any(axis=0))[0]
    assert columns.size
    assert columns.mean() < 290


@pytest.mark.parametrize(
    "box", [square(0, 0, 90), square(640, 0, 90), square(0, 480, 90), square(640, 480, 90), square(320, 240, 900)]
)
def test_the_plate_stays_inside_the_picture(box: Box) -> None:
    whole = count(Annotator().draw(shot(face(square(320, 240, 90)))), "happy")
    outline = 4 * 90 * 3
    assert count(Annotator().draw(shot(face(box))), "happy") > whole - outline > 500


def test_labels_look_alike_in_a_picture_of_twice_the_size() -> None:
    small = changed(shot(face(square(300, 200, 100)))).mean()
    large = changed(shot(face(square(600, 400, 200)), size=(960, 1280))).mean()
    assert large == pytest.approx(small, rel=0.15)


boxes = st.builds(
    Box,
    st.integers(-900, 900),
    st.integers(-900, 900),
    st.integers(0, 900),
    st.integers(0, 900),
    st.floats(-180, 180),
)


@given(
    st.lists(st.tuples(boxes, st.sampled_from([*EMOTIONS, UNSURE]), st.integers(1, 10**6)), max_size=3),
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
)
def test_nothing_is_too_odd_to_be_drawn(faces: list[tuple[Box, str, int]], size: tuple[int, int]) -> None:
    one = shot(*(face(box, emotion, person) for box, emotion, person in faces), size=size)
    assert Annotator().draw(one).shape == one.frame.image.shape
