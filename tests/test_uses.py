"""What all uses have in common: texts, parameters, answers as JSON, and chapters in the docs."""

import json
import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from confusions import TRUE_NETWORK

from faces.errors import InputError
from timeline.record import Record, Rest
from timeline.shapes import values
from timeline.uses import USES, use_of
from timeline.uses.base import Use, made, option
from timeline.uses.mood import Mood

DOCS = (Path(__file__).parent.parent / "docs" / "uses.md").read_text(encoding="utf-8")

REST = Rest((1 / 7,) * 7, datetime(2026, 3, 1, tzinfo=UTC), 10.0)


def flat(text: str) -> str:
    return " ".join(text.split())


def chapter(use: type[Use[Any]]) -> str:
    """What the docs say under the use's title."""
    found = re.search(rf"^## {re.escape(use.title)}$(.*?)(?=^## |\Z)", DOCS, re.MULTILINE | re.DOTALL)
    assert found, f"docs/uses.md has no chapter {use.title!r}"
    return flat(found[1])


@pytest.mark.parametrize("use", USES)
def test_every_use_has_a_chapter_that_says_what_its_class_says(use: type[Use[Any]]) -> None:
    told = chapter(use)
    for text in (use.question, use.formula, use.example, *use.limits):
        assert flat(text) in told


@pytest.mark.parametrize("use", USES)
def test_every_parameter_is_explained_and_its_default_works(use: type[Use[Any]]) -> None:
    use()
    for one in fields(use):
        assert one.metadata["help"]
        assert f"`{one.name}`" in chapter(use)


@pytest.mark.parametrize("use", USES)
def test_no_use_says_that_somebody_feels_or_is_ill(use: type[Use[Any]]) -> None:
    texts = " ".join([use.title, use.question, use.formula, use.example, *use.limits]).lower()
    assert not re.search(r"\bfeels?\b|diagnos|disorder|depress", texts)


def test_names_are_told_apart() -> None:
    assert len({use.name for use in USES}) == len({use.title for use in USES}) == len(USES)


@dataclass(frozen=True)
class Counted(Use[int]):
    """A use for these tests."""

    name: ClassVar[str] = "counted"
    title: ClassVar[str] = "Counted"
    question: ClassVar[str] = "How many?"
    formula: ClassVar[str] = "asked * often + more"
    limits: ClassVar[tuple[str, ...]] = ("None.",)
    example: ClassVar[str] = "Sheep."

    often: int = option(1, "how often")
    more: float | None = option(None, "what is added")

    def answer(self, asked: int, /) -> float:
        return asked * self.often + (self.more or 0.0)


def test_a_use_is_made_from_texts_as_they_stand_in_an_address() -> None:
    assert made(Counted, {}) == Counted()
    assert made(Counted, {"often": "3", "more": "0.5"}).answer(2) == 6.5


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"often": "x"}, "often must be a whole number, not 'x'"),
        ({"often": "1.5"}, "often must be a whole number"),
        ({"more": "nan"}, "more must be a number, not 'nan'"),
        ({"less": "1"}, "Counted has no parameter 'less'[.] It has: often, more"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(texts: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        made(Counted, texts)


@pytest.mark.parametrize("use", [use for use in USES if use is not Mood])
def test_a_record_in_which_nobody_looked_yet_has_an_answer(use: type[Use[Any]]) -> None:
    assert json.dumps(values(use().answer(Record(0.0, 0.0, rest=REST))), allow_nan=False)


def test_a_use_is_found_by_its_name() -> None:
    assert use_of("activity", {"person": "2"}) == USES[0](person=2)  # type: ignore[call-arg]
    with pytest.raises(InputError, match=r"There is no use 'astrology'[.] There are: activity"):
        use_of("astrology", {})


@dataclass(frozen=True)
class Answer:
    share: float
    none: float | None
    at: datetime
    rows: tuple[tuple[int, str], ...]
    named: dict[str, float]


def test_an_answer_is_json_with_short_numbers_and_no_nan() -> None:
    answer = Answer(1 / 3, float("nan"), datetime(2026, 5, 1, tzinfo=UTC), ((1, "a"),), {"happy": 2 / 3})
    assert json.loads(json.dumps(values(answer), allow_nan=False)) == {
        "share": 0.3333,
        "none": None,
        "at": "2026-05-01T00:00:00+00:00",
        "rows": [[1, "a"]],
        "named": {"happy": 0.6667},
    }


def test_what_has_no_shape_as_json_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="ndarray has no shape as JSON"):
        values({"matrix": np.asarray(TRUE_NETWORK)})
