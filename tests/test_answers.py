"""What the uses answer about a video."""

from confusions import TRUE_NETWORK
from played import play

from analysis.answers import answers, told
from timeline.uses.activity import Activity

CROWD = dict.fromkeys(range(1, 7), "angry")
CALM = dict.fromkeys(range(1, 7), "neutral")
RULES = """
[[rule]]
name = "Anger spreads"
[[rule]]
name = "Sadness spreads"
expressions = ["sad"]
[[rule]]
name = "A full hall"
faces = 50
"""


def test_a_video_is_answered_by_the_classes_that_answer_live() -> None:
    timeline = play([(5, {1: "happy"})], fps=5)
    found = answers(timeline, TRUE_NETWORK, "")
    assert found.activity.whole.shares[3].low is not None
    assert found.crowd is None
    assert answers(timeline, None, "").activity == Activity().answer(timeline.record())


def test_every_rule_is_told_in_a_sentence() -> None:
    timeline = play([(5, CALM), (15, CROWD), (80, CALM), (15, CROWD), (5, CALM)], fps=2)
    assert told(answers(timeline, None, RULES)) == [
        "Rule Anger spreads (angry: at least 30 % of at least 5 faces for 10 s) was met 2 times, from 0:05, 1:40.",
        "Rule Sadness spreads (sad: at least 30 % of at least 5 faces for 10 s) was never met.",
        "Rule A full hall (angry: at least 30 % of at least 50 faces for 10 s) could not be watched: there were never "
        "enough faces.",
    ]
    assert told(answers(timeline, None, "")) == []
