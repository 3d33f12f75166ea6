"""Tests of sources/browser.py: what one browser may send, and that only the newest picture counts."""

import io

import numpy as np
import pytest
from fakes import picture
from PIL import Image as Pillow

from faces.encode import encode
from faces.errors import BusyError, InputError
from sources import browser
from sources.browser import BrowserSource, decode


def jpeg(width: int = 64, height: int = 48, **options: bool) -> bytes:
    file = io.BytesIO()
    Pillow.new("RGB", (width, height), (200, 100, 50)).save(file, "JPEG", **options)
    return file.getvalue()


def test_only_the_newest_picture_is_given() -> None:
    source = BrowserSource()
    with source:
        for shade in (10, 120, 240):
            last = source.put(encode(np.full((48, 64, 3), shade, np.uint8)))
        frame = next(iter(source))
    assert (frame.captured_at, frame.index) == (last, 0)
    assert frame.image.mean() == pytest.approx(240, abs=2)


def test_a_picture_that_came_before_the_source_was_open_is_given_too() -> None:
    source = BrowserSource()
    sent = source.put(jpeg())
    with source:
        assert next(iter(source)).captured_at == sent


def test_nothing_of_a_closed_source_stays() -> None:
    source = BrowserSource()
    with source:
        source.put(jpeg())
    assert source._newest is None


def test_no_two_pictures_share_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.browser.time.time", lambda: 1000.0)
    source = BrowserSource()
    assert len({source.put(jpeg()) for _ in range(3)}) == 3


def test_colours_are_those_of_the_picture() -> None:
    assert decode(jpeg())[0, 0].tolist() == pytest.approx([50, 100, 200], abs=4)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", "not a JPEG"),
        (b"<svg/>", "not a JPEG"),
        (jpeg()[:20], "not a JPEG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "not a JPEG"),
        (jpeg(4000, 4000), "4000x4000"),
        (jpeg(progressive=True), "progressive"),
        (jpeg() + bytes(browser.MOST_BYTES), "MB"),
    ],
)
def test_what_is_no_frame_is_refused_before_it_is_decoded(
    sent: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.browser.cv2.imdecode", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(InputError, match=words):
        BrowserSource().put(sent)


def test_a_picture_that_is_cut_off_is_told() -> None:
    whole = encode(picture(1, 320, 240))
    with pytest.raises(InputError, match="damaged"):
        BrowserSource().put(whole[: len(whole) // 2])


def test_a_flood_of_pictures_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.browser.time.monotonic", lambda: 50.0)
    source = BrowserSource()
    for _ in range(browser.MOST_PER_SECOND):
        source.put(jpeg())
    with pytest.raises(BusyError, match="faster"):
        source.put(jpeg())
    monkeypatch.setattr("sources.browser.time.monotonic", lambda: 50.1)
    source.put(jpeg())


def test_pictures_of_one_browser_are_decoded_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "LATE_SECONDS", 0.01)
    source = BrowserSource()
    refused: list[BusyError] = []

    def decode_and_send_another(_: bytes) -> object:
        with pytest.raises(BusyError) as error:
            source.put(jpeg())
        refused.append(error.value)
        return picture()

    monkeypatch.setattr(browser, "decode", decode_and_send_another)
    source.put(jpeg())
    assert len(refused) == 1
