"""Assistant: a line or a song when an expression lasts, from words that the user wrote."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import ClassVar

from faces.emotions import EMOTIONS
from faces.errors import InputError
from timeline.record import Record
from timeline.segments import ABSENT, Segment, unpacked
from timeline.uses.base import Use, option

MOST_BYTES = 1_000_000
LONGEST = 500  # letters of one saying


@dataclass(frozen=True, slots=True)
class Saying:
    """What may be said of an emotion."""

    emotion: str
    words: str


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said, or would have been."""

    seconds: float  # when
    person: int
    emotion: str  # that lasted
    words: str


@dataclass(frozen=True, slots=True)
class AssistantAnswer:
    """Everything that was said, by time."""

    said: tuple[Said, ...]
    quiet: int  # how often nothing was said because of the quiet hours


def read_sayings(data: bytes | str) -> tuple[Saying, ...]:
    """The user's lines, each "sad: Put the kettle on."; InputError says which line is wrong, and why.

    Empty lines and those that begin with # count for nothing.
    """
    if len(data) > MOST_BYTES:
        raise InputError(f"This file of sayings has more than {MOST_BYTES // 10**6} MB. Shorten it.")
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1 if isinstance(data, bytes) else 1
        raise InputError(f"Line {line} of the sayings is not UTF-8. Save the file as UTF-8.") from error
    lines = enumerate(text.splitlines(), start=1)
    found = tuple(_saying(number, line) for number, line in lines if line.strip() and not line.lstrip().startswith("#"))
    if not found:
        raise InputError("There are no sayings in it. Write lines such as: sad: Put the kettle on.")
    return found


def _saying(number: int, line: str) -> Saying:
    emotion, colon, words = (part.strip() for part in line.partition(":"))
    if not colon or emotion not in EMOTIONS:
        raise InputError(
            f"Line {number} of the sayings does not begin with an expression and a colon, such as sad: ... There are: "
            f"{', '.join(EMOTIONS)}."
        )
    if not 0 < len(words) <= LONGEST:
        raise InputError(f"Line {number} of the sayings must have 1 to {LONGEST} letters after the colon.")
    return Saying(emotion, words)


DEFAULT_SAYINGS = read_sayings(
    """
    happy: That looks good. Keep it.
    sad: A song, perhaps: Here Comes the Sun, The Beatles.
    sad: Put the kettle on, and call somebody.
    angry: Ten slow breaths, then answer that mail.
    angry: A song, perhaps: Three Little Birds, Bob Marley.
    fear: Look out of the window for a minute.
    surprise: What was that?
    """
)


@dataclass(frozen=True)
class Assistant(Use[Record]):
    """A line or a song when an expression lasts."""

    name: ClassVar[str] = "assistant"
    title: ClassVar[str] = "Assistant"
    question: ClassVar[str] = "Can it answer what my face shows with a line or a song?"
    formula: ClassVar[str] = (
        "when one expression was steadily named for lasts seconds, and the last saying is pause seconds ago, one of "
        "the user's lines for this expression is said, by chance, never the same twice in a row, none in quiet hours"
    )
    limits: ClassVar[tuple[str, ...]] = (
        "It knows an expression, not a reason, and may misread it: its lines should do no harm when they are wrong.",
        "It says only what stands in a file that you can read and change, on this machine, without an account.",
        "It is neither a companion nor a counsellor. If you are not well, talk to somebody.",
    )
    example: ClassVar[str] = (
        "On the kitchen table in the evening, after half a minute of a sad face, it suggests a song that you chose."
    )

    lasts: float = option(20.0, "how many seconds an expression has to last, 1 to 3600")
    pause: float = option(300.0, "how many seconds pass until the next saying, 0 to 86400")
    quiet: str = option("22:00-08:00", "the hours in which it says nothing, on the clock; empty for none")
    sayings: tuple[Saying, ...] = option(
        DEFAULT_SAYINGS, "the lines, in an address as the text of the file", parse=read_sayings
    )

    def __post_init__(self) -> None:
        if not 1 <= self.lasts <= 3600:
            raise InputError(f"lasts must be 1 to 3600 seconds, not {self.lasts:g}.")
        if not 0 <= self.pause <= 86_400:
            raise InputError(f"pause must be 0 to 86400 seconds, not {self.pause:g}.")
        _hours(self.quiet)

    def answer(self, record: Record) -> AssistantAnswer:
        """The same record gives the same sayings, also while it still grows."""
        said: list[Said] = []
        quiet = 0
        for moment, segment in self._moments(record):
            if said and moment - said[-1].seconds < self.pause:
                continue
            if self._is_quiet(record, moment):
                quiet += 1
                continue
            fitting = [saying.words for saying in self.sayings if saying.emotion == segment.emotion]
            said.append(Said(moment, segment.person, segment.emotion or "", _chosen(fitting, said, moment)))
        return AssistantAnswer(tuple(said), quiet)

    def _moments(self, record: Record) -> Iterator[tuple[float, Segment]]:
        """When an expression with sayings has lasted long enough, by time."""
        lines = record.segments[record.segments["label"] != ABSENT]
        long = unpacked(lines[lines["end"] - lines["start"] >= self.lasts])
        known = {saying.emotion for saying in self.sayings}
        moments = [(segment.start + self.lasts, segment) for segment in long if segment.emotion in known]
        yield from sorted(moments, key=lambda one: (one[0], one[1].person))

    def _is_quiet(self, record: Record, moment: float) -> bool:
        hours = _hours(self.quiet)
        if record.started_at is None or hours is None:
            return False
        now = (record.started_at + timedelta(seconds=moment - record.start)).time()
        first, last = hours
        return first <= now < last if first <= last else now >= first or now < last


def _hours(text: str) -> tuple[time, time] | None:
    """ "22:00-08:00" as two times; None for an empty text."""
    if not text.strip():
        return None
    try:
        first, last = (datetime.strptime(part.strip(), "%H:%M").time() for part in text.split("-"))
    except ValueError as error:
        raise InputError(f"quiet must be two times such as 22:00-08:00, or empty, not {text!r}.") from error
    return first, last


def _chosen(lines: Sequence[str], said: Sequence[Said], moment: float) -> str:
    """By chance that is the same for the same moment; not what was said last, as long as there is anything else."""
    fresh = [words for words in lines if not said or words != said[-1].words] or list(lines)
    return random.Random(round(moment * 1000)).choice(fresh)
