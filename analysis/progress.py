"""How a run in a terminal shows its progress, and how it is stopped."""

import signal
import time
from collections.abc import Callable, Sequence
from typing import TextIO

from analysis.inputs import Task
from faces.terminal import plain, say
from timeline.export import short_clock


class Stop:
    """Set by Ctrl-C, a request to end, or the terminal's closing; a second one ends at once.

    The current input gets complete files about what was seen so far.
    """

    def __init__(self) -> None:
        self.given = False
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Windows has not all of them
            try:
                signal.signal(getattr(signal, name), self._note)
            except (ValueError, AttributeError):
                continue  # not the main thread, so signals go elsewhere

    def _note(self, number: int, frame: object) -> None:
        if self.given:
            signal.signal(number, signal.SIG_DFL)
            raise KeyboardInterrupt
        self.given = True
        say("", error=True)  # the progress has no end of line
        say("Stopping. Press Ctrl-C again to end at once.", error=True)


class Meter:
    """Shows how far each input and the whole run are, and how long the rest will take.

    `file`: None where there is nothing to write to; where it is closed or full, nothing more is shown.
    """

    def __init__(
        self, tasks: Sequence[Task], file: TextIO | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tasks = tasks
        self._file = file
        self._clock = clock
        self._live = file is not None and file.isatty()
        self._sizes = [max(1, task.path.stat().st_size) if task.kind != "broken" else 1 for task in tasks]
        self._done = [0.0] * len(tasks)
        self._begun: dict[int, float] = {}
        self._start = self._told = clock()
        self._width = 0

    def note(self, index: int, share: float) -> None:
        """Note the progress of one input, from 0 to 1."""
        now = self._clock()
        self._begun.setdefault(index, now)
        self._done[index] = share
        if now - self._told >= (0.2 if self._live else 10.0):
            self._told = now
            text = self.words(index, now)
            self._show(f"\r{text.ljust(self._width)}" if self._live else f"{text}\n")
            self._width = len(text)

    def words(self, index: int, now: float) -> str:
        """The line as it is shown."""
        done = sum(size * share for size, share in zip(self._sizes, self._done, strict=True))
        whole = done / sum(self._sizes)
        one = _left(now - self._begun[index], self._done[index])
        name = plain(self._tasks[index].path.name)
        text = f"{name}: {self._done[index]:.0%}{one}"
        return (
            text
            if len(self._tasks) == 1
            else f"{text} | all {len(self._tasks)}: {whole:.0%}{_left(now - self._start, whole)}"
        )

    def clear(self) -> None:
        """Clear the line, so that a result can be printed."""
        if self._live and self._width:
            self._show("\r" + " " * self._width + "\r")
            self._width = 0

    def _show(self, text: str) -> None:
        if self._file is None:
            return
        try:
            self._file.write(text)
            self._file.flush()
        except OSError:
            self._file = None  # nobody can read it, and the results do not depend on it


def _left(passed_seconds: float, share: float) -> str:
    return f", {short_clock(passed_seconds / share * (1 - share), tenths=False)} left" if 0.01 < share < 1 else ""
