"""Whether a guess is a face: the network's score, and where that is in doubt the cascade's word."""

from faces.detectors.cascade import Cascade
from faces.detectors.sight import Sight
from faces.records import Image

DOUBTFUL_SCORE = 0.4
"""From here on the cascade's word can make it sure enough."""

CASCADE_SHARE = 0.1
"""Score for each unit of the cascade's weight. Of 716 faces and 44 other things that the network saw in photographs,
with at most 3 of the latter 420 faces are kept by the score alone, 592 by the cascade's weight alone, 613 by both."""


class Doubt:
    """Settles doubts with a cascade; without one only the score counts."""

    def __init__(self, cascade: Cascade | None = None) -> None:
        self._cascade = cascade

    def is_face(self, image: Image, sight: Sight, sure_from: float) -> bool:
        """Whether a guess about this image (grey or BGR), weighted by its score, is to be taken for a face."""
        if sight.weight >= sure_from or sight.weight < DOUBTFUL_SCORE or self._cascade is None:
            return sight.weight >= sure_from
        return sight.weight + CASCADE_SHARE * self._cascade.agrees(image, sight) >= sure_from
