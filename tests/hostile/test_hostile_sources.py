"""No source shows what is no video, reaches where it was not sent, or tells a secret; a broken one is told in words."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from fakes import FakeCapture
from PIL import Image as Pillow

import analysis.videos
from analysis.videos import Video
from benchmarks.made_videos import encoded, make_video
from faces.errors import FacesError, InputError, SourceError
from sources.cameras import NetworkCamera, Webcam
from sources.choose import open_source
from sources.formats import VIDEO_FORMATS
from sources.looped import LoopedVideo
from sources.opencv import open_capture

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


def clip(file: Path, codec: str, colours: str) -> Path:
    """Half a second of video in that codec, whatever browsers think of it."""
    with av.open(str(file), "w") as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 352, 288, colours
        for level in range(12):
            image = np.full((288, 352, 3), 20 * level, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format=colours)))
        container.mux(stream.encode(None))
    return file


@pytest.mark.parametrize(
    ("name", "codec", "colours"),
    [
        ("of a game.avi", "cinepak", "rgb24"),
        ("of a screen.avi", "zmbv", "bgr0"),
        ("of pictures.mov", "png", "rgb24"),
        ("by another name.mp4", "jpeg2000", "yuv420p"),  # the file itself calls it mp4v, as it calls MPEG-4
    ],
)
def test_a_video_whose_codec_is_not_on_the_list_is_not_decoded(
    name: str, codec: str, colours: str, tmp_path: Path
) -> None:
    file = clip(tmp_path / name, codec, colours)
    with pytest.raises(SourceError, match="codec that is not read here") as told, LoopedVideo(file):
        pass
    assert str(told.value).isprintable() and name in str(told.value)
    with pytest.raises(InputError, match="no pictures that can be decoded"), Video(file):
        pass


@pytest.mark.parametrize(("codec", "colours", "decoded"), [("cinepak", "rgb24", False), ("mpeg4", "yuv420p", True)])
def test_no_other_codec_is_decoded_while_a_video_is_opened(
    codec: str, colours: str, decoded: bool, tmp_path: Path
) -> None:
    """Only a decoded picture tells how its colours are kept."""
    file = clip(tmp_path / "x.avi", codec, colours)
    capture = open_capture(str(file), cv2.CAP_FFMPEG)
    assert (capture.get(cv2.CAP_PROP_CODEC_PIXEL_FORMAT) != -1) == decoded
    capture.release()
    with analysis.videos._open(file) as container:
        assert (container.streams.video[0].codec_context.pix_fmt is not None) == decoded


@pytest.mark.parametrize(
    ("name", "codec", "colours"),
    [
        *(("x.mp4", "libx264", "yuv420p"), ("x.mp4", "libx264", "yuv444p"), ("x.mp4", "libx265", "yuv420p")),
        *(("x.ts", "libx264", "yuv420p"), ("x.flv", "flv1", "yuv420p"), ("x.3gp", "h263", "yuv420p")),
        *(("x.avi", "mpeg4", "yuv420p"), ("x.avi", "mjpeg", "yuvj420p"), ("x.avi", "msmpeg4v3", "yuv420p")),
        *(("x.mpg", "mpeg1video", "yuv420p"), ("x.mpg", "mpeg2video", "yuv420p"), ("x.wmv", "wmv2", "yuv420p")),
        *(("x.webm", "libvpx", "yuv420p"), ("x.webm", "libvpx-vp9", "yuv420p"), ("x.mkv", "ffv1", "yuv420p")),
        *(("x.mov", "prores_ks", "yuv422p10le"), ("x.gif", "gif", "rgb8"), ("x.avi", "huffyuv", "yuv422p")),
    ],
)
def test_what_phones_cameras_and_editors_write_is_read(name: str, codec: str, colours: str, tmp_path: Path) -> None:
    file = clip(tmp_path / name, codec, colours)
    with LoopedVideo(file, paced=False) as source:
        assert next(iter(source)).image.shape[0] == 288
    with Video(file) as video:
        assert next(iter(video)).image.shape[0] == 288


def test_a_camera_whose_codec_is_not_on_the_list_is_told_and_not_read() -> None:
    capture = FakeCapture([np.zeros((4, 4, 3), np.uint8)])
    capture.settings[cv2.CAP_PROP_FOURCC] = cv2.VideoWriter.fourcc(*"\x1b[2J")
    with (
        pytest.raises(SourceError, match="codec that is not read here") as told,
        NetworkCamera("rtsp://me:secret@camera", open_capture=lambda *_: capture),
    ):
        pass
    assert capture.released == 1
    assert str(told.value).isprintable() and "secret" not in str(told.value)


def test_sound_whose_codec_is_not_on_the_list_is_not_decoded(tmp_path: Path) -> None:
    for name, codec, known in [("x.mkv", "wavpack", False), ("y.mkv", "flac", True), ("z.mp4", "aac", True)]:
        with Video(make_video(tmp_path / name, sound=codec)) as video:
            assert (video.sound is not None, video.sound_unknown) == (known, not known)


@contextmanager
def called() -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine, and what those say first who connect to it; they get no answer."""
    said: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.settimeout(0.5)
                        said.append(b"")
                        with contextlib.suppress(TimeoutError):
                            said[-1] = connection.recv(4096)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], said
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.mark.parametrize(
    ("formats", "protocols", "reaches"),
    [
        (VIDEO_FORMATS, "file,http,tcp", False),
        (VIDEO_FORMATS | {"hls"}, analysis.videos.PROTOCOLS, False),
        (VIDEO_FORMATS | {"hls"}, "file,http,tcp", True),  # or the others would pass where nothing is read at all
    ],
)
def test_a_playlist_stands_before_two_walls(
    formats: set[str], protocols: str, reaches: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused because it is one, and, if it were read, because of where it leads."""
    monkeypatch.setattr(analysis.videos, "VIDEO_FORMATS", formats)
    monkeypatch.setattr(analysis.videos, "PROTOCOLS", protocols)
    with called() as (port, said):
        file = tmp_path / "list.m3u8"
        head = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n"
        file.write_text(f"{head}http://127.0.0.1:{port}/x.ts\n#EXT-X-ENDLIST\n")
        with pytest.raises(InputError), Video(file):
            pass
    assert bool(said) == reaches


@pytest.mark.parametrize(("scheme", "reaches"), [("ftp", False), ("gopher", False), ("rtmp", False), ("http", True)])
def test_ffmpeg_itself_reaches_cameras_only(scheme: str, reaches: bool) -> None:
    """The second wall: open_source() refuses such addresses before."""
    with called() as (port, said):
        capture = open_capture(f"{scheme}://127.0.0.1:{port}/x.mp4", cv2.CAP_FFMPEG)
        assert not capture.isOpened()
        capture.release()
    assert bool(said) == reaches


SIZES = [(16_000, 16_000), (40, 30_000), (30_000, 40), (5000, 4000)]


@pytest.mark.parametrize("size", SIZES)
def test_a_camera_that_sends_pictures_out_of_all_size_is_told_and_not_read(size: tuple[int, int]) -> None:
    capture = FakeCapture([np.zeros((4, 4, 3), np.uint8)])
    capture.settings |= {cv2.CAP_PROP_FRAME_WIDTH: size[0], cv2.CAP_PROP_FRAME_HEIGHT: size[1]}
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
