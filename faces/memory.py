"""Memory that large pictures took goes back to the system, however many threads took turns at it."""

import ctypes
import os
import sys

MOST_ARENAS = 2
"""glibc gives each thread one of eight per core, and what is freed in one serves no other: after 24 pictures of 48
megapixels 398 MB stayed taken where two arenas keep 179 MB, and each picture takes a tenth more time."""

M_ARENA_MAX = -8  # of glibc's malloc.h

ITS_VARIABLE = "MALLOC_ARENA_MAX"


def share_arenas() -> bool:
    """Have all threads allocate from MOST_ARENAS; before the first of them starts. Returns whether that was done.

    It is not where the C library knows no arenas (macOS, Windows, musl), or where somebody has set their number.
    """
    if not sys.platform.startswith("linux") or ITS_VARIABLE in os.environ:
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and mallopt(M_ARENA_MAX, MOST_ARENAS) == 1
