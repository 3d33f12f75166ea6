"""Read a video frame by frame with exact times.

By PyAV, whose wheels bring FFmpeg, so that nothing else has to be installed. cv2.VideoCapture gives no sound, nor
reliable times where the frame rate varies.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import cv2
import numpy as np

from analysis.stream_clock import GAP_SECONDS, StreamClock
from faces.errors import InputError
from faces.records import Frame, Image
from sources.formats import DECODERS, SOUND_DECODERS, VIDEO_CODECS, VIDEO_FORMATS
from sources.images import check_size

MOST_PIXELS = 8192 * 4320

FAR_SECONDS = 20.0  # up to here reading on is as quick as seeking, and works in every format
USUAL_COLOURS = (2, 5, 6)  # FFmpeg's numbers for unspecified and BT.601, which is what OpenCV converts from
PROTOCOLS = "file"  # by which FFmpeg may fetch a video and what that names
FULL_RANGE = 2  # FFmpeg's number for luma from 0 to 255; OpenCV converts from 16 to 235


class Video:
    """The frames of one video in order; a context manager. `seconds` counts from the start of the video.

    - every_seconds: take a frame no more often than that; 0 takes every frame.
    - on_sound: gets every packet of sound between the frames, for a VideoWriter.
    """

    def __init__(self, path: Path, *, every_seconds: float = 0.0) -> None:
        self.path = path
        self.every_seconds = every_seconds
        self.on_sound: Callable[[Any], None] | None = None
        self.damaged_packets = 0
        self.reached_seconds = self.end_seconds = 0.0  # of the last frame that was read: its time, and its end
        self._clock = StreamClock()
        self._container = _open(path)
        try:
            self._stream = _picture_stream(self._container, path)
            _check_size(self._stream, path)
        except InputError:
            self._container.close()
            raise
        self._stream.codec_context.thread_count = 1  # to use more cores, run more videos at once
        self._pixel_shape = self._stream.sample_aspect_ratio
        start = self._container.start_time
        self.start_seconds = 0.0 if start is None else start / av.time_base

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    @property
    def seconds(self) -> float | None:
        """How long the video claims to be."""
        stream, container = self._stream, self._container
        if stream.duration is not None and stream.time_base is not None:
            return float(stream.duration * stream.time_base)
        return None if container.duration is None else container.duration / av.time_base

    @property
    def fps(self) -> float:
        """Frames per second, on average."""
        rate = self._stream.average_rate or self._stream.guessed_rate
        return float(rate) if rate else 25.0

    @property
    def codec(self) -> str:
        """The codec of the pictures."""
        return str(self._stream.codec_context.name)

    @property
    def sound(self) -> Any:
        """The sound stream, or None."""
        known = (stream for stream in self._container.streams.audio if stream.codec_context is not None)
        return next((stream for stream in known if stream.codec_context.name in SOUND_DECODERS), None)

    @property
    def sound_unknown(self) -> bool:
        """Whether there is sound, but none that can be read."""
        return self.sound is None and bool(self._container.streams.audio)

    @property
    def jumps(self) -> int:
        """How often its clock has jumped so far; `seconds` run on as if it had not."""
        return self._clock.jumps

    @property
    def ends_early(self) -> bool:
        """After reading: whether a good part of the claimed length was missing."""
        promised = self.seconds
        if promised is None or self.jumps:  # after a jump, the claimed length means nothing
            return False
        return self.end_seconds + max(1.0, 0.05 * promised) < promised

    def __iter__(self) -> Iterator[Frame]:
        index, due = 0, -math.inf
        for seconds, decoded in self.timed():
            if seconds < due - 1e-4:
                continue
            if self.every_seconds:
                due = (math.floor((seconds + 1e-4) / self.every_seconds) + 1) * self.every_seconds
            yield Frame(self.image_of(decoded), seconds, captured_at=0.0, index=index)
            index += 1

    def seek(self, seconds: float) -> None:
        """Go to the nearest key frame before that time."""
        base = self._stream.time_base or Fraction(1, av.time_base)
        self._clock = StreamClock()  # seeking is not a jump of the video's own clock
        self._container.seek(round((seconds + self.start_seconds) / base), stream=self._stream, backward=True)

    def image_of(self, decoded: Any) -> Image:
        """A decoded frame as BGR, upright, with square pixels."""
        return _image(decoded, self._pixel_shape)

    def timed(self) -> Iterator[tuple[float, Any]]:
        """Every frame's time, and the frame as decoded, for callers who want the images of only a few."""
        for index, decoded in enumerate(self._decoded()):
            seconds = self._time_of(decoded, index)
            self.reached_seconds = max(self.reached_seconds, seconds)
            self.end_seconds = max(self.end_seconds, seconds + self._duration(decoded))
            yield seconds, decoded

    def _time_of(self, decoded: Any, index: int) -> float:
        if decoded.time is None:
            return max(self.reached_seconds + 1.0 / self.fps if index else 0.0, 0.0)
        return max(self._clock(float(decoded.time) - self.start_seconds, 1.0 / self.fps), 0.0)

    def _duration(self, decoded: Any) -> float:
        seconds = float(decoded.duration * decoded.time_base) if decoded.duration and decoded.time_base else 0.0
        return seconds if 0.0 < seconds <= GAP_SECONDS else 1.0 / self.fps

    def _decoded(self) -> Iterator[Any]:
        streams = [self._stream] if self.on_sound is None else [self._stream, self.sound]
        packets = self._container.demux(*(stream for stream in streams if stream is not None))
        while True:
            try:
                packet = next(packets)
                if packet.stream is not self._stream:
                    if self.on_sound is not None:
                        self.on_sound(packet)
                    continue
                frames = packet.decode()
            except StopIteration:
                return
            except av.error.FFmpegError as error:
                if isinstance(error, OSError):
                    raise  # of the disk, not of the video
                self.damaged_packets += 1  # a broken packet costs only its own frames
                continue
            yield from frames


