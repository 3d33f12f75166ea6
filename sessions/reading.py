"""What a session is made of, as it is read from the tables."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, select

from faces.errors import NotFoundError, StoreError
from sessions.tables import gaps, markers, seconds, self_reports, sessions
from sessions.values import Mark
from timeline.record import Gap, Marker, Record, Rest, SelfReport, in_order
from timeline.seconds import SECOND
from timeline.segments import SEGMENT
from timeline.table import Lines


def record_of(connection: Connection, number: str) -> Record:
    """Everything that a use is asked of; NotFoundError where there is no such session."""
    row = row_of(connection, number)
    lines, settled = _arrays(connection, number)
    return Record(
        start=0.0,
        end=row.seconds,
        seconds=lines,
        segments=in_order(np.concatenate([settled, _joined([row.unsettled], SEGMENT)])),
        gaps=tuple(_gaps(connection, number)),
        started_at=moment(row.started_at, row.utc_offset),
        markers=tuple(Marker(mark.label, mark.start, mark.end) for mark in marks_of(connection, number)),
        rest=_rest(row.rest),
        self_reports=tuple(_reports(connection, number)),
        confusion=None if row.confusion is None else np.array(row.confusion),
    )


def no_session(number: str) -> NotFoundError:
    return NotFoundError(f"There is no session {number!r}. It may have been deleted; see the list of sessions.")


def row_of(connection: Connection, number: str) -> Row[Any]:
    row = connection.execute(select(sessions).where(sessions.c.id == number)).one_or_none()
    if row is None:
        raise no_session(number)
    return row


def of_visitor(told_to: str | None) -> tuple[ColumnElement[bool], ...]:
    """Which sessions a visitor of that mark is told of: those of the machine's camera and their own; None: all."""
    return () if told_to is None else (sessions.c.visitor.in_(("", told_to)),)


def of_session(table: Any, number: str) -> Any:
    return table.c.session_id == number


def moment(epoch_seconds: float, utc_offset: int) -> datetime:
    return datetime.fromtimestamp(epoch_seconds, timezone(timedelta(seconds=utc_offset)))


def _arrays(connection: Connection, number: str) -> tuple[Lines, Lines]:
    question = select(seconds.c.lines, seconds.c.settled).where(of_session(seconds, number)).order_by(seconds.c.number)
    rows = connection.execute(question).all()
    return _joined([row.lines for row in rows], SECOND), _joined([row.settled for row in rows], SEGMENT)


def _joined(parts: Sequence[bytes], layout: np.dtype[np.void]) -> Lines:
    if any(len(part) % layout.itemsize for part in parts):
        raise StoreError("The answers of this session are damaged. Its frames may not be: download timeline.csv.")
    return np.frombuffer(b"".join(parts), layout)


def _gaps(connection: Connection, number: str) -> Iterator[Gap]:
    for start, end in connection.execute(
        select(gaps.c.start, gaps.c.end).where(of_session(gaps, number)).order_by("start")
    ):
        yield Gap(start, end)


def marks_of(connection: Connection, number: str) -> list[Mark]:
    columns = (markers.c.id, markers.c.label, markers.c.start, markers.c.end)
    question = select(*columns).where(of_session(markers, number)).order_by(markers.c.start, markers.c.id)
    return [Mark(*row) for row in connection.execute(question)]


def _reports(connection: Connection, number: str) -> Iterator[SelfReport]:
    columns = (self_reports.c.seconds, self_reports.c.value)
    found = (of_session(self_reports, number), self_reports.c.seconds.is_not(None))
    for second, value in connection.execute(select(*columns).where(*found).order_by(self_reports.c.seconds)):
        yield SelfReport(second, value)


def rest_values(rest: Rest | None) -> dict[str, Any] | None:
    if rest is None:
        return None
    measured_at = None if rest.measured_at is None else rest.measured_at.isoformat()
    return {"scores": list(rest.scores), "measured_at": measured_at, "seconds": rest.seconds, "since": rest.since}


def _rest(values: Mapping[str, Any] | None) -> Rest | None:
    if values is None:
        return None
    noted = values["measured_at"]
    measured_at = None if noted is None else datetime.fromisoformat(noted)
    return Rest(tuple(values["scores"]), measured_at, values["seconds"], values.get("since", 0.0))
