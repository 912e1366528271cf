"""The schema: migrated equals declared, a kill in the middle harms nothing, other files are refused in one line."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from newsloom.errors import StoreDamaged, StoreError, StoreNewer
from newsloom.store import migrations
from newsloom.store.tables import metadata
from tests.store_kit import opened, rows


def _shape(engine: sa.Engine) -> dict[str, object]:
    """Every table's columns, keys and indexes: a column that a revision added stands elsewhere in the file's text."""
    look = sa.inspect(engine)
    tables = [name for name in look.get_table_names() if not name.startswith(("search", "alembic"))]
    with engine.connect() as connection:
        indexes = connection.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'index'")).all()
    return {
        "indexes": {name: " ".join(sql.split()) for name, sql in indexes if sql},
        **{
            name: (
                {c["name"]: (str(c["type"]), c["nullable"], c["default"]) for c in look.get_columns(name)},
                look.get_pk_constraint(name)["constrained_columns"],
                sorted(str(each["column_names"]) for each in look.get_unique_constraints(name)),
            )
            for name in tables
        },
    }


def test_the_migrated_schema_is_the_declared_one(tmp_path: Path) -> None:
    declared = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    metadata.create_all(declared)
    store = opened(tmp_path)
    ours = _shape(store.reader)
    store.close()
    assert ours == _shape(declared)


def test_the_known_revisions_are_those_in_the_folder() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [migrations.HEAD]
    assert tuple(reversed([each.revision for each in scripts.walk_revisions()])) == migrations.REVISIONS


def test_a_kill_inside_a_migration_leaves_nothing_half_done(tmp_path: Path) -> None:
    script = """
import os, sys
from pathlib import Path
import sqlalchemy as sa
from newsloom.store import migrations
from tests.store_kit import opened
count = 0
def killed(connection, cursor, statement, *rest):
    global count
    count += statement.lstrip().startswith("CREATE")
    if count == int(sys.argv[2]):
        os.kill(os.getpid(), 9)
sa.event.listen(sa.Engine, "before_cursor_execute", killed)
opened(Path(sys.argv[1]))
"""
    for created in (2, 20, 45):
        command = [sys.executable, "-c", script, str(tmp_path), str(created)]
        ended = subprocess.run(command, cwd=Path(__file__).parents[1], check=False)
        assert ended.returncode == -9
        with sqlite3.connect(tmp_path / "news.db") as connection:
            assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        connection.close()
    store = opened(tmp_path)
    assert rows(store, "SELECT version_num FROM alembic_version") == [(migrations.HEAD,)]
    store.close()


def test_two_processes_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from tests.store_kit import opened; opened(Path(sys.argv[1]))"
    command = [sys.executable, "-c", script, str(tmp_path)]
    started = [subprocess.Popen(command, cwd=Path(__file__).parents[1]) for _ in range(4)]
    assert [process.wait(60) for process in started] == [0] * 4


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with sqlite3.connect(tmp_path / "news.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreNewer, match="newer Newsloom"):
        opened(tmp_path)


def test_anothers_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "news.db") as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    with pytest.raises(StoreError, match="not Newsloom's"):
        opened(tmp_path)


@pytest.mark.parametrize("content", [b"not a database at all, whatever its name says", b"SQLite format 3\0"])
def test_a_file_that_is_no_database_is_told_and_kept(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "news.db"
    file.write_bytes(content)
    with pytest.raises(StoreDamaged, match="restore a backup") as told:
        opened(tmp_path)
    assert "\n" not in str(told.value)
    assert file.read_bytes() == content


@pytest.mark.parametrize("where", ["cut", "holes"])
def test_a_damaged_store_is_told_at_the_start(tmp_path: Path, where: str) -> None:
    opened(tmp_path).close()
    file = tmp_path / "news.db"
    whole = file.read_bytes()
    if where == "cut":
        os.truncate(file, len(whole) // 2)
    else:
        file.write_bytes(whole[:8192] + b"\xaa" * (len(whole) - 8192))
    with pytest.raises(StoreDamaged, match="damaged"):
        opened(tmp_path)


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "news.db").touch()
    opened(tmp_path).close()
