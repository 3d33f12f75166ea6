"""The scans of a JPEG are counted as its decoder would come upon them."""

from pathlib import Path

import pytest
from PIL import Image as Pillow

from benchmarks.made_videos import colours, encoded
from faces.errors import InputError
from sources.browser import BrowserSource
from sources.jpeg import MOST_PARTS, MOST_SCANS, check_scans
from sources.pictures import decode, read_picture

PICTURE = Pillow.fromarray(colours(320, 240))
SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
"""The head of one over the first colour; without any data, which a decoder takes for grey."""

EMPTY = b"\xff\xfe\x00\x02"
"""A comment of no letters."""


def with_scans(count: int) -> bytes:
    whole = encoded(PICTURE, "JPEG")
    return whole[: whole.index(b"\xff\xda")] + SCAN * count + b"\xff\xd9"


def with_parts(count: int) -> bytes:
    whole = encoded(PICTURE, "JPEG")
    return whole[:2] + EMPTY * count + whole[2:]


@pytest.mark.parametrize("picture", [with_scans(MOST_SCANS + 1), with_parts(MOST_PARTS + 1)])
def test_more_scans_than_any_program_writes_are_refused_before_they_are_decoded(picture: bytes) -> None:
    with pytest.raises(InputError, match=r"x\.jpg is a JPEG of more than 100 scans"):
        decode(picture, "x.jpg")
    with pytest.raises(InputError, match="The frame is a JPEG of more than 100 scans"):
        BrowserSource().put(picture)


def test_the_same_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "x.jpg"
    file.write_bytes(with_scans(MOST_SCANS + 1))
    with pytest.raises(InputError, match="more than 100 scans"):
        read_picture(file)
    file.write_bytes(with_scans(1))
    assert read_picture(file)[1] == (320, 240)


@pytest.mark.parametrize(
    "picture",
    [
        with_scans(MOST_SCANS),
        with_parts(1000),
        encoded(PICTURE, "JPEG", progressive=True),
        encoded(PICTURE, "JPEG", restart_marker_blocks=1),
        encoded(PICTURE, "JPEG", comment=SCAN * 1000),
        encoded(PICTURE, "JPEG") + SCAN * 20_000,  # a short video stands there, in which any bytes may come
        encoded(PICTURE, "JPEG")[:-900] + b"\xff\x00" * 300,
    ],
    ids=["scans", "parts", "progressive", "restarts", "comment", "behind", "cut"],
)
def test_what_cameras_and_programs_write_is_not_refused(picture: bytes) -> None:
    check_scans(picture, "It")


@pytest.mark.parametrize("bytes_between", [b"\xff", b"\xff\xd0", b"\xff\x01", b"\x00"])
def test_counting_does_not_take_long_itself(bytes_between: bytes) -> None:
    """Twenty megabytes, as large as a picture that is sent may be; each step of a slow count would be tried on each."""
    check_scans(b"\xff\xd8" + bytes_between * (20_000_000 // len(bytes_between)), "It")
