"""The cameras of visitors' browsers: each is a live session that only its id opens and that ends with its tab."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Protocol

from faces.errors import BusyError, EndingError, NotFoundError, SourceError
from live.board import LiveSession

if TYPE_CHECKING:  # numpy and cv2 take half a second to load: the page is served before they are needed
    from faces.records import Shot
    from sources.browser import BrowserSource

MOST_VISITORS = 8

SILENT_SECONDS = 4.0
"""A browser that sends nothing for this long has gone: everything of it is freed within 5 s of its last picture."""

ROUND_SECONDS = 0.5

ANSWER_SECONDS = 3.0
"""The first picture waits for the network to load, every other one a few milliseconds; less than SILENT_SECONDS."""

MOST_IN_FLIGHT = 3
"""A page sends its next picture while the last one is answered; one more may hang on a broken line. Each holds a thread
of the server, so that nobody can take them all."""

ID_BYTES = 18


class VisitorSession(LiveSession, Protocol):
    """A live session that its visitor closes."""

    def close(self) -> None: ...


MakeSession = Callable[["BrowserSource"], VisitorSession]
"""Builds the live session around what one browser sends; it is started here."""


class Visitor:
    """One browser's camera."""

    def __init__(self, source: "BrowserSource", session: VisitorSession) -> None:
        self.id = secrets.token_urlsafe(ID_BYTES)
        self.shared_id: str | None = None  # for those who have the visitor's link: they may watch, and nothing else
        self.session = session
        self.heard_at = time.monotonic()
        self._source = source
        self._places = threading.Semaphore(MOST_IN_FLIGHT)
        self._open = ExitStack()
        self._open.callback(session.close)
        session.start()
        self._open.enter_context(session.watching())  # the visitor

    @contextmanager
    def sending(self) -> Iterator[None]:
        """A picture is on its way; BusyError when too many are."""
        if not self._places.acquire(blocking=False):
            raise BusyError(f"{MOST_IN_FLIGHT} pictures are already on their way. Wait for an answer first.")
        try:
            yield
        finally:
            self._places.release()

    def look(self, picture: bytes) -> "Shot":
        """Everybody in the next picture, or in a newer one where another has overtaken it.

        Raises InputError and BusyError as BrowserSource.put() does, and SourceError where the session has failed.
        """
        taken_at = self._source.put(picture)
        self.heard_at = time.monotonic()
        deadline, number = self.heard_at + ANSWER_SECONDS, 0
        while issue := self.session.pictures.wait(number, max(0.0, deadline - time.monotonic())):
            shot = issue.value.shot
            if shot is not None and shot.frame.captured_at >= taken_at:
                return shot
            if shot is None and (state := self.session.state()).status == "failed":
                raise SourceError(state.message)
            number = issue.number
        raise BusyError(f"There was no answer within {ANSWER_SECONDS:.0f} s. Send fewer or smaller pictures.")

    def share(self) -> str:
        """The id by which others may watch; the same one until stop_sharing()."""
        self.shared_id = self.shared_id or secrets.token_urlsafe(ID_BYTES)
        return self.shared_id

    def stop_sharing(self) -> None:
        """Nobody may watch any more, by this id or ever again by it; may be called again."""
        self.shared_id = None

    def may_watch(self, key: str) -> bool:
        """Whether that id is the visitor's own, or of a link that is still shared."""
        return key in (self.id, self.shared_id)

    def close(self) -> None:
        self._open.close()


class Visitors:
    """Everyone whose browser sends its camera; those who fall silent are dropped."""

    def __init__(self, make_session: MakeSession, *, most: int = MOST_VISITORS) -> None:
        self._make_session = make_session
        self._most = most
        self._guard = threading.Lock()
        self._visitors: dict[str, Visitor] = {}
        self._ending = threading.Event()
        self._keeper: threading.Thread | None = None

    @property
    def count(self) -> int:
        return len(self._visitors)

    def welcome(self, name: str, *, screen: bool = False) -> Visitor:
        """A live session for one more browser, whose camera or screen has this name.

        Raises BusyError where no place is free, and EndingError after close().
        """
        from sources.browser import BrowserSource

        with self._guard:
            if self._ending.is_set():
                raise EndingError("The program is ending. Start it again to go on.")
            if len(self._visitors) >= self._most:
                raise BusyError(
                    f"All {self._most} places for cameras of browsers are taken. Try again later, or start the program "
                    "with a larger --max-cameras."
                )
            source = BrowserSource(name, screen=screen)
            visitor = Visitor(source, self._make_session(source))
            self._visitors[visitor.id] = visitor
            if self._keeper is None:
                self._keeper = threading.Thread(target=self._keep, name="visitors-keeper", daemon=True)
                self._keeper.start()
        return visitor

    def own(self, key: str) -> Visitor:
        """The visitor with that id; NotFoundError when nobody has it, or not any more."""
        visitor = self._visitors.get(key)
        if visitor is None:
            raise NotFoundError(
                "This camera is not connected, or no longer shared. Start it again in its own browser, or ask for a "
                "new link."
            )
        return visitor

    def watched(self, key: str) -> Visitor:
        """The visitor with that id, or who shares a link with that id; NotFoundError when there is none."""
        for visitor in tuple(self._visitors.values()):
            if visitor.may_watch(key):
                return visitor
        return self.own(key)

    def dismiss(self, key: str) -> None:
        """Free everything of that visitor; may be called again."""
        with self._guard:
            visitor = self._visitors.pop(key, None)
        if visitor is not None:
            visitor.close()

    def close(self) -> None:
        """Drop everybody, and let nobody in any more."""
        self._ending.set()
        for key in tuple(self._visitors):
            self.dismiss(key)
        if self._keeper is not None:
            self._keeper.join()

    def _keep(self) -> None:
        while not self._ending.wait(ROUND_SECONDS):
            self.dismiss_silent(time.monotonic())

    def dismiss_silent(self, now: float) -> None:
        """Drop those who have sent nothing for too long; `now` is a time of time.monotonic()."""
        for key, visitor in tuple(self._visitors.items()):
            if now - visitor.heard_at > SILENT_SECONDS:
                self.dismiss(key)
