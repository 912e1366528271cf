"""Worker processes on this machine, each with a thread that waits for it."""

from __future__ import annotations

import itertools
import pickle
import socket
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar, cast

from newsloom.engine.job import Lost
from newsloom.engine.line import Line
from newsloom.engine.processes import START_S, End, Processes, worker_processes

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 4  # jobs waiting per worker, so that none idles and little is held


class LocalPool:
    """Worker processes on this machine; use as a context manager.

    `warm`: modules that are imported before the first job; of "module:function" the function is also called, of
    "module:function:argument" with that string. `job_bytes`: what a job may take beyond what its worker holds when
    it begins (on Linux); what wants more is lost, or says so itself.
    """

    def __init__(
        self,
        workers: int,
        deadline_s: float,
        warm: Iterable[str] = (),
        *,
        job_bytes: int = 0,
        processes: Processes | None = None,
    ) -> None:
        self._deadline_s = deadline_s
        self._count = max(1, workers)
        self._processes = worker_processes(tuple(warm), job_bytes) if processes is None else processes
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
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._kill()
        self._threads.shutdown(wait=True)
        self._kill()  # whoever was just being started
        self._processes.close()

    def _kill(self) -> None:
        for worker in list(self._living):
            worker.kill()

    def _call(self, function: Callable[[T], R], item: T) -> R | Lost:
        if self._closed:
            return Lost("crashed", "stopped")
        return self._worker().call(function, item, self._deadline_s)

    def _worker(self) -> _Worker:
        """The calling thread's worker, started where there is none or no more."""
        worker: _Worker | None = getattr(self._mine, "worker", None)
        if worker is None or not worker.alive:
            worker = self._mine.worker = _Worker(self._processes)
            self._living.add(worker)
        return worker


class _Worker:
    """One child process and the line to it, used by one thread."""

    def __init__(self, processes: Processes) -> None:
        ours, theirs = socket.socketpair()
        self._line = Line(ours)
        self._end: End | None = None
        self._ending = threading.Lock()
        with theirs, suppress(OSError):
            self._end = processes.start(theirs.fileno())
        self.alive = self._end is not None and self._ready()

    def call(self, function: Callable[[T], R], item: T, deadline_s: float) -> R | Lost:
        if not self.alive:
            return Lost("crashed", "the worker did not start")
        try:
            self._line.send((function, item, deadline_s))
            if self._line.waits(deadline_s):
                result, goes_on = self._line.receive()
                if not goes_on:
                    self.kill()
                return cast("R | Lost", result)
            self.kill()
            return Lost("timeout", f"no result within {deadline_s:g} s")
        except (
            EOFError,
            OSError,
            pickle.PickleError,
            AttributeError,
            TypeError,
        ):  # the last two: what can't be pickled
            return Lost("crashed", f"the worker ended with {self.kill()}")

    def kill(self) -> int | None:
        """End the process, and say how it ended; None where that is not known."""
        self.alive = False
        with self._ending:
            end, self._end = self._end, None
        return end() if end else None

    def _ready(self) -> bool:
        try:
            return self._line.waits(START_S) and self._line.receive() == "ready"
        except (EOFError, OSError):
            return False

    def __del__(self) -> None:
        if self.alive:
            self.kill()
