"""How fast pages are on a large store, beside a bare Starlette page in the same run.

    python -m evals.big_store STORE && python -m evals.site_speed STORE [--pages 1000]

One serving process, one client on a kept connection, warm; pages of each kind are drawn at random, and each is followed
by one request for the bare page. `cpu_ms` is the serving process's own, which a busy machine does not blur; `load` is
the machine's when the run began: what else runs beside it. On a busy machine `chrt -r 1` gives it its turn (`turn`).
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import re
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

Found = dict[str, Any]
WRITTEN = 100
COMMON = ("the", "of", "said", "the said", "in the", "and to", "pct mln dlrs")
_TURNS = {os.SCHED_OTHER: "as any other", os.SCHED_RR: "before others", os.SCHED_FIFO: "before others"}
BARE = """
import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from newsloom.cli.web import listening
page = "<!doctype html><title>bare</title>" + "<p>A paragraph of text that says nothing.</p>" * 200
app = Starlette(routes=[Route("/", lambda request: HTMLResponse(page))])
listener = listening("127.0.0.1", 0)
print("http://127.0.0.1:%d/" % listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--pages", type=int, default=1_000)
    parser.add_argument("--only", nargs="*", default=())
    parser.add_argument("--write", action="store_true", help=f"import {WRITTEN} articles a second until ended")
    asked = parser.parse_args()
    if asked.write:
        _write(asked.store)
    print(json.dumps(measure(asked.store, asked.pages, asked.only), indent=1))


def measure(store: Path, pages: int = 1_000, only: Sequence[str] = ()) -> Found:
    """The figures of every kind of page, of a bare one, and of articles while another process writes."""
    drawn = Drawn(store)
    with _served(store) as site, _bare() as bare:
        kinds = {name: draw for name, draw in drawn.kinds().items() if not only or name in only}
        found: Found = {
            "articles": drawn.articles,
            "stories": drawn.stories,
            "pages_each": pages,
            "load": os.getloadavg()[0],
        }
        beside: list[float] = []
        for name, draw in kinds.items():
            for _ in range(max(20, pages // 5)):
                site.get(draw())
            found[name] = _told(site, [draw() for _ in range(pages)], bare, beside)
        found["bare"] = _spread(beside)
        if not only or "writes" in only:
            found["articles_under_writes"] = _under_writes(store, site, drawn.article, pages)
    return found


class Drawn:
    """Addresses of random pages; the same ones for the same store."""

    def __init__(self, store: Path) -> None:
        self._store = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
        self._random = random.Random(1)
        (self._most,) = self._one("SELECT max(seq) FROM articles WHERE story_id != ''")
        (self.articles,) = self._one("SELECT count(*) FROM articles")
        (self.stories,) = self._one("SELECT count(*) FROM stories")
        self._sections = [row[0] for row in self._store.execute("SELECT DISTINCT section FROM placements")]

    def kinds(self) -> dict[str, Callable[[], str]]:
        """How an address of each kind is drawn."""
        return {
            "front": self.front,
            "article": self.article,
            "story": self.story,
            "story_as_reached": self.story_as_reached,
            "search": self.search,
            "source": self.source,
            "day": self.day,
        }

    def front(self) -> str:
        section = self._random.choice(self._sections).lower()
        return self._random.choice(["/us/", "/gb/", "/us.json", f"/us/section/{section}"])

    def article(self) -> str:
        article, _, headline, *_ = self._any()
        return f"/us/article/{article}/{_slug(headline)}"

    def story(self) -> str:
        """Any story."""
        chosen = "SELECT id, lead_id FROM stories WHERE rowid >= ? LIMIT 1"
        return self._told(*self._one(chosen, self._random.randint(1, self.stories)))

    def story_as_reached(self) -> str:
        """The story of any article: large ones are reached more often."""
        story = self._any()[1]
        return self._told(story, *self._one("SELECT lead_id FROM stories WHERE id = ?", story))

    def _told(self, story: str, lead: str) -> str:
        return f"/us/story/{story}/{_slug(*self._one('SELECT headline FROM articles WHERE id = ?', lead))}"

    def search(self) -> str:
        _, _, headline, source, at = self._any()
        words = headline.split()
        first = self._random.randrange(len(words))
        asked = " ".join(words[first : first + self._random.randint(1, 3)])
        if self._random.random() < 0.15:
            asked = self._random.choice(COMMON)
        said: dict[str, str | int] = {"q": asked}
        kind = self._random.random()
        if kind < 0.1:
            said["source"] = source
        elif kind < 0.2:
            said["date"] = time.strftime("%Y-%m-%d", time.gmtime(at / 1000))
        elif kind < 0.3:
            said["page"] = self._random.randint(2, 50)
        return "/us/search?" + urlencode(said)

    def source(self) -> str:
        return f"/us/source/{self._any()[3]}"

    def day(self) -> str:
        at = time.strftime("%Y-%m-%d", time.gmtime(min(self._any()[4] / 1000, time.time())))
        return f"/us/day/{at}?page={self._random.randint(1, 10)}"

    def _any(self) -> tuple[str, str, str, str, int]:
        asked = (
            "SELECT id, story_id, headline, source_id, shown_at FROM articles WHERE seq >= ? AND story_id != '' LIMIT 1"
        )
        return self._one(asked, self._random.randint(1, self._most))  # type: ignore[return-value]

    def _one(self, asked: str, *values: Any) -> tuple[Any, ...]:
        return tuple(self._store.execute(asked, values).fetchone())


def _slug(headline: str) -> str:
    from newsloom.site.links import slug

    return slug(headline)


class Server:
    """A process that serves, and one kept connection to it."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str) -> float:
        """Seconds until the whole answer was there; asked anew where the connection had been idle for too long."""
        try:
            return self._get(path)
        except (http.client.RemoteDisconnected, BrokenPipeError):
            self.forget()
            return self._get(path)

    def _get(self, path: str) -> float:
        started = time.perf_counter()
        self._connection.request("GET", path, headers={"accept-encoding": "gzip"})
        answer = self._connection.getresponse()
        answer.read()
        took = time.perf_counter() - started
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
        return took

    def forget(self) -> None:
        """Connect anew the next time."""
        self._connection.close()

    def cpu(self) -> float:
        """Seconds of processor time that the process has used."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


@contextlib.contextmanager
def _served(store: Path) -> Iterator[Server]:
    with _started([sys.executable, "-m", "newsloom", "--db", str(store), "serve", "--port", "0"]) as server:
        yield server


@contextlib.contextmanager
def _bare() -> Iterator[Server]:
    with _started([sys.executable, "-c", BARE]) as server:
        yield server


@contextlib.contextmanager
def _started(command: Sequence[str]) -> Iterator[Server]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = re.search(r":(\d+)/", process.stdout.readline())
        assert address, f"{command} prints no address"
        server = Server(process, int(address[1]))
        _wait(server)
        yield server
    finally:
        process.terminate()
        process.wait()


def _wait(server: Server) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            server.get("/")
            return
        except ConnectionRefusedError:
            server.forget()
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _told(site: Server, paths: Sequence[str], bare: Server, beside: list[float]) -> Found:
    took, spent = [], []
    slowest = ("", 0.0)
    for path in paths:
        before = site.cpu()
        took.append(site.get(path))
        spent.append(site.cpu() - before)
        slowest = max(slowest, (path, spent[-1]), key=lambda each: each[1])
        beside.append(bare.get("/"))
    ratio = statistics.fmean(beside[-len(paths) :]) / statistics.fmean(took)
    return {
        **_spread(took),
        "requests_per_s_of_bare": round(ratio, 3),
        **{name.replace("_ms", "_cpu_ms"): value for name, value in _spread(spent).items() if name.endswith("_ms")},
        "slowest": slowest[0],
    }


def _spread(took: Sequence[float]) -> Found:
    ordered = sorted(each * 1e3 for each in took)
    return {
        "p50_ms": round(statistics.median(ordered), 2),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 2),
        "max_ms": round(ordered[-1], 2),
        "requests_per_s": round(1e3 / statistics.fmean(ordered)),
    }


def _under_writes(store: Path, site: Server, draw: Callable[[], str], pages: int) -> Found:
    """Articles, ten times in turn: with nobody else, then while another process imports into the same store."""
    idle: list[float] = []
    busy: list[float] = []
    for _ in range(10):
        idle += [site.get(draw()) for _ in range(pages // 10)]
        with _writing(store):
            busy += [site.get(draw()) for _ in range(pages // 10)]
    still, under = _spread(idle), _spread(busy)
    return {"idle": still, "under": under, "p95_of_idle": round(under["p95_ms"] / still["p95_ms"], 2), "failed": 0}


def _write(path: Path) -> None:
    """Import ten articles a transaction until the process is ended."""
    from newsloom.config import StoreSettings
    from newsloom.store import keys, open_store
    from newsloom.store.protocol import NewEntry
    from newsloom.types import Annotations, Article, Entry, Passage

    store = open_store(StoreSettings(url=str(path)))
    text = "A sentence about something that happened in a town of which nobody has heard. " * 15
    made = Annotations(version=1, language="en", passages=(Passage(text=text[:77], start=0, end=77, score=1.0),))
    print("writing", flush=True)
    while True:
        now = datetime.now(UTC)
        batch = []
        for n in range(WRITTEN // 10):
            url = f"https://written.example/{now.timestamp()}/{n}"
            article = Article(
                id=keys.article_id("written", keys.link_key(url)), source_id="written", url=url, headline=f"Town {url}",
                paragraphs=(text,), date_published=now, origin="import",
            )  # fmt: skip
            batch.append((NewEntry(id=article.id, keys=(keys.link_key(url),), entry=Entry(), article=article), made))
        store.import_articles(batch, now)
        time.sleep(max(0.0, 0.1 - (datetime.now(UTC) - now).total_seconds()))


@contextlib.contextmanager
def _writing(store: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "evals.site_speed", "--write", str(store)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
