import io
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, ImageFile, ImageOps
from PIL import Image as Pillow

from benchmarks.made_videos import colours, encoded, huge_png, make_video
from faces.errors import InputError
from faces.records import Box
from sources.pictures import crop_around, decode, is_picture, read_picture, thumbnail

RGB = Pillow.fromarray(colours(80, 60)[:, :, ::-1].copy())


def test_a_picture_becomes_the_same_bgr_image() -> None:
    image, full = decode(encoded(RGB, "PNG"), "a.png")
    assert full == (80, 60)
    assert (image == colours(80, 60)).all()


@pytest.mark.parametrize("turn", range(10))
def test_a_turned_picture_stands_as_its_exif_says(turn: int) -> None:
    exif = Pillow.Exif()
    exif[ExifTags.Base.Orientation] = turn
    content = encoded(RGB, "PNG", exif=exif)
    image, full = decode(content, "a.png")
    upright = np.asarray(ImageOps.exif_transpose(Pillow.open(io.BytesIO(content))))[:, :, ::-1]
    assert (image == upright).all() and image.shape[1::-1] == full


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "LA", "RGBA", "I;16", "RGB"])
def test_every_kind_of_colours_becomes_bgr(mode: str) -> None:
    if mode == "I;16":
        picture = Pillow.fromarray(np.asarray(RGB.convert("L")).astype(np.uint16) * 257)
    else:
        picture = RGB.convert(mode)
    image, _ = decode(encoded(picture, "JPEG" if mode == "CMYK" else "PNG"), "a")
    assert image.shape == (60, 80, 3)
    assert image.dtype == np.uint8
    assert image[2, 2].min() > 180, "the white corner"
    assert image[-3, -3].mean() < 140


def test_what_is_see_through_is_white() -> None:
    clear = Pillow.new("RGBA", (10, 10), (0, 0, 0, 0))
    image, _ = decode(encoded(clear, "PNG"), "a.png")
    assert image.min() == 255


def test_a_huge_header_is_refused_before_anything_is_decoded(tmp_path: Path) -> None:
    (tmp_path / "huge.png").write_bytes(huge_png())
    assert is_picture(tmp_path / "huge.png")
    with pytest.raises(InputError, match="smaller"):
        read_picture(tmp_path / "huge.png")


@pytest.mark.parametrize(
    ("kind", "size", "options"),
    [
        ("PNG", (7000, 7000), {}),
        ("WEBP", (3600, 3600), {}),
        ("JPEG", (5500, 5500), {"progressive": True}),
        ("GIF", (100, 2100), {}),
        ("PNG", (30, 50_000), {}),
        ("BMP", (50_000, 30), {}),
    ],
)
def test_pictures_that_would_take_too_much_are_refused_before_they_are_decoded(
    kind: str, size: tuple[int, int], options: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = encoded(Pillow.new("L", size), kind, **options)
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("it was decoded"))
    with pytest.raises(InputError, match=f"a.png was not read. It has {size[0]}x{size[1]} pixels"):
        decode(content, "a.png")


def test_a_long_screenshot_of_a_phone_is_read() -> None:
    image, full = decode(encoded(Pillow.new("L", (1080, 20_000)), "PNG"), "a.png")
    assert (full, image.shape) == ((1080, 20_000), (10_000, 540, 3))


@pytest.mark.parametrize("size", [(60, 50), (61, 51)])
def test_a_large_picture_is_handed_on_at_half_its_size(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.pictures.WORKING_PIXELS", size[0] * size[1] - 1)
    monkeypatch.setattr("sources.pictures.STRIP", 4)
    grey = np.add.outer(np.arange(size[1]), np.arange(size[0])).astype(np.uint8)
    image, full = decode(encoded(Pillow.fromarray(grey), "PNG"), "a.png")
    assert full == size and image.shape == (-(-size[1] // 2), -(-size[0] // 2), 3)
    assert np.abs(image[:, :, 0].astype(int) - np.add.outer(*map(np.arange, image.shape[:2])) * 2).max() <= 2


def test_a_large_jpeg_is_shrunk_while_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.pictures.WORKING_PIXELS", 1200)
    image, full = decode(encoded(RGB, "JPEG"), "a.jpg")
    assert (full, image.shape[:2]) == ((80, 60), (30, 40))


def test_too_many_bytes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.pictures.MOST_BYTES", 100)
    (tmp_path / "a.png").write_bytes(encoded(RGB, "PNG"))
    with pytest.raises(InputError, match="MB"):
        read_picture(tmp_path / "a.png")


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "BMP"])
def test_a_picture_that_is_cut_off_is_refused_in_words(name: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (60, 80, 3), np.uint8)
    content = encoded(Pillow.fromarray(noise), name)
    with pytest.raises(InputError, match=r"a\.x cannot be read"):
        decode(content[: len(content) // 2], "a.x")


@pytest.mark.parametrize("content", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%!PS-Adobe-3.0"])
def test_what_is_no_picture_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(InputError):
        decode(content, "a.jpg")


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(encoded(RGB, "JPEG"))
    make_video(tmp_path / "film.mp4").rename(tmp_path / "b.jpg")
    assert is_picture(tmp_path / "a.mp4")
    assert not is_picture(tmp_path / "b.jpg")


def test_a_gif_is_a_picture_until_it_moves(tmp_path: Path) -> None:
    RGB.save(tmp_path / "still.gif")
    other = Pillow.fromarray(colours(80, 60, 40))
    RGB.save(tmp_path / "moving.gif", save_all=True, append_images=[other])
    assert is_picture(tmp_path / "still.gif")
    assert not is_picture(tmp_path / "moving.gif")


def test_a_thumbnail_is_a_small_jpeg_address() -> None:
    assert thumbnail(colours(800, 600), side=100).startswith("data:image/jpeg;base64,/9j/")


@pytest.mark.parametrize("box", [Box(-30, -30, 40, 40), Box(700, 500, 90, 90), Box(0, 0, 3000, 3000), Box(1, 1, 0, 0)])
def test_a_crop_never_leaves_the_image(box: Box) -> None:
    part = crop_around(colours(800, 600), box)
    assert 0 < part.shape[0] <= 600
    assert 0 < part.shape[1] <= 800


def test_a_damaged_exif_part_turns_nothing_and_loses_no_picture() -> None:
    exif = Pillow.Exif()
    exif[0x0112], exif[0x0132] = 6, "2020"
    content = encoded(RGB, "JPEG", exif=exif)
    for place in range(content.index(b"Exif"), content.index(b"Exif") + 50):
        for value in (0, 1, 2, 13, 84, 255):
            image, _ = decode(content[:place] + bytes([value]) + content[place + 1 :], "a.jpg")
            assert image.size == 80 * 60 * 3


def test_a_tall_picture_is_put_together_rightly() -> None:
    tall = Pillow.fromarray(np.arange(3 * 700, dtype=np.uint16).reshape(700, 3).astype(np.uint8))
    image, _ = decode(encoded(tall, "PNG"), "a.png")
    assert (image[:, :, 0] == np.asarray(tall)).all()


def test_the_words_about_a_stream_of_rubbish_name_no_object_in_memory() -> None:
    with pytest.raises(InputError, match=r"^standard input cannot be read as a picture: it is damaged, or not JPEG"):
        decode(b"rubbish", "standard input")
