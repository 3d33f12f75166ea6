"""The seven emotions, in the order of the network's outputs, and their colours and words everywhere."""

EMOTIONS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")

UNSURE = "unsure"
"""Shown instead of an emotion while the confidence is below the threshold."""

LABELS = (*EMOTIONS, UNSURE)
"""Everything that may be shown for a face."""

# Okabe and Ito, "Color Universal Design" (2008): eight colours that people with every common colour
# vision deficiency can tell apart. A colour is never alone: the name always stands beside it.
COLOURS = {
    "angry": "#d55e00",
    "disgust": "#009e73",
    "fear": "#cc79a7",
    "happy": "#f0e442",
    "neutral": "#999999",
    "sad": "#0072b2",
    "surprise": "#56b4e9",
    UNSURE: "#e8e8e8",
}
"""Emotion (or "unsure") to "#rrggbb"."""

ADJECTIVES = {
    "angry": "angry",
    "disgust": "disgusted",
    "fear": "afraid",
    "happy": "happy",
    "neutral": "neutral",
    "sad": "sad",
    "surprise": "surprised",
    UNSURE: "unsure",
}
"""Emotion (or "unsure") to the word after "looks": what a face shows, never what somebody feels."""
