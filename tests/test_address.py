"""Tests of sources/address.py."""

import pytest

from sources.address import without_password


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://me:secret@camera.local:554/live", "rtsp://camera.local:554/live"),
        ("http://camera.local/video.cgi?user=me&pwd=secret", "http://camera.local/video.cgi"),
        ("http://camera.local?pwd=se/cret", "http://camera.local"),
        ("rtsp://me:what?secret@camera.local/live", "rtsp://camera.local/live"),
        ("rtsp://me:secret@[::1/live", "rtsp://[::1/live"),
        ("http://camera.local/@home", "http://camera.local/@home"),
        ("what? me@home/film.mp4", "what? me@home/film.mp4"),
        ("0", "0"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_what_opens_it(address: str, shown: str) -> None:
    assert without_password(address) == shown
    assert without_password(shown) == shown
