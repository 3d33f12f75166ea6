"""Who finds the faces of an image, and what they share."""

DETECTORS = ("auto", "haar", "blaze", "yunet")
"""Names of the detectors; the first is the default. "yunet:FILE" takes YuNet from another place."""
