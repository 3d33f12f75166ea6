"""Write a video that browsers play, with the sound of the one it came from.

PyAV's wheels bring FFmpeg with H.264 and AAC, so nothing else has to be installed.
"""

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import cv2
import numpy as np

from analysis.stream_clock import StreamClock
from faces.records import Image

LONGEST_WRITTEN_SIDE = 1920
ENCODING = {"preset": "ultrafast", "tune": "zerolatency", "qp": "24"}
"""The quickest of libx264, without rate control, and no frames held back in memory. At 640x360 the usual "crf" of 23
takes a fifth longer, is a quarter larger and 1.1 dB better (40.0)."""

IN_ONE_PIECE = "+faststart"
IN_FRAGMENTS = "+frag_keyframe+delay_moov+default_base_moof+global_sidx"
"""Every program opens a plain MP4, but writing it keeps the positions of all packets in memory: 70 MB after less than
three hours with sound. A fragmented one keeps only its last fragment; browsers play and seek it all the same."""

LONG_SECONDS = 3600.0
"""Longer videos are written in fragments."""

TICKS = 90_000  # per second, the clock of written videos
COPIED_SOUND = ("aac", "mp3")  # what MP4 takes as it is; anything else becomes AAC


class VideoWriter:
    """Writes an MP4 with H.264 pictures and the sound of the video they came from; a context manager.

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
        """Append one packet of the original's sound."""
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
            self.sound_damaged = True  # a broken packet costs only its own sound

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
    """The original's sound in the new video: copied where MP4 can hold it, otherwise encoded as AAC."""

    def __init__(self, output: Any, source: Any, start_seconds: float) -> None:
        self._output = output
        self._start_seconds = start_seconds
        self._clock = StreamClock()
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
        """The shift from a packet's or a frame's time stamp to the new video's clock, in its own time base."""
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


def _fitting(image: Image) -> Image:
    """No larger than browsers play smoothly, and with even sides, as H.264 requires."""
    height, width = image.shape[:2]
    scale = min(1.0, LONGEST_WRITTEN_SIDE / max(height, width))
    size = (max(2, round(width * scale) // 2 * 2), max(2, round(height * scale) // 2 * 2))
    if size == (width, height):
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
