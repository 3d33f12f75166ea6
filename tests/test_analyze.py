import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_classifier import FakeClassifier, SlowClassifier
from PIL import Image as Pillow

import analyze
from analysis.inputs import Task, only_run
from analysis.layout import ANNOTATED, DATA, MANIFEST, REPORT, TABLE
from analysis.progress import Meter
from analyze import BROKEN, DONE, INTERRUPTED, WRONG, main
from benchmarks.made_videos import colours, encoded, make_video

ROOT = Path(__file__).parent.parent
DEMO = ROOT / "assets" / "demo.mp4"
PICTURE = encoded(Pillow.fromarray(colours(120, 90)), "JPEG")
QUICK = ("--no-annotated", "--no-thumbnails")

CHILD = """
import sys
sys.path[:0] = [{root!r}, {tests!r}]
from fake_classifier import SlowClassifier
import analyze
if __name__ == "__main__":
    sys.exit(analyze.main(sys.argv[1:], make_classifier=SlowClassifier))
"""


def run(*arguments: object) -> int:
    return main([*map(str, arguments)], make_classifier=FakeClassifier)


def start(folder: Path, *arguments: object) -> "subprocess.Popen[str]":
    """The program in a process of its own that can be interrupted, with a network that takes its time."""
    script = folder / "child.py"
    script.write_text(CHILD.format(root=str(ROOT), tests=str(ROOT / "tests")))
    command = [sys.executable, str(script), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def wait_for(condition: "object", seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_videos_and_pictures_in_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_video(tmp_path / "in.mp4")
    (tmp_path / "a.jpg").write_bytes(PICTURE)
    assert run(tmp_path, "--out", tmp_path / "out") == DONE
    assert {path.name for path in (tmp_path / "out" / "in").iterdir()} == {TABLE, DATA, ANNOTATED, REPORT, MANIFEST}
    assert (tmp_path / "out" / "pictures" / "pictures.csv").exists()
    said = capsys.readouterr().out
    assert "a.jpg: no face" in said
    assert "in.mp4: no face was seen" in said


def test_json_prints_one_line_per_input_in_their_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_video(tmp_path / "c.mp4")
    (tmp_path / "a.jpg").write_bytes(PICTURE)
    (tmp_path / "b.jpg").write_bytes(b"broken")
    assert run(tmp_path, "--json", "--jobs", 2, "--out", tmp_path / "out", *QUICK) == BROKEN
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["name"] for line in lines] == ["a.jpg", "b.jpg", "c.mp4"]
    assert [line.get("kind", "error") for line in lines] == ["picture", "error", "video"]
    assert all(line["version"] == 2 for line in lines)


def test_broken_inputs_are_told_at_the_end_and_stop_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.jpg").write_bytes(b"broken")
    (tmp_path / "b.jpg").write_bytes(PICTURE)
    assert run(tmp_path, "--out", tmp_path / "out") == BROKEN
    printed = capsys.readouterr()
    assert "b.jpg: no face" in printed.out
    assert "1 of 2 inputs could not be used" in printed.err
    assert "a.jpg" in printed.err.splitlines()[-1]


def test_a_second_run_skips_what_is_finished(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_video(tmp_path / "in.mp4")
    assert run(tmp_path, "--out", tmp_path / "out", *QUICK) == DONE
    before = (tmp_path / "out" / "in" / TABLE).stat().st_mtime_ns
    assert run(tmp_path, "--out", tmp_path / "out", *QUICK) == DONE
    assert (tmp_path / "out" / "in" / TABLE).stat().st_mtime_ns == before
    assert "finished earlier" in capsys.readouterr().out


def test_one_process_and_two_write_the_same_picture_table(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for index in range(5):
        (tmp_path / "in" / f"{index}.png").write_bytes(encoded(Pillow.fromarray(colours(99, 80, index)), "PNG"))
    for jobs in (1, 2):
        assert run(tmp_path / "in", "--jobs", jobs, "--out", tmp_path / str(jobs)) == DONE
    one, two = ((tmp_path / str(jobs) / "pictures" / "pictures.csv").read_bytes() for jobs in (1, 2))
    assert one == two


def test_a_picture_from_standard_input_is_answered_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(PICTURE)))
    assert run("-", "--json") == DONE
    line = json.loads(capsys.readouterr().out)
    assert (line["width"], line["height"], line["faces"]) == (120, 90, [])
    assert list(tmp_path.iterdir()) == []


def test_rubbish_from_standard_input_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"rubbish")))
    assert run("-") == BROKEN
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [("-", "a.jpg"), ("--address", "auto", "a.jpg"), ("empty",), ("--out", "file/out", "a.jpg")]
)
def test_wrong_settings_are_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    (tmp_path / "a.jpg").write_bytes(PICTURE)
    assert run(*arguments) == WRONG


