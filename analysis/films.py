"""Read a film frame by frame with exact times, and write one that browsers play.

PyAV does both: its wheels carry FFmpeg with H.264 and AAC, so nothing has to be installed beside them.
cv2.VideoCapture gives no sound, no H.264 and, for a variable frame rate, no dependable times.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import cv2
import numpy as np

from faces.errors import InputError
from faces.records import Frame, Image

FORMATS = "mov,mp4,m4a,3gp,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,gif,asf,ogg,m4v,h264,hevc,dv,mp3,wav,flac,aac"
"""What may be opened. No playlists: they would make the program fetch whatever a file names."""

MOST_PIXELS = 8192 * 4320
BACK_SECONDS, GAP_SECONDS = 0.5, 3600.0
"""Time stamps that go back or on by more than this from one frame to the next are a jump of the clock, as where two
recordings were joined or bytes are damaged; nothing is shorter or longer for it."""

FAR_SECONDS = 20.0  # up to here reading on is as quick as seeking, and works in every format
LONGEST_WRITTEN_SIDE = 1920
ENCODING = {"preset": "ultrafast", "tune": "zerolatency", "qp": "24"}
"""The quickest of libx264, without rate control, and no frames held back in memory. At 640x360 the usual "crf" of 23
takes a fifth longer, is a quarter larger and 1.1 dB better (40.0)."""

IN_ONE_PIECE = "+faststart"
IN_FRAGMENTS = "+frag_keyframe+delay_moov+default_base_moof+global_sidx"
"""A plain MP4 is what every program opens, but until its end the places of all its packets are held in memory: 70 MB
after under three hours with sound. In fragments only the last is held; browsers play and seek it all the same."""

LONG_SECONDS = 3600.0
"""Longer films are written in fragments."""

TICKS = 90_000  # per second, the clock of written films
USUAL_COLOURS = (2, 5, 6)  # FFmpeg's numbers for unspecified and BT.601, which is what OpenCV converts from
FULL_RANGE = 2  # FFmpeg's number for luma from 0 to 255; OpenCV converts from 16 to 235
COPIED_SOUND = ("aac", "mp3")  # what MP4 takes as it is; anything else becomes AAC


class Film:
    """Frames of one film in order; a context manager. `seconds` counts from the start of the film.

    - every_seconds: take a frame no more often than that; 0 takes every frame.
    - on_sound: gets every packet of sound between the frames, for a FilmWriter.
    """

    def __init__(self, path: Path, *, every_seconds: float = 0.0) -> None:
        self.path = path
        self.every_seconds = every_seconds
        self.on_sound: Callable[[Any], None] | None = None
        self.damaged_packets = 0
        self.reached_seconds = self.end_seconds = 0.0  # of the last frame that was read: its time, and its end
        self._clock = _Clock()
        self._container = _open(path)
        try:
            self._stream = _picture_stream(self._container, path)
            _check_size(self._stream, path)
        except InputError:
            self._container.close()
            raise
        self._stream.codec_context.thread_count = 1  # whoever wants more cores runs more films at once
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
        """How long the film says it is."""
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
        """How the pictures are packed."""
        return str(self._stream.codec_context.name)

    @property
    def sound(self) -> Any:
        """The stream of sound, or None."""
        return next((stream for stream in self._container.streams.audio if stream.codec_context is not None), None)

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
        """After reading: whether a good part of the promised length was not there."""
        promised = self.seconds
        if promised is None or self.jumps:  # what is promised after a jump is not the length
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
        self._clock = _Clock()  # going elsewhere is no jump of the film's own clock
        self._container.seek(round((seconds + self.start_seconds) / base), stream=self._stream, backward=True)

    def image_of(self, decoded: Any) -> Image:
        """A decoded frame as BGR, upright, with square pixels."""
        return _image(decoded, self._pixel_shape)

    def timed(self) -> Iterator[tuple[float, Any]]:
        """Every frame's time, and the frame as it was decoded: for whoever wants images of a few frames only."""
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
                    raise  # of the disk, not of the film
                self.damaged_packets += 1  # one broken packet costs its own frames only
                continue
            yield from frames


