"""Tests of sessions/database.py: opening, upgrading, and what is told when something is wrong with a database."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from faces.errors import SettingsError, StoreError
from sessions.database import open_database
from sessions.store import Store
from sessions.tables import REVISION, metadata
from sessions.values import SessionDetails

START = datetime(2026, 3, 1, tzinfo=UTC)

SECRET = "Zwiebelkuchen-97b1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "sessions.db"


@contextmanager
def opened(file: Path) -> Iterator[Store]:
    store = Store(open_database(file))
    yield store
    store.close()


def test_a_database_is_made_for_its_user_alone(file: Path) -> None:
    with opened(file) as store:
        store.begin(SessionDetails(name="x"), START)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_the_scripts_make_the_tables_that_the_program_uses(file: Path) -> None:
    database = open_database(file)
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()


def test_what_was_written_is_there_when_it_is_opened_again(file: Path) -> None:
    with opened(file) as store:
        number = store.begin(SessionDetails(name="x"), START).id
    with opened(file) as store:
        assert store.session(number).about.name == "x"


def test_a_database_that_is_up_to_date_opens_without_the_machinery_of_upgrades(file: Path) -> None:
    open_database(file).close()
    code = f"import sys; from sessions.database import open_database; open_database({str(file)!r}).close();"
    code += "print('alembic' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.strip() == "False"


def test_every_connection_survives_a_power_cut_and_overwrites_what_is_deleted(file: Path) -> None:
    database = open_database(file)
    with database.reading() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        ]
    database.close()
    assert settings == ["wal", 2, 1, 1]


def test_a_database_of_the_first_version_is_brought_up_to_date_and_keeps_its_sessions(file: Path) -> None:
    with opened(file) as store:
        number = store.begin(SessionDetails(name="kept"), datetime(2026, 11, 26, tzinfo=UTC)).id
    with sqlite3.connect(file) as raw:
        raw.execute("ALTER TABLE sessions DROP COLUMN visitor")
        raw.execute("UPDATE alembic_version SET version_num = '0001'")
    with opened(file) as store:
        assert [saved.id for saved in store.sessions(told_to="anybody")] == [number]


def test_a_newer_database_is_refused_and_left_as_it_is(file: Path) -> None:
    open_database(file).close()
    with sqlite3.connect(file) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    before = file.read_bytes()
    with pytest.raises(StoreError, match=rf"newer version.*9999.*{REVISION}.*update the program"):
        open_database(file)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "damage", [b"This is a letter to my aunt, and not a database." * 100, b"SQLite format 3\0" + b"\xff" * 8000]
)
def test_a_damaged_database_is_told_and_never_written_over(file: Path, damage: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(damage)
    with pytest.raises(StoreError, match="damaged"):
        open_database(file)
    assert file.read_bytes() == damage


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE sessions SET settings = '[1'",
        "UPDATE sessions SET unsettled = x'00'",
        "INSERT INTO seconds SELECT id, 0, x'00', x'00' FROM sessions",
    ],
)
def test_a_damaged_session_is_told_and_can_be_deleted(file: Path, damage: str) -> None:
    with opened(file) as store:
        number = store.begin(SessionDetails(name="x"), START).id
        other = store.begin(SessionDetails(name="y"), START).id
        with store.database.writing() as connection:
            connection.exec_driver_sql(damage)
            connection.exec_driver_sql(f"UPDATE sessions SET settings = '{{}}', unsettled = x'' WHERE id = '{other}'")
        with pytest.raises(StoreError, match="damaged"):
            store.record(number)
        store.delete(number)
        assert store.session(other).about.name == "y"


def test_a_database_of_something_else_is_left_alone(file: Path) -> None:
    file.parent.mkdir()
    with sqlite3.connect(file) as raw:
        raw.execute("CREATE TABLE recipes (name)")
    with pytest.raises(StoreError, match="something else"):
        open_database(file)


def test_a_database_that_is_held_by_another_program_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(file) as store:
        database = store.database
        with database.reading() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=10")
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="held by another program"):
            store.begin(SessionDetails(name="x"), START)
        other.execute("COMMIT")
        other.close()
        store.begin(SessionDetails(name="x"), START)


def test_a_full_disk_is_told_and_what_was_there_stays(file: Path) -> None:
    with opened(file) as store:
        number = store.begin(SessionDetails(name="x"), START).id
        with store.database.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(StoreError, match="disk is full"):
            for _ in range(200):
                store.begin(SessionDetails(name="y" * 1000), START)
        assert store.session(number).about.name == "x"


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="users are another thing here")
def test_a_database_that_can_only_be_read_is_told(file: Path) -> None:
    with opened(file) as store:
        number = store.begin(SessionDetails(name="x"), START).id
        with store.database.reading() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
        with pytest.raises(StoreError, match="only be read"):
            store.begin(SessionDetails(name="y"), START)
        assert store.session(number).about.name == "x"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot be made"):
        open_database(tmp_path / "file" / "sessions.db")


@pytest.mark.parametrize("address", ["mysql://host/x", "sqlite://", "://", "oracle+x://a"])
def test_other_databases_are_refused_in_words(address: str) -> None:
    with pytest.raises(SettingsError):
        open_database(address)


def test_a_postgresql_that_is_not_there_is_told_without_its_password() -> None:
    with pytest.raises(StoreError, match=r"127\.0\.0\.1") as told:
        open_database("postgresql+psycopg://me:geheim@127.0.0.1:1/x")
    assert "geheim" not in str(told.value)


def everything(file: Path) -> bytes:
    return b"".join(part.read_bytes() for part in file.parent.iterdir())


def test_deleting_takes_the_bytes_out_of_every_file(file: Path) -> None:
    with opened(file) as store:
        number = store.begin(SessionDetails(name=SECRET, consent="keep"), START).id
        other = store.begin(SessionDetails(name="stays"), START).id
        assert SECRET.encode() in everything(file)
        store.delete(number)
        assert SECRET.encode() not in everything(file)
        assert store.session(other).about.name == "stays"


def test_deleting_gives_the_room_back(file: Path) -> None:
    with opened(file) as store:
        ids = [store.begin(SessionDetails(name="n", consent="x" * 2000), START).id for _ in range(100)]
        store.database.erase()
        before = file.stat().st_size
        for number in ids:
            store.delete(number)
        assert file.stat().st_size < before / 2


def test_bytes_that_somebody_still_reads_leave_as_soon_as_he_has_gone(file: Path) -> None:
    with opened(file) as store:
        number = store.begin(SessionDetails(name=SECRET), START).id
        store.database.erase()
        with store.database.reading() as reader:
            reader.exec_driver_sql("SELECT * FROM sessions").first()
            store.delete(number)
        again = store.begin(SessionDetails(name="next"), START)
        store.delete(again.id)
        assert SECRET.encode() not in everything(file)


def test_two_programs_write_into_one_file(file: Path) -> None:
    with opened(file) as one, opened(file) as other:
        first, second = (store.begin(SessionDetails(name="x"), START).id for store in (one, other))
        one.delete(second)
        assert [saved.id for saved in other.sessions()] == [first]
