"""No picture takes more memory or time than a large photograph, or ends the process that reads it."""

import io
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from benchmarks.made_videos import colours, encoded, huge_png

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is measured through /proc")

MOST_MEGABYTES = 300


def eat(folder: Path) -> dict[str, dict[str, object]]:
    """What the eater says of every file in the folder; it must live to the end."""
    (folder / "idle.png").write_bytes(encoded(Pillow.fromarray(colours(640, 480)), "PNG"))
    done = subprocess.run(
        [sys.executable, str(HERE / "picture_eater.py"), str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["name"]: line for line in lines}


def flat(width: int, height: int, kind: str, mode: str = "L", **options: object) -> Callable[[], bytes]:
    return lambda: encoded(Pillow.new(mode, (width, height)), kind, **options)


def textured(width: int, height: int, kind: str, mode: str = "RGB", **options: object) -> Callable[[], bytes]:
    """Noise that repeats: edges everywhere for the search, and quick to make."""

    def make() -> bytes:
        tile = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
        pixels = np.tile(tile, (height // 64 + 1, width // 64 + 1, 1))[:height, :width]
        return encoded(Pillow.fromarray(np.ascontiguousarray(pixels)).convert(mode), kind, **options)

    return make


Make = Callable[[], bytes]

READ: dict[str, Make] = {
    "48-million.png": flat(8000, 6000, "PNG", "RGBA", compress_level=1),
    "48-million.gif": flat(8000, 6000, "GIF", "P"),
    "170-million.jpg": flat(13_000, 13_000, "JPEG"),
    "30-million-progressive.jpg": textured(6000, 4900, "JPEG", progressive=True, subsampling=0),
    "12-million.webp": textured(4000, 3000, "WEBP"),
    "long-screenshot.png": textured(1080, 20_000, "PNG", compress_level=1),
    "wide.png": textured(20_000, 1080, "PNG", compress_level=1),
    "strip.png": textured(40, 800, "PNG"),
    "thin.png": flat(1, 2000, "PNG"),
    "one-pixel.png": flat(1, 1, "PNG"),
}
REFUSED: dict[str, Make] = {
    "huge-header.png": huge_png,
    "tall.png": flat(100, 30_000, "PNG"),
    "taller.png": flat(30, 1_500_000, "PNG"),
    "wide.bmp": flat(65_000, 24, "BMP"),
    "49-million.png": flat(7000, 7000, "PNG", compress_level=1),
    "36-million-progressive.jpg": flat(6000, 6000, "JPEG", progressive=True),
    "16-million.webp": flat(4000, 4000, "WEBP", method=0),
    "a.tif": lambda: encoded(Pillow.fromarray(np.zeros((60, 80), np.uint16)), "TIFF"),
    "a.ppm": flat(80, 60, "PPM"),
    "a.ico": flat(64, 64, "ICO"),
    "a.pdf": flat(80, 60, "PDF"),
    "a.svg": lambda: b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
    "a.eps": flat(80, 60, "EPS"),
    "a.tga": flat(80, 60, "TGA"),
    "a.jp2": flat(80, 60, "JPEG2000"),
    "a.avif": lambda: b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf" + bytes(100),
}


def test_what_is_read_takes_little_and_what_would_take_more_is_refused(tmp_path: Path) -> None:
    for name, make in {**READ, **REFUSED}.items():
        (tmp_path / name).write_bytes(make())
    told = eat(tmp_path)
    assert {name for name in REFUSED if "wide" in str(told[name]["said"]).split()} == set()
    assert {name: told[name]["said"] for name in READ if not str(told[name]["said"]).endswith(" wide")} == {}
    assert {name: line for name, line in told.items() if float(str(line["megabytes"])) > MOST_MEGABYTES} == {}


def mutated(content: bytes, dice: random.Random) -> bytes:
    """With some bytes changed, pieces left out, doubled or moved."""
    bytes_now = bytearray(content)
    for _ in range(dice.randint(1, 12)):
        place = dice.randrange(len(bytes_now))
        what = dice.randrange(5)
        if what < 3:  # most of the interesting bytes stand at the beginning
            bytes_now[place if what else place % 64] = dice.choice((0, 1, 127, 128, 255, dice.randrange(256)))
        elif what == 3:
            del bytes_now[place : place + dice.randint(1, 40)]
        else:
            bytes_now[place:place] = bytes_now[place : place + dice.randint(1, 40)] * dice.randint(1, 4)
        if not bytes_now:
            break
    return bytes(bytes_now)


def seeds() -> list[bytes]:
    picture = Pillow.fromarray(colours(96, 64))
    exif = Pillow.Exif()
    exif[0x0112] = 6
    moving = io.BytesIO()
    picture.save(moving, "GIF", save_all=True, append_images=[Pillow.fromarray(colours(96, 64, 9))])
    return [
        encoded(picture, "JPEG", exif=exif),
        encoded(picture, "JPEG", progressive=True),
        encoded(picture.convert("CMYK"), "JPEG"),
        encoded(picture, "PNG"),
        encoded(picture.convert("P"), "PNG", transparency=0),
        encoded(Pillow.fromarray(np.arange(96 * 64, dtype=np.uint16).reshape(64, 96)), "PNG"),
        encoded(picture.convert("RGBA"), "WEBP"),
        encoded(picture, "WEBP", lossless=True),
        encoded(picture, "BMP"),
        encoded(picture.convert("P"), "BMP"),
        moving.getvalue(),
    ]


def eat_mutants(folder: Path, count: int, seed: int) -> None:
    dice, originals = random.Random(seed), seeds()
    for number in range(count):
        (folder / f"{number:05}.x").write_bytes(mutated(originals[number % len(originals)], dice))
    told = eat(folder)
    assert len(told) == count + 1
    assert {name: line for name, line in told.items() if float(str(line["megabytes"])) > MOST_MEGABYTES} == {}
    read = sum(str(line["said"]).endswith(" wide") for line in told.values())
    assert count / 20 < read < count * 19 / 20, "both ways are to be tried"


def test_three_hundred_mutated_pictures_end_nothing(tmp_path: Path) -> None:
    eat_mutants(tmp_path, 300, seed=11)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_ten_thousand_mutated_pictures_end_nothing(tmp_path: Path, seed: int) -> None:
    eat_mutants(tmp_path, 1000, seed)
