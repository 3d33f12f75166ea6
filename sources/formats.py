"""What FFmpeg may open and decode, by its own names; "ffmpeg -demuxers" and "ffmpeg -decoders" explain them."""

VIDEO_FORMATS = frozenset(
    """
    3gp aac asf avi dv flac flv gif h264 hevc m4a m4v matroska mov mp3 mp4 mpeg mpegts mpegvideo ogg wav webm
    """.split()  # noqa: SIM905
)
"""Files. No playlists: they would make the program fetch whatever a file names. No texts: they become pictures."""

NETWORK_FORMATS = frozenset("mjpeg mpjpeg jpeg_pipe rtsp".split())  # noqa: SIM905
"""Beside them, what cameras send."""

VIDEO_CODECS = {
    "av1": "AV01",
    "dnxhd": "AVdn",
    "dvvideo": "dvsd",
    "ffv1": "ffv1",
    "flv1": "flv1",
    "gif": "gif ",
    "h263": "h263",
    "h264": "h264",
    "hevc": "hevc",
    "huffyuv": "HFYU",
    "mjpeg": "MJPG",
    "mpeg1video": "mpg1",
    "mpeg2video": "mpg2",
    "mpeg4": "FMP4",
    "msmpeg4v2": "MP42",
    "msmpeg4v3": "MP43",
    "prores": "apch",
    "theora": "theo",
    "vc1": "WVC1",
    "vp8": "VP80",
    "vp9": "VP90",
    "wmv1": "wmv1",
    "wmv2": "wmv2",
    "wmv3": "wmv3",
}
"""What phones, cameras, browsers and editors write, each with the four letters by which OpenCV tells it.

FFmpeg decodes some 250 more, most of them from old games: each decoder can be attacked, and few are looked after.
"""

_VIDEO_DECODERS = "flv libaom-av1 libdav1d libvpx libvpx-vp9 msmpeg4"
"""Of the codecs above, those whose decoder has another name."""

SOUND_DECODERS = frozenset(
    """
    aac aac_latm ac3 adpcm_ima_wav adpcm_ms alac amrnb amrwb eac3 flac libopencore_amrnb libopencore_amrwb libopus mp2
    mp2float mp3 mp3float opus pcm_alaw pcm_dvd pcm_f32le pcm_mulaw pcm_s16be pcm_s16le pcm_s24be pcm_s24le pcm_s32le
    pcm_u8 vorbis wmav1 wmav2 wmapro
    """.split()  # noqa: SIM905
)

DECODERS = ",".join(sorted({*VIDEO_CODECS, *_VIDEO_DECODERS.split(), *SOUND_DECODERS}))
"""As FFmpeg's option codec_whitelist has them: with it, nothing else is decoded while a video is opened."""
