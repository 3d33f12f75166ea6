"""A video or a picture, shown again and again."""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import cv2

from faces.errors import InputError, SourceError
from faces.records import Frame, Image
from sources.address import without_secrets
from sources.base import Source
from sources.opencv import OpenCapture, OpenCvCapture, OpenCvSource, of_known_codec, open_capture
from sources.playback import Move, Playback
from sources.reel import Reel, Still

LATE_SECONDS = 0.5
"""So far a video may fall behind its own speed before it gives up catching up."""

STILL_FRAMES_PER_SECOND = 5


class LoopedVideo(OpenCvSource):
    """A video file, again and again: at its own speed, or, without pace, as fast as it is asked for.

    `playback` takes orders: pause, another position, single steps, no loop. A video that is paused gives its picture
    again and again, as a still picture does, so that what is seen and what is told of it stay of now.
    """

    kind = "video"
    playback: Playback

    def __init__(
        self,
        path: str | Path,
        *,
        name: str | None = None,
        paced: bool = True,
        open_capture: OpenCapture = open_capture,
    ) -> None:
        super().__init__()
        self._path = Path(path)
        self.name = name or self._path.name
        self.playback = Playback()
        self._paced = paced
        self._open_capture = open_capture

    def interrupt(self) -> None:
        super().interrupt()
        self.playback.wake()

    def _new_capture(self) -> OpenCvCapture:
        _check_file(self._path)
        if self._path.stat().st_size == 0:
            raise SourceError(f"The file {self._path} is empty. Copy or record it again.")
        capture = self._open_capture(str(self._path), cv2.CAP_FFMPEG)
        if not capture.isOpened():
            capture.release()
            raise SourceError(f"The file {self._path} is not a video that can be read. Try an mp4, webm, avi or gif.")
        return of_known_codec(capture, self.name)

    def _reopened(self) -> OpenCvCapture:
        if self._capture is not None:
            self._capture.release()
        self._capture = None  # so that a file that is gone by now is not released twice
        self._capture = self._new_capture()
        return self._capture

    def _frames(self, capture: OpenCvCapture) -> Iterator[Frame]:
        reel = Reel(capture, self._reopened, self.name, self._ending)
        clock = _Clock(paced=self._paced, step=reel.step)
        shown, index = None, 0
        while not self._ending.is_set():
            found = self._next(reel, clock, shown)
            if found is None or self._ending.is_set():
                continue
            shown, seconds = found
            self.playback.note(shown.moment, reel.length)
            yield Frame(shown.image, seconds, time.time(), index)
            index += 1

    def _next(self, reel: Reel, clock: "_Clock", shown: Still | None) -> tuple[Still, float] | None:
        """The picture that is to be seen next, and the seconds of its frame; None where there was an order instead."""
        if (move := self.playback.take_move()) is not None:
            moved = _move(reel, move, shown) or shown
            return (moved, clock.jumped(reel.step)) if moved is not None else None
        if shown is not None and self.playback.state().paused:
            stays = self.playback.wait(1 / STILL_FRAMES_PER_SECOND)
            return (shown, clock.jumped(1 / STILL_FRAMES_PER_SECOND)) if stays else None
        found = reel.next()
        if found is None:
            self._end(reel, clock, played=shown is not None)
            return None
        seconds = clock.played(found.moment)
        if (early := clock.early(seconds)) > 0 and not self.playback.wait(early):
            clock.take_back()
            reel.put_back(found)
            return None
        return found, seconds

    def _end(self, reel: Reel, clock: "_Clock", *, played: bool) -> None:
        if not played:
            raise SourceError(f"The file {self._path} holds no picture that can be read. Is it complete?")
        reel.ended()
        reel.rewind()
        clock.began_again()
        if not self.playback.state().loop:
            self.playback.pause()


def _check_file(path: Path) -> None:
    """Raises SourceError where there is no such file."""
    shown = without_secrets(str(path))
    if path.is_dir():
        raise SourceError(f"{shown} is a folder. Name one file in it, or analyse the whole folder with analyze.py.")
    if not path.is_file():
        raise SourceError(f"There is no file {shown}. Is the path right?")


def _move(reel: Reel, move: Move, shown: Still | None) -> Still | None:
    """The picture that it leads to, at most the last one; None where there is none at all."""
    found = shown if move.to is None else reel.seek(move.to)
    for _ in range(abs(move.steps)):
        following = reel.next() if move.steps > 0 or found is None else reel.before(found.moment)
        if following is None:
            break
        found = following
    return found


class _Clock:
    """The seconds of the frames, which run on in whatever order the video's pictures are shown; and their pace."""

    def __init__(self, *, paced: bool, step: float) -> None:
        self._paced = paced
        self._step = step
        self._started = time.monotonic()
        self._seconds = self._before = -step  # of the last frame, and of the one before it
        self._offset: float | None = 0.0  # from a picture's time in the video to its frame's; None after a jump

    def played(self, moment: float) -> float:
        """Of the picture that follows in the video."""
        if self._offset is None:
            self._offset = max(self._seconds + self._step, self._now()) - moment
        self._before, self._seconds = self._seconds, self._offset + moment
        return self._seconds

    def take_back(self) -> None:
        """The picture is not shown yet."""
        self._seconds = self._before

    def jumped(self, after: float) -> float:
        """Of a picture that is shown now, at least so many seconds after the last one."""
        self._offset = None
        self._seconds = max(self._seconds + after, self._now())
        return self._seconds

    def began_again(self) -> None:
        """The next picture is the first one of the video."""
        self._offset = self._seconds + self._step

    def early(self, seconds: float) -> float:
        """For how long a frame has to wait; a machine too slow for the video plays slower and skips nothing."""
        if not self._paced:
            return 0.0
        early = seconds - self._now()
        if early < -LATE_SECONDS:
            self._started -= early
        return early

    def _now(self) -> float:
        return time.monotonic() - self._started if self._paced else -math.inf


class LoopedPicture(Source):
    """One still picture, at an easy pace."""

    kind = "picture"

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        self._path = Path(path)
        self.name = self._path.name
        self._image: Image | None = None

    def __iter__(self) -> Iterator[Frame]:
        if self._image is None:
            raise SourceError(f"{self.name} is not open. Use it inside a with statement.")
        return self._frames(self._image)

    def _open(self) -> None:
        from sources.pictures import read_picture  # here, so that a camera need not wait for it

        _check_file(self._path)
        try:
            self._image, _ = read_picture(self._path)
        except InputError as error:
            raise SourceError(str(error)) from error

    def _close(self) -> None:
        self._image = None

    def _frames(self, image: Image) -> Iterator[Frame]:
        started = time.monotonic()
        index = 0
        while not self._ending.is_set():
            yield Frame(image, time.monotonic() - started, time.time(), index)
            index += 1
            self._ending.wait(1 / STILL_FRAMES_PER_SECOND)
