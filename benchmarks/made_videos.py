"""Small videos and pictures that are made here: with sound, turned, cut off, with uneven times."""

import io
import struct
import zlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image as Pillow

from faces.records import Image

TENTHS = tuple(index / 10 for index in range(20))


def colours(width: int, height: int, index: int = 0) -> Image:
    """Red on the left, blue on the right, and a white corner at the top left; a little different every time."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2] = (0, 0, 200)
    image[:, width // 2 :] = (200, 0, 0)
    image[: height // 4, : width // 4] = 255 - index % 50
    return image


def make_video(
    path: Path,
    times: Sequence[float] = TENTHS,
    *,
    size: tuple[int, int] = (96, 64),
    sound: str | None = None,
    turned: int = 0,
    images: Sequence[Image] | None = None,
) -> Path:
    """A video with a frame at each of these times; `sound` is a codec, `turned` what a phone notes in degrees."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264" if path.suffix != ".avi" else "mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        if turned:
            stream.set_display_rotation(turned)
        noise: Any = container.add_stream(sound, rate=44_100) if sound else None
        if path.suffix != ".avi":
            stream.codec_context.time_base = Fraction(1, 1000)
        for index, seconds in enumerate(times):
            image = colours(*size, index) if images is None else images[index]
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            if path.suffix != ".avi":
                frame.pts, frame.time_base = round(seconds * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if noise is not None:
            for tone in _tone(max(times)):
                container.mux(noise.encode(tone))
            container.mux(noise.encode(None))
    return path


def make_sound(path: Path, seconds: float = 1.0) -> Path:
    """Sound without any picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44_100)
        for frame in _tone(seconds):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _tone(seconds: float) -> list[av.AudioFrame]:
    frames = []
    for index in range(int(seconds * 44_100 / 1024)):
        wave = np.sin(np.arange(1024) * 0.06)[np.newaxis].astype(np.float32)
        frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 44_100, index * 1024, Fraction(1, 44_100)
        frames.append(frame)
    return frames


def encoded(picture: Pillow.Image, name: str, **options: object) -> bytes:
    """The bytes of a picture in that format."""
    file = io.BytesIO()
    picture.save(file, name, **options)
    return file.getvalue()


def huge_png() -> bytes:
    """A PNG whose header promises 60000x60000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"0")) + chunk(b"IEND", b"")
