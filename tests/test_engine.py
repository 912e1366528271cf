"""Engines: the same results in the same order, whatever happens to a worker."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from newsloom.annotate.language import detect
from newsloom.engine import LocalPool, Lost, Serial, make_engine
from newsloom.engine.processes import Forked, Processes, Single


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


@pytest.mark.parametrize("processes", [Forked, Single])
def test_a_lost_job_costs_nobody_else(processes: type[Processes]) -> None:
    asked = ["a", "die", "b", "hang", "raise", "greedy", "c"]
    with LocalPool(2, 3.0, processes=processes(())) as pool:
        got = list(pool.map(misbehave, asked))
    told = [r.reason if isinstance(r, Lost) else r for r in got]
    assert told == ["a", "crashed", "b", "timeout", "error", "memory", "c"]


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


@pytest.mark.skipif(sys.platform != "linux", reason="the bound is Linux's")
@pytest.mark.parametrize("processes", [Forked, Single])
def test_a_job_may_take_so_much_and_no_more(processes: type[Forked] | type[Single]) -> None:
    with LocalPool(1, 20.0, processes=processes(("tests.test_engine",), 30 << 20)) as pool:
        told = list(pool.map(taken_mb, [20, 40, 20, 60, 20]))
    assert [each.reason if isinstance(each, Lost) else each for each in told] == [20, "memory", 20, "memory", 20]


def taken_mb(megabytes: int) -> int:
    return len(bytearray(b"x") * (megabytes << 20)) >> 20


@pytest.mark.skipif(sys.platform != "linux", reason="the bound is Linux's")
def test_a_worker_that_keeps_much_is_replaced_after_its_answer() -> None:
    with LocalPool(1, 20.0, ("tests.test_engine",), job_bytes=30 << 20) as pool:
        told = list(pool.map(keep_mb, [1, 1, 20, 1, 1]))
    assert told[0] == told[1] == told[2] != told[3] == told[4]


def keep_mb(megabytes: int) -> int:
    KEPT.append(bytearray(b"x") * (megabytes << 20))
    return os.getpid()


def test_how_a_worker_ended_is_told() -> None:
    with LocalPool(1, 10.0) as pool:
        told = [pool.submit(end_by, number).result() for number in (signal.SIGSEGV, signal.SIGKILL)]
    assert told == [Lost("crashed", "the worker ended with -11"), Lost("crashed", "the worker ended with -9")]


def end_by(number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(60)


def test_the_workers_parent_may_die_too() -> None:
    with LocalPool(2, 10.0) as pool:
        parent = pool.submit(_parent, None).result()
        assert isinstance(parent, int)
        os.kill(parent, signal.SIGKILL)
        told = list(pool.map(misbehave, ["a", "die", "b", "die", "c"]))
        after = pool.submit(_parent, None).result()
    assert [r for r in told if isinstance(r, str)] == ["a", "b", "c"]
    assert after != parent


def _parent(_: None) -> int:
    return os.getppid()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux alone")
def test_a_copy_of_the_pool_in_a_forked_process_ends_no_worker() -> None:
    with LocalPool(1, 10.0) as pool:
        worker = pool.submit(keep_mb, 0).result()
        copy = os.fork()
        if copy == 0:  # what ends there must not end ours
            pool.close()
            os._exit(0)
        os.waitpid(copy, 0)
        assert pool.submit(keep_mb, 0).result() == worker


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux alone")
def test_a_worker_that_is_no_more_is_ended_in_vain_and_the_others_live() -> None:
    processes = Forked(())
    with LocalPool(1, 10.0, processes=processes) as pool:
        worker = pool.submit(keep_mb, 0).result()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            end = processes.start(theirs.fileno())
            parent = processes._parent
            assert end() == -signal.SIGKILL
            assert end() is None
        assert processes._parent is parent
        assert pool.submit(keep_mb, 0).result() == worker


def test_workers_share_what_is_loaded_before_the_first_job() -> None:
    with LocalPool(2, 30.0, warm=("newsloom.annotate:warm_up:",)) as pool:
        assert list(pool.map(detect, SAID.values())) == list(SAID) == list(map(detect, SAID.values()))
        own = list(pool.map(_own_mb, [0.2, 0.2]))
    assert all(isinstance(each, float) for each in own), own
    assert max(map(float, own)) < 25  # type: ignore[arg-type]  # the model of languages alone is 75


def _own_mb(wait_s: float) -> float:
    """MB that nobody shares with this process."""
    time.sleep(wait_s)  # so that no worker does both jobs
    rollup = Path("/proc/self/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private_Dirty")) / 1024


SAID = {
    "en": "The ferry left the harbour at noon with nobody on board but the cook, and came back in the evening.",
    "sv": "Färjan lämnade hamnen vid middagstid utan någon ombord utom kocken, och kom tillbaka på kvällen.",
    "de": "Die Fähre verließ den Hafen am Mittag mit niemandem an Bord außer dem Koch und kam abends zurück.",
    "es": "El transbordador salió del puerto a mediodía sin nadie a bordo salvo el cocinero y volvió por la noche.",
    "fi": "Lautta lähti satamasta keskipäivällä ilman ketään muuta kuin kokin ja palasi takaisin illalla.",
    "tr": "Vapur öğle vakti aşçıdan başka kimse olmadan limandan ayrıldı ve akşam geri döndü.",
    "pl": "Prom opuścił port w południe z nikim na pokładzie oprócz kucharza i wrócił dopiero wieczorem.",
}


@pytest.mark.parametrize(("workers", "kind"), [(0, Serial), (1, Serial), (2, LocalPool)])
def test_make_engine(workers: int, kind: type) -> None:
    engine = make_engine(workers, 5)
    assert isinstance(engine, kind)


def test_workers_call_what_warms_them() -> None:
    with LocalPool(1, 10, warm=("newsloom.extract:warm_up",)) as pool:
        assert pool.submit(_loaded, "trafilatura").result() is True


def _loaded(module: str) -> bool:
    return module in sys.modules
