"""The C library's arenas, counted by itself in a process of its own."""

import os
import subprocess
import sys

import pytest

import main
from faces.memory import ITS_VARIABLE, MOST_ARENAS
from faces.places import PROGRAM

COUNT = """
import ctypes, re, sys, threading
from faces.memory import share_arenas
if "shared" in sys.argv:
    print(share_arenas())
barrier = threading.Barrier(12)
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
def allocate():
    barrier.wait()
    for _ in range(200):
        libc.malloc(5000)
    barrier.wait()
threads = [threading.Thread(target=allocate) for _ in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
print(open(sys.argv[1]).read().count("<heap nr="))
"""

glibc = pytest.mark.skipif(not hasattr(os, "confstr") or "CS_GNU_LIBC_VERSION" not in os.confstr_names, reason="glibc")


def arenas(folder: object, *words: str, **more: str) -> list[str]:
    environment = {name: value for name, value in os.environ.items() if name != ITS_VARIABLE} | more
    command = [sys.executable, "-c", COUNT, f"{folder}/arenas.xml", *words]
    return subprocess.run(
        command, cwd=PROGRAM, env=environment, capture_output=True, text=True, check=True
    ).stdout.split()


@glibc
def test_twelve_threads_share_two_arenas(tmp_path: object) -> None:
    assert int(arenas(tmp_path)[0]) > MOST_ARENAS, "or nothing would be shared by itself"
    said, count = arenas(tmp_path, "shared")
    assert said == "True" and int(count) <= MOST_ARENAS


def test_the_server_shares_them_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[bool] = []
    monkeypatch.setattr(main, "share_arenas", lambda: called.append(True))
    assert main.main(["--host", "0.0.0.0"]) == 2, "it needs a token"
    assert called == [True]


@glibc
def test_a_number_that_somebody_has_set_stays(tmp_path: object) -> None:
    said, count = arenas(tmp_path, "shared", MALLOC_ARENA_MAX="4")
    assert said == "False" and MOST_ARENAS < int(count) <= 4