def frames_at(path: Path, times: Iterable[float], *, seekable: bool = True) -> Iterator[tuple[float, Image]]:
    """The image shown at each of these times, in order and one at a time; what cannot be read is left out.

    - seekable: False for a video whose clock jumps, since its own times are not the requested ones.
    """
    with Video(path) as video:
        frames, seconds, decoded = video.timed(), -math.inf, None
        for wanted in sorted(times):
            if seekable and wanted - video.reached_seconds > FAR_SECONDS:
                video.seek(wanted)
                frames = video.timed()
            while seconds < wanted - 0.002:
                seconds, decoded = next(frames, (math.inf, None))
            if decoded is None:
                return
            yield wanted, video.image_of(decoded)


def _open(path: Path) -> Any:
    options = {
        "protocol_whitelist": PROTOCOLS,
        "format_whitelist": ",".join(sorted(VIDEO_FORMATS)),
        "codec_whitelist": DECODERS,
    }
    try:
        # An absolute path, because FFmpeg reads a name like "concat:a|b" as an instruction.
        return av.open(str(path.absolute()), options=options, metadata_errors="replace")
    except FileNotFoundError as error:
        raise InputError(f"{path.name} does not exist. Check the path.") from error
    except PermissionError as error:
        raise InputError(f"{path.name} cannot be opened. Check its permissions.") from error
    except av.error.FFmpegError as error:
        raise InputError(
            f"{path.name} is neither a picture nor a video that can be read ({error.strerror}). "
            "It may be damaged or cut off; try to open it in a player, or convert it to MP4."
        ) from error


def _picture_stream(container: Any, path: Path) -> Any:
    covers = av.stream.Disposition.attached_pic
    moving = [stream for stream in container.streams.video if not stream.disposition & covers]
    codec = moving[0].codec_context if moving else None
    if codec is not None and codec.codec.canonical_name in VIDEO_CODECS:
        return moving[0]
    if container.streams.audio and not moving:
        raise InputError(f"{path.name} has sound but no picture. Choose a video.")
    raise InputError(f"{path.name} has no pictures that can be decoded. Convert it to MP4 with H.264.")


def _check_size(stream: Any, path: Path) -> None:
    width, height = stream.codec_context.width, stream.codec_context.height
    if not width or not height:
        raise InputError(f"{path.name} is damaged: its pictures have no size. Convert it again.")
    try:
        check_size(_square_width(width, stream.sample_aspect_ratio), height, most_pixels=MOST_PIXELS)
    except InputError as error:
        raise InputError(f"The pictures of {path.name} cannot be used. {error}") from error


def _square_width(width: int, pixel_shape: Fraction | None) -> int:
    return max(1, round(width * float(pixel_shape or 1)))


def _image(decoded: Any, pixel_shape: Fraction | None) -> Image:
    """BGR, upright, with square pixels."""
    image: Image
    colours = decoded.colorspace in USUAL_COLOURS and decoded.color_range != FULL_RANGE
    if colours and decoded.format.name == "yuv420p" and decoded.width % 2 == 0 and decoded.height % 2 == 0:
        image = np.asarray(cv2.cvtColor(decoded.to_ndarray(), cv2.COLOR_YUV2BGR_I420), np.uint8)
    else:
        image = decoded.to_ndarray(format="bgr24")
    width = _square_width(decoded.width, pixel_shape)
    check_size(width, decoded.height, most_pixels=MOST_PIXELS)  # it may change in the middle
    if width != decoded.width:
        image = np.asarray(cv2.resize(image, (width, decoded.height)), np.uint8)
    quarters = round(decoded.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, quarters)) if quarters else image
