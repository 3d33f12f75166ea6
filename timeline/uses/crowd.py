"""Crowd watch: an expression that spreads in a group, told once it lasts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from timeline.record import Record
from timeline.rules import Rule, read_rules
from timeline.uses.base import Use, option
from timeline.watch import Incident, View, Watch, viewed


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """One rule over a whole record: when it would have told."""

    rule: str  # its name
    words: str  # the rule as a sentence
    incidents: tuple[Incident, ...]  # by time
    watched_seconds: int  # with enough faces
    too_few_seconds: int  # with fewer: the rule could not tell
    lost_seconds: int  # in which nobody looked
    highest: float | None  # of the rule's measure, in any second with enough faces
    highest_at: float | None  # seconds


@dataclass(frozen=True, slots=True)
class CrowdAnswer:
    """What the rules would have told."""

    told: int  # incidents of all rules
    rules: tuple[RuleOutcome, ...]


@dataclass(frozen=True)
class Crowd(Use[Record]):
    """An expression that spreads in a group."""

    name: ClassVar[str] = "crowd"
    title: ClassVar[str] = "Crowd watch"
    question: ClassVar[str] = "Does an expression spread in a group, when did it begin, and when was it over?"
    formula: ClassVar[str] = (
        "in each whole second, the measure of a rule is the share of the faces that show one of its expressions, their "
        "count, or the mean probability of these expressions; an incident begins where the measure reaches at_least "
        "and does not fall below ends_below for for_seconds; it ends where the measure is below ends_below for "
        "calm_seconds; then nothing is told for cool_down_seconds"
    )
    limits: ClassVar[tuple[str, ...]] = (
        "Below the rule's smallest group nothing is told: too few faces is a state of its own, and is not calm.",
        "An angry face is not an angry person, and people may act with a calm face: this is not a safety device.",
        "A face that the network misreads counts as what it is read as; a rule on few faces will be wrong more often.",
        "A camera that is lost during an incident ends it as lost, since nobody saw it end.",
    )
    example: ClassVar[str] = (
        "A rehearsal of a play in which the crowd on stage has to turn angry: the watch tells the director at which "
        "second of the scene it showed."
    )

    rules: tuple[Rule, ...] = option(
        (Rule("Anger spreads"),), "the rules, in an address as the text of a rules file", parse=read_rules
    )

    def answer(self, record: Record) -> CrowdAnswer:
        """A dry run: what each rule would have told, and how often it could not."""
        ended = [event.incident for event in Watch(self.rules).review(record) if event.kind == "end"]
        views = viewed(self.rules, record)
        watched = tuple(
            _watched(rule, view, record.start, [incident for incident in ended if incident.rule == rule.name])
            for rule, view in zip(self.rules, views, strict=True)
        )
        return CrowdAnswer(len(ended), watched)


def _watched(rule: Rule, view: View, start: float, incidents: Sequence[Incident]) -> RuleOutcome:
    best = int(np.where(view.enough, view.values, -1.0).argmax()) if view.enough.any() else None
    return RuleOutcome(
        rule=rule.name,
        words=rule.words(),
        incidents=tuple(incidents),
        watched_seconds=int(view.enough.sum()),
        too_few_seconds=int((~view.enough & ~view.unwatched).sum()),
        lost_seconds=int(view.unwatched.sum()),
        highest=None if best is None else float(view.values[best]),
        highest_at=None if best is None else start + best,
    )
