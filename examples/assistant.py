"""Says a line or suggests a song when an expression lasts. Copy it, read it, change it: it needs nothing but Python.

    python main.py                                    in one terminal, and open the page
    python examples/assistant.py http://127.0.0.1:5000     in another, with the address that main.py printed

It reads the live page's events, and its words from assistant.txt beside it. Nothing leaves this machine.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen


def read_sayings(file: Path) -> dict[str, list[str]]:
    """The lines of the file by expression; what begins with # counts for nothing."""
    found: dict[str, list[str]] = {}
    for line in file.read_text(encoding="utf-8-sig")[:1_000_000].splitlines():
        emotion, colon, words = (part.strip() for part in line.partition(":"))
        if colon and words and not emotion.startswith("#"):
            found.setdefault(emotion, []).append(words)
    return found


def shown(address: str) -> Iterator[str | None]:
    """What the first face shows, at least once a second; None while there is none."""
    parts, emotion = urlsplit(address), None
    with urlopen(parts._replace(path="/api/events").geturl(), timeout=30) as events:
        for line in events:
            told = json.loads(line[6:]) if line.startswith(b"data: ") else {}
            if "faces" in told:  # other events, such as "segment", say nothing about now
                emotion = told["faces"][0]["emotion"] if told["faces"] else None
            yield emotion


def main() -> None:
    """Watch, wait, say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", nargs="?", default="http://127.0.0.1:5000", help="of the live page, with its token")
    parser.add_argument("--file", type=Path, default=Path(__file__).with_suffix(".txt"), help="your sayings")
    parser.add_argument("--lasts", type=float, default=20, help="seconds that an expression has to last")
    parser.add_argument("--pause", type=float, default=300, help="seconds until the next saying")
    parser.add_argument("--quiet", type=int, nargs=2, default=(22, 8), metavar="HOUR", help="says nothing from, to")
    options = parser.parse_args()
    try:
        sayings = read_sayings(options.file)
        if not sayings:
            sys.exit(f"{options.file} has no sayings. Write lines such as: sad: Put the kettle on.")
        before, since, last, silent_until = None, time.monotonic(), "", 0.0
        for emotion in shown(options.address):
            now, hour, (start, end) = time.monotonic(), time.localtime().tm_hour, options.quiet
            if emotion != before:
                before, since = emotion, now
            quiet = start <= hour < end if start <= end else hour >= start or hour < end
            if emotion in sayings and now - since >= options.lasts and now >= silent_until and not quiet:
                last = random.choice([words for words in sayings[emotion] if words != last] or sayings[emotion])
                print(f"{time.strftime('%H:%M')}  {emotion}: {last}", flush=True)
                silent_until = now + options.pause
        sys.exit("The live page has ended.")
    except (OSError, UnicodeDecodeError, URLError) as error:
        sys.exit(f"This did not work: {error}. Is the page open at {options.address}, and {options.file} UTF-8?")
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
