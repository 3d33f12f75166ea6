"""What goes in and out of the routes about rules, incidents, webhooks and the mood."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Expression = Literal["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise", "unsure"]
Measure = Literal["share", "count", "confidence"]
RuleName = Annotated[str, Meta(min_length=1, max_length=200)]
Level = Annotated[float, Meta(gt=0, le=10_000)]
Whole = Annotated[int, Meta(ge=1, le=86_400)]


class NewRule(Struct, frozen=True, forbid_unknown_fields=True):
    """When to tell of an expression in a group; see the use crowd for the formula."""

    name: RuleName
    expressions: tuple[Expression, ...] = ("angry",)
    measure: Measure = "share"
    at_least: Level = 0.3
    for_seconds: Whole = 10
    faces: Whole = 5
    ends_below: Level | None = None
    calm_seconds: Whole = 5
    cool_down_seconds: Annotated[int, Meta(ge=0, le=86_400)] = 60
    enabled: bool = True


class RuleChanges(Struct, frozen=True, forbid_unknown_fields=True):
    """What of it is left out stays as it is."""

    name: RuleName | UnsetType = UNSET
    expressions: tuple[Expression, ...] | UnsetType = UNSET
    measure: Measure | UnsetType = UNSET
    at_least: Level | UnsetType = UNSET
    for_seconds: Whole | UnsetType = UNSET
    faces: Whole | UnsetType = UNSET
    ends_below: Level | UnsetType | None = UNSET
    calm_seconds: Whole | UnsetType = UNSET
    cool_down_seconds: Annotated[int, Meta(ge=0, le=86_400)] | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class RuleAnswer(Struct, frozen=True):
    """A rule, and how it is now."""

    id: str
    enabled: bool
    words: Annotated[str, Meta(description="the rule as a sentence")]
    rule: dict[str, Any]
    state: Annotated[
        str | None, Meta(description="watching, rising, incident, cooling down, too few faces, camera lost")
    ]
    value: Annotated[float | None, Meta(description="of the rule's measure in the last second")]
    faces: Annotated[float | None, Meta(description="how many were seen in the last second")]
    lasted: Annotated[int | None, Meta(description="seconds that it has been rising, or an incident")]


class RuleList(Struct, frozen=True):
    """All rules."""

    rules: tuple[RuleAnswer, ...]
    problem: Annotated[str, Meta(description="why incidents are not kept at the moment; empty: all is well")]


class Incident(Struct, frozen=True):
    """One time that a rule was met; the id is the same from its beginning to its end."""

    id: str
    session: str | None
    rule_id: str
    rule: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    details: dict[str, Any]


class IncidentList(Struct, frozen=True):
    """The newest first."""

    incidents: tuple[Incident, ...]


class Incidents(Struct, frozen=True, forbid_unknown_fields=True):
    """Which incidents."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    session: str | None = None


class DryRun(Struct, frozen=True, forbid_unknown_fields=True):
    """Over which sessions: one by its id or, without one, the newest."""

    session: str | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class DryRunOf(Struct, frozen=True):
    """What a rule would have told in one session."""

    session: str
    name: str
    answer: dict[str, Any]


class DryRunAnswer(Struct, frozen=True):
    """What a rule would have told."""

    told: Annotated[int, Meta(description="how often, in all of these sessions")]
    sessions: tuple[DryRunOf, ...]


class Sent(Struct, frozen=True):
    """Ids of the messages that were left for the receivers."""

    messages: tuple[str, ...]


class NewWebhook(Struct, frozen=True, forbid_unknown_fields=True):
    """Where to send incidents. Only the owner of the machine may say so."""

    url: Annotated[str, Meta(min_length=1, max_length=2_000)]
    private_allowed: Annotated[bool, Meta(description="the receiver may lie in this machine or network")] = False


class WebhookAnswer(Struct, frozen=True):
    """A receiver, and the secret with which it verifies signatures."""

    id: str
    url: str
    secret: str
    private_allowed: bool
    waiting: Annotated[int, Meta(description="messages that have not arrived yet and will be sent again")]
    problem: Annotated[str, Meta(description="why the last message did not arrive; empty: all is well")]


class WebhookList(Struct, frozen=True):
    """All receivers."""

    webhooks: tuple[WebhookAnswer, ...]


class DeliveryAnswer(Struct, frozen=True):
    """One attempt."""

    message: str
    webhook: Annotated[str, Meta(description="id of the receiver")]
    tried_at: float
    status: int | None
    problem: str
    milliseconds: float


class DeliveryList(Struct, frozen=True):
    """The newest first."""

    deliveries: tuple[DeliveryAnswer, ...]


class MoodOf(Struct, frozen=True, forbid_unknown_fields=True):
    """How far back."""

    days: Annotated[int, Meta(ge=1, le=3_660)] = 30


class NewSelfReport(Struct, frozen=True, forbid_unknown_fields=True):
    """How the user says that it goes, now."""

    value: Annotated[int, Meta(ge=1, le=5, description="1 bad to 5 good")]
    note: Annotated[str, Meta(max_length=2_000)] = ""


class SelfReportAnswer(Struct, frozen=True):
    """As it is kept."""

    id: str
    value: int
    session: str | None
    seconds: Annotated[float | None, Meta(description="inside the session that is recorded, if one is")]


class ReportBesideGauge(Struct, frozen=True):
    """An answer, and the tension that the face showed in the minute before it."""

    session: str
    seconds: Annotated[float, Meta(description="inside the session")]
    value: int
    tension: Annotated[float, Meta(description="0 to 100")]


class SelfReportList(Struct, frozen=True):
    """Every answer with a gauge beside it, and how far both agree."""

    reports: tuple[ReportBesideGauge, ...]
    needed: Annotated[int, Meta(description="with fewer answers nothing is said of the agreement")]
    agreement: Annotated[dict[str, Any], Meta(description="as the use tension tells it, over all sessions")]


class Reminder(Struct, frozen=True, forbid_unknown_fields=True):
    """When a break is suggested."""

    above: Annotated[float, Meta(gt=0, le=100, description="mean tension from which on; null: never")] | None = None
    minutes: Annotated[int, Meta(ge=1, le=600, description="looked at, and to the next suggestion")] = 20


class NewNote(Struct, frozen=True, forbid_unknown_fields=True):
    """A note of one's own about a day."""

    day: date
    text: Annotated[str, Meta(min_length=1, max_length=2_000)]


class NoteAnswer(Struct, frozen=True):
    """As it is kept."""

    id: str
    day: date
    text: str
