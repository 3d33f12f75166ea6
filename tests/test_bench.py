"""The benchmark's own parts: birth times in pixels, viewers, figures, and that whatever it starts is ended."""

import itertools
import json
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bench
from benchmarks import inside
from benchmarks.birth import BLOCK, read_age, write_birth
from benchmarks.measure import FEWEST_CALLS, milliseconds, percentile
from benchmarks.netcam import HEIGHT, SCENE_HEIGHT, WIDTH, face_images, there_and_back
from benchmarks.posed import posed
from benchmarks.report import ReportRow, Section, as_json, as_text
from benchmarks.servers import MeasureError, network_camera, running
from benchmarks.site import ViewerFigures, last_age
from benchmarks.viewers import Viewer, first_fresh_seconds
from faces.annotate import Annotator
from faces.detectors.haar import HaarDetector
from faces.emotions import EMOTIONS
from faces.encode import encode
from faces.errors import InputError
from faces.records import Face, Frame, Image, Shot
from live.board import Picture
from live.broadcast import Broadcast, Issue

NOW = 1_700_000_000.25


def scene() -> Image:
    """A noisy picture of the network camera's size."""
    return np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)


def again(picture: bytes, quality: int = 80) -> bytes:
    """Decoded and encoded once more, as every picture is on its way."""
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


# --- the birth time ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("age", [0.0, 0.0333, 1.5, 3600.0, 100_000.0, -0.25])
def test_the_birth_time_survives_two_jpeg_encodings(age: float) -> None:
    image = scene()
    write_birth(image, NOW - age)
    read = read_age(again(encode(image), 50), NOW)
    assert read == pytest.approx(age, abs=0.00011)


@given(st.floats(min_value=0.0, max_value=2e9))
def test_any_moment_can_be_a_birth_time(born: float) -> None:
    image = np.zeros((BLOCK, WIDTH, 3), np.uint8)
    write_birth(image, born)
    assert read_age(encode(image), born + 0.5) == pytest.approx(0.5, abs=0.00021)


def test_a_covered_strip_or_another_picture_has_no_age() -> None:
    image = scene()
    write_birth(image, NOW)
    image[-BLOCK:, 100:400] = 255
    assert read_age(encode(image), NOW) is None
    assert read_age(encode(np.zeros((480, 320, 3), np.uint8)), NOW) is None
    assert read_age(b"no picture", NOW) is None
    with pytest.raises(ValueError, match="640"):
        write_birth(np.zeros((480, 320, 3), np.uint8), NOW)


def test_boxes_and_labels_never_cover_the_strip() -> None:
    images = face_images(9.0, 9.5)
    (box,) = HaarDetector(thorough=True).find(images[0])
    assert box.y + box.height < SCENE_HEIGHT
    write_birth(images[0], NOW)
    face = Face(1, box, "surprise", 0.99, (0.0,) * 6 + (1.0,))
    drawn = Annotator().draw(Shot(Frame(images[0], 0.0, NOW, 0), (face,)))
    assert read_age(encode(drawn), NOW + 0.04) == pytest.approx(0.04, abs=0.0002)


def test_the_camera_begins_again_without_a_jump() -> None:
    first, second, third = (np.full((2, 2, 3), level, np.uint8) for level in (1, 2, 3))
    assert [int(image[0, 0, 0]) for image in there_and_back([first, second, third])] == [1, 2, 3, 2]


# --- figures ----------------------------------------------------------------------------------------------


def test_percentiles_of_known_numbers() -> None:
    numbers = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [percentile(numbers, share) for share in (0.0, 0.2, 0.5, 0.81, 0.95, 1.0)] == [1, 1, 3, 5, 5, 5]
    assert percentile(range(1, 101), 0.95) == 95
    assert percentile([], 0.5) is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0, 1))
def test_at_least_that_share_is_not_above_a_percentile(numbers: list[float], share: float) -> None:
    value = percentile(numbers, share)
    assert value in numbers
    assert sum(number <= value for number in numbers) >= share * len(numbers) - 1e-9
    assert sum(number < value for number in numbers) <= share * len(numbers)


def test_a_function_is_timed_over_several_calls_after_one_that_does_not_count() -> None:
    calls = list[int]()
    assert milliseconds(lambda: calls.append(1), 0.0) >= 0.0
    assert len(calls) == FEWEST_CALLS + 1


def test_a_ratio_says_how_many_times_better_this_program_is() -> None:
    assert ReportRow("age", "ms", 20.0, 80.0).ratio == 4.0
    assert ReportRow("pictures", "fps", 30.0, 10.0, better="more").ratio == 3.0
    assert ReportRow("age", "ms", 20.0).ratio is None
    assert ReportRow("age", "ms", None, 80.0).ratio is None
    assert ReportRow("processor", "cores", 0.0, 1.0).ratio is None


