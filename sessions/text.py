"""Texts and ids that every database can keep."""

import secrets

from faces.errors import InputError

LONGEST_TEXT = 2_000


def new_id() -> str:
    """An id that nobody guesses and no two share."""
    return secrets.token_hex(8)


def checked_text(name: str, text: str) -> str:
    """The text, if every database can keep it; InputError where not."""
    if len(text) > LONGEST_TEXT:
        raise InputError(f'"{name}" has {len(text)} characters. It may have {LONGEST_TEXT}.')
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InputError(f'"{name}" has characters that no text has. Take them out.')
    return text
