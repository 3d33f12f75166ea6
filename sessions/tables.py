"""The tables of the database: what a session is, its frames, its answers, and what is watched for.

Times on the wall clock are seconds since the epoch; times inside a session are seconds from its start. `lines`,
`settled` and `unsettled` are arrays of `timeline.seconds.SECOND` and `timeline.segments.SEGMENT` as bytes, `frames` is
packed by `sessions.chunk`. A change here needs a script in `sessions/migrations/versions`; a test compares the two.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

REVISION = "0002"
"""The newest script of `sessions/migrations`: what a database is brought to before it is used."""

ID_LETTERS = 32

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[str]:
    return Column("id", String(ID_LETTERS), primary_key=True)


def _of_session(*, key: bool = False, nullable: bool = False) -> Column[str]:
    ends_with_it = ForeignKey("sessions.id", ondelete="CASCADE")
    return Column(
        "session_id", String(ID_LETTERS), ends_with_it, primary_key=key, nullable=nullable, index=not key or None
    )


sessions = Table(
    "sessions",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("activity", Text, nullable=False),
    Column("source", Text, nullable=False),  # as a person calls it: "Camera 0"
    Column("visitor", Text, nullable=False, server_default=""),  # whose browser's camera; empty: the machine's
    Column("participant", Text, nullable=False),  # a label, never a name that the program found out
    Column("purpose", Text, nullable=False),
    Column("consent", Text, nullable=False),  # a note: who agreed to what, and when
    Column("me", Boolean, nullable=False),  # the user said: this is me
    Column("keep_days", Integer),  # None: until it is deleted by hand
    Column("delete_at", Double, index=True),
    Column("started_at", Double, nullable=False, index=True),
    Column("utc_offset", Integer, nullable=False),  # seconds east of Greenwich, where and when it started
    Column("heard_at", Double, nullable=False),  # the last write; a session that is not ended and silent was cut off
    Column("ended_at", Double),
    Column("ending", Text, nullable=False),  # why it ended: "stopped", ...; empty while it goes on
    Column("seconds", Double, nullable=False),  # how long it is so far
    Column("samples", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),  # frames that were never looked at
    Column("faces", BigInteger, nullable=False),  # over all samples
    Column("weights", Text, nullable=False),  # SHA-256 of the network's weights
    Column("confusion", JSON),  # what these weights take for what: see timeline.record.Confusion
    Column("settings", JSON, nullable=False),
    Column("rest", JSON),  # the resting face it is measured against
    Column("digest", JSON),  # what the mood over weeks needs of it, once it has ended
    Column("unsettled", LargeBinary, nullable=False),  # segments that had not ended at the last write
)

chunks = Table(
    "chunks",
    metadata,
    _of_session(key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("start", Double, nullable=False),  # of its first sample
    Column("format", Integer, nullable=False),
    Column("frames", LargeBinary, nullable=False),
)

seconds = Table(
    "seconds",
    metadata,
    _of_session(key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # of the chunk it was written with
    Column("lines", LargeBinary, nullable=False),
    Column("settled", LargeBinary, nullable=False),
)

gaps = Table(
    "gaps",
    metadata,
    _of_session(key=True),
    Column("start", Double, primary_key=True),
    Column("end", Double, nullable=False),
)

markers = Table(
    "markers",
    metadata,
    _id(),
    _of_session(),
    Column("label", Text, nullable=False),
    Column("start", Double, nullable=False),
    Column("end", Double),  # None: a point
)

self_reports = Table(
    "self_reports",
    metadata,
    _id(),
    _of_session(nullable=True),
    Column("reported_at", Double, nullable=False, index=True),
    Column("seconds", Double),  # inside the session, if there is one
    Column("value", Integer, nullable=False),  # 1 to 5
    Column("note", Text, nullable=False),
)

notes = Table(
    "notes",
    metadata,
    _id(),
    Column("day", String(10), nullable=False, index=True),  # 2026-11-25
    Column("text", Text, nullable=False),
)

rules = Table(
    "rules",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("definition", JSON, nullable=False),
    Column("made_at", Double, nullable=False),
)

incidents = Table(
    "incidents",
    metadata,
    _id(),
    _of_session(nullable=True),
    Column("rule_id", String(ID_LETTERS), index=True),  # the rule may be gone meanwhile
    Column("rule_name", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("started_at", Double, nullable=False, index=True),
    Column("ended_at", Double),
    Column("start", Double),  # inside the session, if there is one
    Column("end", Double),
    Column("details", JSON, nullable=False),
)

webhooks = Table(
    "webhooks",
    metadata,
    _id(),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("private_allowed", Boolean, nullable=False),
    Column("made_at", Double, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(64), primary_key=True),  # of the message: the same over all attempts
    Column("webhook_id", String(ID_LETTERS), ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("made_at", Double, nullable=False),
    Column("due_at", Double, index=True),  # None: delivered, or given up
    Column("attempts", Integer, nullable=False),
    Column("state", String(16), nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    Column("outbox_id", String(64), ForeignKey("outbox.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("tried_at", Double, nullable=False),
    Column("status", Integer),  # what the receiver answered, if it did
    Column("problem", Text, nullable=False),
    Column("milliseconds", Double, nullable=False),
)
