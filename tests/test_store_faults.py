"""When the disk or another process is in the way: wait where waiting helps, else one clear line and no loss."""

from __future__ import annotations

import dataclasses
import sqlite3
import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsloom.config import StoreSettings
from newsloom.errors import StoreDamaged, StoreError, WrongUse
from newsloom.store import SqlStore, open_store
from newsloom.store.engine import make_engine
from newsloom.store.faults import faults
from newsloom.store.protocol import PageJob
from tests.store_kit import NOW, add_source, later, new_entry, opened, page_of, poll, read_all, rows, value


def test_a_writer_waits_for_a_locked_database(tmp_path: Path) -> None:
    store = opened(tmp_path)
    feed = add_source(store)
    other = sqlite3.connect(tmp_path / "news.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(1.5, lambda: other.execute("COMMIT"))
    release.start()
    before = time.monotonic()
    assert poll(store, feed, new_entry("https://s.example/1")) == (1, 0)
    assert time.monotonic() - before > 1.0
    release.join()
    other.close()
    store.close()


def test_a_lock_that_lasts_is_told_in_one_line_and_readers_go_on(tmp_path: Path) -> None:
    store = opened(tmp_path, busy_s=0.2)
    add_source(store)
    other = sqlite3.connect(tmp_path / "news.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"locked by another process") as told:
        store.put_meta("a", "b")
    assert "\n" not in str(told.value)
    assert len(store.sources()) == 1
    other.execute("ROLLBACK")
    other.close()
    store.put_meta("a", "b")
    store.close()


def test_a_full_disk_is_told_in_one_line_and_nothing_is_half_written(tmp_path: Path) -> None:
    store = opened(tmp_path)
    feed = add_source(store)
    poll(store, feed, new_entry("https://s.example/before"))
    with store._writer.connect() as connection:
        pages = connection.execute(sa.text("PRAGMA page_count")).scalar()
        connection.execute(sa.text(f"PRAGMA max_page_count = {pages}"))
    entries = [new_entry(f"https://s.example/{n}", title="x" * 500) for n in range(200)]
    with pytest.raises(StoreError, match="no room left") as told:
        poll(store, feed, *entries)
    assert "\n" not in str(told.value)
    assert value(store, "SELECT count(*) FROM articles") == 1
    with store._writer.connect() as connection:
        connection.execute(sa.text("PRAGMA max_page_count = 1000000"))
    assert poll(store, feed, *entries) == (200, 0)
    store.close()


def test_a_read_only_engine_neither_writes_nor_creates(tmp_path: Path) -> None:
    opened(tmp_path).close()
    settings = StoreSettings()
    engine = make_engine(f"sqlite:///{tmp_path}/news.db", settings, readonly=True)
    with pytest.raises(StoreError, match="read-only"), faults("it"), engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM meta"))
    engine.dispose()
    absent = make_engine(f"sqlite:///{tmp_path}/absent.db", settings, readonly=True)
    with pytest.raises(StoreError, match="can't be opened"), faults("it"), absent.connect():
        pass
    assert not (tmp_path / "absent.db").exists()


def test_damage_found_later_is_told_too() -> None:
    broken = sqlite3.DatabaseError("database disk image is malformed")
    broken.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    with pytest.raises(StoreDamaged, match="restore a backup"), faults("it"):
        raise broken


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="failed"):
        open_store(StoreSettings(url=str(tmp_path / "file" / "news.db")))


@pytest.mark.parametrize("url", ["postgresql://host/db", "sqlite://", "nonsense://", "sqlite:///:memory:"])
def test_other_addresses_are_wrong_use(url: str) -> None:
    with pytest.raises(WrongUse):
        open_store(StoreSettings(url=url))


def test_a_new_store_makes_its_folder(tmp_path: Path) -> None:
    open_store(StoreSettings(url=str(tmp_path / "one" / "two" / "news.db"))).close()
    assert (tmp_path / "one" / "two" / "news.db").exists()


def test_two_stores_on_one_file_share_the_work_and_double_nothing(tmp_path: Path) -> None:
    stores = [opened(tmp_path), opened(tmp_path)]
    feed = add_source(stores[0])
    entries = [new_entry(f"https://h{n}.example/1") for n in range(100)]
    done: list[str] = []

    def work(store: SqlStore) -> None:
        poll(store, feed, *entries)
        done.extend(read_all(store))

    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == sorted(entry.id for entry in entries)
    assert rows(stores[0], "SELECT count(*), min(read_version), max(attempts) FROM articles") == [(100, 1, 1)]
    for store in stores:
        store.close()


@pytest.mark.parametrize(("stage", "version"), [("pages", 1), ("annotate", 2)])
def test_what_another_did_between_looking_and_taking_is_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, version: int
) -> None:
    mine, other = opened(tmp_path), opened(tmp_path)
    poll(mine, add_source(mine), new_entry("https://s.example/a"))
    if stage == "annotate":
        assert len(read_all(mine)) == 1
    write, done = mine._write, []

    def claim(store: SqlStore) -> list[PageJob]:
        return getattr(store, f"claim_{stage}")(NOW, 10, 60, version=version)  # type: ignore[no-any-return]

    def write_after_the_other() -> AbstractContextManager[sa.Connection]:
        monkeypatch.undo()
        done.extend(claim(other))
        results = [dataclasses.replace(page_of(job), annotate_version=version) for job in done]
        other.save_reads(results, NOW)
        return write()

    monkeypatch.setattr(mine, "_write", write_after_the_other)
    assert claim(mine) == []
    assert len(done) == 1
    for store in (mine, other):
        store.close()


def test_readers_see_the_last_commit_while_a_writer_is_at_it(tmp_path: Path) -> None:
    store = opened(tmp_path)
    add_source(store)
    with store._write() as connection:
        connection.execute(sa.text("DELETE FROM sources"))
        assert len(store.sources()) == 1
    assert store.sources() == []
    store.close()


def test_nothing_of_a_transaction_stays_when_it_fails(tmp_path: Path) -> None:
    store = opened(tmp_path)

    def fail() -> None:
        with store._write() as connection:
            connection.execute(sa.text("INSERT INTO meta (key, value) VALUES ('a', 'b')"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.get_meta("a") == ""
    assert store.next_page_at(version=1) is None
    assert store.claim_pages(later(days=1), 1, 1, version=1) == []
    assert store.expire(NOW) == 0
    store.close()
