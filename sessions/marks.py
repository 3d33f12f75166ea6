"""The markers of a session: points or stretches with a label that a person sets, changes and takes away."""

import math

from sqlalchemy import delete, func, insert, select, update

from faces.errors import InputError, NotFoundError
from sessions.database import Database
from sessions.reading import marks_of, of_session, row_of
from sessions.tables import markers
from sessions.text import checked_text, new_id
from sessions.values import Mark

MOST_MARKERS = 10_000
"""Of one session; so many are answered from at once."""


class Marks:
    """Reads and writes them; safe to use from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, session: str) -> list[Mark]:
        """All of a session, by time; NotFoundError where there is no such session."""
        with self._database.reading() as connection:
            row_of(connection, session)
            return marks_of(connection, session)

    def add(self, session: str, label: str, start: float, end: float | None = None) -> Mark:
        """One more, at that second of the session, or from there to `end`."""
        mark = _checked(Mark(new_id(), label, start, end))
        with self._database.writing() as connection:
            row_of(connection, session)
            count = connection.scalar(select(func.count()).select_from(markers).where(of_session(markers, session)))
            if (count or 0) >= MOST_MARKERS:
                raise InputError(f"A session can have {MOST_MARKERS} markers. Delete some first.")
            connection.execute(insert(markers).values(id=mark.id, session_id=session, **_values(mark)))
        return mark

    def replace(self, session: str, mark: Mark) -> Mark:
        """Give a marker, known by its id, another label or time."""
        with self._database.writing() as connection:
            changed = update(markers).where(of_session(markers, session), markers.c.id == mark.id)
            if connection.execute(changed.values(**_values(_checked(mark)))).rowcount != 1:
                raise _no_marker(mark.id)
        return mark

    def get(self, session: str, marker: str) -> Mark:
        """That marker; NotFoundError where there is none."""
        found = [mark for mark in self.of(session) if mark.id == marker]
        if not found:
            raise _no_marker(marker)
        return found[0]

    def delete(self, session: str, marker: str) -> None:
        """Take it away; NotFoundError where it is not there."""
        with self._database.writing() as connection:
            gone = delete(markers).where(of_session(markers, session), markers.c.id == marker)
            if connection.execute(gone).rowcount != 1:
                raise _no_marker(marker)


def _values(mark: Mark) -> dict[str, object]:
    return {"label": mark.label, "start": mark.start, "end": mark.end}


def _checked(mark: Mark) -> Mark:
    checked_text("label", mark.label)
    if not mark.label.strip():
        raise InputError("A marker needs a label. Say what happened.")
    if not (math.isfinite(mark.start) and mark.start >= 0):
        raise InputError("A marker is set at 0 seconds of the session or later.")
    if mark.end is not None and not (math.isfinite(mark.end) and mark.end > mark.start):
        raise InputError("A marked stretch ends after it starts.")
    return mark


def _no_marker(marker: str) -> NotFoundError:
    return NotFoundError(f"There is no marker {marker!r} in this session. It may have been deleted.")
