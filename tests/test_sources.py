"""Tests of sources/: one contract for every source, then what each has of its own."""

import itertools
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from fakes import FakeCapture, MjpegCamera, SendingBrowser, endless, picture, pictures, write_film, write_gif

from faces.errors import NoCameraError, SourceError
from faces.records import Frame
from sources import cameras, looped
from sources.base import Source
from sources.cameras import NetworkCamera, Webcam, find_cameras
from sources.choose import open_source
from sources.looped import LoopedPicture, LoopedVideo

MakeSource = Callable[[Path], Source]


def fake_webcam(folder: Path) -> Source:
    return Webcam(0, open_capture=lambda *_: FakeCapture(endless()))


def film(folder: Path) -> Source:
    return open_source(str(write_film(folder / "film.mp4")))


def film_without_pace(folder: Path) -> Source:
    return LoopedVideo(write_film(folder / "film.mp4"), paced=False)


def uneven_film(folder: Path) -> Source:
    return LoopedVideo(write_gif(folder / "film.gif", (5, 20, 10, 5, 5)), paced=False)


def demo(folder: Path) -> Source:
    return open_source("demo")


def still(folder: Path) -> Source:
    cv2.imwrite(str(folder / "face.png"), pictures(1)[0])
    return open_source(str(folder / "face.png"))


EVERY_FILE_OR_DEVICE = [fake_webcam, film, film_without_pace, uneven_film, demo, still]


@contextmanager
def network_camera() -> Iterator[Source]:
    with MjpegCamera() as camera:
        yield open_source(camera.address)


@contextmanager
def browser() -> Iterator[Source]:
    with SendingBrowser() as sender:
        yield sender.source


EVERY_SENDER = [network_camera, browser]
EVERY_SOURCE = [*EVERY_FILE_OR_DEVICE, *EVERY_SENDER]


@pytest.fixture(params=EVERY_SOURCE, ids=[make.__name__ for make in EVERY_SOURCE])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Source]:
    if request.param not in EVERY_SENDER:
        yield request.param(tmp_path)
        return
    with request.param() as sending:
        yield sending


def some(source: Source, count: int = 4) -> list[Frame]:
    return list(itertools.islice(source, count))


def test_frames_are_colour_images_of_one_size(source: Source) -> None:
    with source:
        frames = some(source)
    assert len(frames) == 4
    for frame in frames:
        assert frame.image.dtype == np.uint8
        assert frame.image.ndim == 3 and frame.image.shape[2] == 3
        assert frame.image.shape == frames[0].image.shape


def test_frames_are_counted_from_zero(source: Source) -> None:
    with source:
        assert [frame.index for frame in some(source)] == [0, 1, 2, 3]


def test_time_runs_forward(source: Source) -> None:
    before = time.time()
    with source:
        frames = some(source)
    seconds = [frame.seconds for frame in frames]
    assert seconds == sorted(seconds) and seconds[0] >= 0
    assert all(before - 1 <= frame.captured_at <= time.time() + 1 for frame in frames)


def test_a_source_opens_again_after_it_was_closed(source: Source) -> None:
    for _ in range(2):
        with source:
            assert some(source, 1)[0].index == 0


def test_a_closed_source_says_so(source: Source) -> None:
    with pytest.raises(SourceError, match="not open"):
        some(source)


def test_an_interrupted_source_ends_its_frames(source: Source) -> None:
    with source:
        frames = iter(source)
        next(frames)
        source.interrupt()
        assert len(list(itertools.islice(frames, 50))) <= 1


def test_a_source_has_a_name(source: Source) -> None:
    assert source.name


@pytest.mark.parametrize("unopened", [False, True])
def test_a_webcam_is_released_however_it_ends(unopened: bool) -> None:
    capture = FakeCapture(pictures(3), opens=not unopened)
    webcam = Webcam(1, open_capture=lambda *_: capture)
    with pytest.raises(SourceError, match="Camera 1"), webcam:
        list(webcam)
    assert capture.released == 1


def test_a_webcam_is_asked_for_its_size_and_for_no_queue() -> None:
    capture = FakeCapture(pictures(1))
    with Webcam(0, width=1280, height=720, fps=25, open_capture=lambda *_: capture):
        assert capture.settings[cv2.CAP_PROP_FRAME_WIDTH] == 1280
        assert capture.settings[cv2.CAP_PROP_FRAME_HEIGHT] == 720
        assert capture.settings[cv2.CAP_PROP_FPS] == 25
        assert capture.settings[cv2.CAP_PROP_BUFFERSIZE] == 1


def test_a_wrong_camera_number_says_what_to_do() -> None:
    missing = NoCameraError if sys.platform.startswith("linux") else SourceError  # there a camera is a file
    with pytest.raises(missing, match=r"Camera 97 .* choose another camera"), open_source(97):
        pass


def test_a_busy_camera_says_what_to_do() -> None:
    busy = Webcam(0, open_capture=lambda *_: FakeCapture(opens=False))
    with pytest.raises(SourceError, match="another program"), busy:
        pass


