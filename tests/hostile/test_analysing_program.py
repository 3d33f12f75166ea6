"""analyze.py as a process: signals, two at once, outputs that nobody can read, and names that cannot be printed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from test_analyze import DEMO, PICTURE, ROOT, start, wait_for

from analysis.layout import ANNOTATED, DATA, MANIFEST, REPORT, TABLE
from analyze import BROKEN, DONE, INTERRUPTED, WRONG
from benchmarks.made_videos import make_video

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="file names, streams and signals of POSIX")

COMMAND = (sys.executable, str(ROOT / "analyze.py"), "--no-annotated")
PATIENCE_SECONDS = 120


def works_on(out: Path) -> bool:
    """Whether the table of every input has begun."""
    return sum(part.stat().st_size > 3000 for part in out.glob(f"*/.{TABLE}.*")) == 2


@pytest.mark.parametrize(
    ("number", "everybody"), [(signal.SIGTERM, False), (signal.SIGHUP, True), (signal.SIGINT, True)]
)
def test_several_processes_that_are_told_to_end_leave_whole_files_only(
    number: signal.Signals, everybody: bool, tmp_path: Path
) -> None:
    """A service manager tells the first process only; a terminal that closes, or Ctrl-C, all of them."""
    inputs = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    for file in inputs:
        file.symlink_to(DEMO)
    out = tmp_path / "out"
    child = start(tmp_path, *inputs, "--jobs", 2, "--out", out)
    wait_for(lambda: works_on(out), PATIENCE_SECONDS)
    (os.killpg if everybody else os.kill)(child.pid, number)
    _, said = child.communicate(timeout=PATIENCE_SECONDS)
    assert child.returncode == INTERRUPTED
    assert "Run the same command again" in said and "Traceback" not in said
    assert list(out.rglob("*.part")) == []
    for folder in (out / "one", out / "two"):
        assert {path.name for path in folder.iterdir()} == {TABLE, DATA, ANNOTATED, REPORT, MANIFEST}
        assert json.loads((folder / DATA).read_text())["about"]["source"]["complete"] is False


def test_a_second_run_on_the_same_video_is_told_and_leaves_the_first_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = start(tmp_path, DEMO, "--out", out)
    wait_for(lambda: any(part.stat().st_size > 3000 for part in out.glob(f"*/.{TABLE}.*")), PATIENCE_SECONDS)
    second = subprocess.run([*COMMAND, str(DEMO), "--out", str(out)], capture_output=True, text=True, check=False)
    assert second.returncode == WRONG
    assert "Another run is writing to" in second.stderr and "Traceback" not in second.stderr
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=PATIENCE_SECONDS)
    assert first.returncode == INTERRUPTED
    assert {path.name for path in (out / "demo").iterdir()} == {TABLE, DATA, ANNOTATED, REPORT, MANIFEST}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number}.jpg").write_bytes(PICTURE)
    return folder


def test_a_reader_who_leaves_after_one_line_is_noticed_and_what_is_done_stays(pictures: Path, tmp_path: Path) -> None:
    command = [*COMMAND, str(pictures), "--out", str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline().endswith(b": no face\n")
        process.stdout.close()
        said = process.stderr.read().decode()
        assert process.wait(PATIENCE_SECONDS) == BROKEN
    assert "Nobody reads its output any more" in said and "Traceback" not in said
    again = subprocess.run(command, capture_output=True, check=False)
    assert again.returncode == DONE and again.stdout.count(b": no face") == 20


@pytest.mark.parametrize(
    ("streams", "status", "told"),
    [
        (">/dev/full", BROKEN, "Its output cannot be written: No space left on device"),
        ("2>/dev/full", DONE, ""),
        (">&- 2>&-", DONE, ""),
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux only")
def test_outputs_that_are_full_or_closed_end_nothing_without_a_word(
    streams: str, status: int, told: str, pictures: Path, tmp_path: Path
) -> None:
    shell = f'exec "$@" {streams}'
    arguments = [*COMMAND, str(pictures), "--out", str(tmp_path / "out")]
    done = subprocess.run(["sh", "-c", shell, "sh", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert told in done.stderr and "Traceback" not in done.stderr
    assert (tmp_path / "out" / "pictures" / "report.html").exists() == (status == DONE)


LOCALE_C = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


@pytest.mark.parametrize(
    ("terminal", "as_json"),
    [(LOCALE_C, False), ({"PYTHONIOENCODING": "ascii"}, True), ({"PYTHONIOENCODING": "cp1252"}, True)],
)
def test_names_that_the_terminal_has_no_letters_for_are_escaped_and_analysed(
    terminal: dict[str, str], as_json: bool, tmp_path: Path
) -> None:
    folder = os.fsencode(tmp_path) + b"/in"
    Path(os.fsdecode(folder)).mkdir()
    for name in (b"\xff\xfe.jpg", "Grüße ☺.jpg".encode(), b"esc\x1b[2J.jpg"):
        Path(os.fsdecode(folder + b"/" + name)).write_bytes(PICTURE)
    make_video(tmp_path / "plain.mp4", [0, 0.1]).rename(Path(os.fsdecode(folder + b"/f\xe9.mp4")))
    command = [*COMMAND, os.fsdecode(folder), "--out", str(tmp_path / "out"), *(["--json"] if as_json else [])]
    done = subprocess.run(command, capture_output=True, env={**os.environ, **terminal}, check=False)
    assert done.returncode == DONE, done.stderr.decode()
    lines = done.stdout.decode(terminal.get("PYTHONIOENCODING", "ascii")).splitlines()
    assert all(line.isprintable() for line in lines)
    if as_json:
        names = {json.loads(line)["name"] for line in lines}
        assert names >= {"\udcff\udcfe.jpg", "esc\x1b[2J.jpg", "f\udce9.mp4"} and len(names) == 4
    assert "\\udcff\\udcfe.jpg" in "".join(lines)
    assert len(list((tmp_path / "out").rglob("report.html"))) == 2
