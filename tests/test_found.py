"""Counting who is found in photographs."""

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import pytest

from benchmarks.found import counted, read_boxes, score
from benchmarks.scenes import portrait
from faces.errors import InputError
from faces.records import Box, Image

FACE = Box(100, 100, 40, 50)


@pytest.mark.parametrize(
    ("box", "hits", "false"),
    [
        (FACE, 1, 0),
        (Box(120, 100, 40, 50), 1, 0),
        (Box(130, 100, 40, 50), 0, 1),
        (Box(109, 114, 22, 22), 1, 0),
        (Box(112, 117, 16, 16), 0, 1),
        (Box(55, 60, 130, 130), 0, 1),
    ],
)
def test_a_box_is_right_by_its_place_and_size(box: Box, hits: int, false: int) -> None:
    assert counted([box], [FACE]) == (1, hits, false)


def test_small_faces_count_neither_way() -> None:
    small = Box(300, 300, 19, 25)
    assert counted([small], [FACE, small]) == (1, 0, 0)
    assert counted([], [small]) == (0, 0, 0)


def test_photographs_are_counted_with_their_boxes(tmp_path: Path) -> None:
    class OneEach:
        def find(self, image: Image, expected: Sequence[Box] = ()) -> list[Box]:
            return [Box(115, 75, 90, 90)]

    for name in ("with.png", "without.png"):
        cv2.imwrite(str(tmp_path / name), portrait(90))
    (tmp_path / "boxes.json").write_text(json.dumps({"with.png": [[115, 70, 90, 100]], "without.png": []}))
    got = score(OneEach(), tmp_path, read_boxes(tmp_path))
    assert (got.faces, got.found, got.photographs, got.seen, got.false) == (1, 1, 1, 1, 1)


@pytest.mark.parametrize("text", ["", "[]", '{"a.jpg": [[1, 2, 3]]}', '{"a.jpg": [["left", 2, 3, 4]]}'])
def test_boxes_that_cannot_be_read_are_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "boxes.json").write_text(text)
    with pytest.raises(InputError, match="cannot be read"):
        read_boxes(tmp_path)


def test_a_photograph_that_is_named_but_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"boxes\.json names it"):
        score(None, tmp_path, {"none.jpg": []})  # type: ignore[arg-type]