def test_a_few_damaged_pictures_are_passed_over() -> None:
    script = [picture(1), None, False, (False, None), (True, None), (True, np.zeros((0, 0, 3), np.uint8)), picture(2)]
    webcam = Webcam(0, open_capture=lambda *_: FakeCapture(script))
    with webcam:
        frames = some(webcam, 2)
    assert np.array_equal(frames[1].image, picture(2))
    assert frames[1].index == 1


@pytest.mark.parametrize("nothing", [False, None])
def test_a_camera_that_gives_nothing_more_is_lost(nothing: bool | None) -> None:
    webcam = Webcam(0, open_capture=lambda *_: FakeCapture([picture(), *[nothing] * 100]))
    with webcam, pytest.raises(SourceError, match="stopped giving pictures"):
        list(webcam)


def test_a_read_that_raises_is_told_in_words() -> None:
    webcam = Webcam(0, open_capture=lambda *_: FakeCapture([cv2.error("select timeout")]))
    with webcam, pytest.raises(SourceError, match=r"Camera 0 failed.*select timeout"):
        list(webcam)


def test_grey_and_transparent_pictures_of_odd_sizes_become_colour() -> None:
    script = [
        np.zeros((47, 61), np.uint8),
        np.zeros((1, 1, 1), np.uint8),
        np.full((7, 3, 4), 255, np.uint8),
        np.full((5, 9, 3), 40_000, np.uint16),
    ]
    webcam = Webcam(0, open_capture=lambda *_: FakeCapture(script))
    with webcam:
        shapes = [frame.image.shape for frame in some(webcam)]
    assert shapes == [(47, 61, 3), (1, 1, 3), (7, 3, 3), (5, 9, 3)]


def test_a_video_plays_at_its_own_speed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def early(_: object, seconds: float) -> float:
        waited.append(seconds)
        return 0.0

    monkeypatch.setattr(looped._Clock, "early", early)
    with open_source(str(write_film(tmp_path / "film.mp4", 6, fps=20))) as film:
        some(film, 5)
    assert waited == pytest.approx([0, 0.05, 0.1, 0.15, 0.2])


def test_the_pace_waits_for_what_is_early_and_forgives_what_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("sources.looped.time.monotonic", lambda: now[0])
    clock = looped._Clock(paced=True, step=0.5)
    early = [clock.early(2.0)]
    now[0] = 110.0  # eight seconds late: from here on it plays slower instead of catching up
    early += [clock.early(2.0), clock.early(2.5)]
    assert early == pytest.approx([2.0, -8.0, 0.5])


def test_a_film_begins_again_and_its_time_runs_on(tmp_path: Path) -> None:
    with open_source(str(write_film(tmp_path / "film.mp4", 4, fps=100))) as film:
        frames = some(film, 10)
    assert frames[0].image.mean() == pytest.approx(frames[4].image.mean(), abs=2)
    assert [frame.seconds for frame in frames] == pytest.approx([number / 100 for number in range(10)])


def test_a_film_has_its_own_uneven_times(tmp_path: Path) -> None:
    with LoopedVideo(write_gif(tmp_path / "film.gif", (5, 20, 10, 5, 5)), paced=False) as film:
        frames = some(film, 5)
    assert [frame.seconds for frame in frames] == pytest.approx([0, 0.05, 0.25, 0.35, 0.40])


def test_a_film_is_turned_upright_as_it_says(tmp_path: Path) -> None:
    file = write_film(tmp_path / "film.mp4")
    upright = b"".join(number.to_bytes(4, "big") for number in (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30))
    turned = b"".join(
        number.to_bytes(4, "big") for number in (0, 1 << 16, 0, (1 << 32) - (1 << 16), 0, 0, 0, 0, 1 << 30)
    )
    head, tkhd, tail = file.read_bytes().partition(b"tkhd")
    assert upright in tail
    file.write_bytes(head + tkhd + tail.replace(upright, turned, 1))
    with LoopedVideo(file) as film:
        assert next(iter(film)).image.shape == (64, 48, 3)


def test_a_video_knows_its_length(tmp_path: Path) -> None:
    with LoopedVideo(write_film(tmp_path / "film.mp4", 6, fps=20)) as film:
        next(iter(film))
        assert film.playback.state().length == pytest.approx(6 / 20)


@pytest.mark.parametrize("stamp", [float("nan"), float("inf"), -1.0, 0.0, 1e12])
def test_a_film_without_good_times_is_timed_by_its_rate(tmp_path: Path, stamp: float) -> None:
    capture = FakeCapture(pictures(3))
    capture.settings |= {cv2.CAP_PROP_POS_MSEC: stamp, cv2.CAP_PROP_FPS: 10}
    file = write_film(tmp_path / "film.mp4")
    with LoopedVideo(file, paced=False, open_capture=lambda *_: capture) as film:
        assert [frame.seconds for frame in some(film, 3)] == pytest.approx([0, 0.1, 0.2])


def test_an_empty_film_is_refused(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").touch()
    with pytest.raises(SourceError, match="empty"), open_source(str(tmp_path / "film.mp4")):
        pass


@pytest.mark.parametrize("name", ["film.mp4", "face.jpg"])
def test_a_missing_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="no file"), open_source(str(tmp_path / name)):
        pass


