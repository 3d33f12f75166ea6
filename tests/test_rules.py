from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faces.emotions import EMOTIONS, LABELS
from faces.errors import InputError
from timeline.rules import MEASURES, MOST_RULES, Rule, read_rules, rule_of, write_rules

TEXT = """# what the director wants to know
[[rule]]
name = "Anger spreads"
expressions = ["angry", "disgust"]
at_least = 0.3
faces = 5

[[rule]]
name = "Somebody is startled"
expressions = ["surprise"]
measure = "count"
at_least = 1
for_seconds = 2
faces = 1
"""


def test_rules_are_read_with_working_defaults() -> None:
    anger, startled = read_rules(TEXT)
    assert anger == Rule("Anger spreads", ("angry", "disgust"), at_least=0.3, faces=5)
    assert (startled.measure, startled.at_least, startled.cool_down_seconds) == ("count", 1, 60)


def test_a_rule_can_be_read_as_a_sentence() -> None:
    anger, startled = read_rules(TEXT)
    assert anger.words() == "angry or disgust: at least 30 % of at least 5 faces for 10 s"
    assert startled.words() == "surprise: at least 1 of at least 1 face for 2 s"
    assert Rule("x", ("sad",), "confidence", 0.4).words() == (
        "sad: a mean probability of at least 40 % over at least 5 faces for 10 s"
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "at_least = 0.3",
            "at_least = 1.3",
            "Line 5, rule 1: at_least must be above 0 and up to 1 for a share, not 1.3",
        ),
        ("at_least = 0.3", 'at_least = "much"', "Line 5, rule 1: at_least must be a number, not 'much'"),
        ("at_least = 0.3", "at_least = true", "Line 5, rule 1: at_least must be a number"),
        ("at_least = 0.3", "at_least = nan", "Line 5, rule 1: at_least must be above 0"),
        (
            "at_least = 1",
            "ends_below = 0.5\nat_least = 0.2",
            "Line 12, rule 2: ends_below must be above 0 and up to at_least",
        ),
        ("for_seconds = 2", "for_seconds = 0", "Line 13, rule 2: for_seconds must be a whole number from 1"),
        ("for_seconds = 2", "for_secnds = 2", "Line 13, rule 2: for_secnds is not part of a rule, perhaps for_seconds"),
        ('"surprise"', '"suprise"', "Line 10, rule 2: expressions has 'suprise', perhaps surprise"),
        ('"angry", "disgust"', "", "Line 4, rule 1: expressions must name at least one"),
        ('"count"', '"weight"', "Line 11, rule 2: measure must be share, count or confidence, not 'weight'"),
        ('"Somebody is startled"', '"Anger spreads"', "Line 9, rule 2: name must be unlike that of every other"),
        ('name = "Anger spreads"\n', "", "Line 2, rule 1: name is missing"),
        ("[[rule]]\nname", "# \nname", "Line 3: name stands outside of a rule"),
        ("faces = 5", "faces = ", "not TOML: Invalid value .at line 6"),
        (TEXT, "", "no rules in it"),
        (TEXT, '[rule]\nname = "x"', "no rules in it"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_reason(old: str, new: str, words: str) -> None:
    assert old in TEXT
    with pytest.raises(InputError, match=words):
        read_rules(TEXT.replace(old, new, 1))


def test_too_many_rules_are_refused() -> None:
    with pytest.raises(InputError, match="201 rules, more than 200"):
        read_rules("".join(f'[[rule]]\nname = "{n}"\n' for n in range(MOST_RULES + 1)))


def test_unsure_has_a_share_but_no_probability() -> None:
    assert Rule("unclear", ("unsure",)).expressions == ("unsure",)
    with pytest.raises(InputError, match="measure must be share or count for unsure"):
        Rule("unclear", ("unsure",), "confidence")


def test_a_rule_is_made_from_json_too() -> None:
    rule = Rule("x", ends_below=None)
    assert rule_of({**asdict(rule), "expressions": ["angry"]}) == rule
    with pytest.raises(InputError, match="name must be a text, not 5"):
        rule_of({"name": 5})


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip)
rules = st.builds(
    Rule,
    names,
    st.lists(st.sampled_from(EMOTIONS), min_size=1, max_size=3, unique=True).map(tuple),
    st.sampled_from(MEASURES),
    st.floats(0.01, 1.0),
    *[st.integers(1, 86_400)] * 2,
    st.none() | st.floats(0.001, 0.01),
    *[st.integers(1, 86_400)] * 2,
)


@settings(max_examples=100, deadline=None)
@given(st.lists(rules, min_size=1, max_size=5, unique_by=lambda rule: rule.name))
def test_rules_that_were_written_are_read_back_the_same(found: list[Rule]) -> None:
    assert read_rules(write_rules(found)) == tuple(found)


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=200) | st.lists(st.sampled_from([*TEXT.splitlines(), "at_least = -1", "x = []"])).map("\n".join)
)
def test_whatever_is_read_gives_rules_or_an_error_in_words(text: str) -> None:
    try:
        assert read_rules(text)
    except InputError as error:
        assert str(error)


def test_every_label_can_be_watched() -> None:
    assert [Rule("x", (label,)).expressions for label in LABELS] == [(label,) for label in LABELS]
