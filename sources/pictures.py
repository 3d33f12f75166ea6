"""Read a picture file or upload: size checked before decoding, turned upright, in plain colours."""

import base64
import contextlib
import io
import math
import struct
import warnings
from collections.abc import Callable
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from PIL import ExifTags, UnidentifiedImageError, WebPImagePlugin
from PIL import Image as Pillow

from faces.errors import InputError
from faces.records import Box, Image
from sources.images import check_size, to_bgr
from sources.jpeg import check_scans

MOST_BYTES = 200 * 10**6

MOST_PIXELS = {
    "JPEG": 170 * 10**6,  # decoded at half, a quarter or an eighth where it is large
    "PNG": 48 * 10**6,  # 4 bytes for each pixel
    "BMP": 48 * 10**6,
    "GIF": 48 * 10**6,
    WebPImagePlugin.WebPImageFile.format: 12_500_000,  # 16 bytes
}
"""The formats that are read, and how many pixels of each: with everything that its decoder keeps, none of them takes
more than 300 MB. Only these of Pillow's many: each decoder can be attacked, and these are what cameras, phones and
browsers write."""

MOST_PROGRESSIVE_PIXELS = 30 * 10**6
"""A progressive JPEG keeps 3 to 6 bytes for each of its full pixels, however small it is decoded."""

WORKING_PIXELS = 12_500_000
"""A larger image is passed on at half its size: the search for faces shrinks it further anyway."""

TURNED: dict[int, Callable[[Image], Image]] = {
    2: np.fliplr,
    3: lambda image: np.rot90(image, 2),
    4: np.flipud,
    5: lambda image: np.rot90(np.fliplr(image)),
    6: lambda image: np.rot90(image, -1),
    7: lambda image: np.rot90(np.fliplr(image), -1),
    8: np.rot90,
}
"""What makes a picture upright that has this number in its EXIF. Done on the image, which may be smaller than what was
decoded, and not on the picture, of which a second one would be made."""

ON_ITS_SIDE = range(5, 9)
"""Numbers at which width and height change places."""

DAMAGED = (OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError, struct.error)
"""What Pillow raises over bytes that are not what they claim."""

STRIP = 16
"""Rows of the image that are made at once: a whole picture in several forms takes gigabytes."""


def is_picture(path: Path) -> bool:
    """Whether the content, whatever the name says, is a single picture; an animated GIF is a video."""
    try:
        with _open(path, path.name) as picture:
            return picture.format != "GIF" or getattr(picture, "n_frames", 1) == 1
    except InputError:
        return True  # too large to be read is still a picture
    except DAMAGED:
        return False


def words_for_empty(name: str) -> str:
    """The message about a file without content."""
    return f"{name} is empty. Download or copy it again, or leave it out."


def read_picture(path: Path) -> tuple[Image, tuple[int, int]]:
    """The image of a picture file, and its full width and height; see decode()."""
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"{path.name} is larger than {MOST_BYTES // 10**6} MB. Make it smaller first.")
    if path.stat().st_size == 0:
        raise InputError(words_for_empty(path.name))
    with path.open("rb") as file:
        return _decode(file, path.name)


def decode(picture: bytes, name: str) -> tuple[Image, tuple[int, int]]:
    """The image of a picture and its full (width, height).

    Turned as its EXIF says; grey, transparent, 16-bit and CMYK pictures become plain BGR. A very large one is decoded
    at a part of its size: the image is smaller then than the width and height. Raises InputError.
    """
    if not picture:
        raise InputError(words_for_empty(name))
    return _decode(io.BytesIO(picture), name)


def _decode(picture: BinaryIO, name: str) -> tuple[Image, tuple[int, int]]:
    try:
        with _open(picture, name) as opened:
            full = opened.size
            _check(opened, name)
            if _kind(opened) == "JPEG":
                _check_scans(picture, name)
            _shrink_while_decoding(opened)
            opened.load()
            turn = _turn(opened)
            image = TURNED.get(turn, np.asarray)(_plain(opened))
            return np.ascontiguousarray(image), full[::-1] if turn in ON_ITS_SIDE else full
    except UnidentifiedImageError as error:
        raise InputError(
            f"{name} cannot be read as a picture: it is damaged, or not JPEG, PNG, WebP, GIF or BMP. Save it as JPEG."
        ) from error
    except DAMAGED as error:
        raise InputError(f"{name} cannot be read as a picture: {error}. It may be damaged or cut off.") from error


