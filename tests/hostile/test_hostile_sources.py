"""No source shows what is no video, reaches where it was not sent, or tells a secret; a broken one is told in words."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from fakes import FakeCapture
from PIL import Image as Pillow

from analysis.videos import Video
from benchmarks.made_videos import encoded, make_video
from faces.errors import FacesError, InputError, SourceError
from sources.cameras import NetworkCamera, Webcam
from sources.choose import open_source
from sources.looped import LoopedVideo

REFUSED = (
    *("http://camera/\r\nX-Injected: yes", "rtsp://camera/live\r\n\r\nDESCRIBE rtsp://other", "rtsp://camera/\x00"),
    *("http://\ud800/", "\ud800", "clip\x1b[2J.mp4", "clip\n.mp4", "\udcff.mp4", "a\u202eb.mp4"),
    *("http://camera/a b", "http://", "rtsp:///live", "rtsp://me:secret@[::1/live", "rtsp://me:secret@camera℀local/"),
    *("file:///etc/passwd", "concat://a|b", "tcp://127.0.0.1:22", "gopher://127.0.0.1/", "ftp://me:secret@camera/"),
    *("pipe://0", "data://x", "subfile://x", "hls+http://127.0.0.1/", "100", "9" * 400, "", "   "),
)


@pytest.mark.parametrize("source", REFUSED)
def test_what_can_be_no_source_is_refused_before_anything_is_opened(source: str) -> None:
    with pytest.raises(SourceError) as refused:
        open_source(source)
    words = str(refused.value)
    assert words.isprintable() and "secret" not in words and len(words) < 300


@pytest.mark.parametrize("source", ["file:/etc/passwd", "concat:a|b", "pipe:0", "tcp:127.0.0.1:22", "-i", "|id"])
def test_what_ffmpeg_takes_for_an_instruction_is_a_file_that_is_not_there(source: str) -> None:
    with pytest.raises(SourceError, match="There is no file"), open_source(source):
        pass


SECRET = b"the owner's secret\n" * 60
NO_VIDEOS = {
    "notes.txt": SECRET,
    "notes.nfo": SECRET,
    "notes.ans": b"\x1b[31m" + SECRET,
    "notes": SECRET,
    "notes.mp4": SECRET,
    "list.m3u8": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n%s\n#EXT-X-ENDLIST\n",
    "list.mp4": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n%s\n#EXT-X-ENDLIST\n",
    "list.ffconcat": b"ffconcat version 1.0\nfile '%s'\n",
    "list.mpd": b"<MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><Period><BaseURL>%s</BaseURL></Period></MPD>",
    "list.sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
}


@pytest.mark.parametrize("name", NO_VIDEOS)
def test_a_file_is_a_video_by_its_content_and_follows_to_no_other(name: str, tmp_path: Path) -> None:
    other = make_video(tmp_path / "other.mp4")
    file = tmp_path / name
    file.write_bytes(NO_VIDEOS[name].replace(b"%s", str(other).encode()))
    with pytest.raises(SourceError, match="not a video that can be read"), LoopedVideo(file):
        pass
    with pytest.raises(InputError), Video(file):
        pass


SIZES = [(16_000, 16_000), (40, 30_000), (30_000, 40), (5000, 4000)]


@pytest.mark.parametrize("size", SIZES)
def test_a_camera_that_sends_pictures_out_of_all_size_is_told_and_not_read(size: tuple[int, int]) -> None:
    capture = FakeCapture([np.zeros((4, 4, 3), np.uint8)])
    capture.settings = {cv2.CAP_PROP_FRAME_WIDTH: size[0], cv2.CAP_PROP_FRAME_HEIGHT: size[1]}
    with (
        pytest.raises(SourceError, match=f"{size[0]}x{size[1]} pixels"),
        NetworkCamera("rtsp://camera", open_capture=lambda *_: capture),
    ):
        pass
    assert capture.released == 1 and capture.settings


@pytest.mark.parametrize("size", SIZES)
def test_a_camera_that_grows_while_it_is_read_is_told(size: tuple[int, int]) -> None:
    small, large = np.zeros((4, 4, 3), np.uint8), np.broadcast_to(np.zeros(3, np.uint8), (size[1], size[0], 3))
    with Webcam(0, open_capture=lambda *_: FakeCapture([small, large])) as camera:
        frames = iter(camera)
        next(frames)
        with pytest.raises(SourceError, match=f"{size[0]}x{size[1]} pixels"):
            next(frames)


def jpeg(width: int = 64, height: int = 48) -> bytes:
    return encoded(Pillow.new("L", (width, height), 90), "JPEG")


def part(content: bytes) -> bytes:
    return b"--cut\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(content), content)


HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=cut\r\n\r\n"
PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/hostname\n#EXT-X-ENDLIST\n"
BROKEN = {
    "nothing": b"",
    "a closed line": HEAD,
    "no HTTP": b"\x00\xff" * 500,
    "not found": b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "a password asked for": b"HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\n\r\n",
    "moved to a file": b"HTTP/1.0 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n",
    "moved to elsewhere": b"HTTP/1.0 302 Found\r\nLocation: gopher://127.0.0.1/\r\n\r\n",
    "moved to itself": b"HTTP/1.0 302 Found\r\nLocation: /video\r\n\r\n",
    "a text": b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + SECRET,
    "a page": b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html><body>no camera</body></html>" * 9,
    "a playlist": b"HTTP/1.0 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\n\r\n" + PLAYLIST,
    "parts without pictures": HEAD + part(b"") * 40,
    "parts of rubbish": HEAD + part(b"\x01\x02" * 500) * 20,
    "half a picture": HEAD + part(jpeg()[:200]) * 20,
    "wild lengths": HEAD + b"--cut\r\nContent-Type: image/jpeg\r\nContent-Length: 99999999999\r\n\r\n" + jpeg(),
    "negative lengths": HEAD + b"--cut\r\nContent-Type: image/jpeg\r\nContent-Length: -4\r\n\r\n" + jpeg(),
    "another boundary": HEAD.replace(b"cut", b"rope") + part(jpeg()) * 9,
    "endless headers": b"HTTP/1.0 200 OK\r\n" + b"X-More: yes\r\n" * 30_000,
    "a tall picture": HEAD + part(jpeg(40, 30_000)) * 5,
    "ten pictures and no more": HEAD + part(jpeg()) * 10,
}


@contextmanager
def camera_that_says(answer: bytes) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        connection.recv(4096)
                        connection.sendall(answer)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/video?pwd=secret"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_camera_is_told_in_words_and_tells_no_secret(name: str) -> None:
    with (
        camera_that_says(BROKEN[name]) as address,
        pytest.raises(FacesError) as told,
        NetworkCamera(address) as camera,
    ):
        for frame in camera:
            assert frame.image.shape == (48, 64, 3)
    assert str(told.value).isprintable() and "secret" not in str(told.value)
