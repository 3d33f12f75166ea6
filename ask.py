"""Ask what was recorded: saved sessions, several of them joined, or tables that analyze.py wrote.

    python ask.py                                    the sessions that are kept
    python ask.py activity ID                        one use of one session
    python ask.py audience ID ID --at curtain        of several, laid over each other at a marker
    python ask.py audience left/ right/ --later 12   of two videos, of which the second began 12 s later
    python ask.py audience ID --against ID           two showings compared; several on one side are joined
    python ask.py --again ID                         derive every figure again and compare

Answers are JSON, the same as on the page and at /api/sessions/ID/uses/USE.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from analysis.about import weights_checksum
from analysis.earlier import read_json
from analysis.layout import MANIFEST, TABLE
from faces.errors import FacesError, InputError, SettingsError
from faces.places import MODEL_JSON, sessions_file
from faces.terminal import say
from learn.compiled import said_of_majority
from sessions.again import derived, differences
from sessions.database import open_database
from sessions.store import Store
from timeline.again import timeline_of
from timeline.export import read_csv_rows, short_clock
from timeline.intervals import Confusion
from timeline.join import joined
from timeline.record import Record
from timeline.shapes import values
from timeline.uses import OF_RECORDS, compared, use_of

DAY_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
"""When videos begin, for want of a better time: all at once, but for what --later says."""

MOST_LISTED = 1_000


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="ask.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "asked",
        nargs="*",
        metavar="USE ID",
        help=f"{', '.join(use.name for use in OF_RECORDS)}; then sessions, or folders and timeline.csv of analyze.py",
    )
    add("--with", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the use", dest="parameters")
    add("--at", metavar="LABEL", help="join several sessions at this marker (default: by the clock)")
    add(
        "--later",
        type=float,
        action="append",
        default=[],
        metavar="S",
        help="seconds after the first video of its side at which the next one began; once for each, those of --against "
        "last (default: 0)",
    )
    add(
        "--against",
        nargs="+",
        default=[],
        metavar="ID",
        help="compare with these: sessions or videos, joined in the same way where they are several; aligned at their "
        "starts or, audiences in sessions only, with --with marker=LABEL: a video has no markers",
    )
    add("--again", action="store_true", help="from the single frames, not from the figures that were kept of them")
    add("--stable-seconds", type=float, metavar="S", help="with --again: how long an expression has to last to count")
    add("--database", default=str(sessions_file()), metavar="D", help="where sessions are kept, as for main.py")
    options = parser.parse_args(arguments)
    if len(options.asked) == 1 and not options.again:
        parser.error("say which use, and of which session: python ask.py lists the sessions")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer; the exit status is 1 where figures derived again are others than before, 2 where nothing was answered."""
    options = parse(arguments)
    try:
        return _answered(options)
    except FacesError as error:
        say(str(error), error=True)
        return 2


def _answered(options: argparse.Namespace) -> int:
    if not options.asked:
        return _list(options.database)
    first, *rest = options.asked
    names = [use.name for use in OF_RECORDS]
    if options.again and first not in names:
        return max(_compare(options, number) for number in options.asked)
    if first not in names:
        raise InputError(f"There is no use {first!r} of a session. There are: {', '.join(names)}.")
    use = use_of(first, dict(map(_parameter, options.parameters)))
    own = max(len(rest) - 1, 0)
    record = _record(options, rest, options.later[:own])
    if options.against:
        answer = compared(use, record, _record(options, options.against, options.later[own:]))
    else:
        answer = use.answer(record)
    for line in json.dumps(values(answer), indent=1).splitlines():
        say(line)
    return 0


def _list(database: str) -> int:
    with closing(Store(open_database(database))) as store:
        for saved in store.sessions(limit=MOST_LISTED):
            length = short_clock(saved.seconds, tenths=False)
            say(f"{saved.id}  {saved.started_at:%Y-%m-%d %H:%M}  {length:>8}  {saved.state:<11}  {saved.about.name}")
    return 0


def _compare(options: argparse.Namespace, number: str) -> int:
    """Derive the figures of a session again from its frames, and say whether they are those that were kept."""
    with closing(Store(open_database(options.database))) as store:
        saved = store.session(number)
        again = derived(store, number, stable_seconds=options.stable_seconds)
        other = differences(store.record(number), again)
    what = f"{saved.about.name}: {saved.samples} frames with {saved.faces} faces"
    say(f"{what} give other figures: {', '.join(other)}." if other else f"{what} give the same figures, byte for byte.")
    return int(bool(other))


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise SettingsError(f"--with {text} has no value. Write it as --with {text}=VALUE.")
    return name, value


def _record(options: argparse.Namespace, asked: Sequence[str], later: Sequence[float]) -> Record:
    """What is asked about, joined where it is more than one; `later`: when each but the first began."""
    starts = [0.0, *later, *[0.0] * len(asked)]
    records = [
        _of_video(Path(one), start) if Path(one).exists() else _of_session(options, one)
        for one, start in zip(asked, starts, strict=False)
    ]
    return records[0] if len(records) == 1 else joined(records, marker=options.at)


def _of_session(options: argparse.Namespace, number: str) -> Record:
    with closing(Store(open_database(options.database))) as store:
        return derived(store, number, stable_seconds=options.stable_seconds) if options.again else store.record(number)


def _of_video(place: Path, later: float) -> Record:
    table = place / TABLE if place.is_dir() else place
    try:
        with table.open(encoding="utf-8", newline="") as file:
            record = timeline_of(read_csv_rows(file)).record()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The table {table} cannot be read: {error}. Give a folder that analyze.py made.") from error
    began = DAY_ZERO + timedelta(seconds=later + record.start)
    return replace(record, started_at=began, confusion=_confusion_of(table.parent))


def _confusion_of(folder: Path) -> Confusion | None:
    """How the network errs that saw the video; None where it is another than the one that is here now."""
    settings = (read_json(folder / MANIFEST) or {}).get("settings", {})
    return said_of_majority(MODEL_JSON) if settings.get("weights") == weights_checksum() else None


if __name__ == "__main__":
    sys.exit(main())