@pytest.mark.parametrize(("text", "seconds"), [("0.2s", 0.2), ("0.2", 0.2), ("200ms", 0.2), ("1min", 60.0)])
def test_every_understands_units(text: str, seconds: float) -> None:
    assert analyze.parse(["a", "--every", text]).every == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "-1s", "0", "nan", "inf", "1h"])
def test_every_refuses_what_is_no_time(text: str) -> None:
    with pytest.raises(SystemExit):
        analyze.parse(["a", f"--every={text}"])


@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_leaves_valid_files_and_the_next_run_finishes(tmp_path: Path, number: signal.Signals) -> None:
    child = start(tmp_path, DEMO, "--out", tmp_path / "out")
    folder = tmp_path / "out" / "demo"
    wait_for(lambda: any(part.stat().st_size > 3000 for part in folder.glob(f".{TABLE}.*")))
    child.send_signal(number)
    _, said = child.communicate(timeout=60)
    assert child.returncode == INTERRUPTED
    assert "Run the same command again" in said
    assert {path.name for path in folder.iterdir()} == {TABLE, DATA, ANNOTATED, REPORT, MANIFEST}
    data = json.loads((folder / DATA).read_text())
    assert 0 < len(data["rows"]) < 472
    assert data["about"]["source"]["complete"] is False


def test_two_runs_do_not_write_to_one_folder_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.jpg").write_bytes(PICTURE)
    (tmp_path / "out").mkdir()
    with only_run(tmp_path / "out"):
        assert run(tmp_path / "a.jpg", "--out", tmp_path / "out") == WRONG
        assert "Another run is writing to" in capsys.readouterr().err
        assert run(tmp_path / "a.jpg", "--out", tmp_path / "other") == DONE
    assert run(tmp_path / "a.jpg", "--out", tmp_path / "out") == DONE


@pytest.mark.timeout(180)
def test_a_killed_run_leaves_only_whole_files_and_the_next_one_goes_on(tmp_path: Path) -> None:
    make_video(tmp_path / "a.mp4")
    arguments = (tmp_path / "a.mp4", DEMO, "--every", "0.2s", "--out", tmp_path / "out")
    child = start(tmp_path, *arguments)
    folder = tmp_path / "out" / "demo"
    wait_for(lambda: any(part.stat().st_size > 3000 for part in folder.glob(f".{TABLE}.*")))
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()
    assert not [path for path in folder.iterdir() if not path.name.startswith(".")]
    finished = (tmp_path / "out" / "a" / TABLE).stat().st_mtime_ns
    # The name and the settings are the same, so only the rest is done.
    assert main([*map(str, arguments)], make_classifier=SlowClassifier) == DONE
    assert (tmp_path / "out" / "a" / TABLE).stat().st_mtime_ns == finished
    assert {path.name for path in folder.iterdir()} == {TABLE, DATA, ANNOTATED, REPORT, MANIFEST}


