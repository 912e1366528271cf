"""Archives into the store: killed at any moment and gone on with, outlets told by their site, bad records named."""

from __future__ import annotations

import gzip
import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newsloom.types import Source
from tests import warcs
from tests.store_kit import NOW, opened, rows, value

TEXT = (
    "The council of Pellmere put off its decision on tram line {0} on Monday. Officials named rising costs of {1} "
    "million crowns and the winter as their reasons, and said that work would not begin before next spring."
)


def newsloom(*arguments: object, store: Path) -> tuple[int, list[dict[str, Any]]]:
    done = subprocess.run(command(*arguments, store=store), capture_output=True, text=True, check=False, timeout=120)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def command(*arguments: object, store: Path) -> list[str]:
    return [sys.executable, "-m", "newsloom", "--db", str(store), *map(str, arguments)]


def lines(path: Path, count: int) -> Path:
    told = [
        {"id": n, "title": f"Tram line {n}", "text": TEXT.format(n, n * 7), "source": f"o{n % 5}.example"}
        for n in range(count)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in told), "utf-8")
    return path


def test_a_warc_becomes_articles_of_its_outlets(tmp_path: Path) -> None:
    with_store = opened(tmp_path)
    with_store.put_source(Source(id="quay", name="The Quay", homepage="https://www.quay.example/"), ("us",), NOW)
    with_store.close()
    records = [
        *warcs.news(3),
        *warcs.news(1, "other.example"),
        warcs.record("https://quay.example/empty", b"<html><p>Nothing here</p></html>"),
        warcs.record("https://quay.example/packed", gzip.compress(warcs.page("Packed")),
                     headers="Content-Type: text/html\r\nContent-Encoding: gzip\r\n"),
    ]  # fmt: skip
    path = warcs.write(tmp_path / "crawl.warc.gz", records, by="record")
    code, told = newsloom("import", "--no-group", path, store=tmp_path / "news.db")
    assert code == 1
    assert told[0]["url"] == "https://quay.example/empty"
    assert told[0]["error"].startswith("no-text")
    passed = {"metadata": 4, "request": 4, "warcinfo": 2}
    assert told[1:] == [{"file": str(path), "articles": 5, "new": 5, "failed": 1, "passed": passed}]
    store = opened(tmp_path)
    assert sorted(rows(store, "SELECT source_id, count(*) FROM articles GROUP BY 1")) == [
        ("other.example", 1),
        ("quay", 4),
    ]
    row = rows(store, "SELECT url, headline, origin, published_certainty, shown_at FROM articles ORDER BY url")[1]
    assert row[:4] == ("https://quay.example/news/0", "Port0 closes its quay", "import", "guessed")
    assert row[4] == 1_741_064_767_000, "without a date of its own it is of the day when it was saved"
    assert value(store, "SELECT count(*) FROM articles WHERE passages != '[]'") == 5
    store.close()
    assert newsloom("explain", "https://quay.example/empty", store=tmp_path / "news.db")[1][0]["declined"]
    assert newsloom("import", "--no-group", path, store=tmp_path / "news.db")[1][-1]["new"] == 0


def test_parquet_into_the_store(tmp_path: Path) -> None:
    table = {"title": [f"Tram {n}" for n in range(200)], "text": [TEXT.format(n, n) for n in range(200)]}
    pq.write_table(
        pa.table({**table, "domain": ["quay.example"] * 200, "date": ["2025-01-02"] * 200}), tmp_path / "n.parquet"
    )
    code, told = newsloom("import", "--no-group", tmp_path / "n.parquet", store=tmp_path / "n.db")
    assert (code, told[0]["articles"], told[0]["new"]) == (0, 200, 200)


