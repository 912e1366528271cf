"""Engines: the same results in the same order, whatever happens to a worker."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from newsloom.engine import LocalPool, Lost, Serial, make_engine


def double(n: int) -> int:
    return 2 * n


def misbehave(what: str) -> str:
    if what == "die":
        os._exit(7)
    if what == "hang":
        time.sleep(60)
    if what == "raise":
        raise ValueError("no good")
    if what == "greedy":
        return str(len(bytearray(1 << 36)))
    return what


def freed_below_what_stays(megabytes: int) -> float:
    """Resident MB that are left of so many freed ones below a block that stays."""
    before = resident_mb()
    bytearray(4 << 20)  # as large as glibc then takes for usual, unless it is told
    blocks = [bytearray(b"x") * (1 << 20) for _ in range(megabytes)]
    KEPT.append(bytearray(b"x") * (1 << 20))
    blocks.clear()
    return resident_mb() - before


def resident_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


KEPT: list[bytearray] = []


def test_engines_agree_in_value_and_order() -> None:
    items = list(range(200))
    with LocalPool(3, 10) as pool:
        assert list(pool.map(double, items)) == list(Serial().map(double, items)) == [2 * n for n in items]


def test_a_lost_job_costs_nobody_else() -> None:
    asked = ["a", "die", "b", "hang", "raise", "greedy", "c"]
    with LocalPool(2, 3.0) as pool:
        got = list(pool.map(misbehave, asked))
    told = [r.reason if isinstance(r, Lost) else r for r in got]
    assert told == ["a", "crashed", "b", "timeout", "error", "error", "c"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_worker_gives_back_what_a_large_job_took() -> None:
    with LocalPool(1, 20.0) as pool:
        (left,) = pool.map(freed_below_what_stays, [100])
    assert isinstance(left, float), left
    assert left < 20


def test_serial_tells_errors_the_same_way() -> None:
    (lost,) = Serial().map(misbehave, ["raise"])
    assert lost == Lost("error", "ValueError: no good")


def test_close_ends_running_jobs_at_once() -> None:
    started = time.monotonic()
    pool = LocalPool(1, 60)
    running = pool.submit(misbehave, "hang")
    waiting = pool.submit(misbehave, "a")
    time.sleep(0.5)
    pool.close()
    assert time.monotonic() - started < 5
    assert isinstance(running.result(), Lost)
    assert waiting.cancelled()


@pytest.mark.parametrize(("workers", "kind"), [(0, Serial), (1, Serial), (2, LocalPool)])
def test_make_engine(workers: int, kind: type) -> None:
    engine = make_engine(workers, 5)
    assert isinstance(engine, kind)


def test_workers_call_what_warms_them() -> None:
    with LocalPool(1, 10, warm=("newsloom.extract:warm_up",)) as pool:
        assert pool.submit(_loaded, "trafilatura").result() is True


def _loaded(module: str) -> bool:
    return module in sys.modules
