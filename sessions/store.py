"""Keeps sessions: begins them, writes what arises, and gives back a record, every frame, or nothing any more."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from faces.errors import InputError
from sessions import chunk
from sessions.database import Database
from sessions.reading import moment, no_session, of_session, of_visitor, record_of, rest_values, row_of
from sessions.tables import chunks, gaps, seconds, sessions
from sessions.text import checked_text, new_id
from sessions.values import Batch, Saved, SessionDetails, State
from timeline.record import Record

SILENT_SECONDS = 10.0
"""A session in a file that is not ended and was not written to for this long was cut off: it is written twice a second,
and waits for at most five seconds for whoever else writes."""

SILENT_ELSEWHERE_SECONDS = 90.0
"""The same in a database of many machines: their clocks differ, and one may not reach it for a minute."""

DAY_SECONDS = 86_400

PAGE = 64
"""So many chunks of frames are fetched at a time: a minute of them, so that memory stays flat."""

TEXTS = ("name", "project", "activity", "participant", "purpose", "consent")
"""What a user may say of a session, and change later."""

_LISTED = [column for column in sessions.columns if column.name not in ("unsettled", "digest", "confusion", "rest")]


class Store:
    """Sessions in one database; safe to use from several threads."""

    def __init__(self, database: Database, *, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now
        self._to_erase = False

    @property
    def database(self) -> Database:
        """Where it keeps them."""
        return self._database

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    # --- recording

    def begin(self, about: SessionDetails, started_at: datetime) -> Saved:
        """A new session that starts at that time (with its zone); InputError where what is said cannot be kept."""
        number = new_id()
        texts = {name: checked_text(name, getattr(about, name)) for name in TEXTS}
        if not texts["name"].strip():
            raise InputError("A session needs a name. Say what it is of.")
        start, offset = started_at.timestamp(), started_at.utcoffset() or timedelta(0)
        with self._database.writing() as connection:
            connection.execute(
                insert(sessions).values(
                    id=number,
                    **texts,
                    source=about.source,
                    visitor=about.visitor,
                    me=about.me,
                    keep_days=about.keep_days,
                    delete_at=_delete_at(start, about.keep_days),
                    started_at=start,
                    utc_offset=int(offset.total_seconds()),
                    heard_at=start,
                    ending="",
                    weights=about.weights,
                    confusion=None if about.confusion is None else about.confusion.tolist(),
                    settings=dict(about.settings),
                    rest=rest_values(about.rest),
                    unsettled=b"",
                    **dict.fromkeys(("seconds", "samples", "skipped", "faces"), 0),
                )
            )
        return self.session(number)

    def write(self, batch: Batch) -> None:
        """Write what arose; all of it or, with StoreError, nothing. NotFoundError where the session was deleted."""
        key = {"session_id": batch.session, "number": batch.number}
        packed = {"format": chunk.FORMAT, "frames": chunk.pack(batch.rows)} if batch.rows else {}
        with self._database.writing() as connection:
            self._update_head(connection, batch)
            # A write whose confirmation was lost on the way is repeated; then it may be there already.
            for table in (chunks, seconds) if batch.again else ():
                connection.execute(
                    delete(table).where(of_session(table, batch.session), table.c.number >= batch.number)
                )
            if packed:
                connection.execute(insert(chunks).values(**key, start=batch.rows[0].seconds, **packed))
            if len(batch.lines) or len(batch.settled):
                columns = {"lines": batch.lines.tobytes(), "settled": batch.settled.tobytes()}
                connection.execute(insert(seconds).values(**key, **columns))
            if batch.gaps:
                self._write_gaps(connection, batch)
        self._erase_later()

    def _update_head(self, connection: Connection, batch: Batch) -> None:
        changed = {
            name: getattr(batch, name)
            for name in ("seconds", "samples", "skipped", "faces", "started_at", "heard_at", "ending")
        }
        if batch.rest is not None:
            changed["rest"] = rest_values(batch.rest)
        if batch.ending:
            changed |= {"ended_at": batch.heard_at, "digest": None if batch.digest is None else dict(batch.digest)}
        done = connection.execute(
            update(sessions)
            .where(sessions.c.id == batch.session)
            .values(**changed, unsettled=batch.unsettled.tobytes())
        )
        if done.rowcount != 1:
            raise no_session(batch.session)

    def _write_gaps(self, connection: Connection, batch: Batch) -> None:
        known = connection.scalar(select(func.count()).select_from(gaps).where(of_session(gaps, batch.session))) or 0
        for gap in batch.gaps[known:]:
            connection.execute(insert(gaps).values(session_id=batch.session, start=gap.start, end=gap.end))

    # --- what there is

    def session(self, number: str) -> Saved:
        """That session; NotFoundError where there is none."""
        with self._database.reading() as connection:
            return self._saved(row_of(connection, number))

    def sessions(
        self, *, search: str = "", before: datetime | None = None, limit: int = 100, told_to: str | None = None
    ) -> list[Saved]:
        """The newest first; those whose name, project, activity or participant has the words, that began before.

        `told_to`: as of_visitor() takes it.
        """
        question: Any = select(*_LISTED).order_by(sessions.c.started_at.desc(), sessions.c.id).limit(limit)
        question = question.where(*of_visitor(told_to))
        for word in search.split():
            question = question.where(_has(word))
        if before is not None:
            question = question.where(sessions.c.started_at < before.timestamp())
        with self._database.reading() as connection:
            return [self._saved(row) for row in connection.execute(question)]

    def digests(self, since: datetime, *, told_to: str | None = None) -> list[tuple[Saved, Mapping[str, Any]]]:
        """What the mood over weeks needs: sessions that ended, began since then, and are of the user; by time."""
        question = select(*_LISTED, sessions.c.digest).order_by(sessions.c.started_at)
        wanted = (
            sessions.c.me,
            sessions.c.started_at >= since.timestamp(),
            sessions.c.ended_at.is_not(None),
            *of_visitor(told_to),
        )
        with self._database.reading() as connection:
            return [(self._saved(row), row.digest) for row in connection.execute(question.where(*wanted)) if row.digest]

    def record(self, number: str) -> Record:
        """Everything that a use is asked of, without the single frames."""
        with self._database.reading() as connection:
            return record_of(connection, number)

    def frames(self, number: str, *, after: int = -1) -> Iterator[chunk.Frames]:
        """Every frame, a few seconds at a time, also of a session that still goes on.

        NotFoundError where there is no such session, also when it is deleted in the middle: what was read until then
        is not the whole.
        """
        while True:
            with self._database.reading() as connection:
                row_of(connection, number)
                question = select(chunks.c.number, chunks.c.format, chunks.c.frames).order_by(chunks.c.number)
                wanted = (of_session(chunks, number), chunks.c.number > after)
                page = connection.execute(question.where(*wanted).limit(PAGE)).all()
            for _, layout, frames in page:
                yield chunk.unpack(frames, layout)
            if len(page) < PAGE:
                return
            after = page[-1].number

    # --- changing and deleting

    def change(self, number: str, changes: Mapping[str, Any]) -> Saved:
        """Other texts, another retention (`keep_days`, from the start of the session), or whether it is of the user."""
        values: dict[str, Any] = {name: checked_text(name, text) for name, text in changes.items() if name in TEXTS}
        if not values.get("name", "x").strip():
            raise InputError("A session needs a name. Say what it is of.")
        with self._database.writing() as connection:
            row = row_of(connection, number)
            if "keep_days" in changes:
                days = changes["keep_days"]
                values |= {"keep_days": days, "delete_at": _delete_at(row.started_at, days)}
            if "me" in changes:
                values["me"] = changes["me"]
            if values:
                connection.execute(update(sessions).where(sessions.c.id == number).values(**values))
        return self.session(number)

    def delete(self, number: str) -> None:
        """Delete a session and all that belongs to it; its bytes leave the file."""
        with self._database.writing() as connection:
            if connection.execute(delete(sessions).where(sessions.c.id == number)).rowcount != 1:
                raise no_session(number)
        self._to_erase = True
        self._erase_later()

    def delete_expired(self) -> list[Saved]:
        """Delete what was to be kept only until now; returns what that was."""
        question = select(*_LISTED).where(sessions.c.delete_at <= self._now())
        with self._database.reading() as connection:
            expired = [self._saved(row) for row in connection.execute(question)]
        for one in expired:
            self.delete(one.id)
        return expired

    def _erase_later(self) -> None:
        """A reader of what was deleted keeps its bytes in the log; then the next write tries again."""
        if self._to_erase:
            self._to_erase = not self._database.erase()

    def _saved(self, row: Any) -> Saved:
        about = {
            one.name: getattr(row, one.name) for one in fields(SessionDetails) if one.name not in ("confusion", "rest")
        }
        over = row.ended_at is not None
        state: State = "ended" if over else "recording"
        silent = SILENT_SECONDS if self._database.in_file else SILENT_ELSEWHERE_SECONDS
        if not over and abs(self._now() - row.heard_at) > silent:  # in the future: the clock was set back since
            state = "interrupted"
        zone = row.utc_offset
        return Saved(
            id=row.id,
            about=SessionDetails(**about),
            state=state,
            started_at=moment(row.started_at, zone),
            ended_at=moment(row.ended_at, zone) if over else None,
            ending=row.ending,
            delete_at=None if row.delete_at is None else moment(row.delete_at, zone),
            seconds=row.seconds,
            samples=row.samples,
            skipped=row.skipped,
            faces=row.faces,
        )


def _delete_at(start: float, keep_days: int | None) -> float | None:
    if keep_days is None:
        return None
    if not 0 < keep_days <= 36_500:
        raise InputError("A session is kept from 1 to 36,500 days, or until it is deleted by hand.")
    return start + keep_days * DAY_SECONDS


def _has(word: str) -> Any:
    columns = (sessions.c.name, sessions.c.project, sessions.c.activity, sessions.c.participant)
    return or_(*(column.icontains(word, autoescape=True) for column in columns))
