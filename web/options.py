"""The command line of the live page."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from faces.detectors import DETECTORS
from faces.errors import SettingsError
from live.visitors import MOST_VISITORS

DEFAULT_PORT = 5000

MAX_VIEWERS = 32

LARGEST_CROWD = 500

MADE_HERE = ""
"""What --token is without a value."""


def parse(arguments: Sequence[str] | None = None, *, description: str | None = None) -> argparse.Namespace:
    """The options as `serve` takes them; what makes no sense is told, and the program ends with status 2."""
    parser = argparse.ArgumentParser(prog="main.py", description=description)
    _add_camera(parser.add_argument_group("the camera"))
    _add_access(parser.add_argument_group("who can open the page"))
    _add_records(parser.add_argument_group("what is recorded and reported"))
    _add_analysis(parser.add_argument_group("files dropped on the page"))
    return parser.parse_args(arguments)


def _add_camera(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--source",
        metavar="S",
        default=os.environ.get("FACES_SOURCE"),
        help="camera number, video or picture file, rtsp:// or http:// address, or demo "
        "(default: FACES_SOURCE from the environment, else camera 0, or the demo clip if there is no camera)",
    )
    add(
        "--detector",
        default=DETECTORS[0],
        metavar="D",
        help="who finds the faces: auto (cascade and network together), haar, blaze, yunet or yunet:FILE "
        "(default: auto)",
    )
    add("--no-mirror", action="store_true", help="show a webcam as others see you, not as in a mirror")
    add("--width", type=_positive, default=640, metavar="W", help="width to request from a webcam (default: 640)")
    add("--height", type=_positive, default=480, metavar="H", help="height to request from a webcam (default: 480)")
    add("--fps", type=_positive, default=30, metavar="F", help="frames per second to request (default: 30)")


def _add_access(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--host", default="127.0.0.1", metavar="H", help="address to listen on; any but this machine needs --token")
    add(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        metavar="P",
        help=f"port to listen on; if it is taken, the next free one (default: {DEFAULT_PORT}; 0: any)",
    )
    add(
        "--token",
        metavar="T",
        nargs="?",
        const=MADE_HERE,
        default=os.environ.get("FACES_TOKEN"),
        help="secret of at least 12 characters that every visitor must provide; without T one is made and kept "
        "(default: FACES_TOKEN from the environment)",
    )
    add("--token-file", type=Path, metavar="F", help="file whose first line is the token")
    add(
        "--lan",
        action="store_true",
        help="for phones and others in your network: HTTPS, a token, and a code to scan (short for --host 0.0.0.0 "
        "--token with a certificate of this machine)",
    )
    add("--certificate", type=Path, metavar="FILE", help="serve HTTPS with this certificate (PEM, with its chain)")
    add("--key", type=Path, metavar="FILE", help="the private key of --certificate (PEM)")
    add(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name by which a reverse proxy before this server is called; may be given several times",
    )
    add(
        "--max-viewers",
        type=_crowd,
        default=MAX_VIEWERS,
        metavar="N",
        help=f"how many viewers may watch at once (default: {MAX_VIEWERS})",
    )
    add(
        "--max-cameras",
        type=_crowd,
        default=MOST_VISITORS,
        metavar="N",
        help=f"how many browsers may send their own camera at once (default: {MOST_VISITORS})",
    )


def _add_records(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--record", metavar="NAME", help="record a session of that name from the start: numbers, no pictures")
    add(
        "--database",
        metavar="D",
        help="where sessions are kept: a file, or postgresql+psycopg://user@host/name for many machines "
        "(default: sessions.db in your own data folder)",
    )
    add("--rules", type=Path, metavar="FILE", help="watch for the rules of this file (TOML, see docs/uses.md)")
    add(
        "--webhook",
        action="append",
        default=[],
        metavar="URL",
        help="send incidents there, also inside of your network; may be given several times",
    )


def _add_analysis(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="who analyses them: this computer, or a Ray cluster that sees its data folder, see requirements-ray.txt",
    )
    add("--address", metavar="A", help="of a running Ray cluster, or auto (default: start one here)")


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def _port(text: str) -> int:
    number = _number(text)
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number


def _positive(text: str) -> int:
    number = _number(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it must be at least 1")
    return number


def _crowd(text: str) -> int:
    number = _positive(text)
    if number > LARGEST_CROWD:
        raise argparse.ArgumentTypeError(f"it must be at most {LARGEST_CROWD}: each holds a thread")
    return number


def token_of(options: argparse.Namespace) -> str | None:
    """--token, or the first line of --token-file; SettingsError where there is none."""
    if options.token_file is None:
        return options.token  # type: ignore[no-any-return]
    try:
        return str(options.token_file.read_text(encoding="utf-8").splitlines()[0].strip())
    except (OSError, UnicodeDecodeError, IndexError) as error:
        raise SettingsError(f"The file {options.token_file} holds no token: {error}. Write one into it.") from error
