"""What users say of themselves, self-reports and notes; and the mood, from that and the sessions marked as theirs."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select

from faces.errors import InputError
from sessions.database import Database
from sessions.reading import of_visitor
from sessions.store import Store
from sessions.tables import notes, self_reports, sessions
from sessions.text import checked_text, new_id
from timeline.record import Record
from timeline.shapes import values
from timeline.uses.mood import Diary, MoodHour, Note, mood_hours


@dataclass(frozen=True, slots=True)
class KeptReport:
    """An answer to "how do you feel?"."""

    id: str
    value: int  # 1 to 5
    session: str | None
    seconds: float | None  # inside the session


class Notebook:
    """Keeps both; safe to use from several threads."""

    def __init__(self, database: Database, *, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    def report(
        self, value: int, note: str = "", *, session: str | None = None, seconds: float | None = None
    ) -> KeptReport:
        """How it goes, from 1 (bad) to 5 (good), with the second of the session that is recorded, if one is."""
        if not 1 <= value <= 5:
            raise InputError(f"A self-report is 1 to 5, not {value}.")
        kept = KeptReport(new_id(), value, session, seconds)
        row = {"id": kept.id, "session_id": session, "seconds": seconds, "value": value}
        with self._database.writing() as connection:
            connection.execute(
                insert(self_reports).values(**row, reported_at=self._now(), note=checked_text("note", note))
            )
        return kept

    def reported_sessions(self, limit: int, *, told_to: str | None = None) -> list[str]:
        """The ids of the sessions in which somebody said how it goes, the newest first; see of_visitor()."""
        inside = self_reports.c.session_id
        question = select(inside).join(sessions, sessions.c.id == inside).where(*of_visitor(told_to)).group_by(inside)
        newest = func.max(self_reports.c.reported_at).desc()
        with self._database.reading() as connection:
            return list(connection.scalars(question.order_by(newest).limit(limit)))

    def note(self, day: date, text: str) -> str:
        """A note about a day; returns its id."""
        number = new_id()
        with self._database.writing() as connection:
            connection.execute(insert(notes).values(id=number, day=day.isoformat(), text=checked_text("text", text)))
        return number

    def notes(self, first: date, last: date) -> tuple[Note, ...]:
        """Those about these days, by day."""
        question = select(notes.c.day, notes.c.text).order_by(notes.c.day, notes.c.id)
        between = (notes.c.day >= first.isoformat(), notes.c.day <= last.isoformat())
        with self._database.reading() as connection:
            return tuple(
                Note(date.fromisoformat(day), text) for day, text in connection.execute(question.where(*between))
            )


def mood_digest(record: Record) -> Mapping[str, Any]:
    """What is kept of a session for the mood, as JSON."""
    return {"mood": [values(hour) for hour in mood_hours(record)]}


def diary_of(
    store: Store, notebook: Notebook, first: date, today: date, since: datetime, *, told_to: str | None = None
) -> Diary:
    """Everything that a mood is asked of: sessions of the user that began since then, and notes."""
    hours = [_hour(one) for _, digest in store.digests(since, told_to=told_to) for one in digest.get("mood", [])]
    return Diary(today, tuple(hours), notebook.notes(first, today))


def _hour(kept: Mapping[str, Any]) -> MoodHour:
    start = datetime.fromisoformat(kept["start"])
    labels, scores = tuple(kept["labels"]), tuple(kept["scores"])
    return MoodHour(start, kept["seen"], labels, scores, kept["minutes"], kept["flat_minutes"])
