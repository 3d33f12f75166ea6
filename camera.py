"""VideoCamera runs one live session, however many people watch it, and hands out its newest picture."""

import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from faces.detectors import DETECTORS
from faces.errors import SourceError
from live.board import Board, Choice, LiveState, Picture, Viewers
from live.broadcast import Broadcast, Issue
from live.listeners import Listener, Listeners
from live.session import NOT_RELEASED, Leaving, MakeStages, OpenSource, Session, Stages, Wish, mirrored
from sources.address import without_secrets

if TYPE_CHECKING:  # numpy and cv2 take half a second to load: the page is served before they are needed
    from faces.calibrator import Calibrator
    from live.capture import Patience
    from sources.base import Source
    from sources.playback import Playback

FIRST_PICTURE_SECONDS = 10.0

FRESH_SECONDS = 0.5


def make_stages(detector: str, *, screen: bool = False) -> Stages:
    """The real stages, with the network of this folder, which all cameras of this process share.

    `screen` for a window of somebody's screen, with many small faces.
    """
    from faces.pipeline import make_pipeline
    from model import shared_model

    return make_pipeline(shared_model(), detector=detector, screen=screen)


def open_source(text: str, wish: Wish) -> "Source":
    """The real source of that name."""
    from sources import choose

    return choose.open_source(text, width=wish.width, height=wish.height, fps=wish.fps)


