"""What FFmpeg may open, by the names of its readers; "ffmpeg -demuxers" explains them."""

VIDEO_FORMATS = frozenset(
    """
    3gp aac asf avi dv flac flv gif h264 hevc m4a m4v matroska mov mp3 mp4 mpeg mpegts mpegvideo ogg wav webm
    """.split()  # noqa: SIM905
)
"""Files. No playlists: they would make the program fetch whatever a file names. No texts: they become pictures."""

NETWORK_FORMATS = frozenset("mjpeg mpjpeg jpeg_pipe rtsp".split())  # noqa: SIM905
"""Beside them, what cameras send."""