class _Clock:
    """The times of one stream, running on where its own clock jumps."""

    def __init__(self) -> None:
        self.jumps = 0
        self.shift = 0.0  # seconds that are added to the stream's own times from here on
        self._last: float | None = None

    def __call__(self, seconds: float, step: float) -> float:
        """A time of the stream, `step` after the last one if the clock has jumped in between."""
        if self._last is not None and not -BACK_SECONDS <= seconds - self._last <= GAP_SECONDS:
            self.shift += self._last + step - seconds
            self.jumps += 1
        self._last = seconds
        return seconds + self.shift


def frames_at(path: Path, times: Sequence[float], *, seekable: bool = True) -> dict[float, Image]:
    """The image shown at each of these times, read in one go; times that cannot be read are missing.

    - seekable: False for a film whose clock jumps, since its own times are not those that were asked for.
    """
    found: dict[float, Image] = {}
    with Film(path) as film:
        frames, seconds, decoded = film.timed(), -math.inf, None
        for wanted in sorted(times):
            if seekable and wanted - film.reached_seconds > FAR_SECONDS:
                film.seek(wanted)
                frames = film.timed()
            while seconds < wanted - 0.002:
                seconds, decoded = next(frames, (math.inf, None))
            if decoded is None:
                return found
            found[wanted] = film.image_of(decoded)
    return found


class FilmWriter:
    """Writes an MP4 with H.264 pictures, and the sound of the film they came from; a context manager.

    - long: write it in fragments, with memory that does not grow.
    """

    def __init__(
        self, path: Path, *, fps: float, sound: Any = None, start_seconds: float = 0.0, long: bool = False
    ) -> None:
        flags = IN_FRAGMENTS if long else IN_ONE_PIECE
        self._output = av.open(str(path), "w", format="mp4", options={"movflags": flags})
        self._fps = Fraction(fps).limit_denominator(1001)
        self._stream: Any = None
        self._start_seconds = start_seconds
        self._sound = None if sound is None else _Sound(self._output, sound, start_seconds)
        self._waiting: list[Any] = []
        self._last_tick = -1
        self.sound_damaged = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._output.close()

    def write(self, image: Image, seconds: float) -> None:
        """Append one image, shown from this time on."""
        image = _fitting(image)
        if self._stream is None:
            self._stream = self._picture_stream(image)
            for packet in self._waiting:
                self.write_sound(packet)
        if image.shape[:2] != (self._stream.height, self._stream.width):
            image = np.asarray(cv2.resize(image, (self._stream.width, self._stream.height)), np.uint8)
        # OpenCV turns BGR into what H.264 stores several times faster than FFmpeg's scaler.
        planes = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420)
        frame = av.VideoFrame.from_ndarray(np.asarray(planes, np.uint8), format="yuv420p")
        self._last_tick = max(round(seconds * TICKS), self._last_tick + 1)
        frame.pts, frame.time_base = self._last_tick, Fraction(1, TICKS)
        self._output.mux(self._stream.encode(frame))

    def write_sound(self, packet: Any) -> None:
        """Append one packet of the film's sound."""
        if self._sound is None:
            return
        if self._stream is None:
            self._waiting.append(packet)  # the container's header needs the size of the first picture
            return
        try:
            self._sound.write(packet)
        except av.error.FFmpegError as error:
            if isinstance(error, OSError):
                raise  # of the disk, not of the sound
            self.sound_damaged = True  # a broken packet costs its own sound only

    def _picture_stream(self, image: Image) -> Any:
        stream = self._output.add_stream("libx264", rate=self._fps, options=ENCODING)
        stream.height, stream.width = image.shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, TICKS)
        stream.codec_context.thread_count = 1
        return stream

    def _finish(self) -> None:
        if self._stream is not None:
            self._output.mux(self._stream.encode(None))
            if self._sound is not None:
                self._sound.finish()


