from pathlib import Path

from crowds import crowd
from played import play

from timeline.record import Gap
from timeline.rules import Rule, read_rules
from timeline.uses import use_of
from timeline.uses.crowd import Crowd

RULE = Rule("anger", ends_below=0.2)


def test_a_dry_run_says_when_it_would_have_told_and_how_often_it_could_not() -> None:
    record = crowd([0.1] * 10 + [0.5] * 15 + [0.1] * 10 + [None] * 10, gaps=(Gap(40.0, 45.0),))
    answer = Crowd(rules=(RULE, Rule("never", ("fear",)))).answer(record)
    anger, never = answer.rules
    assert answer.told == 1
    assert [(one.start, one.end, one.outcome) for one in anger.incidents] == [(10.0, 25.0, "calm")]
    assert (anger.watched_seconds, anger.too_few_seconds, anger.lost_seconds) == (35, 5, 5)
    assert anger.highest is not None and (round(anger.highest, 4), anger.highest_at) == (0.5, 10.0)
    assert (never.incidents, never.highest) == ((), 0.0)


def test_where_there_never_were_enough_faces_there_is_no_highest_value() -> None:
    (found,) = Crowd().answer(play([(5, {1: "angry"})], fps=5).record()).rules
    assert (found.highest, found.highest_at, found.too_few_seconds) == (None, None, 5)


def test_rules_in_an_address_are_the_text_of_a_file() -> None:
    text = '[[rule]]\nname = "sad"\nexpressions = ["sad"]\nfaces = 1\nfor_seconds = 3\n'
    answer = use_of("crowd", {"rules": text}).answer(play([(5, {1: "sad"})], fps=5).record())
    assert (answer.told, answer.rules[0].words) == (1, "sad: at least 30 % of at least 1 face for 3 s")


def test_the_rules_file_of_the_docs_is_a_rules_file() -> None:
    docs = (Path(__file__).parent.parent / "docs" / "uses.md").read_text(encoding="utf-8")
    text = docs.split("```toml\n")[1].split("```")[0]
    assert read_rules(text) == (Rule("Anger spreads", ends_below=0.2),)
