"""Databases for tests: SQLite in a file, and a PostgreSQL server of the test's own on this machine."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest


def find_postgresql() -> Path | None:
    """The folder of PostgreSQL's programs, if it is installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)  # where Debian puts them, in no path
    found = shutil.which("pg_ctl")
    return folders[0] if folders else Path(found).parent if found else None


class PostgreSql:
    """A cluster of its own: started, stopped and killed by the test."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._data = folder / "data"
        # PostgreSQL does not run as root; Debian's package brings a user for it.
        self._user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if self._user:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._call("initdb", "-D", str(self._data), "-U", "faces", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()

    def address(self, name: str = "postgres") -> str:
        return f"postgresql+psycopg://faces@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=60"
        options += " -c fsync=off"  # no test cuts the power of the machine
        self._call("pg_ctl", "-D", str(self._data), "-w", "-o", options, "-l", str(self._data / "log"), "start")

    def stop(self) -> None:
        self._call("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")

    def make(self, name: str) -> str:
        """The address of a new, empty database."""
        with psycopg.connect(self.address().replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.address(name)

    def _call(self, program: str, *arguments: str) -> None:
        options: dict[str, Any] = dict(self._user)
        command = [str(self._programs / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60, cwd="/", **options)


@contextmanager
def postgresql() -> Iterator[PostgreSql]:
    """A running server, gone at the end of the block; skips the test where PostgreSQL is not installed."""
    programs = find_postgresql()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="faces-postgresql-", ignore_cleanup_errors=True) as folder:
        server = PostgreSql(programs, Path(folder))
        try:
            yield server
        finally:
            server.stop()
