import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from fake_classifier import DyingClassifier, FakeClassifier

from analysis.about import Provenance
from analysis.crew import run_here, run_together
from analysis.inputs import Task, plan
from analysis.layout import DATA, TABLE
from analysis.results import Unusable
from analysis.settings import Settings
from analysis.worker import Worker
from benchmarks.made_videos import make_video

SETTINGS = Settings(annotate=False, thumbnails=False)
DEMO = Path(__file__).parent.parent / "assets" / "demo.mp4"


def make_worker(settings: Settings = SETTINGS) -> Worker:
    return Worker(FakeClassifier(), settings, Provenance())


def make_dying_worker(grave: Path) -> Worker:
    """The first process dies at its first film; the ones after it live."""
    if grave.exists():
        return make_worker()
    grave.write_text(str(os.getpid()))
    return Worker(DyingClassifier(), Settings(every_seconds=2.0, annotate=False, thumbnails=False), Provenance())


def films(folder: Path, count: int) -> list[Task]:
    folder.mkdir(parents=True, exist_ok=True)
    return plan([make_video(folder / f"{index}.mp4") for index in range(count)], folder / "out")


def test_two_processes_write_the_same_tables_as_one(tmp_path: Path) -> None:
    told: list[tuple[int, float]] = []
    here, there = films(tmp_path / "a", 3), films(tmp_path / "b", 3)
    one = dict(run_here(here, make_worker(), lambda *note: told.append(note), lambda: False))
    two = dict(run_together(there, make_worker, 2, lambda *note: told.append(note), lambda: False))
    assert sorted(one) == sorted(two) == [0, 1, 2]
    assert {index for index, _ in told} == {0, 1, 2}
    for mine, other in zip(here, there, strict=True):
        for name in (TABLE, DATA):
            assert (mine.place / name).read_bytes() == (other.place / name).read_bytes()


def test_a_process_that_dies_fails_its_own_input_only(tmp_path: Path) -> None:
    tasks = plan([DEMO, *(task.path for task in films(tmp_path, 2))], tmp_path / "out")
    make = partial(make_dying_worker, tmp_path / "grave")
    results = dict(run_together(tasks, make, 1, lambda index, share: None, lambda: False))
    assert "ended unexpectedly (9)" in str(results[0])
    assert not any(isinstance(results[index], Unusable) for index in (1, 2))


@pytest.mark.parametrize("jobs", [1, 2])
def test_nothing_new_begins_once_it_shall_stop(tmp_path: Path, jobs: int) -> None:
    tasks = films(tmp_path, 3)

    def note(index: int, share: float) -> None:
        raise AssertionError("something began")

    if jobs == 1:
        results = run_here(tasks, make_worker(), note, lambda: True)
    else:
        results = run_together(tasks, make_worker, jobs, note, lambda: True)
    assert list(results) == []


HELD_BACK = """
import multiprocessing, signal
from analysis.crew import _sigint_held_back

def tell(pipe):
    pipe.send(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    with _sigint_held_back():
        context.Process(target=tell, args=(far,)).start()
    print(near.recv())
"""


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals cannot wait here")
def test_ctrl_c_does_not_reach_a_process_that_still_imports(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(HELD_BACK)
    environment = {**os.environ, "PYTHONPATH": str(DEMO.parent.parent)}
    command = [sys.executable, str(tmp_path / "script.py")]
    child = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert child.stdout == "True\n"