def test_a_goal_is_met_on_its_own_side() -> None:
    assert ReportRow("age", "ms", 80.0, goal=80.0).met is True
    assert ReportRow("age", "ms", 81.0, goal=80.0).met is False
    assert ReportRow("pictures", "fps", 29.0, better="more", goal=29.5).met is False
    assert ReportRow("pictures", "fps", None, better="more", goal=29.5).met is False
    assert ReportRow("pictures", "fps", 29.0, better="more").met is None


SECTION = Section(
    "Live",
    [
        ReportRow("age", "ms", 20.123456, 8_000.0, goal=80.0),
        ReportRow("pictures per second", "fps", 12.0, 10.0, "more", 29.0),
        ReportRow("unknown", "s", None),
    ],
    notes=["10 s each"],
)


def test_the_table_shows_figures_ratios_and_goals_in_columns() -> None:
    assert as_text(SECTION).splitlines() == [
        "Live",
        "----",
        "                          here  obvious   ratio          goal",
        "age                  ms   20.1    8,000   398 x     <= 80 met",
        "pictures per second  fps  12.0     10.0  1.20 x  >= 29 missed",
        "unknown              s",
        "(10 s each)",
    ]


def test_the_table_leaves_out_columns_without_figures() -> None:
    text = as_text(Section("Memory", [ReportRow("growth", "MB", 1.0)]))
    assert text.splitlines()[2].split() == ["here"]


def test_the_json_says_its_version_machine_figures_and_goals() -> None:
    report = json.loads(json.dumps(as_json([SECTION])))
    assert report["version"] == 1
    assert set(report["machine"]) == {"system", "cores", "python", "load"}
    (section,) = report["sections"]
    assert (section["title"], section["compared"], section["notes"]) == ("Live", "obvious", ["10 s each"])
    assert section["rows"][0] == {
        "what": "age",
        "unit": "ms",
        "value": 20.12,
        "compared": 8000.0,
        "ratio": 397.5,
        "better": "less",
        "goal": 80.0,
        "met": True,
    }
    assert section["rows"][2]["value"] is None


def test_of_many_viewers_the_one_who_got_least_counts() -> None:
    seen = ViewerFigures(
        [
            {"slow": False, "fps": 30.0, "ages": [(2.0, 0.05)]},
            {"slow": False, "fps": 28.0, "ages": [(1.0, 0.07)]},
            {"slow": True, "fps": 5.0, "ages": [(1.5, 1.0)]},
        ]
    )
    assert seen.fps() == 28.0
    assert seen.fps(slow=True) == 5.0
    assert seen.ages() == [(1.0, 0.07), (2.0, 0.05)]
    assert seen.age_ms(0.95) == pytest.approx(70.0)
    assert ViewerFigures().fps() is None


def test_the_age_at_the_end_is_that_of_the_last_pictures() -> None:
    growing = [(second / 10, second / 10) for second in range(101)]
    assert last_age(growing) == pytest.approx(9.0)
    assert last_age([]) is None


def test_memory_is_compared_between_the_first_and_the_last_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "MEMORY_WINDOW", 20)

    class Always(Broadcast[Picture]):
        def wait(self, after: int = 0, timeout_seconds: float | None = None) -> Issue[Picture] | None:
            self.publish(Picture(0.0, None, lambda: b"jpeg"))
            return self.newest()

    class Camera:
        pictures = Always()

        @contextmanager
        def watching(self) -> Iterator[None]:
            yield

    levels = itertools.count(100.0)
    rows = inside.memory(Camera(), lambda: next(levels), 100).rows
    start, end, growth = (row.value for row in rows[:3])
    # 100 to 119 without their first quarter, then 120 to 139; nothing is read in between
    assert (start, end, growth) == (112.0, 129.0, 17.0)


# --- viewers and servers ----------------------------------------------------------------------------------


