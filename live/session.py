"""One start to one stop of a camera: a capture, and the thread that turns its frames into pictures for everybody."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from faces.errors import DetectorError, FacesError, SourceError
from live.board import RUNNING, Board, Picture, Viewers
from live.broadcast import Broadcast
from live.listeners import Listeners

if TYPE_CHECKING:  # numpy and cv2 take half a second to load: the page is served before they are needed
    from faces.calibrator import Calibrator
    from faces.records import Frame, Shot
    from live.capture import Patience
    from sources.base import Source

log = logging.getLogger(__name__)

IDLE_PAUSE_SECONDS = 0.5
"""With nobody watching, two frames per second are processed, so that the state never goes stale."""

STOP_SECONDS = 2.0
ROUND_SECONDS = 0.05

RELEASE_SECONDS = 3.0
"""So long a session waits until the driver has released the camera of the one before it."""

STUCK_SESSIONS_ALLOWED = 2
"""A driver that does not answer blocks a thread for each try: with this many blocked, no further one is made."""

NOT_RELEASED = "The camera's driver does not respond; the camera is released as soon as it does."

CASCADE = "haar"
CASCADE_GOES_ON = "The cascade goes on alone: faces from the front are still found."


class Stages(Protocol):
    """What turns a frame into a shot."""

    calibrator: "Calibrator"

    def process(self, frame: "Frame") -> "Shot": ...


MakeStages = Callable[[str], Stages]
"""Builds the stages around the detector of that name."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for."""

    source: str | None  # None: the first camera, or the demo clip where there is none
    detector: str
    mirror: bool | None  # None: as suits the source
    width: int
    height: int
    fps: float


OpenSource = Callable[[str, Wish], "Source"]


def mirrored(wish: Wish, board: Board) -> bool:
    """Whether the picture is mirrored: as asked for, otherwise as suits the source."""
    return board.faces_user if wish.mirror is None else wish.mirror


class Leaving:
    """Sessions that have ended, and whose driver may still hold their camera."""

    def __init__(self) -> None:
        self._sessions: list[Session] = []

    def add(self, session: "Session") -> None:
        self._sessions = [*self._unreleased(), session]

    def count(self, source: str | None = None) -> int:
        """How many still hold their camera; only those of one source, where one is given."""
        return sum(source in (None, session.source) for session in self._unreleased())

    def _unreleased(self) -> list["Session"]:
        return [session for session in self._sessions if not session.released]


