"""The rules of the crowd watch, and the incidents that they told of: kept in the user's database."""

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from faces.errors import ConflictError, InputError, NotFoundError
from sessions.database import Database
from sessions.tables import incidents, rules, sessions
from sessions.text import new_id
from timeline.rules import MOST_RULES, Rule, rule_of
from timeline.shapes import values
from timeline.watch import LOST, IncidentEvent

OPEN, ENDED = "open", "ended"


@dataclass(frozen=True, slots=True)
class KeptRule:
    """A rule, and whether it is watched for."""

    id: str
    rule: Rule
    enabled: bool


@dataclass(frozen=True, slots=True)
class KeptIncident:
    """One time that a rule was met. The id is the same from its beginning to its end."""

    id: str
    session: str | None  # the session that was recorded meanwhile, if any
    rule_id: str
    rule: str  # its name then
    state: str  # OPEN or ENDED
    started_at: datetime  # UTC
    ended_at: datetime | None
    details: dict[str, Any]  # as timeline.watch.Incident has them, in seconds of the watch


class Rulebook:
    """Reads and writes both; safe to use from several threads."""

    def __init__(self, database: Database, *, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    def rules(self) -> list[KeptRule]:
        """All, in the order in which they were made."""
        columns = (rules.c.id, rules.c.definition, rules.c.enabled)
        with self._database.reading() as connection:
            rows = connection.execute(select(*columns).order_by(rules.c.made_at, rules.c.id))
            return [KeptRule(number, rule_of(definition), enabled) for number, definition, enabled in rows]

    def rule(self, number: str) -> KeptRule:
        """That rule; NotFoundError where there is none."""
        for kept in self.rules():
            if kept.id == number:
                return kept
        raise _no_rule(number)

    def add(self, rule: Rule, *, enabled: bool = True) -> KeptRule:
        """One more; ConflictError where another has its name."""
        kept = KeptRule(new_id(), rule, enabled)
        known = self.rules()
        if len(known) >= MOST_RULES:
            raise InputError(f"There can be {MOST_RULES} rules. Delete some first.")
        self._refuse_twice(kept, known)
        with self._database.writing() as connection:
            connection.execute(insert(rules).values(id=kept.id, made_at=self._now(), **_columns(kept)))
        return kept

    def replace(self, kept: KeptRule) -> KeptRule:
        """Another definition, or another name, for the rule with this id."""
        self._refuse_twice(kept, self.rules())
        with self._database.writing() as connection:
            changed = connection.execute(update(rules).where(rules.c.id == kept.id).values(**_columns(kept)))
            if changed.rowcount != 1:
                raise _no_rule(kept.id)
        return kept

    def delete(self, number: str) -> None:
        """Take it away; what it told of stays."""
        with self._database.writing() as connection:
            if connection.execute(delete(rules).where(rules.c.id == number)).rowcount != 1:
                raise _no_rule(number)

    def take_in(self, found: Iterable[Rule]) -> None:
        """Rules from a file: those with the name of one that is kept replace it, the others are added."""
        known = {kept.rule.name: kept for kept in self.rules()}
        for rule in found:
            if rule.name in known:
                self.replace(KeptRule(known[rule.name].id, rule, enabled=True))
            else:
                self.add(rule)

    def note(
        self, event: IncidentEvent, number: str, rule_id: str, began_at: float, session: str | None
    ) -> KeptIncident:
        """Keep what was told of an incident, the newest word replacing the one before.

        - began_at: seconds since the epoch at second 0 of the watch.
        """
        incident = event.incident
        row = {
            "session_id": session,
            "rule_id": rule_id,
            "rule_name": incident.rule,
            "state": OPEN if incident.end is None else ENDED,
            "started_at": began_at + incident.start,
            "ended_at": None if incident.end is None else began_at + incident.end,
            "start": incident.start,
            "end": incident.end,
            "details": values(incident),
        }
        with self._database.writing() as connection:
            if session is not None and connection.scalar(select(sessions.c.id).where(sessions.c.id == session)) is None:
                row["session_id"] = None  # it was deleted meanwhile
            if connection.execute(update(incidents).where(incidents.c.id == number).values(**row)).rowcount == 0:
                connection.execute(insert(incidents).values(id=number, **row))
        return _incident(number, row)

    def incidents(self, *, limit: int = 100, session: str | None = None) -> list[KeptIncident]:
        """The newest first; of one session only, if it is named."""
        question = select(incidents).order_by(incidents.c.started_at.desc(), incidents.c.id).limit(limit)
        if session is not None:
            question = question.where(incidents.c.session_id == session)
        with self._database.reading() as connection:
            return [_incident(row.id, dict(row._mapping)) for row in connection.execute(question)]

    def end_left_over(self) -> int:
        """Incidents that an earlier run of the program left open were lost, not calm; returns how many."""
        with self._database.writing() as connection:
            question = select(incidents.c.id, incidents.c.details).where(incidents.c.state == OPEN)
            left = connection.execute(question).all()
            for number, details in left:
                told = {"state": ENDED, "ended_at": self._now(), "details": {**details, "outcome": LOST}}
                connection.execute(update(incidents).where(incidents.c.id == number).values(**told))
        return len(left)

    def _refuse_twice(self, kept: KeptRule, known: Iterable[KeptRule]) -> None:
        if any(other.rule.name == kept.rule.name and other.id != kept.id for other in known):
            raise ConflictError(f"There is a rule {kept.rule.name!r} already. Give this one another name.")


def _columns(kept: KeptRule) -> dict[str, Any]:
    definition = {**asdict(kept.rule), "expressions": list(kept.rule.expressions)}
    return {"name": kept.rule.name, "enabled": kept.enabled, "definition": definition}


def _incident(number: str, row: dict[str, Any]) -> KeptIncident:
    return KeptIncident(
        id=number,
        session=row["session_id"],
        rule_id=row["rule_id"],
        rule=row["rule_name"],
        state=row["state"],
        started_at=datetime.fromtimestamp(row["started_at"], UTC),
        ended_at=None if row["ended_at"] is None else datetime.fromtimestamp(row["ended_at"], UTC),
        details=row["details"],
    )


def _no_rule(number: str) -> NotFoundError:
    return NotFoundError(f"There is no rule {number!r}. It may have been deleted; see the list of rules.")
