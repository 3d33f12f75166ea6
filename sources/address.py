"""Addresses of network cameras, as they may be shown."""

import re

HIDDEN = "…"

HOST = re.compile(r"([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")

SECRET = re.compile(r"^[^@]*:[^@]*@|(pass|pwd|\bpw|token|secret|auth|key)\w*[=:/]", re.IGNORECASE)
"""What a secret looks like in a text that is not an address: name:password@, or a word for it and what follows."""

DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def without_secrets(source: str) -> str:
    """An address as its scheme, host and port, since a camera may take its password anywhere behind them.

    What is not an address stays as it is, unless it looks like one that was typed without its scheme.
    """
    scheme, separator, rest = source.partition("://")
    if not separator:
        return HIDDEN if SECRET.search(DRIVE.sub("", source, count=1)) else source
    authority = re.split(r"[/?#;\\]", rest, maxsplit=1)[0]
    # With an @ farther on, what stands before the first slash may be the beginning of a password that has one.
    host = authority.rpartition("@")[2] if "@" in authority or "@" not in rest else ""
    return f"{scheme}{separator}{host if HOST.fullmatch(host) else HIDDEN}"
