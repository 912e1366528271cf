"""How a batch is run: here and now, or by worker processes that a bad input can kill without harm.

Both give the same results in the order of the input. A worker gets one job at a time and a deadline; one that
passes it or dies is replaced, and its job comes back as `Lost`.
"""

from __future__ import annotations

import ctypes
import importlib
import itertools
import os
import pickle
import signal
import subprocess
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")

START_S = 60.0  # a worker's imports on a busy machine
MEMORY_BYTES = 4 << 30  # of address space: a page that wants more is a bomb
ARENA_MAX, MMAP_THRESHOLD, TRIM_THRESHOLD = -8, -3, -1  # of glibc's mallopt
AHEAD = 4  # jobs waiting per worker, so that none idles and little is held


@dataclass(frozen=True, slots=True)
class Lost:
    """A job that gave no result. `reason`: "timeout", "crashed" (the worker died) or "error" (it raised)."""

    reason: str
    detail: str


class Engine(Protocol):
    """Whatever runs a function over inputs and keeps their order."""

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R | Lost]:
        """One result an input, in the order of the input."""
        ...


class Serial:
    """Runs everything in this process. Nothing protects it from a bad input but the stage itself."""

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R | Lost]:
        """One result an input, in the order of the input."""
        for item in items:
            yield _run(function, item)


class LocalPool:
    """Worker processes on this machine; use as a context manager.

    `warm`: modules that workers import at their start; of "module:function" they also call the function.
    """

    def __init__(self, workers: int, deadline_s: float, warm: Iterable[str] = ()) -> None:
        self._deadline_s = deadline_s
        self._warm = tuple(warm)
        self._count = max(1, workers)
        self._threads = ThreadPoolExecutor(self._count, thread_name_prefix="newsloom-worker")
        self._mine = threading.local()
        self._living: weakref.WeakSet[_Worker] = weakref.WeakSet()
        self._closed = False
        for _ in range(self._count):  # workers start at once, not with the first job
            self._threads.submit(self._worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def submit(self, function: Callable[[T], R], item: T) -> Future[R | Lost]:
        """The job's future; it never fails, a lost job has the result `Lost`."""
        return self._threads.submit(self._call, function, item)

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R | Lost]:
        """One result an input, in the order of the input, a few jobs ahead of the reader."""
        source = iter(items)
        waiting = deque(self.submit(function, item) for item in itertools.islice(source, self._count * AHEAD))
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(self.submit(function, item) for item in itertools.islice(source, 1))

    def close(self) -> None:
        """End the workers; jobs that still run are lost."""
        self._closed = True
        for worker in list(self._living):
            worker.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _call(self, function: Callable[[T], R], item: T) -> R | Lost:
        if self._closed:
            return Lost("crashed", "stopped")
        return self._worker().call(function, item, self._deadline_s)

    def _worker(self) -> _Worker:
        """The calling thread's worker, started where there is none or no more."""
        worker: _Worker | None = getattr(self._mine, "worker", None)
        if worker is None or not worker.alive:
            worker = self._mine.worker = _Worker(self._warm)
            self._living.add(worker)
        return worker


def make_engine(workers: int, deadline_s: float, warm: Iterable[str] = ()) -> Serial | LocalPool:
    """Serial for one worker, else a pool."""
    return LocalPool(workers, deadline_s, warm) if workers > 1 else Serial()


class _Worker:
    """One child process and the pipe to it, used by one thread."""

    def __init__(self, warm: tuple[str, ...]) -> None:
        self._pipe, theirs = Pipe()
        code = f"from newsloom.engine import _serve; _serve({theirs.fileno()}, {warm!r})"
        # A process of our own making, not multiprocessing's: it never imports the caller's main module.
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", code],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
        )
        theirs.close()
        self.alive = self._ready()

    def call(self, function: Callable[[T], R], item: T, deadline_s: float) -> R | Lost:
        if not self.alive:
            return Lost("crashed", "the worker did not start")
        try:
            self._pipe.send((function, item, deadline_s))
            if self._pipe.poll(deadline_s):
                return cast("R | Lost", self._pipe.recv())
            lost = Lost("timeout", f"no result within {deadline_s:g} s")
        except (EOFError, OSError, pickle.PickleError):
            lost = Lost("crashed", f"the worker ended with {self._process.poll()}")
        self.kill()
        return lost

    def kill(self) -> None:
        self.alive = False
        self._process.kill()
        self._process.wait()

    def _ready(self) -> bool:
        try:
            return self._pipe.poll(START_S) and self._pipe.recv() == "ready"
        except (EOFError, OSError):
            return False

    def __del__(self) -> None:
        if self.alive:
            self.kill()


def _serve(descriptor: int, warm: tuple[str, ...]) -> None:
    """A worker's life: jobs from the pipe until its other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    give_back()
    for name in warm:
        _warm(name)
    pipe: Connection[Any, Any] = Connection(descriptor)
    pipe.send("ready")
    while True:
        try:
            function, item, deadline_s = pipe.recv()
        except (EOFError, OSError):
            return
        # The kernel ends us even where the parent is gone and the job never returns.
        signal.setitimer(signal.ITIMER_REAL, deadline_s + 5)
        result = _run(function, item)
        signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            pipe.send(result)
        except OSError:
            return


def _warm(name: str) -> None:
    """Import "package.module"; of "package.module:function" also call the function."""
    module, _, function = name.partition(":")
    loaded = importlib.import_module(module)
    if function:
        getattr(loaded, function)()


def _run(function: Callable[[T], R], item: T) -> R | Lost:
    try:
        return function(item)
    except Exception as error:  # stages return Rejected; whatever else comes must not stop the batch
        return Lost("error", f"{type(error).__name__}: {error}"[:300])


def give_back() -> None:
    """Let this process return what it frees to the system at once; nothing where the C library can't be told so.

    By itself glibc raises its threshold with the first large body, and keeps what each thread has ever held.
    """
    try:
        tell = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):
        return
    for option, value in ((ARENA_MAX, 2), (MMAP_THRESHOLD, 256 << 10), (TRIM_THRESHOLD, 1 << 20)):
        tell(option, value)


def _limit_memory() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    except (ImportError, ValueError, OSError):
        return
