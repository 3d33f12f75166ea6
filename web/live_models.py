"""What goes in and out of the routes about the live picture, single pictures and uploads, as the API describes it.

These routes check their bodies by hand, because the page is served before msgspec is loaded; a test compares what they
answer with what stands here.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, defstruct

from faces.emotions import EMOTIONS

Share = Annotated[float, Meta(ge=0, le=1)]
Signed = Annotated[float, Meta(ge=-1, le=1)]
Pixels = Annotated[list[int], Meta(min_length=4, max_length=4, description="x, y, width, height in pixels")]

Scores = defstruct("Scores", [(emotion, Share) for emotion in EMOTIONS], frozen=True)
Scores.__doc__ = "The seven scores, summing to 1."


class FaceAnswer(Struct, frozen=True):
    """One face in a picture."""

    person: Annotated[int, Meta(description="the tracker's number; it says nothing about who somebody is")]
    box: Pixels
    angle: Annotated[float, Meta(description="roll in degrees, positive clockwise")]
    emotion: str
    confidence: Share
    scores: Scores  # type: ignore[valid-type]
    valence: Signed
    arousal: Signed
    quality: Annotated[str, Meta(description='"good", or why the guess is worth less')]
    detection: Annotated[Share | None, Meta(description="how sure the detector is; null where it does not say")]


class SourceState(Struct, frozen=True):
    """Where the picture comes from."""

    name: str
    kind: str
    status: Literal["starting", "live", "demo", "reconnecting", "stopped", "failed"]
    message: str
    retrying: bool
    value: Annotated[str, Meta(description="as an order to the camera names it")]


class Resolution(Struct, frozen=True):
    """Of a picture, in pixels."""

    width: int
    height: int


class Speed(Struct, frozen=True):
    """Frames per second."""

    capture: float
    inference: float


class RecordingState(Struct, frozen=True):
    """The session that is recorded."""

    id: str
    name: str
    started_at: datetime
    seconds: float
    skipped: Annotated[int, Meta(description="frames of the camera that were never looked at")]
    problem: Annotated[str, Meta(description="why it is not written at the moment; empty: all is well")]
    over: Annotated[bool, Meta(description="nothing is recorded any more, and its end is not written yet")]


class RecordingList(Struct, frozen=True):
    """Of the machine's camera and of the browser that asks."""

    recordings: list[RecordingState]


class RestingState(Struct, frozen=True):
    """How the calibration of one person is."""

    person: int | None
    active: bool
    recording_seconds_left: float | None
    effect: Annotated[dict[str, float], Meta(description="by how much each score of the resting face is changed")]
    words: str
    problem: str


class WatchState(Struct, frozen=True):
    """What is watched for."""

    rules: int
    incidents: Annotated[list[str], Meta(description="names of the rules that are met now")]


class ReminderState(Struct, frozen=True):
    """When a break is suggested."""

    above: Annotated[float, Meta(description="the tension from which it is")]
    minutes: int
    told: Annotated[int, Meta(description="how often it was")]


class PlaybackAnswer(Struct, frozen=True):
    """Where a video is, and how it goes on."""

    position: Annotated[float, Meta(description="seconds from its beginning, of the picture that is shown")]
    length: Annotated[float | None, Meta(description="in seconds; null where the file does not say")]
    paused: bool
    loop: Annotated[bool, Meta(description="whether it begins again at its end")]


class LiveState(Struct, frozen=True):
    """The live session now."""

    version: int
    source: SourceState
    detector: str
    mirror: bool
    resolution: Annotated[Resolution, Meta(description="that a webcam is asked for")]
    picture: Annotated[Resolution | None, Meta(description="of the newest one, in whose pixels the boxes are")]
    fps: Speed
    age_ms: Annotated[float | None, Meta(description="of the newest picture")]
    viewers: int
    recording: RecordingState | None
    resting: RestingState | None
    playback: Annotated[PlaybackAnswer | None, Meta(description="null unless the source is a video")]
    watch: WatchState | None
    reminder: ReminderState | None
    faces: list[FaceAnswer]


