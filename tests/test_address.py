"""Tests of sources/address.py."""

import pytest

from sources.address import without_secrets


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("rtsp://me:secret@camera.local:554/live", "rtsp://camera.local:554"),
        ("http://camera.local/video.cgi?user=me&pwd=secret", "http://camera.local"),
        ("http://camera.local?pwd=se/cret", "http://camera.local"),
        ("rtsp://192.168.1.5/user=admin&password=secret&channel=1", "rtsp://192.168.1.5"),
        ("rtsp://192.168.1.5:554;pw=secret", "rtsp://192.168.1.5:554"),
        ("http://camera.local#token=secret", "http://camera.local"),
        ("http://camera.local/pwd/secret/live", "http://camera.local"),
        ("rtsp://me:sec/ret@camera.local/live", "rtsp://…"),
        ("rtsp://me:sec?ret@camera.local/live", "rtsp://…"),
        ("rtsp://me:secret", "rtsp://…"),
        ("rtsp://me:secret@[::1/live", "rtsp://…"),
        ("rtsp://me:secret@camera℀local/live", "rtsp://…"),
        ("rtsp://me:secret@[fe80::1]:554/live", "rtsp://[fe80::1]:554"),
        ("http://camera.local/@home", "http://…"),
        ("rtsp:\\\\me:secret@camera.local", "…"),
        ("rtsp:me:secret@camera.local", "…"),
        ("//me:secret@camera.local/live", "…"),
        ("me:sec/ret@camera.local/live", "…"),
        ("192.168.1.5/user=admin&password=secret", "…"),
        ("what? me@home/film.mp4", "what? me@home/film.mp4"),
        ("C:\\Users\\me@home\\clip.mp4", "C:\\Users\\me@home\\clip.mp4"),
        ("/home/me/clip.mp4", "/home/me/clip.mp4"),
        ("0", "0"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_what_opens_it(source: str, shown: str) -> None:
    assert without_secrets(source) == shown
    assert without_secrets(shown) == shown
    assert "ret" not in shown