class _Sound:
    """The film's sound in the new film: copied where MP4 can hold it, else as AAC."""

    def __init__(self, output: Any, source: Any, start_seconds: float) -> None:
        self._output = output
        self._start_seconds = start_seconds
        self._clock = _Clock()
        self._copied = source.codec_context.name in COPIED_SOUND
        if self._copied:
            self._stream = output.add_stream_from_template(source)
        else:
            self._stream = output.add_stream("aac", rate=48_000)
            self._resampler = av.AudioResampler(format="fltp", layout="stereo", rate=48_000)

    def write(self, packet: Any) -> None:
        if self._copied:
            if packet.dts is None or packet.pts is None:
                return  # the empty packet that ends a stream
            shift = self._shift(packet, packet.duration or 0)
            packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
            packet.stream = self._stream
            self._output.mux(packet)
            return
        for frame in packet.decode():
            if frame.pts is not None and frame.time_base is not None:
                frame.pts += self._shift(frame, round(frame.samples / frame.sample_rate / frame.time_base))
            self._encode(frame)

    def _shift(self, packet: Any, duration: int) -> int:
        """What brings a packet's or a frame's time stamp to the new film's clock; all in its own time base."""
        self._clock(float(packet.pts * packet.time_base), float(duration * packet.time_base))
        ticks: int = round((self._clock.shift - self._start_seconds) / packet.time_base)
        return ticks

    def finish(self) -> None:
        if not self._copied:
            self._encode(None)
            self._output.mux(self._stream.encode(None))

    def _encode(self, frame: Any) -> None:
        for resampled in self._resampler.resample(frame):
            self._output.mux(self._stream.encode(resampled))


def _open(path: Path) -> Any:
    options = {"protocol_whitelist": "file", "format_whitelist": FORMATS}
    try:
        # An absolute path, because FFmpeg reads a name like "concat:a|b" as an instruction.
        return av.open(str(path.absolute()), options=options, metadata_errors="replace")
    except FileNotFoundError as error:
        raise InputError(f"{path.name} is not there. Check the path.") from error
    except PermissionError as error:
        raise InputError(f"{path.name} may not be read. Check its permissions.") from error
    except av.error.FFmpegError as error:
        raise InputError(
            f"{path.name} is no picture and no film that can be read ({error.strerror}). "
            "It may be damaged or cut off; try to open it in a player, or convert it to MP4."
        ) from error


def _picture_stream(container: Any, path: Path) -> Any:
    covers = av.stream.Disposition.attached_pic
    moving = [stream for stream in container.streams.video if not stream.disposition & covers]
    if moving and moving[0].codec_context is not None:
        return moving[0]
    if container.streams.audio:
        raise InputError(f"{path.name} has sound but no picture. Give a film.")
    raise InputError(f"{path.name} has no picture that can be read. Convert it to MP4 with H.264.")


def _check_size(stream: Any, path: Path) -> None:
    width, height = stream.codec_context.width, stream.codec_context.height
    if not width or not height:
        raise InputError(f"{path.name} is damaged: its pictures have no size. Convert it again.")
    if width * height > MOST_PIXELS:
        raise InputError(
            f"{path.name} has pictures of {width}x{height}, more than {MOST_PIXELS // 10**6} million pixels. "
            "Make them smaller first."
        )


def _image(decoded: Any, pixel_shape: Fraction | None) -> Image:
    """BGR, upright, with square pixels."""
    image: Image
    colours = decoded.colorspace in USUAL_COLOURS and decoded.color_range != FULL_RANGE
    if colours and decoded.format.name == "yuv420p" and decoded.width % 2 == 0 and decoded.height % 2 == 0:
        image = np.asarray(cv2.cvtColor(decoded.to_ndarray(), cv2.COLOR_YUV2BGR_I420), np.uint8)
    else:
        image = decoded.to_ndarray(format="bgr24")
    if pixel_shape not in (None, 0, 1):
        width = max(1, round(decoded.width * float(pixel_shape)))
        image = np.asarray(cv2.resize(image, (width, decoded.height)), np.uint8)
    quarters = round(decoded.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, quarters)) if quarters else image


def _fitting(image: Image) -> Image:
    """No larger than browsers play smoothly, and of even sides, as H.264 wants them."""
    height, width = image.shape[:2]
    scale = min(1.0, LONGEST_WRITTEN_SIDE / max(height, width))
    size = (max(2, round(width * scale) // 2 * 2), max(2, round(height * scale) // 2 * 2))
    if size == (width, height):
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
