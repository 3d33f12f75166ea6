"""Keeps one source running: reads it in its own thread, notices and reports when it stalls, and reopens it."""

import threading
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from faces.errors import NoCameraError, SourceError
from faces.records import Frame, Image
from sources.base import Source

Report = Callable[[str, str], None]
"""Called with (status, message): "starting", "live", "reconnecting" or "failed"."""

MakeSource = Callable[[], Source]

STUCK_READERS_ALLOWED = 2
"""A blocked read cannot be stopped, only abandoned; with this many abandoned, no further one is started."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds to wait before something counts as lost."""

    open_seconds: float = 15.0  # some Windows drivers take this long
    read_seconds: float = 2.5  # with the keeper's round of 0.1 s a stall is noticed within 3 s
    retry_seconds: Sequence[float] = (0.5, 1, 2, 4, 8)
    stop_seconds: float = 1.0


ROUND_SECONDS = 0.1

NO_CAMERA = "No camera found, so the demo clip is playing."


class Capture:
    """One source, kept running until stop(); frames and news go to the two functions it is given."""

    def __init__(
        self,
        make_source: MakeSource,
        deliver: Callable[[Frame], None],
        report: Report,
        *,
        fallback: MakeSource | None = None,
        prepared: Source | None = None,
        patience: Patience | None = None,
    ) -> None:
        """`fallback`, the demo clip, steps in when the source gives nothing at first.

        `prepared` is a source already entered.
        """
        self._make_source = make_source
        self._deliver = deliver
        self._report = report
        self._fallback = fallback
        self._prepared = prepared
        self._patience = patience or Patience()
        self._ending = threading.Event()
        self._started = time.monotonic()
        self._count = 0
        self._seconds = 0.0
        self._note = ""
        self._reader: _SourceReader | None = None
        self._stuck: list[_SourceReader] = []
        self._known_still: int | None = None
        self._guard = threading.RLock()  # the garbage collector may call stop() inside of any thread
        self._keeper = threading.Thread(target=self._keep, name="capture-keeper", daemon=True)

    def start(self) -> None:
        self._keeper.start()

    def ask_to_end(self) -> None:
        """It ends by itself as soon as the driver lets it."""
        self._ending.set()
        with self._guard:
            reader = self._reader
        if reader is not None:
            reader.ask_to_end()

    def stop(self) -> bool:
        """End it and release the camera; False when a blocked read still holds it."""
        self.ask_to_end()
        self._keeper.join(self._patience.stop_seconds + 1)
        return self.released

    @property
    def trying(self) -> bool:
        """Whether it carries on by itself, reading or reopening the source."""
        return self._keeper.is_alive() and not self._ending.is_set()

    @property
    def released(self) -> bool:
        """After stop(): whether no read holds the camera any more."""
        return not self._keeper.is_alive() and self._stuck_count() == 0

    def _keep(self) -> None:
        attempts = 0
        waits = self._patience.retry_seconds
        while not self._ending.is_set():
            if self._stuck_count() >= STUCK_READERS_ALLOWED:
                self._ending.wait(waits[-1])
                continue
            count = self._count
            problem, again = self._run_once()
            if not again or self._ending.is_set():
                return
            attempts = 1 if self._count > count else attempts + 1
            if problem:
                self._ending.wait(waits[min(attempts, len(waits)) - 1])

    def _run_once(self) -> tuple[str, bool]:
        """Open the source once and read it to its end: (what ended it, whether to reopen it)."""
        prepared, self._prepared = self._prepared, None
        try:
            source = prepared or self._make_source()
        except SourceError as error:
            self._report("failed", str(error))
            return str(error), False
        reader = _SourceReader(source, self._accept, entered=prepared is not None)
        with self._guard:
            self._reader = reader
        reader.start()
        problem = self._watch(reader)
        with self._guard:
            self._reader = None  # what a blocked read may still deliver is no longer wanted
        again = not self._ending.is_set() and self._explain(problem, reader)
        if not reader.dismiss(self._patience.stop_seconds):
            self._stuck.append(reader)
        return problem, again

    def _explain(self, problem: str, reader: "_SourceReader") -> bool:
        """Report what happened; True if it makes sense to continue."""
        if self._count == 0 and self._fallback is not None:
            self._make_source, self._fallback = self._fallback, None
            self._note = NO_CAMERA if reader.no_camera else f"{problem} The demo clip is playing instead."
            return True
        if not reader.source.comes_back:
            self._report("failed", problem)
            return False
        status = "reconnecting" if self._count else "failed"
        self._report(status, f"{problem} Retrying every few seconds.")
        return True

    def _watch(self, reader: "_SourceReader") -> str:
        """Return what is wrong as soon as something is."""
        shown_still = False
        while not reader.over.wait(ROUND_SECONDS) and not self._ending.is_set():
            limit = self._patience.read_seconds if reader.opened.is_set() else self._patience.open_seconds
            if reader.source.comes_back and time.monotonic() - reader.heard_at > limit:
                return f"{reader.source.name} does not respond. Is it still connected?"
            still = reader.source.freezes and reader.still_seconds() > self._patience.read_seconds
            if still and reader.print != self._known_still:
                # An unplugged camera may repeat its last picture forever, but it cannot be reopened.
                self._known_still = reader.print
                return f"{reader.source.name} repeats the same picture. Was it unplugged?"
            if still != shown_still:
                shown_still = still
                closed = f"The picture of {reader.source.name} does not change. Is its cover closed?"
                self._report("live", closed if still else self._note)
        return reader.problem

    def _accept(self, reader: "_SourceReader", frame: Frame) -> None:
        with self._guard:
            if reader is not self._reader or self._ending.is_set():
                return
            self._seconds = max(self._seconds, reader.started - self._started + frame.seconds)
            frame = replace(frame, seconds=self._seconds, index=self._count)
            self._count += 1
        if reader.count == 1:
            self._report("live", self._note)
        self._deliver(frame)

    def _stuck_count(self) -> int:
        self._stuck = [reader for reader in self._stuck if not reader.over.is_set()]
        return len(self._stuck)


