import csv
import json
from dataclasses import asdict
from pathlib import Path

import av
import numpy as np
import pytest
from fake_classifier import FakeClassifier
from hypothesis import given, settings
from hypothesis import strategies as st
from timeline_readers import read_csv, read_json

from analysis.layout import ANNOTATED, DATA, MANIFEST, REPORT, TABLE
from analysis.results import VideoResult
from analysis.settings import Control, Settings
from analysis.video_run import analyse_video
from benchmarks.made_videos import make_video
from faces.errors import InputError
from faces.pipeline import Pipeline
from faces.records import Box, Image
from faces.smooth import Smoother
from faces.track import Tracker
from timeline.export import COLUMNS
from timeline.questions import shares

DEMO = Path(__file__).parent.parent / "assets" / "demo.mp4"


class FakeDetector:
    """Sees one face in every image whose middle is not black."""

    def find(self, image: Image, expected: object = ()) -> list[Box]:
        height, width = image.shape[:2]
        middle = image[height // 2, width // 2]
        return [Box(width // 4, height // 4, 60, 60)] if middle.max() > 20 else []


def fake_pipeline() -> Pipeline:
    return Pipeline(FakeDetector(), Tracker(), FakeClassifier(), Smoother(unsure_below=0.4))


def greys(levels: list[int]) -> list[Image]:
    return [np.full((120, 160, 3), level, np.uint8) for level in levels]


def film_of(path: Path, pieces: list[tuple[int, int]], fps: int = 10) -> Path:
    """Grey frames: (how many, how bright); the fake judge calls 160 happy, 40 sad, 0 is nobody."""
    levels = [level for count, level in pieces for _ in range(count)]
    times = [index / fps for index in range(len(levels))]
    return make_video(path, times, size=(160, 120), images=greys(levels), sound="aac")


def run(film: Path, out: Path, options: Settings | None = None, **more: object) -> VideoResult:
    return analyse_video(film, out, FakeClassifier(), options or Settings(), pipeline=fake_pipeline(), **more)  # type: ignore[arg-type]


def test_a_film_becomes_a_folder_of_whole_files(tmp_path: Path) -> None:
    result = run(film_of(tmp_path / "film.mp4", [(30, 160), (10, 0)]), tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        [TABLE, DATA, REPORT, ANNOTATED, MANIFEST]
    )
    assert result.everybody.predominant == "happy"
    assert (result.samples, result.complete) == (40, True)
    with av.open(str(tmp_path / "out" / ANNOTATED)) as container:
        assert sorted(stream.type for stream in container.streams) == ["audio", "video"]


def test_only_a_long_film_is_annotated_in_fragments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = film_of(tmp_path / "film.mp4", [(30, 160)])
    run(film, tmp_path / "short")
    monkeypatch.setattr("analysis.video_run.LONG_SECONDS", 2.0)
    run(film, tmp_path / "long")
    fragmented = [b"moof" in (tmp_path / name / ANNOTATED).read_bytes() for name in ("short", "long")]
    assert fragmented == [False, True]


def test_the_table_has_a_row_for_every_frame_also_without_a_face(tmp_path: Path) -> None:
    run(film_of(tmp_path / "film.mp4", [(20, 160), (20, 0)]), tmp_path / "out")
    with (tmp_path / "out" / TABLE).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert len({row["seconds"] for row in rows}) == 40
    assert rows[-1]["quality"] == "no face"
    assert [row["emotion"] for row in rows[5:15]] == ["happy"] * 10


def test_table_and_json_tell_the_same_timeline(tmp_path: Path) -> None:
    run(film_of(tmp_path / "film.mp4", [(20, 160), (20, 40), (5, 0)]), tmp_path / "out")
    with (tmp_path / "out" / TABLE).open(newline="") as table, (tmp_path / "out" / DATA).open() as data:
        one, other = read_csv(table), read_json(data)
    assert list(one.rows()) == list(other.rows())
    one.end_at(other.coverage().end)  # the table cannot tell it
    assert one.segments() == other.segments()


def test_the_same_film_gives_the_same_bytes_again(tmp_path: Path) -> None:
    film = film_of(tmp_path / "film.mp4", [(20, 160), (20, 40)])
    for name in ("a", "b"):
        run(film, tmp_path / name)
    for name in (TABLE, DATA):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@settings(max_examples=4, deadline=None)
@given(st.lists(st.sampled_from([(30, 160), (30, 40), (30, 0)]), min_size=2, max_size=3))
def test_the_whole_run_says_nearly_the_same_at_a_third_of_the_frames(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("rate")
    film = film_of(folder / "film.mp4", pieces, fps=15)
    found = []
    for every in (0.0, 0.2):
        options = Settings(every_seconds=every, annotate=False, thumbnails=False)
        run(film, folder / str(every), options)
        with (folder / str(every) / TABLE).open(newline="") as file:
            found.append(shares(read_csv(file).segments()))
    assert found[0] == pytest.approx(found[1], abs=0.12)


def test_a_run_that_is_stopped_leaves_whole_files_about_what_it_saw(tmp_path: Path) -> None:
    seen: list[float] = []
    control = Control(seen.append, lambda: len(seen) >= 10)
    result = run(film_of(tmp_path / "film.mp4", [(40, 160)]), tmp_path / "out", control=control)
    assert result.complete is False
    assert "Stopped" in result.notes[0]
    with (tmp_path / "out" / DATA).open() as file:
        assert len(json.load(file)["rows"]) == 10
    assert "Stopped" in (tmp_path / "out" / REPORT).read_text(encoding="utf-8")


def test_a_film_that_breaks_off_is_said_to_end_early(tmp_path: Path) -> None:
    film = make_video(tmp_path / "film.avi", [index / 10 for index in range(200)], size=(160, 120))
    content = film.read_bytes()
    film.write_bytes(content[: len(content) // 2])
    result = run(film, tmp_path / "out")
    assert "ends early" in str(result.notes)


def test_nothing_is_left_behind_when_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object, rows: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("timeline.export.TableWriter.write", full)
    with pytest.raises(OSError, match="No space"):
        run(film_of(tmp_path / "film.mp4", [(5, 160)]), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_a_killed_run_left_behind_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / f".{TABLE}.123.part").write_text("half")
    run(film_of(tmp_path / "film.mp4", [(5, 160)]), tmp_path / "out")
    assert not list((tmp_path / "out").glob(".*"))


def test_a_film_without_faces_has_valid_files(tmp_path: Path) -> None:
    result = run(make_video(tmp_path / "film.mp4", images=greys([0] * 20), size=(160, 120)), tmp_path / "out")
    assert result.everybody.predominant is None
    assert "No face was seen" in (tmp_path / "out" / REPORT).read_text(encoding="utf-8")


def test_a_real_face_is_found_in_a_real_film(tmp_path: Path) -> None:
    options = Settings(every_seconds=0.5, thumbnails=True)
    seen: list[float] = []
    control = Control(seen.append, lambda: len(seen) >= 8)
    result = analyse_video(DEMO, tmp_path / "out", FakeClassifier(), options, control=control)
    assert result.samples_with_face >= 5


@pytest.mark.parametrize("content", [b"", b"nothing of the kind"])
def test_a_broken_film_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "film.mp4").write_bytes(content)
    with pytest.raises(InputError):
        run(tmp_path / "film.mp4", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("every_seconds", [0.0, 0.7, 3.0, 60.0])
def test_a_film_is_as_long_as_it_is_however_seldom_it_is_looked_at(tmp_path: Path, every_seconds: float) -> None:
    film = film_of(tmp_path / "film.mp4", [(50, 160)])
    run(film, tmp_path / "out", Settings(every_seconds=every_seconds, annotate=False))
    coverage = json.loads((tmp_path / "out" / DATA).read_text())["coverage"]
    assert coverage["end"] == pytest.approx(5.0, abs=0.01)


def test_one_look_at_a_film_is_enough_to_see_who_is_there(tmp_path: Path) -> None:
    settings = Settings(every_seconds=60.0, annotate=False)
    result = analyse_video(DEMO, tmp_path / "out", FakeClassifier(), settings)
    assert (result.samples, result.samples_with_face) == (1, 1)
    assert result.everybody.predominant is not None


def test_an_annotated_film_of_other_settings_does_not_stay(tmp_path: Path) -> None:
    film = film_of(tmp_path / "film.mp4", [(10, 160)])
    run(film, tmp_path / "out")
    run(film, tmp_path / "out", Settings(annotate=False))
    assert not (tmp_path / "out" / ANNOTATED).exists()


def test_an_annotated_video_of_the_same_results_stays_when_none_is_asked_for(tmp_path: Path) -> None:
    film, out = film_of(tmp_path / "film.mp4", [(10, 160)]), tmp_path / "out"
    for annotate, detector, stays in ((True, "auto", True), (False, "auto", True), (False, "haar", False)):
        options = Settings(annotate=annotate, detector=detector)
        run(film, out, options, key={"settings": asdict(options)})
        assert (out / ANNOTATED).exists() == stays


def test_joined_films_run_on_and_say_so(tmp_path: Path) -> None:
    one = film_of(tmp_path / "one.ts", [(20, 160)]).read_bytes()
    (tmp_path / "joined.ts").write_bytes(one + one)
    result = run(tmp_path / "joined.ts", tmp_path / "out")
    assert result.seconds == pytest.approx(4.0, abs=0.2)
    assert result.samples == 40
    assert any("clock jumps 1 time," in note for note in result.notes)
    with av.open(str(tmp_path / "out" / ANNOTATED)) as container:
        assert sorted(stream.type for stream in container.streams) == ["audio", "video"]
        assert (container.duration or 0) / av.time_base == pytest.approx(4.0, abs=0.3)
