"""What a running session publishes to its viewers: its pictures, its state, and its settings."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from live.broadcast import Broadcast
from live.listeners import Listener

if TYPE_CHECKING:  # numpy takes a quarter of a second to load: the page is served before it is needed
    from faces.calibrator import Calibrator
    from faces.records import Face, Shot
    from sources.playback import Playback

STATUSES = ("starting", "live", "demo", "reconnecting", "stopped", "failed")
RUNNING = ("live", "demo")

CARDS = {"starting": "", "stopped": "Stopped", "failed": "No picture"}
"""The headline of a card. A camera that is lost for a moment shows its last picture instead."""

DEMO_CHOSEN = "Playing the demo clip."

INTEREST_SECONDS = 1.5
"""How long after the last request somebody still counts as watching."""

RATE_WINDOW_SECONDS = 2.0


class Picture:
    """A shot, or a card with text where no camera picture can be shown.

    It is drawn and encoded once for everybody, at the first request; viewers of faces alone pay for no picture.
    """

    def __init__(
        self,
        taken_at: float,
        shot: "Shot | None",
        draw: Callable[[], bytes],
        draw_plain: Callable[[], bytes] | None = None,
    ) -> None:
        """`taken_at`: seconds since the epoch when the camera took it; `shot`: None for a card."""
        self.taken_at = taken_at
        self.shot = shot
        self._jpeg = _Once(draw)
        self._plain = self._jpeg if draw_plain is None else _Once(draw_plain)

    @property
    def jpeg(self) -> bytes:
        """Encoded as JPEG, with the boxes drawn into it."""
        return self._jpeg.get()

    @property
    def plain(self) -> bytes:
        """Encoded as JPEG, as the camera took it."""
        return self._plain.get()


class _Once:
    """Bytes that are made at the first request, and only once however many requests come together."""

    def __init__(self, make: Callable[[], bytes]) -> None:
        self._make = make
        self._made: bytes | None = None
        self._making = threading.Lock()

    def get(self) -> bytes:
        with self._making:
            if self._made is None:
                self._made = self._make()
            return self._made


@dataclass(frozen=True, slots=True)
class LiveState:
    """How the session is at one moment."""

    source: str  # as a person would call it: "Camera 0", "Demo clip", …
    kind: str  # "camera", "network", "video", "picture" or "demo"; empty while none is open
    status: str  # one of STATUSES
    message: str  # one or two plain sentences; empty when there is nothing to add
    capture_fps: float
    inference_fps: float
    age_ms: float | None  # age of the newest picture, None when there is none
    viewers: int
    faces: "tuple[Face, ...]"
    size: tuple[int, int] | None = None  # width and height of the newest picture, in whose pixels the boxes are
    retrying: bool = False  # it failed, and is retried every few seconds until it is stopped


@dataclass(frozen=True, slots=True)
class Choice:
    """The settings of the session."""

    source: str  # as start() takes it: "0", "demo", a path or an address
    detector: str
    mirror: bool
    resolution: tuple[int, int]  # width and height that a webcam is asked for; what it gives may be another


class LiveSession(Protocol):
    """A camera as the web sees it."""

    @property
    def pictures(self) -> Broadcast[Picture]: ...

    @property
    def changes(self) -> Broadcast[str]:
        """The status, published at every stable change: another status, a person more or less, another emotion."""

    def state(self) -> LiveState: ...

    def choice(self) -> Choice: ...

    def start(
        self,
        source: int | str | None = None,
        *,
        detector: str | None = None,
        mirror: bool | None = None,
        resolution: tuple[int, int] | None = None,
    ) -> None: ...

    def adjust(self, *, detector: str | None = None, mirror: bool | None = None) -> None: ...

    def stop(self, *, wait: bool = True) -> None: ...

    def playback(self) -> "Playback | None":
        """What takes orders to pause and move; None unless a video plays."""

    def calibrator(self) -> "Calibrator | None":
        """What reads one person's scores relative to their rest; None while nothing runs."""

    def watching(self) -> AbstractContextManager[None]:
        """While it is held, somebody is watching and the session works at full speed."""

    def listening(self, listener: Listener, *, full_speed: bool = True) -> AbstractContextManager[None]:
        """While it is held the listener is told of every shot; at full speed also when nobody watches."""

    def fresh_picture(self, timeout_seconds: float) -> Picture:
        """A picture that is at most a moment old; SourceError when there is none."""


