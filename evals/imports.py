"""How fast archives come in: `python -m evals.imports [--articles 5000] [--json]`.

`newsloom import --no-group` of made-up article lines and of the same articles as pages in a WARC, taking turns with
bare inserts of the same lines into SQLite (batches of 100, each on disk), which no import can beat. The rate is the
best of some turns. `cpu_ms_an_article` is the CPU of all processes together, without what a start costs (the difference
between all articles and a quarter of them): on an otherwise idle machine of two cores the rate is 2,000 divided by it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

TURNS = 3
_SYLLABLES = "ba co du fe gi ho ka li mo nu pe ra si to vu we".split()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=5_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = measure(asked.articles)
    print(json.dumps(found) if asked.json else json.dumps(found, indent=1))


def measure(count: int) -> dict[str, Any]:
    """Rates, costs and memory of both kinds of archive, and the rate of bare inserts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        told = list(articles(count))
        lines = _lines(folder / "all.jsonl", told)
        fewer = _lines(folder / "fewer.jsonl", told[: count // 4])
        pages = _warc(folder / "all.warc.gz", told[: count // 5])
        bare, brought = [], []
        for turn in range(TURNS):
            bare.append(_bare(folder / f"bare{turn}.db", told))
            brought.append(_import(folder / f"lines{turn}.db", lines))
        quarter = [_import(folder / f"fewer{turn}.db", fewer) for turn in range(TURNS)]
        return {
            "articles": count,
            "lines": _said(brought, count),
            "bare_inserts_per_s": round(count / min(bare)),
            "share_of_bare_inserts": round(min(bare) / min(seconds for seconds, *_ in brought), 3),
            "cpu_ms_an_article": _more(brought, quarter, count),
            "rate_that_two_idle_cores_allow": round(2_000 / _more(brought, quarter, count)),
            "peak_mb_of_a_quarter": round(quarter[0][2] / 1024),
            "warc_pages": _said([_import(folder / "pages.db", pages)], count // 5),
            "load": [round(each, 1) for each in os.getloadavg()],
        }


def articles(count: int) -> Iterator[dict[str, Any]]:
    """Made-up articles of some 150 words; names and figures differ from one to the next."""
    random = Random(11)
    common = [_word(random) for _ in range(3_000)]
    for n in range(count):
        names = [_word(random).capitalize() for _ in range(4)]
        sentences = [_sentence(random, common, names) for _ in range(10)]
        text = "\n".join(" ".join(sentences[i : i + 3]) for i in range(0, 10, 3))
        title = " ".join([names[0], *random.choices(common, k=5), names[1]])
        outlet = f"outlet{n % 40}.example"
        yield {
            "id": str(n), "title": title, "text": text, "source": outlet, "lang": "en", "url": f"https://{outlet}/{n}",
            "date": f"2025-01-{1 + n * 28 // count:02d}T10:00:00Z",
        }  # fmt: skip


def _sentence(random: Random, common: Sequence[str], names: Sequence[str]) -> str:
    words = [
        "The",
        *random.choices(common, k=12),
        "said",
        random.choice(names),
        "on Monday of",
        str(random.randrange(9_999)),
    ]
    return " ".join(words) + "."


def _word(random: Random) -> str:
    return "".join(random.choices(_SYLLABLES, k=random.randrange(2, 5)))


def _lines(path: Path, told: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in told), "utf-8")
    return path


def _warc(path: Path, told: Sequence[dict[str, Any]]) -> Path:
    with path.open("wb") as file:
        for each in told:
            paragraphs = "".join(f"<p>{text}</p>" for text in each["text"].split("\n"))
            menu = "".join(f"<li><a href=/{n}>Section {n}</a></li>" for n in range(40))
            body = (
                f"<html lang=en><head><title>{each['title']}</title></head><body><nav><ul>{menu}</ul></nav>"
                f"<article><h1>{each['title']}</h1>{paragraphs}</article><footer>All rights reserved</footer></body>"
            )
            http = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}".encode()
            head = (
                f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: {each['url']}\r\nWARC-Date: {each['date']}\r\n"
                f"WARC-Record-ID: <urn:eval:{each['id']}>\r\nContent-Type: application/http; msgtype=response\r\n"
                f"Content-Length: {len(http)}\r\n\r\n"
            )
            file.write(gzip.compress(head.encode() + http + b"\r\n\r\n", 1))
    return path


def _import(store: Path, archive: Path) -> tuple[float, float, int]:
    """Seconds, seconds of all processes' CPU, and the peak memory (kB) of one import."""
    command = [sys.executable, "-m", "newsloom", "--db", str(store), "import", "--no-group", str(archive)]
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"the import ended with {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss


def _bare(store: Path, told: Sequence[dict[str, Any]]) -> float:
    rows = [(each["id"], json.dumps(each)) for each in told]
    started = time.monotonic()
    with sqlite3.connect(store, isolation_level=None) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE articles (id TEXT PRIMARY KEY, said TEXT)")
        for start in range(0, len(rows), 100):
            database.execute("BEGIN IMMEDIATE")
            database.executemany("INSERT INTO articles VALUES (?, ?)", rows[start : start + 100])
            database.execute("COMMIT")
    return time.monotonic() - started


def _more(whole: Sequence[tuple[float, float, int]], quarter: Sequence[tuple[float, float, int]], count: int) -> float:
    """Milliseconds of CPU that each further article costs."""
    more = min(turn[1] for turn in whole) - min(turn[1] for turn in quarter)
    return round(1_000 * more / (count - count // 4), 2)


def _said(turns: Sequence[tuple[float, float, int]], count: int) -> dict[str, Any]:
    best: Callable[[int], float] = lambda field: min(turn[field] for turn in turns)  # noqa: E731
    return {
        "articles_per_s": round(count / best(0)),
        "cpu_ms_an_article_with_start": round(1_000 * best(1) / count, 2),
        "peak_mb": round(best(2) / 1024),
    }


if __name__ == "__main__":
    main()
