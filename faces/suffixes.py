"""What files of pictures and of videos are usually called; in lower case, with the dot."""

PICTURE_SUFFIXES = frozenset((".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".gif", ".mpo"))

MOVING_PICTURE_SUFFIXES = frozenset({".gif"})
"""Pictures that may move."""

VIDEO_SUFFIXES = frozenset(
    (
        *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts"),
        *(".flv", ".wmv", ".asf", ".ogv", ".3gp", ".3g2"),
    )
)
