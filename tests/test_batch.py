import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from fake_classifier import FakeClassifier
from PIL import Image as Pillow

from analysis.about import Provenance
from analysis.inputs import Task, check_out, find_inputs, plan
from analysis.layout import ANNOTATED, MANIFEST, TABLE
from analysis.results import PictureResult, Result, result_of, result_values
from analysis.settings import Control, Settings
from analysis.tables import PICTURE_COLUMNS, told_apart, write_picture_table, write_pictures
from analysis.worker import Worker, finished
from benchmarks.made_videos import colours, encoded, huge_png, make_sound, make_video
from faces.errors import SettingsError

PICTURE = encoded(Pillow.fromarray(colours(120, 90)[:, :, ::-1].copy()), "JPEG")
QUICK = Settings(annotate=False, thumbnails=False, every_seconds=0.5)


def told(result: Result) -> dict[str, Any]:
    """As JSON has it, through the text and back."""
    values = json.loads(json.dumps(result_values(result)))
    assert result_values(result_of(values)) == {key: value for key, value in values.items() if key != "skipped"}
    return dict(values)


def worker(settings: Settings = QUICK) -> Worker:
    return Worker(FakeClassifier(), settings, Provenance())


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def test_folders_files_and_patterns_are_found_once_and_in_order(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.PNG", "notes.txt", ".hidden.jpg", "deep/c.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = find_inputs([str(tmp_path), str(tmp_path / "*.jpg"), str(tmp_path / "b.jpg")], tmp_path / "out")
    assert names(found) == ["a.PNG", "b.jpg", "c.mp4"]
    assert names(find_inputs([str(tmp_path / "notes.txt")], tmp_path / "out")) == ["notes.txt"]


def test_results_of_an_earlier_run_are_no_inputs(tmp_path: Path) -> None:
    make_video(tmp_path / "film.mp4")
    (task,) = plan(find_inputs([str(tmp_path)], tmp_path / "out"), tmp_path / "out")
    worker(Settings(thumbnails=False)).run(task, Control())
    assert (tmp_path / "out" / "film" / ANNOTATED).exists()
    assert names(find_inputs([str(tmp_path)], tmp_path / "elsewhere")) == ["film.mp4"]


def test_two_films_of_one_name_get_folders_of_their_own_in_every_run(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        make_video(tmp_path / folder / "film.mp4", [0, 0.1])
    first, second = (tmp_path / folder / "film.mp4" for folder in ("one", "two"))
    out = tmp_path / "out"
    assert names([task.place for task in plan([first, second], out)]) == ["film", "film-2"]
    worker().run(plan([first], out)[0], Control())
    assert names([task.place for task in plan([second], out)]) == ["film-2"]
    assert names([task.place for task in plan([second, first], out)]) == ["film-2", "film"]


def test_a_finished_film_is_skipped_until_anything_about_it_changes(tmp_path: Path) -> None:
    film = make_video(tmp_path / "film.mp4")
    (task,) = plan([film], tmp_path / "out")
    assert "skipped" not in told(worker().run(task, Control()))
    assert told(worker().run(task, Control()))["skipped"] is True
    assert finished(task, Settings(annotate=False, thumbnails=False, every_seconds=0.5, weights="other")) is None
    assert finished(task, Settings(annotate=False, thumbnails=False, every_seconds=0.2)) is None
    os.utime(film, ns=(1, 1))
    assert finished(task, QUICK) is None


def test_a_film_whose_table_has_vanished_is_done_again(tmp_path: Path) -> None:
    (task,) = plan([make_video(tmp_path / "film.mp4")], tmp_path / "out")
    worker().run(task, Control())
    (task.place / TABLE).unlink()
    assert finished(task, QUICK) is None


def test_a_film_that_was_stopped_is_not_finished(tmp_path: Path) -> None:
    (task,) = plan([make_video(tmp_path / "film.mp4")], tmp_path / "out")
    result = worker().run(task, Control(stopped=lambda: True))
    assert told(result)["complete"] is False
    assert "result" not in json.loads((task.place / MANIFEST).read_text())
    assert finished(task, QUICK) is None


def test_what_was_finished_is_not_so_any_more_when_other_settings_have_written_over_it(tmp_path: Path) -> None:
    (task,) = plan([make_video(tmp_path / "film.mp4")], tmp_path / "out")
    worker().run(task, Control())
    assert finished(task, QUICK) is not None
    worker(Settings(annotate=False)).run(task, Control(stopped=lambda: True))
    assert finished(task, QUICK) is None


def test_a_film_that_was_stopped_is_no_input_and_keeps_its_folder(tmp_path: Path) -> None:
    (task,) = plan([make_video(tmp_path / "film.mp4")], tmp_path / "out")
    worker(Settings(thumbnails=False)).run(task, Control(stopped=lambda: True))
    assert (task.place / ANNOTATED).exists()
    assert find_inputs([str(tmp_path / "out")], tmp_path / "out") == []
    (tmp_path / "other").mkdir()
    (other,) = plan([make_video(tmp_path / "other" / "film.mp4")], tmp_path / "out")
    assert other.place != task.place


@pytest.mark.parametrize("manifest", ['{"name": "a web page"}', '{"input": "a.css"}', "[]", "{"])
def test_a_manifest_of_somebody_else_hides_no_films(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    make_video(tmp_path / "film.mp4")
    assert names(find_inputs([str(tmp_path)], tmp_path / "out")) == ["film.mp4"]


def test_one_film_has_one_path_and_no_film_leaves_the_folder_of_results(tmp_path: Path) -> None:
    make_video(tmp_path / "film.mp4", [0, 0.1])
    (tmp_path / "...mp4").write_bytes((tmp_path / "film.mp4").read_bytes())
    paths = [tmp_path / "film.mp4", tmp_path / "deep" / ".." / "film.mp4", tmp_path / "...mp4"]
    tasks = plan(find_inputs([str(path) for path in paths], tmp_path / "out"), tmp_path / "out")
    assert [task.place.parent for task in tasks] == [tmp_path / "out"] * 2
    assert ".." not in [task.place.name for task in tasks]


def test_a_folder_that_may_not_be_searched_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir

    def scandir(path: str) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    (tmp_path / "closed").mkdir()
    monkeypatch.setattr(os, "scandir", scandir)
    (task,) = plan(find_inputs([str(tmp_path)], tmp_path / "out"), tmp_path / "out")
    assert "closed cannot be read" in told(worker().run(task, Control()))["error"]


def test_a_name_that_is_too_long_is_one_broken_input(tmp_path: Path) -> None:
    (task,) = plan(find_inputs(["x" * 300 + ".mp4"], tmp_path / "out"), tmp_path / "out")
    assert task.kind == "broken"


@pytest.mark.skipif(os.name == "nt" or os.uname().sysname == "Darwin", reason="names there are always Unicode")
def test_names_that_are_no_utf8_are_analysed_and_known_again(tmp_path: Path) -> None:
    film, picture = (Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9" + suffix)) for suffix in (b".mp4", b".jpg"))
    make_video(tmp_path / "film.mp4").rename(film)
    picture.write_bytes(PICTURE)
    for again in (False, True):
        results = [worker(Settings()).run(task, Control()) for task in plan([film, picture], tmp_path / "out")]
        assert [told(result).get("error") for result in results] == [None, None]
        assert [told(result).get("skipped", False) for result in results] == [again, again]
    write_pictures(results[1:], tmp_path / "out", Settings(), Provenance())


def test_a_fault_of_the_program_costs_one_input_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AttributeError("no such thing")

    (task,) = plan([make_video(tmp_path / "film.mp4")], tmp_path / "out")
    monkeypatch.setattr("analysis.worker.analyse_video", fail)
    assert "AttributeError: no such thing" in told(worker().run(task, Control()))["error"]
    assert "Traceback" in capsys.readouterr().err


def test_a_finished_picture_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(PICTURE)
    (task,) = plan([tmp_path / "a.jpg"], tmp_path / "out")
    assert "skipped" not in told(worker().run(task, Control()))
    assert told(worker().run(task, Control()))["skipped"] is True


def test_a_torn_memory_is_no_memory(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(PICTURE)
    (task,) = plan([tmp_path / "a.jpg"], tmp_path / "out")
    worker().run(task, Control())
    task.place.write_bytes(task.place.read_bytes()[:40])
    assert finished(task, QUICK) is None


def test_a_memory_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(PICTURE)
    (task,) = plan([tmp_path / "a.jpg"], tmp_path / "out")
    task.place.mkdir(parents=True)
    with pytest.raises(SettingsError, match=r"cannot be read: Is a directory\. Make it readable, or delete it"):
        finished(task, QUICK)


def test_every_bad_input_is_a_line_with_words_and_stops_nothing(tmp_path: Path) -> None:
    film = make_video(tmp_path / "good.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(film[: len(film) // 2])
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "huge.png").write_bytes(huge_png())
    (tmp_path / "cut.jpg").write_bytes(PICTURE[: len(PICTURE) // 2])
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "wrong.mp4").write_bytes(PICTURE)  # read as what it is
    (tmp_path / "Grüße 東京.jpg").write_bytes(PICTURE)
    make_sound(tmp_path / "song.mp4")
    tasks = plan(find_inputs([str(tmp_path), str(tmp_path / "gone.jpg")], tmp_path / "out"), tmp_path / "out")
    one = worker()
    errors = {task.path.name: told(one.run(task, Control())).get("error") for task in tasks}
    good = [name for name, error in errors.items() if error is None]
    assert sorted(good) == ["Grüße 東京.jpg", "good.mp4", "wrong.mp4"]
    for name, word in {
        "cut.mp4": "damaged",
        "empty.jpg": "empty",
        "huge.png": "smaller",
        "cut.jpg": "cut off",
        "text.png": "neither a picture nor a video",
        "song.mp4": "sound but no picture",
        "gone.jpg": "does not exist",
    }.items():
        assert word in str(errors[name]), name
        assert str(errors[name]).startswith(name)
    assert {folder.name for folder in (tmp_path / "out").iterdir()} == {"good", "pictures"}


def test_a_full_disk_fails_one_input_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object, rows: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("timeline.export.TableWriter.write", full)
    (task,) = plan([make_video(tmp_path / "film.mp4")], tmp_path / "out")
    assert "No space left" in told(worker().run(task, Control()))["error"]


def test_a_place_that_cannot_be_written_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match="Choose another --out"):
        check_out(tmp_path / "file" / "out")


def test_one_table_one_json_and_one_report_tell_all_pictures(tmp_path: Path) -> None:
    for name in ("a.jpg", "x/b.jpg", "y/b.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(PICTURE)
    (tmp_path / "broken.jpg").write_bytes(b"x")
    tasks = plan(find_inputs([str(tmp_path)], tmp_path / "out"), tmp_path / "out")
    results = [worker().run(task, Control()) for task in tasks]
    folder = write_pictures(results, tmp_path / "out", QUICK, Provenance())
    with (folder / "pictures.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["quality"]) for row in rows] == [
        ("a.jpg", "no face"),
        ("broken.jpg", "not readable"),
        ("x/b.jpg", "no face"),
        ("y/b.jpg", "no face"),
    ]
    data = json.loads((folder / "pictures.json").read_text(encoding="utf-8"))
    assert (data["version"], len(data["pictures"])) == (2, 4)
    assert "broken.jpg" in (folder / "report.html").read_text(encoding="utf-8")


def test_pictures_of_one_name_are_told_apart_by_as_many_folders_as_it_takes() -> None:
    inputs = ["/x/a/1.jpg", "/x/b/1.jpg", "/y/b/1.jpg", "/y/b/2.jpg"]
    results = told_apart([PictureResult(name, name.rsplit("/", 1)[1], 8, 8, ()) for name in inputs])
    assert [result.name for result in results] == ["a/1.jpg", "x/b/1.jpg", "y/b/1.jpg", "2.jpg"]
    assert told_apart([]) == []


def test_a_file_name_never_becomes_a_formula_in_a_spreadsheet() -> None:
    file = io.StringIO()
    write_picture_table(file, [PictureResult("=1+1.jpg", "=1+1.jpg", 8, 8, ())])
    header, row = csv.reader(file.getvalue().splitlines())
    assert tuple(header) == PICTURE_COLUMNS
    assert row[0] == "'=1+1.jpg"


def test_the_picture_table_opens_with_pandas_and_no_options(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    (tmp_path / "ü.jpg").write_bytes(PICTURE)
    (task,) = plan([tmp_path / "ü.jpg"], tmp_path / "out")
    folder = write_pictures([worker().run(task, Control())], tmp_path / "out", QUICK, Provenance())
    table = pandas.read_csv(folder / "pictures.csv")
    assert list(table.columns) == list(PICTURE_COLUMNS)
    assert table["file"].tolist() == ["ü.jpg"]


def test_a_task_can_be_sent_to_another_process() -> None:
    import pickle

    task = Task(Path("/a"), "video", Path("/b"))
    assert pickle.loads(pickle.dumps(task)) == task