@contextmanager
def open_viewer(*, keep_every: int = 1, bytes_per_second: float = 0.0) -> Iterator[tuple[Viewer, socket.socket]]:
    """A viewer, and the server's end of its connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/video_feed"
        viewer = Viewer(address, keep_every=keep_every, bytes_per_second=bytes_per_second)
        server, _ = listener.accept()
        with server, viewer.socket:
            yield viewer, server


@pytest.mark.parametrize("length", [True, False])
@pytest.mark.parametrize("chunk", [1, 7, 1000, 10**6])
def test_a_viewer_cuts_pictures_out_of_any_stream(length: bool, chunk: int) -> None:
    stream = b"HTTP/1.0 200 OK\r\n\r\n"
    for number in range(3):
        image = scene() // 2
        write_birth(image, NOW + number)
        jpeg = encode(image)
        head = f"Content-Length: {len(jpeg)}\r\n" if length else ""
        stream += f"--cut\r\nContent-Type: image/jpeg\r\n{head}\r\n".encode() + jpeg + b"\r\n"
    stream = stream if chunk > 1 else stream[:200_000]
    with open_viewer() as (viewer, _):
        for start in range(0, len(stream), chunk):
            viewer.feed(stream[start : start + chunk], NOW + 10)
    whole = stream.count(b"\xff\xd9\r\n")
    assert len(viewer.arrivals) == whole > 0
    assert [age for _, age in viewer.ages(NOW, NOW + 20)] == pytest.approx([10, 9, 8][:whole], abs=0.001)


def test_only_every_so_many_pictures_are_kept_to_be_decoded() -> None:
    image = np.zeros((BLOCK, WIDTH, 3), np.uint8)
    write_birth(image, NOW)
    with open_viewer(keep_every=4) as (viewer, _):
        viewer.feed(encode(image) * 10, NOW + 1)
    assert len(viewer.arrivals) == 10
    assert len(viewer.ages(NOW, NOW + 2)) == 2
    assert viewer.ages(NOW + 2, NOW + 3) == []


def test_a_slow_viewer_takes_no_more_than_its_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("benchmarks.viewers.time.monotonic", lambda: now[0])
    with open_viewer(bytes_per_second=50_000) as (viewer, _):
        taken = 0
        for _ in range(15):
            room = viewer._allowed()
            viewer._allowance -= room
            taken, now[0] = taken + room, now[0] + 0.02
    assert 0 < taken <= 50_000 * (now[0] + 0.1)


def test_a_viewer_whose_server_has_gone_knows_it() -> None:
    with open_viewer() as (viewer, server):
        server.close()
        viewer.socket.settimeout(5)
        viewer.read()
        assert not viewer.open


def test_the_network_camera_shows_when_its_pictures_were_born() -> None:
    with network_camera() as address:
        seconds = first_fresh_seconds(address)
        children = [child for child in psutil.Process().children() if "benchmarks.netcam" in child.cmdline()]
    assert seconds is not None and seconds >= 0
    assert children and not any(child.is_running() for child in children)


def test_what_was_started_is_ended_even_after_an_error() -> None:
    with pytest.raises(InputError), running("-c", "import time; time.sleep(60)") as program:
        raise InputError("Something else went wrong.")
    assert program.process.poll() is not None


def test_a_program_that_does_not_run_is_told_with_its_last_words() -> None:
    broken = running("-c", "import sys; sys.exit('no such camera')")
    with broken as program, pytest.raises(MeasureError, match="no such camera"):
        program.line()


# --- the command ------------------------------------------------------------------------------------------


def only_part(monkeypatch: pytest.MonkeyPatch, measure: object) -> None:
    monkeypatch.setattr(bench, "PARTS", (bench.Part("live", "as in a test", measure),))  # type: ignore[arg-type]
    monkeypatch.setattr(signal, "signal", lambda *_: None)


def test_one_part_prints_its_table_or_its_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    only_part(monkeypatch, lambda options: SECTION)
    assert bench.main(["live"]) == bench.DONE
    assert as_text(SECTION) in capsys.readouterr().out
    assert bench.main(["live", "--json"]) == bench.DONE
    assert json.loads(capsys.readouterr().out)["sections"][0]["title"] == "Live"


def test_a_part_that_cannot_be_measured_is_told_and_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(options: object) -> Section:
        raise MeasureError("The page did not answer.")

    only_part(monkeypatch, broken)
    assert bench.main(["live"]) == bench.FAILED
    assert "The page did not answer." in capsys.readouterr().err


def test_several_parts_run_each_by_itself_and_one_that_fails_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(command: list[str], *, heard: bool) -> tuple[int, str]:
        assert heard and command[-1] == "--json"
        return (1, "") if "start" in command else (0, json.dumps(as_json([SECTION])))

    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(bench, "_run", run)
    assert bench.main(["live", "start", "idle", "--json"]) == bench.FAILED
    assert len(json.loads(capsys.readouterr().out)["sections"]) == 2


@pytest.mark.parametrize("arguments", [["nothing"], ["--seconds", "0"], ["--viewers", "0"], ["--viewers", "33"]])
def test_wrong_settings_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(arguments)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_the_help_names_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--help"])
    text = capsys.readouterr().out
    assert all(f"  {part.name} " in text for part in bench.PARTS)


# --- the page ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", [0, 59, 60, 1000])
def test_posed_faces_are_in_the_picture_apart_and_what_they_are_named(index: int) -> None:
    faces = [posed(person, index) for person in range(1, 21)]
    for face in faces:
        assert face.box.x >= 0 and face.box.x + face.box.width <= WIDTH
        assert face.box.y >= 0 and face.box.y + face.box.height <= HEIGHT
        assert sum(face.scores) == pytest.approx(1.0)
        assert max(zip(face.scores, EMOTIONS, strict=True)) == (face.confidence, face.emotion)
    assert len({(face.box.x // 58, face.box.y // 58) for face in faces}) == 20
    assert faces[0] != posed(1, index + 1)
