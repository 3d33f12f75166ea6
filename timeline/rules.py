"""Rules of a crowd watch: what is told when, and how rules are read from TOML and written to it."""

import difflib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from faces.emotions import LABELS
from faces.errors import InputError

MEASURES = ("share", "count", "confidence")
MOST_RULES = 200
LONGEST_SECONDS = 86_400
HYSTERESIS = 2 / 3
"""Where a rule names no lower end, an incident goes on until the measure is below this part of `at_least`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When to tell of an expression in a group; a value out of range raises InputError that begins with its name.

    The measure, over one second: "share" of the faces that show one of the expressions, 0..1; "count" of these faces;
    "confidence", the mean probability of the expressions together over all faces, 0..1.
    """

    name: str  # in words; reported with every incident
    expressions: tuple[str, ...] = ("angry",)  # of LABELS
    measure: str = "share"
    at_least: float = 0.3
    for_seconds: int = 10  # how long it must last before it is reported
    faces: int = 5  # the smallest group about which anything is reported
    ends_below: float | None = None  # None: two thirds of at_least
    calm_seconds: int = 5  # below it for this long, and the incident is over
    cool_down_seconds: int = 60  # after an incident, nothing is reported for this long

    def __post_init__(self) -> None:
        object.__setattr__(self, "expressions", tuple(self.expressions))
        if not self.name.strip() or len(self.name) > 200:
            raise InputError("name must have 1 to 200 letters.")
        _check_expressions(self.expressions)
        if self.measure not in MEASURES:
            raise InputError(f"measure must be {', '.join(MEASURES[:-1])} or {MEASURES[-1]}, not {self.measure!r}.")
        if self.measure == "confidence" and LABELS[-1] in self.expressions:
            raise InputError("measure must be share or count for unsure, which has no probability of its own.")
        highest = 10_000.0 if self.measure == "count" else 1.0
        if not 0 < self.at_least <= highest:
            raise InputError(
                f"at_least must be above 0 and up to {highest:g} for a {self.measure}, not {self.at_least:g}."
            )
        if self.ends_below is not None and not 0 < self.ends_below <= self.at_least:
            raise InputError(
                f"ends_below must be above 0 and up to at_least ({self.at_least:g}), not {self.ends_below:g}: "
                "otherwise an incident would end as it begins."
            )
        for name, lowest in (("for_seconds", 1), ("faces", 1), ("calm_seconds", 1), ("cool_down_seconds", 0)):
            value = getattr(self, name)
            if not lowest <= value <= LONGEST_SECONDS:
                raise InputError(f"{name} must be a whole number from {lowest} to {LONGEST_SECONDS:,}, not {value}.")

    @property
    def floor(self) -> float:
        """Below this an incident begins to end."""
        return self.at_least * HYSTERESIS if self.ends_below is None else self.ends_below

    def words(self) -> str:
        """The rule as a sentence without its end: "angry: at least 30 % of at least 5 faces for 10 s"."""
        what = " or ".join(self.expressions)
        group = f"at least {self.faces} face{'s' if self.faces > 1 else ''}"
        if self.measure == "share":
            return f"{what}: at least {self.at_least:.0%} of {group} for {self.for_seconds} s".replace("%", " %")
        if self.measure == "count":
            return f"{what}: at least {self.at_least:g} of {group} for {self.for_seconds} s"
        mean = f"{self.at_least:.0%}".replace("%", " %")
        return f"{what}: a mean probability of at least {mean} over {group} for {self.for_seconds} s"


_KINDS = {"name": str, "expressions": list, "measure": str, "at_least": float, "ends_below": float}
_KIND_WORDS = {str: "a text", list: "a list of expressions", float: "a number", int: "a whole number"}


def rule_of(values: dict[str, Any]) -> Rule:
    """A rule from JSON or TOML; InputError begins with the name of what is wrong."""
    known = [field.name for field in fields(Rule)]
    for name, value in values.items():
        if name not in known:
            raise InputError(f"{name} is not part of a rule{_perhaps(name, known)}. It has: {', '.join(known)}.")
        kind = _KINDS.get(name, int)
        fits = isinstance(value, (int, float) if kind is float else kind) and not isinstance(value, bool)
        if not fits and not (name == "ends_below" and value is None):
            raise InputError(f"{name} must be {_KIND_WORDS[kind]}, not {value!r}.")
    if "name" not in values:
        raise InputError("name is missing: every rule has one.")
    return Rule(**values)


def read_rules(text: str) -> tuple[Rule, ...]:
    """Rules from TOML, each a table [[rule]]; InputError names the line and the reason."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"These rules are not TOML: {error}.") from error
    tables = data.pop("rule", None)
    if data:
        name = next(iter(data))
        raise InputError(f"Line {_line(text, None, name)}: {name} stands outside of a rule. Begin each with [[rule]].")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InputError("There are no rules in it. Begin each with a line [[rule]].")
    if len(tables) > MOST_RULES:
        raise InputError(f"There are {len(tables)} rules, more than {MOST_RULES}. Give fewer.")
    rules: list[Rule] = []
    for index, table in enumerate(tables):
        try:
            rules.append(_unlike(rule_of(table), rules))
        except InputError as error:
            line = _line(text, index, str(error).partition(" ")[0])
            raise InputError(f"Line {line}, rule {index + 1}: {error}") from error
    return tuple(rules)


def write_rules(rules: Sequence[Rule]) -> str:
    """The same rules as TOML, every value in sight."""
    import tomli_w  # only where rules are written

    tables = [{key: value for key, value in asdict(rule).items() if value is not None} for rule in rules]
    return tomli_w.dumps({"rule": tables})


def _unlike(rule: Rule, others: Sequence[Rule]) -> Rule:
    if any(rule.name == other.name for other in others):
        raise InputError(f"name must be unlike that of every other rule: {rule.name!r} is there already.")
    return rule


def _check_expressions(expressions: Sequence[object]) -> None:
    if not expressions or len(set(map(repr, expressions))) < len(expressions):
        raise InputError("expressions must name at least one expression, and none twice.")
    for expression in expressions:
        if expression not in LABELS:
            hint = _perhaps(str(expression), LABELS)
            raise InputError(f"expressions has {expression!r}{hint}. There are: {', '.join(LABELS)}.")


def _perhaps(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f", perhaps {close[0]}" if close else ""


def _line(text: str, index: int | None, key: str) -> int:
    """Where a key stands in the rule of this number (None: in the head of the file), or else where the rule begins."""
    rule, at = -1, 1
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*\[\[\s*rule\s*\]\]", line):
            rule += 1
            at = number if rule == index else at
        inside = index is None or rule == index
        if inside and re.match(rf"""\s*\[*["']?{re.escape(key)}\b""", line):
            return number
    return at
