"""The same tasks on a Ray cluster: one input each, the network loaded once per worker, results in a shared folder."""

from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from analysis.crew import MakeWorker, Progress
from analysis.inputs import Task
from analysis.results import Result
from analysis.settings import Control
from analysis.worker import failed
from faces.errors import SettingsError

MISSING = "--engine ray needs Ray, which is not installed. Run `pip install -r requirements-ray.txt`."

TRIES_AFTER_A_DEATH = 5
LEFT_AT_HOME = [".git", ".venv", "**/*.part", "results", "runs", "assets/*.mp4", "docs", "tests"]


def run_on_ray(
    tasks: Sequence[Task],
    make: MakeWorker,
    progress: Progress,
    stopped: Callable[[], bool],
    *,
    address: str | None = None,
    jobs: int | None = None,
    code: Path,
) -> Iterator[tuple[int, Result]]:
    """All tasks, in any order. Inputs and results must lie in folders that every machine of the cluster sees.

    A task whose worker dies is given to another one: what it had written did not have its final names yet.
    `address` is that of a running cluster, or "auto"; without it a local one is started with `jobs` CPUs. `code` is
    the folder of this program, which is sent to the workers.
    """
    ray = _ray()
    where: dict[str, Any] = {"address": address} if address else {"num_cpus": jobs, "include_dashboard": False}
    environment = {"working_dir": str(code), "excludes": LEFT_AT_HOME}
    try:
        ray.init(**where, runtime_env=environment, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, ValueError) as error:
        place = address or "this machine"
        raise SettingsError(
            f"No Ray cluster at {place} could be used: {error}. Check --address, or start one."
        ) from error
    work = ray.remote(num_cpus=1, max_retries=TRIES_AFTER_A_DEATH)(_work)
    try:
        waiting = {work.remote(make, task): index for index, task in enumerate(tasks)}
        while waiting and not stopped():
            done, _ = ray.wait(list(waiting), timeout=0.5)
            for reference in done:
                index = waiting.pop(reference)
                try:
                    result = ray.get(reference)
                except ray.exceptions.RayError as error:
                    path = tasks[index].path
                    result = failed(path, f"{path.name} was not finished on the cluster: {error}")
                progress(index, 1.0)
                yield index, result
    finally:
        ray.shutdown()


_workers: dict[str, Any] = {}
"""This process's worker: Ray keeps a process for many tasks, so the network is loaded once."""


def _work(make: MakeWorker, task: Task) -> Result:
    import cv2

    cv2.setNumThreads(1)
    if "worker" not in _workers:
        _workers["worker"] = make()
    return _workers["worker"].run(task, Control())  # type: ignore[no-any-return]


def check_ray() -> None:
    """Raise SettingsError where Ray is not installed; loads nothing of it."""
    if find_spec("ray") is None:
        raise SettingsError(MISSING)


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise SettingsError(MISSING) from error
    return ray
