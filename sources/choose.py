"""The source that a person means: a camera number, a file, an address or "demo"."""

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

from faces.errors import SourceError
from faces.places import DEMO_FILE
from faces.suffixes import MOVING_PICTURE_SUFFIXES, PICTURE_SUFFIXES
from faces.terminal import plain
from sources.address import without_secrets
from sources.base import Source
from sources.cameras import NetworkCamera, Webcam
from sources.looped import LoopedPicture, LoopedVideo

ADDRESS_SCHEMES = ("http", "https", "rtsp", "rtsps")

HIGHEST_CAMERA_NUMBER = 99


def open_source(source: int | str, *, width: int = 640, height: int = 480, fps: float = 30) -> Source:
    """The source that a person means by a camera number, a file, an address or "demo"; opened when it is entered.

    On Linux /dev/video1 is camera 1.
    """
    text = str(source).strip()
    if plain(text) != text:
        raise SourceError(
            f"The source {plain(without_secrets(text))} has characters that cannot be seen. Type it again."
        )
    if sys.platform.startswith("linux"):
        text = re.sub(r"^/dev/video(?=[0-9]+$)", "", text)  # as other programs call their cameras
    if text.isascii() and text.isdigit():
        if int(text) > HIGHEST_CAMERA_NUMBER:
            raise SourceError(f"There is no camera {text[:12]}. Camera numbers go from 0 to {HIGHEST_CAMERA_NUMBER}.")
        return Webcam(int(text), width=width, height=height, fps=fps)
    if text == "demo":
        return LoopedVideo(DEMO_FILE, name="Demo clip")
    scheme, colon, _ = text.partition("://")
    if colon:
        if scheme.lower() not in ADDRESS_SCHEMES:
            raise SourceError(
                f"Addresses of the kind {plain(scheme[:12])}:// cannot be opened. Use rtsp:// or http://."
            )
        _check_address(text)
        return NetworkCamera(text)
    if not text:
        raise SourceError("The source is empty. Give a camera number, a file, an rtsp:// or http:// address, or demo.")
    if Path(text).suffix.lower() in PICTURE_SUFFIXES - MOVING_PICTURE_SUFFIXES:
        return LoopedPicture(text)
    return LoopedVideo(text)


def _check_address(address: str) -> None:
    try:
        possible = bool(urlsplit(address).hostname) and " " not in address
    except ValueError:
        possible = False  # the error quotes the address with all that is in it
    if not possible:
        raise SourceError(f"The address {without_secrets(address)} is not a possible one. Is it typed right?")
