import os
import shutil
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from analysis.about import Provenance
from analysis.crew import run_here
from analysis.inputs import plan
from analysis.layout import DATA, TABLE
from analysis.ray_engine import run_on_ray
from analysis.results import Unusable
from analysis.settings import Settings
from analysis.worker import Worker
from benchmarks.made_videos import make_video
from faces.errors import SettingsError

ROOT = Path(__file__).parent.parent


def make_worker(pids: Path | None = None) -> Worker:
    """Made inside a Ray worker, where the tests' folder is not on the path: the class is defined here."""
    import numpy as np

    class Slow:
        unsure_below = 0.4

        def classify(self, image: object, boxes: list[object]) -> object:
            time.sleep(0.05)
            return np.full((len(boxes), 7), 1 / 7, np.float32)

    if pids is not None:
        (pids / str(os.getpid())).write_text("")
    return Worker(Slow(), Settings(annotate=False, thumbnails=False, every_seconds=0.2), Provenance())  # type: ignore[arg-type]


def test_without_ray_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SettingsError, match="requirements-ray"):
        list(run_on_ray([], make_worker, lambda *note: None, lambda: False, code=ROOT))


@pytest.mark.timeout(300)
def test_a_cluster_with_a_killed_worker_writes_the_same_tables(tmp_path: Path) -> None:
    ray = pytest.importorskip("ray")
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the workers have no tests
    films = [make_video(tmp_path / f"{index}.mp4") for index in range(2)]
    films += [Path(shutil.copy(ROOT / "assets" / "demo.mp4", tmp_path / f"demo{index}.mp4")) for index in range(2)]
    here, there = plan(films, tmp_path / "here"), plan(films, tmp_path / "there")
    list(run_here(here, make_worker(), lambda *note: None, lambda: False))
    pids = tmp_path / "pids"
    pids.mkdir()
    killed: list[int] = []
    over = threading.Event()

    def kill_one() -> None:
        while not over.is_set() and not killed:
            if any((tmp_path / "there").glob(f"demo*/.{TABLE}.*")):
                killed.append(int(next(pids.iterdir()).name))
                os.kill(killed[0], signal.SIGKILL)
            time.sleep(0.05)

    killer = threading.Thread(target=kill_one)
    killer.start()
    make = partial(make_worker, pids)
    results = dict(run_on_ray(there, make, lambda *note: None, lambda: False, jobs=2, code=ROOT))
    over.set()
    killer.join()
    assert [result for result in results.values() if isinstance(result, Unusable)] == []
    assert killed
    for one, other in zip(here, there, strict=True):
        for name in (TABLE, DATA):
            assert (one.place / name).read_bytes() == (other.place / name).read_bytes()
