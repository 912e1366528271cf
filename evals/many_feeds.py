"""Thousands of feeds in one process: rounds an hour, CPU a feed, memory, manners, and whether anything was lost.

`python -m evals.many_feeds [FEEDS]` against the made-up feeds of `tests.many`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import sqlalchemy as sa

from newsloom.config import Settings, load
from newsloom.pipeline.collector import Collector, Tally
from newsloom.store import SqlStore, open_store
from newsloom.types import Source
from tests.many import HUB, address, kind

TIMEOUT_S = 5.0
QUIET_ROUND = 0


def measure(feeds: int, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
    """Three rounds over so many feeds: the first sight, news, and nothing new at all."""
    with tempfile.TemporaryDirectory() as folder, _web(feeds) as port:
        settings = _settings(folder, timeout_s)
        store = open_store(settings.store)
        try:
            _add(store, feeds, port)
            before = _rss_mb()
            with _peak() as peak:
                rounds = {name: _round(store, settings, port, number) for name, number in _ROUNDS}
            unchanged = _unchanged(store, settings)
            _told(port, "forgetful")
            same = _unchanged(store, settings)
            stored = _guids(store)
            gold = set(_told(port, "gold"))
            stats = _told(port, "stats")
            failing = sum(feed.failures > 0 for feed in store.feeds())
        finally:
            store.close()
    return {
        "feeds": feeds,
        "timeout_s": timeout_s,
        **rounds,
        "cpu_ms_a_304": unchanged[0],
        "cpu_ms_a_200_with_the_same_body": same[0],
        "worker_cpu_ms_a_200_with_the_same_body": same[1],
        "lost": len(gold - stored),
        "invented": len(stored - gold),
        "failing": failing,
        "broken_or_hostile": sum(kind(n) in ("broken", "hostile") for n in range(feeds)),
        "most_open_per_host": stats["most_open"],
        "most_open_together": stats["most_together"],
        "rss_before_mb": round(before),
        "peak_rss_mb": round(peak[0]),
        "peak_rss_of_a_worker_mb": round(peak[1]),
        "peak_of_all_processes_mb": round(peak[2]),
    }


_ROUNDS = (("first_round", 1), ("round_with_news", 2), ("round_without", QUIET_ROUND))


def _round(store: SqlStore, settings: Settings, port: int, number: int) -> dict[str, Any]:
    _told(port, f"round/{number}")
    # Feeds that fail are in back-off, and hosts whose robots.txt failed are closed for a while: each round asks all.
    with store._write() as connection:
        connection.execute(sa.text("DELETE FROM hosts WHERE robots_status = 0"))
        connection.execute(sa.text("UPDATE feeds SET next_poll = 0, failures = 0"))
    started, cpu, waited = time.monotonic(), time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    tally = asyncio.run(_once(store, settings))
    seconds, cpu = time.monotonic() - started, time.process_time() - cpu
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    workers = ended.ru_utime + ended.ru_stime - waited.ru_utime - waited.ru_stime
    return {
        "seconds": round(seconds, 1),
        "rounds_an_hour": round(3_600 / seconds, 1),
        "polled": tally.polled,
        "unchanged": tally.unchanged,
        "new": tally.new,
        "pages": tally.pages.read,
        "cpu_ms_a_feed": round(1_000 * cpu / max(tally.polled, 1), 2),
        "worker_cpu_ms_a_feed": round(1_000 * workers / max(tally.polled, 1), 2),
        "requests": _told(port, "stats")["asked"],
    }


def _unchanged(store: SqlStore, settings: Settings) -> tuple[float, float]:
    """CPU milliseconds of a poll that finds nothing new, from the claim to the saved row, in a process that runs on:
    its own, and its workers'."""
    with store._write() as connection:
        connection.execute(sa.text("UPDATE feeds SET gone = 1 WHERE status != 304"))

    async def rounds() -> tuple[float, float]:
        async with Collector(store, settings) as collector:
            await collector.once()
            await asyncio.wrap_future(collector.pool.submit(len, ""))  # until then workers may still be loading
            before, cpu, workers = collector.tally.polled, time.process_time(), _workers_cpu_s()
            await collector._poll_round()
            spent = (time.process_time() - cpu, _workers_cpu_s() - workers)
            polled = max(collector.tally.polled - before, 1)
            return round(1_000 * spent[0] / polled, 2), round(1_000 * spent[1] / polled, 2)

    return asyncio.run(rounds())


def _workers_cpu_s() -> float:
    """Seconds of CPU that the workers that run now have used."""
    ticks = 0
    for pid in _children():
        with contextlib.suppress(OSError):
            ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


async def _once(store: SqlStore, settings: Settings) -> Tally:
    async with Collector(store, settings) as collector:
        return await collector.once()


def _settings(folder: str, timeout_s: float) -> Settings:
    return load(
        {"NEWSLOOM_CONFIG": os.devnull},
        **{
            "store.url": f"{folder}/news.db",
            "fetch.allow": "127.0.0.0/8",
            "fetch.delay_s": 0.0,
            "fetch.timeout_s": timeout_s,
        },
    )


def _add(store: SqlStore, feeds: int, port: int) -> None:
    now = datetime.now(UTC)
    for n in range(feeds):
        base = f"http://{address(n)}:{port}/"
        store.put_source(Source(id=f"o{n}", name=f"Outlet {n}", homepage=base, feeds=(base + "feed.xml",)), (), now)


def _guids(store: SqlStore) -> set[str]:
    with store.reader.connect() as connection:
        return set(connection.execute(sa.text("SELECT guid FROM articles WHERE guid != ''")).scalars())


@contextlib.contextmanager
def _web(feeds: int) -> Iterator[int]:
    command = [sys.executable, "-m", "tests.many", str(feeds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def _peak() -> Iterator[list[float]]:
    """The most memory in MB meanwhile: resident of this process, of a worker; of all, with what they share once."""
    most, ended = [0.0, 0.0, 0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.25):
            most[0] = max(most[0], _rss_mb())
            most[1] = max([most[1], *map(_rss_mb, _children())])
            most[2] = max(most[2], held_mb())

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield most
    finally:
        ended.set()
        thread.join()


def held_mb() -> float:
    """MB that this process and its workers hold, what they share counted once."""
    return sum(map(_pss_mb, ("self", *_children())))


def _children(pid: str = "self") -> list[str]:
    """The worker processes and the one they are forked from: all that descends from this one and runs our engine."""
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in children.read_text().split():
                if b"newsloom.engine" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found += [child, *_children(child)]
        except OSError:
            continue
    return found


def _rss_mb(pid: str = "self") -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024
    except (OSError, StopIteration):
        return 0.0


def _pss_mb(pid: str) -> float:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
    except (OSError, StopIteration):
        return 0.0


def _told(port: int, what: str) -> Any:
    with urlopen(f"http://{HUB}:{port}/{what}", timeout=60) as answer:
        return json.loads(answer.read())


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000), indent=1))
