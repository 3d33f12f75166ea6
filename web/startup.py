"""What the main thread of the live page does from the first address to the end: wait, open what is kept, tell news."""

import argparse
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from faces.errors import InputError, SettingsError
from faces.terminal import say
from live.board import LiveSession
from live.broadcast import Broadcast
from web.recording import Recordings
from web.watching import Watching

if TYPE_CHECKING:
    from timeline.rules import Rule

NEWS_SECONDS = 0.2

FIRST_PICTURE_SECONDS = 5.0
"""At most; until then the database stays closed, since loading what opens it would delay the first picture."""


class StopSignal:
    """Set by Ctrl-C, a request to end, or the terminal's closing."""

    def __init__(self) -> None:
        self.given = False
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Windows has not all of them
            if (number := getattr(signal, name, None)) is not None:
                signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: object) -> None:
        if self.given:
            os._exit(130)  # asked twice: at once
        self.given = True


def wait_for_picture(camera: LiveSession, stop: StopSignal, seconds: float = FIRST_PICTURE_SECONDS) -> None:
    """Until the first picture was looked at, the camera has failed, or `seconds` are over."""
    deadline = time.monotonic() + seconds
    number = 0
    while not stop.given and time.monotonic() < deadline:
        issue = camera.pictures.wait(number, NEWS_SECONDS)
        if issue is not None and issue.value.shot is not None:
            return
        number = issue.number if issue is not None else number
        if (said := camera.changes.newest()) is not None and said.value == "failed":
            return


def open_sessions(recordings: Recordings, camera: LiveSession, record: str | None) -> None:
    """Delete what was to be kept until now, if anything is kept at all, and start the recording that is asked for."""
    if record is None and not recordings.kept:
        return
    for saved in recordings.store.delete_expired():
        say(f"Deleted as agreed after {saved.about.keep_days} days: the session {saved.about.name!r}.")
    if record is not None:
        from sessions.values import SessionDetails

        saved = recordings.start(camera, SessionDetails(name=record))
        say(f"Recording {saved.about.name!r} into {recordings.store.database.name}: numbers, no pictures.")


def open_watch(watching: Watching, recordings: Recordings, options: argparse.Namespace) -> None:
    """Watch for the rules that are kept, and for those of --rules; say the secrets of new receivers."""
    if not (options.rules or options.webhook or recordings.kept):
        return
    if options.rules is not None:
        watching.book.take_in(read_rules_file(options.rules))
    known = {receiver.url for receiver in watching.hooks.receivers()}
    for url in options.webhook:
        if url not in known:
            made = watching.hooks.add(url, private_allowed=True)
            say(f"Incidents are sent to {url}. Its signatures are verified with the secret {made.secret}.")
    watching.begin()
    if watching.watcher is not None:
        say("Watching for rules: incidents are kept, with times and shares; no pictures.")


def read_rules_file(file: Path) -> "tuple[Rule, ...]":
    """The rules in a file; SettingsError says what is wrong with it."""
    from timeline.rules import read_rules

    try:
        return read_rules(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"The rules in {file} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, InputError) as error:
        raise SettingsError(f"The rules in {file} cannot be used. {error}") from error


def tell_news(changes: Broadcast[str], news: Callable[[], str], stop: StopSignal) -> None:
    """Print what the page says whenever it changes, until told to stop."""
    said = ""
    number = 0
    while not stop.given:
        change = changes.wait(number, NEWS_SECONDS)
        if change is None:
            continue
        number = change.number
        if (words := news()) != said:
            said = words
            say(words)
