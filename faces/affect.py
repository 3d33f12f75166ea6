"""Valence and arousal, derived from the seven scores by a published placement of the emotions.

The placement is that of J. A. Russell and A. Mehrabian, "Evidence for a three-factor theory of
emotions", Journal of Research in Personality 11 (1977), 273-294: the mean pleasure and arousal that
people gave to the words angry, disgusted, fearful, happy, sad and surprised, from -1 to 1. The
values below are those that published programs quote from this paper, in which "neutral" does not
occur; it is put at the origin by definition.

These two numbers are derived: they are a weighted mean of seven fixed points, add no information
to the seven scores, and say nothing about what somebody feels.
"""

from collections.abc import Sequence

from faces.emotions import EMOTIONS

PLACEMENT = {
    "angry": (-0.51, 0.59),
    "disgust": (-0.60, 0.35),
    "fear": (-0.64, 0.60),
    "happy": (0.81, 0.51),
    "neutral": (0.0, 0.0),
    "sad": (-0.63, -0.27),
    "surprise": (0.40, 0.67),
}
"""Emotion to (valence, arousal), each from -1 to 1."""


def valence(scores: Sequence[float]) -> float:
    """How pleasant the expression is to look at, by the placement: sum of score times valence, -1..1."""
    return sum(score * PLACEMENT[emotion][0] for emotion, score in zip(EMOTIONS, scores, strict=True))


def arousal(scores: Sequence[float]) -> float:
    """How excited the expression looks, by the placement: sum of score times arousal, -1..1."""
    return sum(score * PLACEMENT[emotion][1] for emotion, score in zip(EMOTIONS, scores, strict=True))