class Viewers:
    """Knows whether anybody is watching."""

    def __init__(self) -> None:
        self._came = threading.Condition()
        self._count = self._working = 0
        self._until = 0.0

    @property
    def count(self) -> int:
        return self._count

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Somebody is watching for the duration of the block."""
        with self._came:
            self._count += 1
            self._came.notify_all()
        try:
            yield
        finally:
            with self._came:
                self._count -= 1

    @contextmanager
    def working(self) -> Iterator[None]:
        """Every picture is needed from here to the end of the block, whether or not anybody watches."""
        with self._came:
            self._working += 1
            self._came.notify_all()
        try:
            yield
        finally:
            with self._came:
                self._working -= 1

    def notice(self) -> None:
        """Somebody asked once, and may ask again."""
        with self._came:
            self._until = time.monotonic() + INTEREST_SECONDS
            self._came.notify_all()

    def wait(self, seconds: float, ending: threading.Event) -> None:
        """Return as soon as somebody watches or the session ends, at the latest after this many seconds."""
        with self._came:
            self._came.wait_for(lambda: self._needed() or ending.is_set(), seconds)

    def _needed(self) -> bool:
        return self._count > 0 or self._working > 0 or time.monotonic() < self._until

    def wake(self) -> None:
        """Let all that wait check whether it ends."""
        with self._came:
            self._came.notify_all()


class RecentRate:
    """How often something happened lately."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def tick(self) -> None:
        """It happened now."""
        now = time.monotonic()
        self._times.append(now)
        while now - self._times[0] > RATE_WINDOW_SECONDS:
            self._times.popleft()

    def per_second(self) -> float:
        """Times per second; 0 when it has stopped happening."""
        since = time.monotonic() - RATE_WINDOW_SECONDS
        times = [moment for moment in tuple(self._times) if moment > since]
        return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0


class Board:
    """Where a session writes and everybody reads: the newest picture and the session's state."""

    def __init__(self) -> None:
        self.pictures: Broadcast[Picture] = Broadcast()
        self.changes: Broadcast[str] = Broadcast()
        self.status = "starting"
        self.message = ""
        self.source = ""
        self.kind = ""
        self.demo = False
        self.faces_user = False
        self.playback: Playback | None = None
        self.captured = RecentRate()
        self.inferred = RecentRate()
        self._people: tuple[tuple[int, str], ...] = ()
        self._guard = threading.RLock()

    @property
    def running(self) -> bool:
        """Whether pictures are arriving."""
        return self.status in RUNNING

    def begin(self) -> None:
        """Begin a new session: nothing of the last one remains."""
        with self._guard:
            self.captured, self.inferred = RecentRate(), RecentRate()
            self.source, self.kind, self.demo, self.faces_user, self.playback = "", "", False, False, None
        self.report("starting", "")

    def report(self, status: str, message: str) -> None:
        """Set another status; where no picture can be shown, a card takes its place."""
        # Made before the lock is taken: the first card loads cv2, and no request should wait for that.
        card = _card(status, message) if status in CARDS else None
        with self._guard:
            if status == "live" and self.demo:
                status, message = "demo", message or DEMO_CHOSEN
            if (status, message) == (self.status, self.message) and self.pictures.newest() is not None:
                return
            self.status, self.message = status, message
            if not self.running:
                self._people = ()
            if card is not None:
                self.pictures.publish(card)
            self.changes.publish(status)

    def show(self, picture: Picture) -> None:
        """Publish a picture of the camera; a late one, after the session failed or ended, is not shown."""
        with self._guard:
            if not self.running or picture.shot is None:
                return
            self.inferred.tick()
            self.pictures.publish(picture)
            people = tuple((face.person, face.emotion) for face in picture.shot.faces)
            if people != self._people:
                self._people = people
                self.changes.publish(self.status)

    def state(self, viewers: int) -> LiveState:
        """A consistent view of this moment."""
        with self._guard:
            newest = self.pictures.newest()
            shot = newest.value.shot if newest and self.running else None
            return LiveState(
                source=self.source,
                kind=self.kind,
                status=self.status,
                message=self.message,
                capture_fps=self.captured.per_second(),
                inference_fps=self.inferred.per_second(),
                age_ms=(time.time() - newest.value.taken_at) * 1000 if newest and newest.value.shot else None,
                viewers=viewers,
                faces=shot.faces if shot else (),
                size=(shot.frame.image.shape[1], shot.frame.image.shape[0]) if shot else None,
            )


def _card(status: str, message: str) -> Picture:
    from faces.encode import card

    return Picture(time.time(), None, lambda: card(CARDS[status], message if status != "starting" else ""))