class Session:
    """One start to one stop: a capture, and a thread that turns its newest frame into the picture for everybody."""

    def __init__(
        self,
        wish: Wish,
        board: Board,
        viewers: Viewers,
        listeners: Listeners,
        *,
        make_stages: MakeStages,
        open_source: OpenSource,
        patience: "Patience | None",
        prepared: "Source | None",
        leaving: Leaving | None = None,
    ) -> None:
        """`leaving`: earlier sessions, which may have to release the camera first."""
        from live.capture import Capture

        self.wish = wish  # may be replaced while it runs: mirror and detector follow
        self.source = wish.source or "0"
        self._leaving = leaving or Leaving()
        self._board = board
        self._viewers = viewers
        self._listeners = listeners
        self._make_stages = make_stages
        self._open_source = open_source
        self.calibrator: Calibrator | None = None  # of the stages, once they are there
        self._notice = ""  # what everyone is to know as long as pictures come
        self._frames: Broadcast[Frame] = Broadcast()
        self._ending = threading.Event()
        self._capture = Capture(
            lambda: self._open(self.source),
            self._take,
            self._report,
            fallback=(lambda: self._open("demo")) if wish.source is None else None,
            prepared=self._introduce(prepared, demo=False) if prepared else None,
            patience=patience,
        )
        self._thread = threading.Thread(target=self._run, name="inference", daemon=True)
        self._capture.start()
        self._thread.start()

    @property
    def trying(self) -> bool:
        """Whether the camera is being read or reopened."""
        return self._capture.trying

    @property
    def released(self) -> bool:
        """After stop(): whether the driver has released the camera."""
        return self._capture.released

    @property
    def over(self) -> bool:
        """Whether nothing comes of its pictures any more."""
        return not self._thread.is_alive()

    def ask_to_end(self) -> None:
        """Both threads end by themselves as soon as the driver lets them, and tell nothing any more."""
        self._ending.set()
        self._viewers.wake()
        self._frames.close()
        self._capture.ask_to_end()

    def stop(self) -> bool:
        """End both threads; False when the driver still holds the camera."""
        self.ask_to_end()
        self._capture.stop()
        self._thread.join(STOP_SECONDS)
        return self.released

    def _open(self, text: str) -> "Source":
        deadline = time.monotonic() + RELEASE_SECONDS
        while self._leaving.count(text) and time.monotonic() < deadline and not self._ending.is_set():
            self._ending.wait(ROUND_SECONDS)
        if self._ending.is_set() or self._leaving.count(text) >= STUCK_SESSIONS_ALLOWED:
            raise SourceError(NOT_RELEASED)
        return self._introduce(self._open_source(text, self.wish), demo=text == "demo")

    def _introduce(self, source: "Source", *, demo: bool) -> "Source":
        self._board.source, self._board.kind = source.name, "demo" if demo else source.kind
        self._board.demo, self._board.faces_user = demo, source.faces_user
        self._board.playback = source.playback
        return source

    def _take(self, frame: "Frame") -> None:
        self._board.captured.tick()
        if mirrored(self.wish, self._board):
            frame = replace(frame, image=frame.image[:, ::-1].copy())
        self._frames.publish(frame)

    def _run(self) -> None:
        try:
            self._look()
        except FacesError as error:
            self._fail(str(error))
        except Exception as error:  # a thread that dies unnoticed would leave a frozen picture and no explanation
            log.exception("The inference thread failed.")
            self._fail(f"The pictures could not be processed: {error}. Start again; if it happens again, report it.")

    def _fail(self, message: str) -> None:
        if not self._ending.is_set():
            self._capture.stop()
            self._report("failed", message)

    def _look(self) -> None:
        detector, stages = self._begin()
        number = 0
        while not self._ending.is_set():
            self._viewers.wait(IDLE_PAUSE_SECONDS, self._ending)
            if detector != self.wish.detector:
                detector, stages = self._begin()
            issue = self._frames.wait(number, IDLE_PAUSE_SECONDS)
            if issue is None:
                continue
            number = issue.number
            try:
                shot = stages.process(issue.value)
            except DetectorError as error:
                self._go_on_with_cascade(error)
                continue
            if self._ending.is_set():
                return
            self._listeners.take(shot)
            self._board.show(Picture(shot.frame.captured_at, shot, partial(_drawn, shot), partial(_plain, shot)))

    def _begin(self) -> tuple[str, Stages]:
        """The wished detector, or the cascade where that fails, and stages around it that count persons from 1."""
        try:
            stages = self._make_stages(self.wish.detector)
        except DetectorError as error:
            self._go_on_with_cascade(error)
            stages = self._make_stages(self.wish.detector)
        self._listeners.restart()
        self.calibrator = stages.calibrator
        return self.wish.detector, stages

    def _go_on_with_cascade(self, error: DetectorError) -> None:
        """Faces are still found, if fewer of them, and everybody is told why; raises where it was the cascade."""
        if self.wish.detector == CASCADE:
            raise error
        log.warning("The detector %s failed.", self.wish.detector, exc_info=error)
        self.wish = replace(self.wish, detector=CASCADE)
        self._notice = f"{error} {CASCADE_GOES_ON}"
        self._report(self._board.status, "")

    def _report(self, status: str, message: str) -> None:
        """A status of the capture, together with what everyone is to know as long as pictures come."""
        if not self._ending.is_set():
            self._board.report(status, f"{message} {self._notice}".strip() if status in RUNNING else message)


def _drawn(shot: "Shot") -> bytes:
    from faces.annotate import Annotator
    from faces.encode import encode

    return encode(Annotator().draw(shot))


def _plain(shot: "Shot") -> bytes:
    from faces.encode import encode

    return encode(shot.frame.image)