@pytest.mark.parametrize("kind", ["jsonl.gz", "warc.gz"])
def test_an_import_killed_goes_on_where_it_stood(tmp_path: Path, kind: str) -> None:
    count = 400 if kind == "warc.gz" else 1_200
    path = tmp_path / f"news.{kind}"
    if kind == "warc.gz":
        warcs.write(path, warcs.news(count), by="record")
    else:
        lines(path, count)
        if kind.endswith(".gz"):
            path.write_bytes(gzip.compress(path.read_bytes()))
    store = tmp_path / "n.db"
    seen = _killed_after(command("import", "--no-group", path, store=store), store, count // 4)
    assert seen < count, "the import was over before it was killed"
    code, told = newsloom("import", "--no-group", path, store=store)
    assert code == 0
    assert (told[-1]["articles"], told[-1]["new"]) == (count, count)
    assert told[-1]["went_on_after"] >= seen
    with sqlite3.connect(store) as database:
        assert database.execute("SELECT count(*), count(DISTINCT url) FROM articles").fetchone() == (count, count)
        assert database.execute("SELECT count(*) FROM texts").fetchone() == (count,)
        assert database.execute("SELECT count(*) FROM imports").fetchone() == (0,)


def _killed_after(command: list[str], store: Path, least: int) -> int:
    """Start it, kill -9 once some articles are in; how many there are then."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    until = time.monotonic() + 60
    seen = 0
    while seen < least and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
        try:
            with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as database:
                seen = database.execute("SELECT count(*) FROM articles").fetchone()[0]
        except sqlite3.Error:
            continue
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    with sqlite3.connect(store) as database:
        return int(database.execute("SELECT count(*) FROM articles").fetchone()[0])


def test_again_begins_at_the_start(tmp_path: Path) -> None:
    store, path = tmp_path / "n.db", lines(tmp_path / "a.jsonl", 900)
    seen = _killed_after(command("import", "--no-group", path, store=store), store, 200)
    code, told = newsloom("import", "--no-group", "--again", path, store=store)
    assert (code, told[-1]["articles"], told[-1]["new"]) == (0, 900, 900 - seen)
    assert "went_on_after" not in told[-1]


def test_bad_records_are_named_up_to_a_number(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("broken\n" * 1_500 + '{"id": 1, "title": "Whole"}\n')
    code, told = newsloom("import", "--no-group", path, store=tmp_path / "n.db")
    assert code == 1
    assert told[-1] == {"file": str(path), "articles": 1, "new": 1, "failed": 1_500}
    assert [row["line"] for row in told[:-1]] == list(range(1, 1_001))


def test_files_that_can_not_be_read_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b'{"id": 1, "title": "A"}\n' * 9_000)[:-9])
    names = [tmp_path / name for name in ("folder.jsonl", "gone.warc", "cut.jsonl.gz")]
    code, told = newsloom("import", "--no-group", *names, store=tmp_path / "n.db")
    assert code == 1
    assert [row["error"].split(":")[0] for row in told if "error" in row] == ["unreadable", "not-found", "unreadable"]
    assert newsloom("import", tmp_path / "a.docx", store=tmp_path / "n.db")[0] == 2


def test_a_bar_on_a_terminal_and_nothing_elsewhere(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", 300)
    asked = command("import", "--no-group", path, store=tmp_path / "n.db")
    assert subprocess.run(asked, capture_output=True, check=False).stderr == b""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(asked, stdout=subprocess.DEVNULL, stderr=theirs, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    shown = b""
    while True:
        try:
            more = os.read(ours, 4_096)
        except OSError:
            break
        if not more:
            break
        shown += more
    assert process.wait() == 0
    assert b"articles" in shown
    assert b"100%" in shown


@pytest.mark.long
def test_an_import_killed_many_times_brings_each_article_once(tmp_path: Path) -> None:
    count, store, random = 6_000, tmp_path / "n.db", Random(7)
    path = lines(tmp_path / "a.jsonl", count)
    path.write_bytes(gzip.compress(path.read_bytes()))
    path = path.rename(tmp_path / "a.jsonl.gz")
    kills = seen = 0
    while seen < count - 800:
        seen = _killed_after(
            command("import", "--no-group", path, store=store), store, seen + random.randrange(50, 700)
        )
        kills += 1
    assert kills > 7
    code, told = newsloom("import", "--no-group", path, store=store)
    assert (code, told[-1]["articles"], told[-1]["new"]) == (0, count, count)
    with sqlite3.connect(store) as database:
        assert database.execute("SELECT count(*), count(DISTINCT url) FROM articles").fetchone() == (count, count)
        assert database.execute("SELECT count(*) FROM texts").fetchone() == (count,)
        assert database.execute("SELECT count(*) FROM search").fetchone() == (count,)
