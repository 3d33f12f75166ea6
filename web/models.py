"""What goes in and out of the routes about sessions: types that validate, and from which the API is described."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Text = Annotated[str, Meta(max_length=2_000)]
Name = Annotated[str, Meta(min_length=1, max_length=2_000, description="of the session, in any script")]
Days = Annotated[int, Meta(ge=1, le=36_500, description="delete it after this many days")]
Seconds = Annotated[float, Meta(ge=0, le=10**9, description="seconds from the start of the session")]


class ErrorBody(Struct, frozen=True):
    """What was tried, what happened, what to do next."""

    status: int
    code: str
    message: str


class Problem(Struct, frozen=True):
    """Every error has this shape."""

    error: ErrorBody


class NewSession(Struct, frozen=True, forbid_unknown_fields=True):
    """What is said of a session when it starts."""

    name: Name
    project: Text = ""
    activity: Text = ""
    participant: Annotated[str, Meta(max_length=2_000, description="a label, such as P07")] = ""
    purpose: Text = ""
    consent: Annotated[str, Meta(max_length=2_000, description="who was told, and agreed to what")] = ""
    me: Annotated[bool, Meta(description="the person in view is the user")] = False
    keep_days: Days | None = None


class SessionChanges(Struct, frozen=True, forbid_unknown_fields=True):
    """What of it is left out stays as it is."""

    name: Name | UnsetType = UNSET
    project: Text | UnsetType = UNSET
    activity: Text | UnsetType = UNSET
    participant: Text | UnsetType = UNSET
    purpose: Text | UnsetType = UNSET
    consent: Text | UnsetType = UNSET
    me: bool | UnsetType = UNSET
    keep_days: Days | UnsetType | None = UNSET


class Session(Struct, frozen=True):
    """A session as it is kept. Times are ISO 8601 with their zone."""

    id: str
    name: str
    project: str
    activity: str
    source: str
    participant: str
    purpose: str
    consent: str
    me: bool
    keep_days: int | None
    state: Literal["recording", "ended", "interrupted"]
    started_at: datetime
    ended_at: datetime | None
    ending: str
    delete_at: datetime | None
    seconds: float
    samples: int
    skipped: Annotated[int, Meta(description="frames of the camera that were never looked at")]
    faces: Annotated[int, Meta(description="over all samples")]
    weights: Annotated[str, Meta(description="SHA-256 of the network's weights")]
    settings: dict[str, Any]


class SessionList(Struct, frozen=True):
    """The newest first."""

    sessions: tuple[Session, ...]
    more: Annotated[bool, Meta(description="older ones follow: ask again with before = the last one's started_at")]


class Listing(Struct, frozen=True, forbid_unknown_fields=True):
    """Which sessions."""

    search: Annotated[str, Meta(max_length=200, description="words in name, project, activity or participant")] = ""
    before: Annotated[datetime | None, Meta(description="only those that started before, with its zone")] = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    source: Annotated[str | None, Meta(description="whose camera `current` means; none: the machine's")] = None


class WhoseCamera(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose camera is meant by `current`."""

    source: Annotated[str | None, Meta(description="the id of a visitor's camera; none: the machine's")] = None


class Marker(Struct, frozen=True):
    """A point in time, or a stretch, with a label. Times are seconds from the start of the session."""

    id: str
    label: str
    start: float
    end: float | None


class MarkerList(Struct, frozen=True):
    """By time."""

    markers: tuple[Marker, ...]


class NewMarker(Struct, frozen=True, forbid_unknown_fields=True):
    """Say when by `at`, the time of the key press, or by `start`; neither: now."""

    label: Name
    at: Annotated[datetime | None, Meta(description="time on the clock, ISO 8601 with its zone")] = None
    start: Seconds | None = None
    end: Seconds | None = None


class MarkerChanges(Struct, frozen=True, forbid_unknown_fields=True):
    """What of it is left out stays as it is."""

    label: Name | UnsetType = UNSET
    start: Seconds | UnsetType = UNSET
    end: Seconds | UnsetType | None = UNSET


class GapAnswer(Struct, frozen=True):
    """Nobody looked: the camera was off or lost."""

    start: float
    end: float


class SessionSummary(Struct, frozen=True):
    """A session at a glance."""

    session: Session
    watched: Annotated[float, Meta(description="seconds in which somebody looked")]
    persons: tuple[int, ...]
    gaps: tuple[GapAnswer, ...]
    markers: tuple[Marker, ...]
    activity: Annotated[dict[str, Any], Meta(description="the answer of the use 'activity', everybody together")]


class UseParameter(Struct, frozen=True):
    """What a use can be asked with."""

    name: str
    default: Any
    help: str


class UseDescription(Struct, frozen=True):
    """A question that people bring, and how it is answered."""

    name: str
    title: str
    question: str
    formula: str
    limits: tuple[str, ...]
    example: str
    parameters: tuple[UseParameter, ...]


class UseList(Struct, frozen=True):
    """Every use."""

    uses: tuple[UseDescription, ...]


class ComparisonAnswer(Struct, frozen=True):
    """Two sessions, asked the same."""

    use: str
    a: Session
    b: Session
    answer: dict[str, Any]


class JoinedAnswer(Struct, frozen=True):
    """Several sessions, asked as one."""

    use: str
    sessions: tuple[Session, ...]
    answer: dict[str, Any]
