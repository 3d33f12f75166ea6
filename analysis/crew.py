"""Several worker processes; one that dies fails only its own task."""

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

import cv2

from analysis.inputs import Task
from analysis.results import Result
from analysis.settings import Control
from analysis.worker import Worker, failed

MakeWorker = Callable[[], Worker]
"""Makes a worker inside its process; a module-level function, so that it can be pickled."""

Progress = Callable[[int, float], None]
"""Called with a task's index and its progress from 0 to 1."""


def run_here(
    tasks: Sequence[Task], worker: Worker, progress: Progress, stopped: Callable[[], bool]
) -> Iterator[tuple[int, Result]]:
    """All tasks one after the other in this process."""
    cv2.setNumThreads(1)  # one core per task; more cores run more tasks
    for index, task in enumerate(tasks):
        if stopped():
            return
        yield index, worker.run(task, Control(partial(progress, index), stopped))


def run_together(
    tasks: Sequence[Task], make: MakeWorker, jobs: int, progress: Progress, stopped: Callable[[], bool]
) -> Iterator[tuple[int, Result]]:
    """All tasks on that many processes, each handed out as soon as one is free; results come in any order."""
    todo = list(enumerate(tasks))[::-1]
    crew = [_Member(make) for _ in range(min(jobs, len(tasks)))]
    try:
        while True:
            for member in crew:
                if member.task is None and todo and not stopped():
                    member.give(*todo.pop())
            busy = [member for member in crew if member.task is not None]
            if not busy:
                return
            if stopped():
                for member in busy:
                    member.interrupt()
            ready = wait([member.pipe for member in busy], timeout=0.5)
            for member in (member for member in busy if member.pipe in ready):
                message = member.hear()
                if isinstance(message, float):
                    progress(member.index, message)
                    continue
                if message is None:
                    message = failed(member.given.path, member.last_words())
                    crew.remove(member)
                    crew += [_Member(make)] if todo and not stopped() else []
                member.task = None
                yield member.index, message
    finally:
        for member in crew:
            member.end()


class _Member:
    """One process and the pipe to it."""

    def __init__(self, make: MakeWorker) -> None:
        # A fresh interpreter: a fork would copy threads and locks of OpenCV and LiteRT in an unknown state.
        context = multiprocessing.get_context("spawn")
        self.pipe, far = context.Pipe()
        self.process: BaseProcess = context.Process(target=_work, args=(far, make), daemon=True)
        with _sigint_held_back():
            self.process.start()
        far.close()
        self.index = -1
        self.task: Task | None = None
        self.given: Task

    def give(self, index: int, task: Task) -> None:
        self.index, self.task, self.given = index, task, task
        with contextlib.suppress(BrokenPipeError):  # it has died; hear() will report it
            self.pipe.send(task)

    def hear(self) -> Any:
        """Progress as a float, a result, or None when the process has died."""
        try:
            return self.pipe.recv()
        except (EOFError, OSError):
            return None

    def last_words(self) -> str:
        self.process.join(5)
        return (
            f"{self.given.path.name} was not finished: the process that worked on it ended "
            f"unexpectedly ({self.process.exitcode}). Run it again, or leave this file out."
        )

    def interrupt(self) -> None:
        """Ask it to finish its files and stop, as Ctrl-C in the terminal asks all of them."""
        if self.process.pid is not None and self.process.is_alive():
            os.kill(self.process.pid, signal.SIGINT)

    def end(self) -> None:
        self.pipe.close()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()


def _work(pipe: Connection, make: MakeWorker) -> None:
    """The life of a process: tasks in, progress and results out, until the pipe closes."""
    cv2.setNumThreads(1)
    interrupted = _Interrupted()
    _let_sigint_come()
    worker = make()
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            task: Task = pipe.recv()
            pipe.send(worker.run(task, Control(_Throttle(pipe), lambda: interrupted.yes)))


@contextlib.contextmanager
def _sigint_held_back() -> Iterator[None]:
    """A process started in this block holds Ctrl-C back until `_let_sigint_come`.

    Otherwise its interpreter would die of it during its imports. Windows cannot hold signals back.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # first: it lets SIGINT come when it has started
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _let_sigint_come() -> None:
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


class _Interrupted:
    """Set by Ctrl-C or the terminal's closing, which reach all its processes: finish the files, then end."""

    def __init__(self) -> None:
        self.yes = False
        for name in ("SIGINT", "SIGHUP"):
            if (number := getattr(signal, name, None)) is not None:
                signal.signal(number, self._note)

    def _note(self, number: int, frame: object) -> None:
        self.yes = True


@dataclass
class _Throttle:
    """Sends progress in steps of one hundredth; the pipe need not carry every frame."""

    pipe: Connection
    sent: float = -1.0

    def __call__(self, share: float) -> None:
        if share - self.sent >= 0.01:
            self.sent = share
            self.pipe.send(float(share))