def thumbnail(image: Image, *, side: int, quality: int = 80) -> str:
    """A small JPEG as a data address, no side longer than asked."""
    height, width = image.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode("ascii")


def _open(source: BinaryIO | Path, name: str) -> Pillow.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about many pixels, which _check counts, and about damaged EXIF
        try:
            return Pillow.open(source, formats=tuple(MOST_PIXELS))
        except Pillow.DecompressionBombError as error:
            raise InputError(f"{name} claims hundreds of millions of pixels. Make it smaller first.") from error


def _check(picture: Pillow.Image, name: str) -> None:
    """Before anything is decoded."""
    most = MOST_PROGRESSIVE_PIXELS if "progressive" in picture.info else MOST_PIXELS[_kind(picture)]
    try:
        check_size(*picture.size, most_pixels=most)
    except InputError as error:
        raise InputError(f"{name} was not read. {error}") from error


def _check_scans(picture: BinaryIO, name: str) -> None:
    if isinstance(picture, io.BytesIO):
        check_scans(picture.getbuffer(), name)
    else:  # not read as a whole: it may be as large as all the memory that is to be taken
        with mmap(picture.fileno(), 0, access=ACCESS_READ) as content:
            check_scans(content, name)


def _kind(picture: Pillow.Image) -> str:
    """MPO, which phones write, is a JPEG with others behind it."""
    return "JPEG" if picture.format == "MPO" else str(picture.format)


def _shrink_while_decoding(picture: Pillow.Image) -> None:
    pixels = picture.width * picture.height
    if _kind(picture) == "JPEG" and pixels > 2 * WORKING_PIXELS:
        part = next((part for part in (2, 4) if pixels <= 2 * WORKING_PIXELS * part**2), 8)
        picture.draft(None, (picture.width // part, picture.height // part))


def _turn(picture: Pillow.Image) -> int:
    """As its EXIF says; an EXIF block that cannot be read is ignored."""
    with warnings.catch_warnings(), contextlib.suppress(*DAMAGED, AttributeError):
        warnings.simplefilter("ignore")
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    return 1


def _plain(picture: Pillow.Image) -> Image:
    """Strip by strip, and at a part of its size where it has more than the working pixels."""
    part = math.isqrt(max(0, picture.width * picture.height - 1) // WORKING_PIXELS) + 1
    image = np.empty((-(-picture.height // part), -(-picture.width // part), 3), np.uint8)
    for top in range(0, picture.height, STRIP * part):
        strip = picture.crop((0, top, picture.width, min(top + STRIP * part, picture.height)))
        plain = _plain_strip(strip)
        rows = image[top // part : top // part + STRIP]
        rows[:] = plain if part == 1 else cv2.resize(plain, rows.shape[1::-1], interpolation=cv2.INTER_AREA)
    return image


def _plain_strip(picture: Pillow.Image) -> Image:
    if picture.mode in ("I;16", "I;16B", "I;16L", "I;16N"):
        return to_bgr(np.asarray(picture).astype(np.uint16))
    if "transparency" in picture.info or picture.mode in ("LA", "La", "PA", "RGBA", "RGBa"):
        return to_bgr(np.asarray(picture.convert("RGBA"))[:, :, [2, 1, 0, 3]])
    return to_bgr(np.asarray(picture.convert("RGB"))[:, :, ::-1])


def crop_around(image: Image, box: Box, *, widths: float = 3.2, shape: float = 4 / 3) -> Image:
    """The part around a face: this many face widths wide, as far as the image reaches; `shape` is width to height."""
    height, width = image.shape[:2]
    wanted = min(box.width * widths, width, height * shape)
    wide, high = max(1, round(wanted)), max(1, round(wanted / shape))
    left = min(max(0, round(box.x + box.width / 2 - wide / 2)), width - wide)
    top = min(max(0, round(box.y + box.height / 2 - high / 2)), height - high)
    return image[top : top + high, left : left + wide]
