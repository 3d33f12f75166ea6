"""Rules and incidents as they are kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from crowds import crowd

from faces.errors import ConflictError, NotFoundError
from sessions.database import Database, open_database
from sessions.rulebook import KeptRule, Rulebook
from timeline.rules import Rule
from timeline.watch import Watch

ANGER, FEAR = Rule("anger", ends_below=0.2), Rule("fear", ("fear", "surprise"), "count", 2.0, faces=1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = open_database(tmp_path / "sessions.db")
    yield found
    found.close()


def test_rules_are_kept_changed_and_taken_away(database: Database) -> None:
    book = Rulebook(database)
    anger, fear = book.add(ANGER), book.add(FEAR, enabled=False)
    assert book.rules() == [anger, fear]
    assert (fear.rule, fear.enabled) == (FEAR, False)
    other = book.replace(KeptRule(fear.id, Rule("fear", faces=3), enabled=True))
    assert book.rule(fear.id) == other
    book.delete(anger.id)
    assert book.rules() == [other]
    for missing in (lambda: book.rule("x"), lambda: book.delete("x"), lambda: book.replace(KeptRule("x", ANGER, True))):
        with pytest.raises(NotFoundError, match="no rule 'x'"):
            missing()


def test_no_two_rules_have_one_name(database: Database) -> None:
    book = Rulebook(database)
    anger, fear = book.add(ANGER), book.add(FEAR)
    with pytest.raises(ConflictError, match="a rule 'anger' already"):
        book.add(ANGER)
    with pytest.raises(ConflictError, match="a rule 'anger' already"):
        book.replace(KeptRule(fear.id, ANGER, True))
    assert book.replace(KeptRule(anger.id, ANGER, False)).enabled is False


def test_a_file_of_rules_replaces_those_with_the_same_name(database: Database) -> None:
    book = Rulebook(database)
    anger = book.add(ANGER, enabled=False)
    book.take_in((Rule("anger", at_least=0.6), FEAR))
    assert [kept.rule.name for kept in book.rules()] == ["anger", "fear"]
    assert (book.rule(anger.id).rule.at_least, book.rule(anger.id).enabled) == (0.6, True)


def test_an_incident_is_one_line_from_its_beginning_to_its_end(database: Database) -> None:
    book = Rulebook(database)
    new, end = Watch([ANGER]).review(crowd([0.5] * 15 + [0.0] * 10))
    opened = book.note(new, "abc", "rule", 1_000.0, None)
    assert (opened.state, opened.ended_at, opened.started_at.timestamp()) == ("open", None, 1_000.0)
    closed = book.note(end, "abc", "rule", 1_000.0, None)
    assert book.incidents() == [closed]
    assert (closed.state, closed.details["outcome"]) == ("ended", "calm")
    assert closed.ended_at is not None and closed.ended_at.timestamp() == 1_015.0


def test_an_incident_of_a_session_that_was_deleted_is_kept_without_it(database: Database) -> None:
    (new, *_) = Watch([ANGER]).review(crowd([0.5] * 15 + [0.0] * 10))
    assert Rulebook(database).note(new, "abc", "rule", 1_000.0, "gone").session is None


def test_what_a_killed_run_left_open_was_lost(database: Database) -> None:
    book = Rulebook(database, now=lambda: 2_000.0)
    (new, *_) = Watch([ANGER]).review(crowd([0.5] * 15 + [0.0] * 10))
    book.note(new, "abc", "rule", 1_000.0, None)
    assert (book.end_left_over(), book.end_left_over()) == (1, 0)
    (found,) = book.incidents()
    assert (found.state, found.details["outcome"]) == ("ended", "camera lost")
