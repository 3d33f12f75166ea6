"""The first interpreter of a process is made ready without LiteRT's note, and nothing else that is printed is lost."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from faces import litert
from faces.litert import NOTE, allocate

ROOT = Path(litert.__file__).parent.parent


class Talkative:
    """An interpreter that prints while it is made ready."""

    def __init__(self, *lines: bytes, fails: bool = False) -> None:
        self.lines, self.fails, self.ready = lines, fails, 0

    def allocate_tensors(self) -> None:
        for line in self.lines:
            os.write(2, line + b"\n")
        if self.fails:
            raise RuntimeError("no memory")
        self.ready += 1


@pytest.fixture(autouse=True)
def first_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(litert, "_noted", threading.Event())


def test_the_note_is_left_out_and_the_rest_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    interpreter = Talkative(NOTE, b"WARNING: old file")
    allocate(interpreter)
    print("after", file=sys.stderr)
    assert capfd.readouterr().err == "WARNING: old file\nafter\n"
    assert interpreter.ready == 1


def test_only_the_first_time_is_listened_to(capfd: pytest.CaptureFixture[str]) -> None:
    allocate(Talkative(NOTE))
    allocate(Talkative(NOTE))
    assert capfd.readouterr().err.encode() == NOTE + b"\n"


def test_what_fails_is_raised_after_what_it_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="no memory"):
        allocate(Talkative(b"ERROR: arena", fails=True))
    assert capfd.readouterr().err == "ERROR: arena\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize("closed", ["", "2>&-"])
def test_the_program_starts_without_a_word_of_the_engine(closed: str) -> None:
    code = "from model import FacialExpressionModel; FacialExpressionModel(); print('ready')"
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" -c "$1" {closed}', sys.executable, code],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("ready\n", "")
