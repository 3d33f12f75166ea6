"""Opens the database of sessions, brings it to the newest tables, and tells in words whatever is wrong with it.

A database is SQLite in a file of the user's own, or PostgreSQL for many machines. It is never written over: one that is
damaged, or newer than this program, is refused before anything is changed.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from faces.errors import SettingsError, StoreError
from sessions.tables import REVISION

SQLITE_WAITS_MS = 5_000
"""For another program that writes into the same file."""

POSTGRESQL_WAITS_SECONDS = 3

OWN_FOLDER_MODE, OWN_FILE_MODE = 0o700, 0o600  # what is on faces is nobody else's business

EVERY_CONNECTION = (
    "PRAGMA foreign_keys=ON",
    "PRAGMA synchronous=FULL",  # with WAL the only setting under which a power cut takes nothing that was committed
    "PRAGMA secure_delete=ON",  # what is deleted is overwritten
    f"PRAGMA busy_timeout={SQLITE_WAITS_MS}",
)

_WORDS = (
    (
        ("malformed", "not a database", "corrupt"),
        "is damaged. Nothing in it was changed; put a copy back, or name another",
    ),
    (("readonly", "read-only", "read only"), "can only be read. Free it for writing, or name another"),
    (("locked",), "is held by another program. Close that one, or wait"),
    (("disk is full", "no space left"), "cannot grow: the disk is full. Free some space"),
    (("unable to open",), "cannot be opened. Is its folder there, and may this user write into it? Or name another"),
    (("password", "role", "does not exist"), "does not let this user in. Check user, password and name"),
)


class Database:
    """One database, open for any number of threads until close()."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self.name = name  # as it may be shown: without a password

    @property
    def in_file(self) -> bool:
        """Whether it is SQLite."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One state of everything, however many questions are asked of it; StoreError where it does not answer."""
        with self.told(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """All of it is written at the end of the block, or nothing; StoreError where that fails."""
        with self.told(), self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def told(self) -> Iterator[None]:
        """What the database says, in words that a person can act on."""
        try:
            yield
        except SQLAlchemyError as error:
            raise StoreError(f"The database {self.name} {_explained(error)}") from error

    def erase(self) -> bool:
        """Take what was deleted out of the files; False where somebody still reads what it was, so that it must wait.

        SQLite has overwritten it by then, and here gives the room back and empties its log. PostgreSQL does it in its
        own time (autovacuum).
        """
        if not self.in_file:
            return True
        with self.told(), self._engine.connect() as connection:
            raw = connection.connection.cursor()
            raw.execute("PRAGMA incremental_vacuum").fetchall()
            raw.execute("PRAGMA busy_timeout=100")  # a reader may take long: try again later instead
            busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            raw.execute(f"PRAGMA busy_timeout={SQLITE_WAITS_MS}")
            return not busy

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def open_database(where: str | Path) -> Database:
    """The database at that path or address, made or brought up to date where needed.

    SettingsError where there can be none of that name; StoreError where it is newer, damaged, or does not answer.
    """
    url = _url(str(where))
    is_file = url.get_backend_name() == "sqlite"
    database = Database(_engine(url), str(url.database) if is_file else url.render_as_string(hide_password=True))
    try:
        if is_file:
            _prepare_file(Path(str(url.database)), database)
        _bring_up_to_date(database)
    except BaseException:
        database.close()
        raise
    return database


def _url(text_: str) -> URL:
    if "://" not in text_:
        return URL.create("sqlite", database=str(Path(text_).expanduser().absolute()))
    try:
        url = make_url(text_)
    except ArgumentError as error:
        raise SettingsError(f"{text_!r} is not the address of a database.") from error
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingsError("Sessions are kept in SQLite (a path) or PostgreSQL (postgresql+psycopg://…). Choose one.")
    if url.get_backend_name() == "sqlite" and not url.database:
        raise SettingsError("A database in memory would forget what it is given. Give the path of a file.")
    return url


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, max_overflow=-1, json_deserializer=_from_json)
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
        return engine
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    waits = {"connect_timeout": POSTGRESQL_WAITS_SECONDS, "tcp_user_timeout": 1000 * POSTGRESQL_WAITS_SECONDS}
    try:
        return create_engine(url, pool_pre_ping=True, max_overflow=-1, connect_args=waits)
    except (ImportError, NoSuchModuleError) as error:
        raise SettingsError(
            "PostgreSQL needs its driver. Install it: pip install -r requirements-postgresql.txt"
        ) from error


def _from_json(text_: str) -> Any:
    """Of a column; PostgreSQL lets nothing else in, SQLite does not look."""
    try:
        return json.loads(text_)
    except ValueError as error:
        raise StoreError(f"A session in the database is damaged: {error}. Delete it, or put a copy back.") from error


def _on_connect(connection: Any, record: object) -> None:
    connection.isolation_level = None  # Python's own idea of when a transaction begins comes too late
    for pragma in EVERY_CONNECTION:
        connection.execute(pragma)


def _on_begin(connection: Connection) -> None:
    """Who is going to write says so first: two who both read and then both want to write would block each other."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_file(file: Path, database: Database) -> None:
    """Make the file, for this user alone, with what must be said before its first table."""
    if file.exists():
        return
    try:
        file.parent.mkdir(mode=OWN_FOLDER_MODE, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, OWN_FILE_MODE))
    except OSError as error:
        raise StoreError(f"The database {file} cannot be made: {error.strerror}. Name another.") from error
    with database.told(), database._engine.connect() as connection:
        raw = connection.connection.cursor()
        raw.execute("PRAGMA auto_vacuum=INCREMENTAL")
        raw.execute("PRAGMA journal_mode=WAL")


def _bring_up_to_date(database: Database) -> None:
    """Run the scripts that this database has not seen; without need, nothing of Alembic is loaded."""
    with database.reading() as connection:
        tables = inspect(connection).get_table_names()
        found = (
            connection.scalar(text("SELECT version_num FROM alembic_version")) if "alembic_version" in tables else None
        )
    if found == REVISION:
        return
    if found is None and tables:
        raise StoreError(f"The database {database.name} holds something else. Nothing was changed; name another.")
    _upgrade(database, found)


def _upgrade(database: Database, found: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            f"The database {database.name} was made by a newer version of this program ({found}; this one knows "
            f"{REVISION}). Nothing was changed; update the program, or name another database."
        )
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, REVISION)


def _explained(error: SQLAlchemyError) -> str:
    said = str(getattr(error, "orig", None) or error).strip()
    for signs, words in _WORDS:
        if any(sign in said.lower() for sign in signs):
            return f"{words}."
    return f"does not answer: {said.splitlines()[0] if said else type(error).__name__}. Is it there, and running?"
