"""Tests of sessions/chunk.py: a second of frames as bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.emotions import EMOTIONS, LABELS
from faces.errors import StoreError
from faces.records import Box, Face
from sessions.chunk import FORMAT, pack, unpack
from timeline.rows import Row
from timeline.timeline import Timeline


@st.composite
def samples(draw: st.DrawFn) -> list[tuple[float, list[Face]]]:
    """Seconds, and the faces then: anybody, anywhere, in any order."""
    found, seconds = [], draw(st.floats(0, 1e6))
    for _ in range(draw(st.integers(0, 6))):
        persons = draw(st.lists(st.integers(0, 2**31 - 1), unique=True, max_size=4))
        found.append((seconds, [draw(faces(person)) for person in persons]))
        seconds += draw(st.floats(0.001, 40))
    return found


def faces(person: int) -> st.SearchStrategy[Face]:
    number = st.integers(-30_000, 30_000)
    share = st.floats(0, 1)
    return st.builds(
        Face,
        person=st.just(person),
        box=st.builds(Box, x=number, y=number, width=number, height=number),
        emotion=st.sampled_from(LABELS),
        confidence=share,
        scores=st.tuples(*[share] * len(EMOTIONS)),
        quality=st.sampled_from(("good", "small", "dark", "sehr dunkel")),
    )


@given(samples())
def test_frames_come_back_exactly_as_they_were(found: list[tuple[float, list[Face]]]) -> None:
    timeline = Timeline()
    rows = [row for seconds, shown in found for row in timeline.add_faces(seconds, shown)]
    assert list(unpack(pack(rows)).rows()) == rows


def rows_of(count: int) -> list[Row]:
    scores = (0.1, 0.1, 0.1, 0.4, 0.1, 0.1, 0.1)
    return [Row(index / 30, Face(1, Box(index, 2, 30, 30), "happy", 0.4, scores)) for index in range(count)]


def test_neighbours_that_are_alike_take_little_room() -> None:
    assert len(pack(rows_of(30))) < 30 * 10


@pytest.mark.parametrize("damage", [b"", b"\0" * 10, pack(rows_of(3))[:-4], pack(rows_of(3))[:20] + b"x" * 40])
def test_damaged_frames_are_told(damage: bytes) -> None:
    with pytest.raises(StoreError, match="damaged"):
        unpack(damage)


def test_frames_of_a_newer_format_are_refused() -> None:
    with pytest.raises(StoreError, match="Update the program"):
        unpack(pack(rows_of(3)), FORMAT + 1)
