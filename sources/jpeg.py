"""How often a decoder would go over a JPEG, told by its markers before anything is decoded (ITU-T T.81, annex B)."""

import re
from collections.abc import Iterator
from mmap import mmap

from faces.errors import InputError

MOST_SCANS = 100
"""A progressive picture has about ten. Each takes a few bytes in the file, and a pass over the whole picture."""

MOST_PARTS = 10_000

MARKER = re.compile(rb"\xff([\x02-\xcf\xd9-\xfe])")
"""Without those that have no length and stand anywhere: the restarts within a scan, TEM, and the start of an image."""

START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9


def check_scans(picture: bytes | memoryview | mmap, name: str) -> None:
    """Raise InputError for a JPEG with more scans than any program writes: its decoder would be busy for minutes."""
    scans = 0
    for parts, marker in enumerate(_markers(memoryview(picture))):
        scans += marker == START_OF_SCAN
        if scans > MOST_SCANS or parts > MOST_PARTS:
            raise InputError(
                f"{name} is a JPEG of more than {MOST_SCANS} scans or {MOST_PARTS} parts, which takes too long to "
                "decode. Save it again."
            )


def _markers(picture: memoryview) -> Iterator[int]:
    """Of the first image in it, in their order. What stands behind it, such as a phone's short video, is not read."""
    place = 0
    while (found := MARKER.search(picture, place)) is not None:
        marker, place = picture[found.start(1)], found.end()
        yield marker
        if marker == END_OF_IMAGE:
            return
        place += int.from_bytes(picture[place : place + 2], "big")