@pytest.mark.parametrize("name", ["holiday", "face.jpg"])
def test_a_folder_is_called_a_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(SourceError, match=r"is a folder\. .*analyze\.py"), open_source(str(tmp_path / name)):
        pass


@pytest.mark.parametrize("name", ["film.mp4", "face.png", "notes"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"these are words, not pictures " * 100)
    with (
        pytest.raises(SourceError, match=r"not a video|cannot be read as a picture"),
        open_source(str(tmp_path / name)),
    ):
        pass


def test_a_truncated_film_is_refused_or_played_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = write_film(tmp_path / "film.mp4", 30).read_bytes()
    (tmp_path / "half.mp4").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError), LoopedVideo(tmp_path / "half.mp4"):
        pass
    gif = write_gif(tmp_path / "film.gif", [5] * 8).read_bytes()
    (tmp_path / "half.gif").write_bytes(gif[: len(gif) // 2])
    with LoopedVideo(tmp_path / "half.gif", paced=False) as film:
        times = [frame.seconds for frame in some(film, 8)]
    assert times[1] == pytest.approx(0.05)


def test_a_film_without_a_readable_picture_is_refused(tmp_path: Path) -> None:
    file = write_film(tmp_path / "film.mp4")
    with (
        LoopedVideo(file, open_capture=lambda *_: FakeCapture()) as film,
        pytest.raises(SourceError, match="no picture"),
    ):
        list(film)


def test_a_picture_is_read_in_any_kind(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((5, 7), 90, np.uint8))
    cv2.imwrite(str(tmp_path / "alpha.png"), np.full((5, 7, 4), 90, np.uint8))
    cv2.imwrite(str(tmp_path / "deep.png"), np.full((5, 7, 3), 40_000, np.uint16))
    for name in ("grey.png", "alpha.png", "deep.png"):
        with open_source(str(tmp_path / name)) as still:
            assert next(iter(still)).image.shape == (5, 7, 3)


def test_an_address_where_nobody_answers_says_what_to_do() -> None:
    with pytest.raises(SourceError, match="sent no video"), open_source("http://127.0.0.1:9/video"):
        pass


def test_a_password_in_an_address_is_never_shown() -> None:
    camera = open_source("rtsp://user:secret@camera.local:554/live?key=secret")
    assert "secret" not in camera.name
    assert "camera.local:554" in camera.name


def test_an_address_that_cannot_be_is_refused_without_its_password() -> None:
    with pytest.raises(SourceError, match="The address rtsp://… is not a possible one") as refused:
        open_source("rtsp://user:secret@[::1/live")
    assert "secret" not in str(refused.value)


def test_a_network_camera_that_ends_is_lost() -> None:
    lost = pytest.raises(SourceError, match="stopped giving pictures")
    with MjpegCamera(count=5, fps=100) as server, open_source(server.address) as camera, lost:
        list(camera)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (0, Webcam),
        ("2", Webcam),
        ("demo", LoopedVideo),
        ("clip.MP4", LoopedVideo),
        ("face.JPG", LoopedPicture),
        ("http://camera/video", NetworkCamera),
        ("RTSP://camera", NetworkCamera),
    ],
)
def test_a_source_is_known_by_what_it_is_called(text: int | str, kind: type[Source]) -> None:
    assert type(open_source(text)) is kind


@pytest.mark.parametrize(("platform", "kind"), [("linux", Webcam), ("win32", LoopedVideo)])
def test_on_linux_a_camera_may_be_named_by_its_file(
    monkeypatch: pytest.MonkeyPatch, platform: str, kind: type[Source]
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    camera = open_source("/dev/video2")
    assert type(camera) is kind
    assert camera.name == ("Camera 2" if kind is Webcam else "video2")
    assert type(open_source("/dev/video2.mp4")) is LoopedVideo


@pytest.mark.parametrize("text", ["", "  ", "100", "12345678901234567890", "ftp://camera", "file:///etc/passwd"])
def test_what_cannot_be_a_source_is_refused_at_once(text: str) -> None:
    with pytest.raises(SourceError):
        open_source(text)


def test_cameras_are_listed_by_name_without_opening_them(tmp_path: Path) -> None:
    for entry, index, name in (("video0", "0", "Front"), ("video1", "1", "Front"), ("video10", "0", "USB")):
        (tmp_path / entry).mkdir()
        (tmp_path / entry / "index").write_text(index + "\n")
        (tmp_path / entry / "name").write_text(name + "\n")
    assert cameras._linux_cameras(tmp_path) == [(0, "Front"), (10, "USB")]


def test_cameras_are_probed_only_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def open_capture(number: int, *_: object) -> FakeCapture:
        tried.append(number)
        return FakeCapture(opens=number == 1)

    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr("cv2.VideoCapture", open_capture)
    assert find_cameras() == [] and tried == []
    assert find_cameras(probe=True) == [(1, "Camera 1")]
    assert tried == [0, 1, 2, 3]
