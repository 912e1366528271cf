"""The command line's contracts, as a shell sees them: stdout, stderr, exit codes."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from newsloom.cli import run
from tests.outlets import Outlets

FEED = (
    "<rss version='2.0'><channel><title>T</title><link>https://a.example/</link>"
    "<item><guid>1</guid><title>One</title><link>/n/1</link></item></channel></rss>"
)
SENTENCE = "The harbour council of Halden voted 12 to 3 on Monday to rebuild the old bridge before winter comes. "
PAGE = (
    "<html lang='en'><head><title>Bridge</title></head><body><article><h1>Bridge</h1>"
    f"<p>{SENTENCE * 4}</p></article></body></html>"
)


def newsloom(*args: str, stdin: str = "", cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "newsloom", *args], input=stdin, capture_output=True, text=True, timeout=120, cwd=cwd,
        env=environment(**environ),
    )  # fmt: skip


def environment(**environ: str) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("NEWSLOOM_")}
    here = str(Path(__file__).parent.parent)
    return clean | {"NEWSLOOM_CONFIG": os.devnull, "PYTHONPATH": here} | environ


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def one_line(done: subprocess.CompletedProcess[str], code: int) -> str:
    assert done.returncode == code, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_parse_keeps_order_and_names_every_file(tmp_path: Path) -> None:
    (tmp_path / "good.xml").write_text(FEED)
    (tmp_path / "packed.xml.gz").write_bytes(gzip.compress(FEED.encode()))
    (tmp_path / "empty.xml").write_bytes(b"")
    (tmp_path / "binary.xml").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "page.xml").write_text(PAGE)
    (tmp_path / "damaged.gz").write_bytes(b"\x1f\x8bnothing")
    names = ["good.xml", "missing.xml", "packed.xml.gz", "empty.xml", "binary.xml", "page.xml", "damaged.gz", "."]
    done = newsloom("parse", *names, "--url", "https://a.example/feed", cwd=tmp_path)
    assert done.returncode == 1
    rows = lines(done)
    assert [row["file"] for row in rows] == names
    assert ["error" in row for row in rows] == [False, True, False, True, True, True, True, True]
    assert rows[0]["entries"][0]["link"] == "https://a.example/n/1"
    assert rows[0]["feed"] == rows[2]["feed"]
    assert rows[1]["error"].startswith("not-found")


def test_parse_reads_lines_from_stdin(tmp_path: Path) -> None:
    (tmp_path / "good.xml").write_text(FEED)
    stdin = '{"file": "good.xml", "url": "https://b.example/", "headers": {}}\n\nnot json\n{"file": 3}\n'
    done = newsloom("parse", cwd=tmp_path, stdin=stdin)
    assert done.returncode == 1
    rows = lines(done)
    assert rows[0]["entries"][0]["link"] == "https://b.example/n/1"
    assert [row["error"].partition(":")[0] for row in rows[1:]] == ["not-a-line", "not-a-line"]


def test_extract_is_the_same_with_any_number_of_workers(tmp_path: Path) -> None:
    names = []
    for n in range(12):
        (tmp_path / f"{n}.html").write_text(PAGE.replace("Bridge", f"Bridge {n}"))
        names.append(f"{n}.html")
    (tmp_path / "feed.html").write_text(FEED)
    names.insert(5, "feed.html")
    alone = newsloom("extract", *names, "--workers", "1", cwd=tmp_path)
    shared = newsloom("extract", *names, "--workers", "3", cwd=tmp_path)
    assert alone.returncode == shared.returncode == 1
    assert alone.stdout == shared.stdout
    rows = lines(alone)
    assert [row.get("file") or row.get("id") for row in rows] == names
    assert rows[5]["error"].startswith("not-html")
    assert rows[0]["title"] == "Bridge 0"
    assert rows[0]["text"].startswith("The harbour council")


def test_extract_lines_carry_their_id(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGE)
    stdin = '{"id": "x1", "file": "a.html", "url": "https://a.example/1"}\n{"id": "x2", "file": "no.html"}\n'
    rows = lines(newsloom("extract", cwd=tmp_path, stdin=stdin))
    assert [row["id"] for row in rows] == ["x1", "x2"]
    assert rows[0]["url"] == "https://a.example/1"
    assert "error" in rows[1]


def test_annotate_offsets_fit_the_text(tmp_path: Path) -> None:
    text = SENTENCE * 3
    done = newsloom("annotate", cwd=tmp_path, stdin=json.dumps({"id": 1, "title": "Bridge", "text": text}) + "\n[]\n")
    assert done.returncode == 1
    good, bad = lines(done)
    assert good["id"] == "1"
    assert good["language"] == "en"
    assert all(text[p["start"] : p["end"]] == p["text"] for p in good["passages"])
    assert bad == {"file": "-", "line": 2, "error": "not-an-object: a line must be a JSON object"}


def test_group_answers_every_line_in_order(tmp_path: Path) -> None:
    told = [
        {"id": "a", "title": "Halden bridge vote", "text": SENTENCE * 3, "source": "one", "date": "2026-01-01"},
        {"id": "b", "title": "Halden bridge vote", "text": SENTENCE * 3, "source": "two", "date": "2026-01-01"},
        {"title": "no id"},
        {"id": "c", "title": "Ferry strike in Orvik", "text": "Ferries in Orvik stand still for a third day."},
    ]
    stdin = "".join(json.dumps(line) + "\n" for line in told)
    for flags in ([], ["--live"]):
        done = newsloom("group", *flags, cwd=tmp_path, stdin=stdin)
        assert done.returncode == 1
        rows = lines(done)
        assert [row.get("id") for row in rows] == ["a", "b", None, "c"]
        assert rows[2]["line"] == 3
        assert rows[0]["story"] == rows[1]["story"] != rows[3]["story"]
        assert rows[1]["copy_of"] == "a"
        assert rows[3]["similar"] == []
    assert newsloom("group", cwd=tmp_path, stdin=stdin).stdout == newsloom("group", cwd=tmp_path, stdin=stdin).stdout


@pytest.mark.parametrize("command", ["articles", "stories", "stats", "serve"])
def test_a_missing_store_cannot_run(tmp_path: Path, command: str) -> None:
    assert "there is no store" in one_line(newsloom("--db", "none.db", command, cwd=tmp_path), 3)


def test_a_damaged_store_is_never_recreated(tmp_path: Path) -> None:
    (tmp_path / "bad.db").write_bytes(b"this is no database" * 100)
    assert "damaged" in one_line(newsloom("collect", "--once", "--db", "bad.db", cwd=tmp_path), 3)
    assert (tmp_path / "bad.db").read_bytes().startswith(b"this is no database")


@pytest.mark.parametrize(
    "args", [["nonsense"], ["parse", "--nonsense"], ["forget"], ["run", "--port", "many"], ["import", "a.docx"]]
)
def test_wrong_use(tmp_path: Path, args: list[str]) -> None:
    one_line(newsloom(*args, "--db", str(tmp_path / "x.db"), cwd=tmp_path), 2)


def test_unknown_and_wrong_settings(tmp_path: Path) -> None:
    said = one_line(newsloom("settings", cwd=tmp_path, NEWSLOOM_FETCH_TIMEOUT="3"), 2)
    assert "did you mean NEWSLOOM_FETCH_TIMEOUT_S" in said
    assert "a number" in one_line(newsloom("settings", cwd=tmp_path, NEWSLOOM_FETCH_DELAY_S="soon"), 2)
    assert "unknown edition" in one_line(
        newsloom("run", "--once", "--edition", "atlantis", "--db", "news.db", cwd=tmp_path), 2
    )


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        newsloom("import", "--db", "a.db", write(tmp_path / "a.jsonl", '{"id": 1, "title": "x"}\n'), cwd=tmp_path)
        assert "in use" in one_line(newsloom("serve", "--db", "a.db", "--port", port, cwd=tmp_path), 3)


def test_the_store_may_be_named_before_or_after(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", '{"id": 1, "title": "Bridge in Halden"}\n')
    assert newsloom("--db", "s.db", "import", "a.jsonl", cwd=tmp_path).returncode == 0
    for args in (["--db", "s.db", "articles"], ["articles", "--db", "s.db"], ["articles", "--db=s.db"], ["articles"]):
        rows = lines(newsloom(*args, cwd=tmp_path, NEWSLOOM_DB="s.db"))
        assert [row["title"] for row in rows] == ["Bridge in Halden"]


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "newsloom", "annotate"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, cwd=tmp_path, env=environment(), text=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.close()
    _, said = process.communicate("".join(f'{{"id": {n}, "title": "x"}}\n' for n in range(300)), timeout=60)
    assert (process.returncode, said) == (0, "")


def test_import_and_look(tmp_path: Path) -> None:
    told = [
        {"id": "1", "title": "Halden bridge vote", "text": SENTENCE * 3, "source": "one.example", "date": "2026-01-01"},
        {"id": "2", "title": "Halden bridge vote", "text": SENTENCE * 3, "source": "Two", "date": "2026-01-01T10:00"},
        {"id": "3", "title": "Ferries stand still", "text": "Ferries in Orvik stand still for a third day."},
        {"id": "4", "title": "Ferries stand still", "text": "Ferries in Orvik stand still for a third day."},
    ]
    with gzip.open(tmp_path / "news.jsonl.gz", "wt") as file:
        file.write("".join(json.dumps(line) + "\n" for line in told) + "oops\n")
    write(tmp_path / "page.html", PAGE)
    db = ["--db", "news.db"]
    done = newsloom("import", "news.jsonl.gz", "page.html", "gone.html", *db, cwd=tmp_path)
    assert done.returncode == 1
    rows = lines(done)
    assert {row["file"] for row in rows} == {"news.jsonl.gz", "page.html", "gone.html"}
    assert {"file": "news.jsonl.gz", "articles": 4, "new": 4, "failed": 1} in rows
    assert sum("error" in row for row in rows) == 2
    articles = lines(newsloom("articles", *db, cwd=tmp_path))
    assert {row["url"] for row in articles} >= {"urn:newsloom:one.example:1", "urn:newsloom::3"}
    by_title = {row["url"].rpartition(":")[2]: row for row in articles}
    assert by_title["1"]["published"] == "2026-01-01T00:00:00+00:00"
    assert by_title["2"]["published"] == "2026-01-01T10:00:00+00:00"
    assert by_title["3"]["source_id"] != by_title["4"]["source_id"], "two unknown outlets are not one"
    assert all(row["story"] for row in articles)
    again = lines(newsloom("import", "news.jsonl.gz", *db, cwd=tmp_path))
    assert {"file": "news.jsonl.gz", "articles": 4, "new": 0, "failed": 1} in again
    similar = lines(newsloom("similar", by_title["1"]["id"], *db, cwd=tmp_path))
    assert {row["of"] for row in similar} <= {by_title["1"]["id"]}
    assert [row["title"] for row in lines(newsloom("search", "ferries", *db, cwd=tmp_path))] == [
        "Ferries stand still"
    ] * 2
    told_of = lines(newsloom("explain", "urn:newsloom:one.example:1", *db, cwd=tmp_path))[0]
    assert told_of["stages"]["read"]["from"] == "import"
    assert newsloom("explain", "https://nobody.example/", *db, cwd=tmp_path).returncode == 1
    assert lines(newsloom("stats", *db, cwd=tmp_path))[0]["articles"] == 5
    assert sum(len(row["articles"]) for row in lines(newsloom("stories", *db, cwd=tmp_path))) == 5


def test_sources_and_a_round(tmp_path: Path) -> None:
    with Outlets(outlets=2, articles=2) as web:
        loose = {"NEWSLOOM_DB": "s.db", "NEWSLOOM_FETCH_ALLOW": "127.3.0.0/16", "NEWSLOOM_FETCH_DELAY_S": "0"}
        added = newsloom("sources", "add", web.base(0), web.base(1) + "/nothing", cwd=tmp_path, **loose)
        assert added.returncode == 1
        good, bad = lines(added)
        assert good["feeds"] == [web.base(0) + "/feed.xml"]
        assert bad["id"] == web.base(1) + "/nothing"
        assert "error" in bad
        write(tmp_path / "more.toml", f"[[source]]\nname = 'Second'\nfeeds = ['{web.base(1)}/feed.xml']\n")
        assert lines(newsloom("sources", "import", "more.toml", cwd=tmp_path, **loose))[0]["new"] == 1
        assert len(lines(newsloom("sources", cwd=tmp_path, **loose))) == 2
        checked = lines(newsloom("sources", "check", cwd=tmp_path, **loose))
        assert [row["entries"] for row in checked] == [2, 2]
        done = newsloom("run", "--once", cwd=tmp_path, **loose)
        assert done.returncode == 0, done.stderr
        assert "4 pages read" in done.stderr
        rows = lines(newsloom("articles", cwd=tmp_path, **loose))
        assert {row["url"] for row in rows} == web.urls()
        assert {row["source"] for row in rows} == {"Outlet 0", "Second"}
        exported = newsloom("sources", "export", cwd=tmp_path, **loose).stdout
        assert exported.count("xmlUrl") == 2
        assert newsloom("sources", "export", "--toml", cwd=tmp_path, **loose).stdout.count("[[source]]") == 2
        gone = lines(newsloom("forget", rows[0]["url"], cwd=tmp_path, **loose))
        assert gone == [{"id": rows[0]["url"], "forgotten": 1}]
        removed = newsloom("sources", "remove", good["source"], "nobody", cwd=tmp_path, **loose)
        assert (removed.returncode, len(lines(newsloom("sources", cwd=tmp_path, **loose)))) == (1, 1)


def test_run_serves_and_ends_on_term(tmp_path: Path) -> None:
    from urllib.request import urlopen

    with Outlets(outlets=1, articles=2) as web:
        loose = {"NEWSLOOM_DB": "s.db", "NEWSLOOM_FETCH_ALLOW": "127.3.0.0/16", "NEWSLOOM_FETCH_DELAY_S": "0"}
        newsloom("sources", "add", web.base(0), cwd=tmp_path, **loose)
        process = subprocess.Popen(
            [sys.executable, "-m", "newsloom", "run", "--port", "0"], stdout=subprocess.PIPE, cwd=tmp_path,
            stderr=subprocess.DEVNULL, env=environment(**loose), text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            deadline = time.monotonic() + 60
            while "/us/article/" not in (front := urlopen(address + "us/").read().decode()):
                assert time.monotonic() < deadline, front
                time.sleep(0.3)
            asked = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 0
            assert time.monotonic() - asked < 10
        finally:
            process.kill()
            process.wait()


def test_help_names_every_command(tmp_path: Path) -> None:
    said = newsloom("--help", cwd=tmp_path).stdout
    for name in (
        "demo run collect serve sources parse extract annotate group import articles stories similar explain search "
        "stats settings forget"
    ).split():
        assert f"\n  {name} " in said
        assert run([name, "--help"]) == 0
    assert newsloom(cwd=tmp_path).returncode == 0
    assert newsloom("--version", cwd=tmp_path).stdout.strip()


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)