class _SourceReader:
    """One thread that opens, reads and closes one source, which nobody else touches in the meantime."""

    def __init__(self, source: Source, deliver: Callable[["_SourceReader", Frame], None], *, entered: bool) -> None:
        self.source = source
        self.started = self.heard_at = time.monotonic()
        self.opened = threading.Event()
        self.over = threading.Event()
        self.problem = f"{source.name} has ended."
        self.no_camera = False
        self.count = 0
        self.print = 0
        self._changed_at = self.started
        self._deliver = deliver
        self._entered = entered
        self._dismissed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capture-reader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask_to_end(self) -> None:
        """Let it end after its current read."""
        self._dismissed.set()
        self.source.interrupt()

    def dismiss(self, wait_seconds: float) -> bool:
        """Wait until it has ended; False when it has not, and must be abandoned until its read returns."""
        self.ask_to_end()
        self._thread.join(wait_seconds)
        return not self._thread.is_alive()

    def still_seconds(self) -> float:
        """For how long the picture has been exactly the same."""
        return self.heard_at - self._changed_at

    def _run(self) -> None:
        try:
            with ExitStack() as stack:
                if self._entered:
                    stack.push(self.source)
                else:
                    stack.enter_context(self.source)
                self._read()
        except SourceError as error:
            self.problem = str(error)
            self.no_camera = isinstance(error, NoCameraError)
        except Exception as error:  # a driver may raise anything; the keeper reports it and tries again
            self.problem = f"{self.source.name} failed: {error or type(error).__name__}. Is it still connected?"
        finally:
            self.over.set()

    def _read(self) -> None:
        self.heard_at = time.monotonic()
        self.opened.set()
        for frame in self.source:
            if self._dismissed.is_set():
                return
            self.heard_at = time.monotonic()
            self.count += 1
            mark = _print_of(frame.image) if self.source.freezes else self.count
            if mark != self.print:
                self.print, self._changed_at = mark, self.heard_at
            self._deliver(self, frame)


def _print_of(image: Image) -> int:
    """A number that differs between any two pictures of a real camera: noise changes some of these pixels."""
    return zlib.crc32(image[::8, ::8].tobytes())
