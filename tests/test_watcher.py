"""The live watch: shots become incidents that are kept and sent, without the camera waiting for either."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from fakes import wait_until
from played import face

from faces.errors import StoreError
from faces.records import Frame, Shot
from sessions.database import Database, open_database
from sessions.rulebook import KeptIncident, KeptRule, Rulebook
from sessions.store import Store
from sessions.values import SessionDetails
from sessions.watcher import LOST_SECONDS, Watcher
from sessions.webhooks import Webhooks
from timeline.rules import Rule

RULE = KeptRule("rule", Rule("anger", for_seconds=3, calm_seconds=2, faces=5), enabled=True)
IMAGE = np.zeros((2, 2, 3), np.uint8)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = open_database(tmp_path / "sessions.db")
    yield found
    found.close()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def shots(watcher: Watcher, first: int, last: int, emotion: str) -> None:
    for index in range(first * 5, last * 5):
        faces = tuple(face(person, emotion) for person in range(1, 7))
        watcher.take(Shot(Frame(IMAGE, index / 5, 1_000.0 + index / 5, index), faces))


def only(book: Rulebook) -> KeptIncident:
    (found,) = book.incidents()
    return found


def test_anger_that_spreads_is_kept_and_left_for_the_receivers(database: Database) -> None:
    book, hooks = Rulebook(database), Webhooks(database)
    hooks.add("http://127.0.0.1:9/", private_allowed=True)
    announced = list[tuple[str, str | None, str]]()
    session = Store(database).begin(SessionDetails(name="play"), datetime(2026, 5, 1, tzinfo=UTC)).id
    watcher = Watcher(
        [RULE],
        book,
        hooks,
        session=lambda: session,
        announce=lambda kind, values: announced.append((kind, values["session"], values["kind"])),
    )
    shots(watcher, 0, 5, "neutral")
    shots(watcher, 5, 10, "angry")
    shots(watcher, 10, 20, "neutral")
    watcher.close()
    found = only(book)
    assert found.session == session
    assert (found.rule_id, found.state, found.details["outcome"]) == ("rule", "ended", "calm")
    assert (found.started_at.timestamp(), found.details["start"], found.details["end"]) == (1_005.0, 5.0, 10.0)
    assert announced == [("incident", session, "new"), ("incident", session, "end")]
    hooks.deliver_due()
    assert len(hooks.log()) == 2  # new and end, to a receiver that is not there


def test_a_camera_that_gives_nothing_any_more_ends_an_incident_as_lost(database: Database) -> None:
    book, clock = Rulebook(database), Clock()
    watcher = Watcher([RULE], book, Webhooks(database), clock=clock)
    shots(watcher, 0, 6, "angry")
    assert wait_until(lambda: [one.state for one in book.incidents()] == ["open"])
    clock.now += LOST_SECONDS + 1
    assert wait_until(lambda: [one.state for one in book.incidents()] == ["ended"])
    assert only(book).details["outcome"] == "camera lost"
    watcher.close()


def test_a_camera_that_starts_anew_ends_it_as_lost_and_begins_again(database: Database) -> None:
    book = Rulebook(database)
    watcher = Watcher([RULE], book, Webhooks(database))
    shots(watcher, 0, 6, "angry")
    watcher.restart()
    shots(watcher, 0, 6, "angry")
    watcher.close()
    assert [one.details["outcome"] for one in book.incidents()] in (
        ["camera lost", "stopped"],
        ["stopped", "camera lost"],
    )


def test_what_the_database_does_not_take_is_kept_until_it_does(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Rulebook(database)
    watcher = Watcher([RULE], book, Webhooks(database))
    note = book.note

    def away(*arguments: object) -> KeptIncident:
        raise StoreError("The database is away.")

    monkeypatch.setattr(book, "note", away)
    shots(watcher, 0, 6, "angry")
    assert wait_until(lambda: watcher.problem == "The database is away.")
    monkeypatch.setattr(book, "note", note)
    watcher.close()
    assert only(book).details["outcome"] == "stopped"
    assert watcher.problem == ""


def test_every_rule_says_how_it_is_while_it_is_watched_for(database: Database) -> None:
    watcher = Watcher([RULE], Rulebook(database), Webhooks(database))
    assert watcher.states() == ()
    shots(watcher, 0, 3, "angry")
    assert [state.state for state in watcher.states()] == ["rising"]
    watcher.close()