class Choosable(Struct, frozen=True):
    """A source."""

    value: str
    name: str


class DetectorAnswer(Struct, frozen=True):
    """Who finds the faces."""

    name: str
    title: str
    unavailable: Annotated[str | None, Meta(description="why it cannot be chosen")]


class EmotionAnswer(Struct, frozen=True):
    """An emotion with its colour and the word for it in a sentence."""

    name: str
    colour: str
    adjective: Annotated[str, Meta(description="as in: this face looks happy")]


class Sources(Struct, frozen=True):
    """What may be chosen."""

    version: int
    sources: list[Choosable]
    detectors: list[DetectorAnswer]
    emotions: list[EmotionAnswer]


class Health(Struct, frozen=True):
    """The server is up."""

    status: Literal["ok"]


class CameraOrder(Struct, frozen=True, omit_defaults=True):
    """What the camera is to do; what is left out stays as it is."""

    action: Literal["start", "stop", "set"]
    source: Annotated[int | str | None, Meta(description='a camera number, "demo", an address or a path')] = None
    detector: Annotated[str | None, Meta(description="a name from /api/sources")] = None
    mirror: bool | None = None
    resolution: Annotated[Resolution | None, Meta(description="to ask a webcam for, with start only")] = None


class RestingAnswer(Struct, frozen=True):
    """The calibration after the order."""

    resting: RestingState | None


class RestingProfile(Struct, frozen=True):
    """A resting face as a file."""

    version: int
    kind: Literal["resting face"]
    seconds: float
    samples: int
    scores: Scores  # type: ignore[valid-type]


class RestingOrder(Struct, frozen=True, omit_defaults=True):
    """`active` switches the profile, `profile` uses one, `seconds` (or nothing) records one."""

    person: int | None = None
    seconds: Annotated[float, Meta(ge=10, le=30)] = 15
    profile: RestingProfile | None = None
    active: bool | None = None


class NewVisitor(Struct, frozen=True, omit_defaults=True):
    """A browser that is going to send its camera."""

    name: Annotated[str, Meta(description="as the browser calls its camera")] = ""
    screen: Annotated[bool, Meta(description="it is a window or screen, where faces are many and small")] = False


class VisitorAnswer(Struct, frozen=True):
    """Its camera's id, which opens everything about it."""

    id: str


class Shared(Struct, frozen=True):
    """The `source` that others may watch, and nothing else."""

    source: str


class FrameAnswer(Struct, frozen=True):
    """Everybody in one picture."""

    width: int
    height: int
    faces: list[FaceAnswer]


class PictureAnswer(Struct, frozen=True):
    """Everybody in one picture, as `analyze.py --json` tells it."""

    version: int
    input: str
    name: str
    kind: Literal["picture"]
    width: int
    height: int
    faces: list[FaceAnswer]


class FileAnnounced(Struct, frozen=True):
    """A file that is going to be sent."""

    name: str
    size: Annotated[int, Meta(description="bytes")]


class NewJob(Struct, frozen=True):
    """Files to analyse."""

    files: Annotated[list[FileAnnounced], Meta(min_length=1)]


class JobOrder(Struct, frozen=True):
    """Results so far are kept."""

    action: Literal["cancel"]


class FileReceived(Struct, frozen=True):
    """How much of a file is here."""

    name: str
    size: int
    received: int


class Outcome(Struct, frozen=True):
    """What came of one file, or of all pictures together."""

    name: str
    report: str
    error: str


class JobAnswer(Struct, frozen=True):
    """An analysis of uploads."""

    id: str
    status: str
    error: str
    created_at: Annotated[float, Meta(description="seconds since the epoch")]
    kept_until: float
    share: Annotated[Share, Meta(description="how much of it is done")]
    seconds_left: float | None
    files: list[FileReceived]
    outcomes: list[Outcome]
    results: Annotated[list[str], Meta(description="names below results/")]
