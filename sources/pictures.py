"""Open a picture that somebody hands over: measured before it is decoded, turned upright, in plain colours."""

import base64
import contextlib
import io
import struct
import warnings
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps, TiffImagePlugin, UnidentifiedImageError, WebPImagePlugin

from faces.errors import InputError
from faces.records import Box, Image
from sources.images import to_bgr

MOST_BYTES = 200 * 10**6
MOST_PIXELS = 50 * 10**6
"""After the reduction that JPEG offers while decoding, so that a phone's 108 million pixels still pass."""

FORMATS = (
    *("JPEG", "PNG", "BMP", "GIF", "PPM"),
    TiffImagePlugin.TiffImageFile.format,  # these two register themselves when they are imported
    WebPImagePlugin.WebPImageFile.format,
)
"""Only these of Pillow's many: each decoder is a door."""

DAMAGED = (OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError, struct.error)
"""What Pillow raises over bytes that are not what they claim."""

STRIP = 256
"""Rows that are turned into plain colours at once: a whole picture in several forms takes gigabytes."""


def is_picture(path: Path) -> bool:
    """Whether the content, whatever the name says, is a single picture; an animated GIF is a film."""
    try:
        with _open(path, path.name) as picture:
            return picture.format != "GIF" or getattr(picture, "n_frames", 1) == 1
    except InputError:
        return True  # too large to be read is still a picture
    except DAMAGED:
        return False


def words_for_empty(name: str) -> str:
    """What to say of a file without content."""
    return f"{name} is empty. Get it again, or leave it out."


def read_picture(path: Path) -> tuple[Image, tuple[int, int]]:
    """The image of a picture file, and its full width and height; see decode()."""
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"{path.name} has more than {MOST_BYTES // 10**6} MB. Make it smaller first.")
    return decode(path.read_bytes(), path.name)


def decode(picture: bytes, name: str) -> tuple[Image, tuple[int, int]]:
    """The image of a picture and its full (width, height).

    Turned as its EXIF says; grey, see-through, 16-bit and CMYK become plain BGR. A very large JPEG is decoded
    at half, a quarter or an eighth of its size: the image is smaller then than the width and height.
    """
    if not picture:
        raise InputError(words_for_empty(name))
    try:
        with _open(io.BytesIO(picture), name) as opened:
            full = opened.size
            _shrink_while_decoding(opened)
            if opened.width * opened.height > MOST_PIXELS:
                raise InputError(
                    f"{name} has {full[0]}x{full[1]} pixels; at most {MOST_PIXELS // 10**6} million are read. "
                    "Make it smaller first."
                )
            wide = opened.width > opened.height
            opened.load()
            _turn_upright(opened)
            turned = (opened.width > opened.height) != wide
            return _plain(opened), (full[1], full[0]) if turned else full
    except UnidentifiedImageError as error:
        raise InputError(
            f"{name} cannot be read as a picture: it is of no kind that is known here, or damaged. Try a JPEG."
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


def _open(source: io.BytesIO | Path, name: str) -> Pillow.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about many pixels, where MOST_PIXELS decides, and about damaged EXIF
        try:
            return Pillow.open(source, formats=FORMATS)
        except Pillow.DecompressionBombError as error:
            raise InputError(
                f"{name} claims hundreds of millions of pixels; at most {MOST_PIXELS // 10**6} million are read. "
                "Make it smaller first."
            ) from error


def _shrink_while_decoding(picture: Pillow.Image) -> None:
    pixels = picture.width * picture.height
    if picture.format in ("JPEG", "MPO") and pixels > MOST_PIXELS:
        part = next((part for part in (2, 4) if pixels <= MOST_PIXELS * part**2), 8)
        picture.draft(None, (picture.width // part, picture.height // part))


def _turn_upright(picture: Pillow.Image) -> None:
    """As its EXIF says; an EXIF part that cannot be read turns nothing."""
    with warnings.catch_warnings(), contextlib.suppress(*DAMAGED, AttributeError):
        warnings.simplefilter("ignore")
        ImageOps.exif_transpose(picture, in_place=True)


def _plain(picture: Pillow.Image) -> Image:
    image = np.empty((picture.height, picture.width, 3), np.uint8)
    brightest = np.ravel(picture.getextrema())[-1] if picture.mode in ("I", "F") else 1.0
    for top in range(0, picture.height, STRIP):
        strip = picture.crop((0, top, picture.width, min(top + STRIP, picture.height)))
        image[top : top + STRIP] = _plain_strip(strip, max(1.0, float(brightest)))
    return image


def _plain_strip(picture: Pillow.Image, brightest: float) -> Image:
    """brightest: the highest level of the whole picture, for the modes that have no highest of their own."""
    if picture.mode in ("I;16", "I;16B", "I;16L", "I;16N"):
        return to_bgr(np.asarray(picture).astype(np.uint16))
    if picture.mode in ("I", "F"):
        return to_bgr(np.asarray(picture, np.float32) / brightest)
    if "transparency" in picture.info or picture.mode in ("LA", "La", "PA", "RGBA", "RGBa"):
        return to_bgr(np.asarray(picture.convert("RGBA"))[:, :, [2, 1, 0, 3]])
    return to_bgr(np.asarray(picture.convert("RGB"))[:, :, ::-1])


def crop_around(image: Image, box: Box, *, widths: float = 3.2, shape: float = 4 / 3) -> Image:
    """The part around a face: so many face widths wide, as far as the image reaches; `shape` is width to height."""
    height, width = image.shape[:2]
    wanted = min(box.width * widths, width, height * shape)
    wide, high = max(1, round(wanted)), max(1, round(wanted / shape))
    left = min(max(0, round(box.x + box.width / 2 - wide / 2)), width - wide)
    top = min(max(0, round(box.y + box.height / 2 - high / 2)), height - high)
    return image[top : top + high, left : left + wide]
