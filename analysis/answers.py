"""What the uses answer about a video: the same classes that answer live and for saved sessions."""

from dataclasses import dataclass, replace

from timeline.export import short_clock
from timeline.intervals import Confusion
from timeline.rules import read_rules
from timeline.timeline import Timeline
from timeline.uses.activity import Activity, ActivityAnswer
from timeline.uses.audience import Audience, AudienceAnswer
from timeline.uses.crowd import Crowd, CrowdAnswer, RuleOutcome


@dataclass(frozen=True, slots=True)
class VideoAnswers:
    """One answer for each use that can be asked of a video, by the use's name."""

    activity: ActivityAnswer
    audience: AudienceAnswer
    crowd: CrowdAnswer | None  # None without rules


def answers(timeline: Timeline, confusion: Confusion | None, rules: str) -> VideoAnswers:
    """About everybody in it; `rules` is the text of a rules file, or empty."""
    record = replace(timeline.record(), confusion=confusion)
    crowd = Crowd(rules=read_rules(rules)).answer(record) if rules else None
    return VideoAnswers(Activity().answer(record), Audience().answer(record), crowd)


def told(found: VideoAnswers) -> list[str]:
    """A sentence for every rule."""
    return [_sentence(rule) for rule in found.crowd.rules] if found.crowd else []


def _sentence(rule: RuleOutcome) -> str:
    times = ", ".join(short_clock(incident.start, tenths=False) for incident in rule.incidents)
    count = len(rule.incidents)
    if count:
        return f"Rule {rule.rule} ({rule.words}) was met {'once' if count == 1 else f'{count} times'}, from {times}."
    if not rule.watched_seconds:
        return f"Rule {rule.rule} ({rule.words}) could not be watched: there were never enough faces."
    return f"Rule {rule.rule} ({rule.words}) was never met."