def test_the_meter_tells_each_input_the_whole_and_the_time_left(tmp_path: Path) -> None:
    tasks = []
    for name, size in (("a.mp4", 100), ("b.mp4", 300)):
        (tmp_path / name).write_bytes(b"x" * size)
        tasks.append(Task(tmp_path / name, "video", tmp_path))
    now = [0.0]
    file = io.StringIO()
    meter = Meter(tasks, file, clock=lambda: now[0])
    meter.note(0, 0.0)
    now[0] = 30.0
    meter.note(0, 0.5)
    assert file.getvalue() == "a.mp4: 50%, 0:30 left | all 2: 12%, 3:30 left\n"


class Full(io.StringIO):
    """As /dev/full is."""

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("file", [None, Full()])
def test_progress_that_nobody_can_read_ends_nothing(tmp_path: Path, file: io.StringIO | None) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    now = [0.0]
    meter = Meter([Task(tmp_path / "a.mp4", "video", tmp_path)], file, clock=lambda: now[0])
    for second in (30.0, 60.0):
        now[0] = second
        meter.note(0, second / 100)
        meter.clear()
    assert file is None or file.getvalue().count("a.mp4") == 1


def test_a_table_that_cannot_be_written_hides_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.jpg").write_bytes(PICTURE)
    (tmp_path / "b.mp4").write_bytes(b"x")
    (tmp_path / "out" / "pictures" / "pictures.csv").mkdir(parents=True)
    assert run(tmp_path / "a.jpg", tmp_path / "b.mp4", "--out", tmp_path / "out") == BROKEN
    said = capsys.readouterr().err
    assert "1 of 2 inputs could not be used" in said
    assert "The table of all pictures was not written" in said


def test_rubbish_from_standard_input_is_a_line_of_json_for_programs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"rubbish")))
    assert run("-", "--json") == BROKEN
    assert "cannot be read" in json.loads(capsys.readouterr().out)["error"]


@pytest.mark.parametrize("jobs", ["x", "0", "-1", "1.5"])
def test_jobs_refuses_what_is_no_number(jobs: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        analyze.parse(["a", f"--jobs={jobs}"])
    assert "is not a whole number of at least 1" in capsys.readouterr().err


def test_a_reader_who_leaves_ends_it_in_words(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(PICTURE)
    child = start(tmp_path, tmp_path / "a.jpg", "--json", "--out", tmp_path / "out")
    assert child.stdout is not None and child.stderr is not None
    child.stdout.close()
    said = child.stderr.read()
    assert child.wait(60) == BROKEN
    assert "Nobody reads" in said
    assert "Traceback" not in said


def test_rules_are_told_for_every_video_and_are_part_of_what_makes_a_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_video(tmp_path / "in.mp4")
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nname = "Anger spreads"\n')
    arguments = (tmp_path / "in.mp4", "--out", tmp_path / "out", "--rules", rules, *QUICK)
    assert run(*arguments) == DONE
    assert "Rule Anger spreads (angry: at least 30 % of at least 5 faces for 10 s) could not" in capsys.readouterr().out
    data = json.loads((tmp_path / "out" / "in" / DATA).read_text(encoding="utf-8"))
    assert [rule["rule"] for rule in data["uses"]["crowd"]["rules"]] == ["Anger spreads"]
    assert set(data["uses"]) == {"activity", "audience", "crowd"}
    rules.write_text('[[rule]]\nname = "Another"\n')
    assert run(*arguments) == DONE
    assert "Rule Another" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "words"), [(b'[[rule]]\nnam = "x"', "Line 2, rule 1: nam is not part"), (b"\xff", "cannot be used")]
)
def test_rules_that_cannot_be_used_are_told_before_any_work(
    text: bytes, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_video(tmp_path / "in.mp4")
    (tmp_path / "rules.toml").write_bytes(text)
    assert run(tmp_path / "in.mp4", "--out", tmp_path / "out", "--rules", tmp_path / "rules.toml") == WRONG
    assert words in capsys.readouterr().err
    assert run(tmp_path / "in.mp4", "--rules", tmp_path / "none.toml") == WRONG
