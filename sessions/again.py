"""The figures of a saved session derived again from its single frames: as they were, or with another setting."""

from collections.abc import Iterator
from dataclasses import replace

from faces.errors import InputError
from sessions.store import Store
from timeline.again import timeline_of
from timeline.record import Record
from timeline.rows import Row


def derived(store: Store, number: str, *, stable_seconds: float | None = None) -> Record:
    """The record of that session, made from its frames alone with its own settings, or with another `stable_seconds`.

    InputError where it is still recorded, so that its end is not known.
    """
    saved, kept = store.session(number), store.record(number)
    if saved.state == "recording":
        raise InputError(f"The session {saved.about.name!r} is still recorded. Stop it first.")
    settings = saved.about.settings
    timeline = timeline_of(
        _rows(store, number),
        stable_seconds=settings["stable_seconds"] if stable_seconds is None else stable_seconds,
        longest_step_seconds=settings["longest_step_seconds"],
    )
    timeline.end_at(saved.seconds)
    record = timeline.record()
    return replace(kept, end=record.end, seconds=record.seconds, segments=record.segments, gaps=record.gaps)


def differences(kept: Record, again: Record) -> list[str]:
    """What is not the same in both, byte for byte, in words; nothing where all is."""
    found = {
        "its length": kept.end == again.end,
        "what each person showed in each second": kept.seconds.tobytes() == again.seconds.tobytes(),
        "the steady stretches": kept.segments.tobytes() == again.segments.tobytes(),
        "the gaps": kept.gaps == again.gaps,
    }
    return [what for what, same in found.items() if not same]


def _rows(store: Store, number: str) -> Iterator[Row]:
    for frames in store.frames(number):
        yield from frames.rows()
