"""Endless answers: the live picture as multipart, the state as server-sent events.

A viewer never queues: a slow one gets the newest picture when the last one has been sent, and skips those in
between. Chromium's <img> shows a part only when the headers of the next one arrive, so that its picture is one
picture late; a page that reads the parts itself (fetch, with Content-Length) is not.
"""

import json
import threading
from collections.abc import Callable, Iterator
from functools import lru_cache

from flask import Response, current_app, request

from faces.shapes import face_values
from live.board import LiveSession, Picture
from live.broadcast import Issue
from web.current import VisibleSession, watched
from web.problems import problem

BOUNDARY = "frame"

REPEAT_SECONDS = 0.9
"""A viewer who left is noticed only by writing: the last picture is sent again after this long."""

HURRY_SECONDS = 0.06
"""Chromium's <img> is sent a picture again so soon when no other follows, because only then does it show it."""

RETRY_SECONDS = 5


class Seats:
    """The places for viewers: each one holds a thread of the server while taken."""

    def __init__(self, count: int) -> None:
        self._free = threading.Semaphore(count)

    def take(self) -> bool:
        """Take a place; whether one was free."""
        return self._free.acquire(blocking=False)

    def leave(self) -> None:
        self._free.release()


class Seated(Iterator[bytes]):
    """An endless body that holds a seat and counts as watching, until the server closes it or nobody may watch."""

    def __init__(self, watched: VisibleSession, seats: Seats, parts: Callable[[], Iterator[bytes]]) -> None:
        self._may_go_on = watched.may_go_on
        self._watching = watched.session.watching()
        self._watching.__enter__()
        self._seats = seats
        self._parts = parts()
        self._open = True

    def __next__(self) -> bytes:
        part = next(self._parts)
        if not self._may_go_on():  # asked when the part is made: nothing that came after the end is sent
            raise StopIteration
        return part

    def close(self) -> None:
        """Called by the server when the viewer has left, also when nothing was ever read."""
        if self._open:
            self._open = False
            self._watching.__exit__(None, None, None)
            self._seats.leave()


def picture_parts(session: LiveSession, *, shows_late: bool = False, faces: bool = False) -> Iterator[bytes]:
    """The multipart body: each part has its type, length and the time at which the camera took it.

    With `faces` the pictures are plain, and each part's header carries the faces that are in it.
    """
    yield f"--{BOUNDARY}\r\n".encode()
    issue: Issue[Picture] | None = None
    hurry = False
    while not session.pictures.closed:
        patience = HURRY_SECONDS if hurry else REPEAT_SECONDS
        newer = session.pictures.wait(issue.number if issue else 0, patience)
        hurry = shows_late and newer is not None
        issue = newer or issue
        if issue is not None:
            yield _part(issue.value, faces=faces)
            # The line that ends a part follows it at once, so that nobody waits for the next one to see this one. It
            # is written by itself because the server takes it only when the picture is out: a slow viewer's next
            # picture is chosen then, and not while the last one still waits.
            yield f"--{BOUNDARY}\r\n".encode()


def _part(picture: Picture, *, faces: bool) -> bytes:
    jpeg = picture.plain if faces else picture.jpeg
    headers = {"Content-Type": "image/jpeg", "Content-Length": len(jpeg), **picture_headers(picture, faces=faces)}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{head}\r\n".encode() + jpeg + b"\r\n"


def picture_headers(picture: Picture, *, faces: bool) -> dict[str, str]:
    """When the camera took it, in seconds since the epoch, and if wanted who is in it."""
    taken_at = {"X-Timestamp": f"{picture.taken_at:.6f}"}
    return {**taken_at, "X-Faces": _faces_line(picture)} if faces else taken_at


@lru_cache(maxsize=2)  # every viewer is sent the same line
def _faces_line(picture: Picture) -> str:
    """{"width", "height", "faces"} as JSON in ASCII: the size of the picture and the faces in it; null for a card."""
    if picture.shot is None:
        return "null"
    height, width = picture.shot.frame.image.shape[:2]
    faces = [face_values(face) for face in picture.shot.faces]
    return json.dumps({"width": width, "height": height, "faces": faces})


def event_parts(session: LiveSession, describe: Callable[[], str], news: Callable[[], str]) -> Iterator[bytes]:
    """Server-sent events: the state at once, then at every stable change; a comment now and then in between.

    `news` gives whole events of other kinds, as often as it is asked; nothing where there are none.
    """
    number = -1
    while not session.changes.closed:
        newest = session.changes.newest()
        if number < 0 or (newest is not None and newest.number > number):
            number = newest.number if newest else 0
            yield f"event: state\ndata: {describe()}\n\n".encode()
        if told := news():
            yield told.encode()
        if session.changes.wait(number, REPEAT_SECONDS) is None:
            yield b": still here\n\n"


def endless(mimetype: str, parts: Callable[[VisibleSession], Iterator[bytes]]) -> Response:
    """An answer that holds a seat until its viewer leaves; 503 where none is free."""
    now, seats = watched(), current_app.extensions["seats"]
    if request.method == "HEAD":
        return Response(mimetype=mimetype)
    if not seats.take():
        return problem(
            503,
            "too_many_viewers",
            "All places are taken: too many people are watching. Close another tab, wait, or start with a larger "
            "--max-viewers.",
            **{"Retry-After": str(RETRY_SECONDS)},
        )
    return Response(Seated(now, seats, lambda: parts(now)), content_type=mimetype)