class VideoCamera:
    """One camera, one inference and one encoded picture per shot, for any number of viewers.

    `VideoCamera().get_frame()` starts the first camera, or the demo clip where there is none, and returns JPEG bytes.
    The camera is released by close() or stop(), when nothing refers to the object any more, and when the program ends.
    """

    def __init__(
        self,
        source: int | str | None = None,
        *,
        detector: str = DETECTORS[0],
        mirror: bool | None = None,
        width: int = 640,
        height: int = 480,
        fps: float = 30,
        make_stages: MakeStages = make_stages,
        open_source: OpenSource = open_source,
        patience: "Patience | None" = None,
    ) -> None:
        """`mirror` None: webcams are mirrored, since people expect to see a mirror image; nothing else is."""
        self._wish = Wish(None if source is None else str(source).strip(), detector, mirror, width, height, fps)
        self._make_stages = make_stages
        self._open_source = open_source
        self._patience = patience
        self._viewers = Viewers()
        self._listeners = Listeners()
        self._board = Board()
        self._turn = threading.Lock()  # start and stop come one at a time, and never wait for a driver inside
        self._session: Session | None = None
        self._leaving = Leaving()
        self._when_dropped: weakref.finalize[..., VideoCamera] | None = None
        self._given = threading.local()  # for each thread: the number of the picture that get_frame gave it last

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pictures(self) -> Broadcast[Picture]:
        return self._board.pictures

    @property
    def changes(self) -> Broadcast[str]:
        """The status, published at every stable change: a new status, a person more or fewer, another emotion."""
        return self._board.changes

    def start(
        self,
        source: int | str | None = None,
        *,
        detector: str | None = None,
        mirror: bool | None = None,
        resolution: tuple[int, int] | None = None,
        prepared: "Source | None" = None,
    ) -> None:
        """Start, or switch to something else; what is None stays as it was.

        `resolution`: width and height in pixels to ask a webcam for, which gives the nearest that it has.
        Raises SourceError or SettingsError, and changes nothing, when there can be no such source or detector. A source
        that exists but does not open is reported by state() and retried. `prepared` is a source already entered.
        """
        with self._turn:
            wish = self._changed_wish(source, detector, mirror, resolution)
            again = (wish.source, wish.width, wish.height) == (self._wish.source, self._wish.width, self._wish.height)
            self._wish = wish
            under_way = self._board.running or self._board.status == "starting"
            if self._session is not None and again and under_way and prepared is None:
                self._session.wish = wish
            else:
                self._end_session()
                self._begin_session(prepared)

    def adjust(self, *, detector: str | None = None, mirror: bool | None = None) -> None:
        """Another detector or mirror, now or for the next start; the camera stays as it is, on or off.

        A session that failed, as with a detector that could not be made, begins anew.
        """
        with self._turn:
            self._wish = self._changed_wish(None, detector, mirror)
            if self._session is not None and self._session.over and detector is not None:
                self._end_session()
                self._begin_session()
            elif self._session is not None:
                self._session.wish = self._wish

    def stop(self, *, wait: bool = True) -> None:
        """End the session and release the camera; start() begins another.

        Without `wait` it returns at once, and the camera is released as soon as its driver lets it.
        """
        with self._turn:
            ended = self._end_session()
            self._board.report("stopped", NOT_RELEASED if ended is None and self.stuck else "")
        if wait and ended is not None:
            ended.join()

    def close(self) -> None:
        """Stop for good, and release everyone who is waiting for a picture."""
        self.stop()
        self._listeners.end()
        self.pictures.close()
        self.changes.close()

    def get_frame(self) -> bytes:
        """The next picture as JPEG bytes, never the same twice to one thread; SourceError when there is none."""
        with self._turn:
            if self._session is None and self._board.status == "starting":
                self._begin_session()
        self._viewers.notice()
        issue = self._next_picture(getattr(self._given, "number", 0), FIRST_PICTURE_SECONDS)
        self._given.number = issue.number
        return issue.value.jpeg

    def fresh_picture(self, timeout_seconds: float) -> Picture:
        """A picture that is at most a moment old; SourceError when there is none."""
        self._viewers.notice()
        newest = self.pictures.newest()
        if newest and newest.value.shot and time.time() - newest.value.taken_at < FRESH_SECONDS:
            return newest.value
        return self._next_picture(newest.number if newest else 0, timeout_seconds).value

    def state(self) -> LiveState:
        """How the session is now; asking counts as watching for a few seconds."""
        self._viewers.notice()
        state, session = self._board.state(self._viewers.count), self._session
        return replace(state, retrying=state.status == "failed" and session is not None and session.trying)

    def news(self) -> str:
        """The state in one line, for a terminal."""
        board = self._board
        if board.status == "demo":
            return board.message
        line = f"{board.source or 'Camera'}: {board.status}."
        return f"{line} {board.message}".rstrip()

    @property
    def stuck(self) -> bool:
        """Whether a driver still blocks a read that was abandoned."""
        return self._leaving.count() > 0

    def choice(self) -> Choice:
        """What the session runs with."""
        wish, board = self._current_wish(), self._board
        source = "demo" if board.demo else without_secrets(wish.source or "0")
        return Choice(source, wish.detector, mirrored(wish, board), (wish.width, wish.height))

    def playback(self) -> "Playback | None":
        """What takes orders to pause and move; None unless a video plays."""
        return self._board.playback if self._board.running else None

    def calibrator(self) -> "Calibrator | None":
        """What reads one person's scores relative to their rest; None while nothing runs."""
        session = self._session
        return session.calibrator if session is not None and self._board.running else None

    def watching(self) -> AbstractContextManager[None]:
        """While it is held, somebody is watching and the session works at full speed."""
        return self._viewers.watching()

    @contextmanager
    def listening(self, listener: Listener, *, full_speed: bool = True) -> Iterator[None]:
        """While it is held the listener is told of every shot; at full speed also when nobody watches."""
        self._listeners.add(listener)
        try:
            with self._viewers.working() if full_speed else nullcontext():
                yield
        finally:
            self._listeners.remove(listener)

    def _current_wish(self) -> Wish:
        """With the detector that the session works with, where the one that was wished for could not."""
        session = self._session
        return self._wish if session is None else replace(self._wish, detector=session.wish.detector)

    def _changed_wish(
        self,
        source: int | str | None,
        detector: str | None,
        mirror: bool | None,
        resolution: tuple[int, int] | None = None,
    ) -> Wish:
        wish = self._current_wish()
        if resolution is not None:
            wish = replace(wish, width=resolution[0], height=resolution[1])
        if source is not None:
            # An address repeated as it is shown means the original one, with its password and query.
            text = str(source).strip()
            known = wish.source is not None and text == without_secrets(wish.source)
            wish = wish if known else replace(wish, source=text)
            self._open_source(str(wish.source), wish)  # raises where no such source can exist; opens nothing yet
        if detector is not None:
            from faces.detect import check_detector

            check_detector(detector)
            wish = replace(wish, detector=detector)
        return wish if mirror is None else replace(wish, mirror=mirror)

    def _begin_session(self, prepared: "Source | None" = None) -> None:
        self._board.begin()
        self._session = session = Session(
            self._wish,
            self._board,
            self._viewers,
            self._listeners,
            make_stages=self._make_stages,
            open_source=self._open_source,
            patience=self._patience,
            prepared=prepared,
            leaving=self._leaving,
        )
        # Also at the program's end, where a thread inside a driver or the network would abort the whole process.
        self._when_dropped = weakref.finalize(self, session.stop)

    def _end_session(self) -> threading.Thread | None:
        """Ask it to end, and see to it in a thread of its own: a driver may take seconds, and nobody waits for that."""
        session, self._session = self._session, None
        if self._when_dropped is not None:
            self._when_dropped.detach()
        if session is None:
            return None
        session.ask_to_end()
        self._leaving.add(session)
        ended = threading.Thread(target=_see_off, args=(session, self._board), name="camera-release", daemon=True)
        ended.start()
        return ended

    def _next_picture(self, after: int, timeout_seconds: float) -> Issue[Picture]:
        deadline = time.monotonic() + timeout_seconds
        while self._board.status not in ("failed", "stopped"):
            issue = self.pictures.wait(after, max(0.0, deadline - time.monotonic()))
            if issue is None:
                break
            if issue.value.shot is not None:
                return issue
            after = issue.number
        board = self._board
        raise SourceError(board.message or f"{board.source or 'The camera'} has no picture: it is {board.status}.")


def _see_off(session: Session, board: Board) -> None:
    if not session.stop() and board.status == "stopped":
        board.report("stopped", NOT_RELEASED)
