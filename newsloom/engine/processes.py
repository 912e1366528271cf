"""Where worker processes come from: forked from one warm parent, or started each by itself where forking is unsafe."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Protocol

from newsloom.engine.child import END, FORK, MESSAGE_BYTES, READY, UNKNOWN

START_S = 60.0  # imports on a busy machine
End = Callable[[], int | None]


class Processes(Protocol):
    """A source of workers."""

    def start(self, descriptor: int) -> End:
        """Start a worker on this end of a socket pair; what is returned kills it and gives its exit status, if known.

        Raises OSError where none can be started.
        """
        ...

    def close(self) -> None:
        """Nothing is started any more."""
        ...


class Single:
    """Each worker is a process of its own making: macOS's libraries do not survive a fork."""

    def __init__(self, warm: tuple[str, ...], job_bytes: int = 0) -> None:
        self._warm, self._job_bytes = warm, job_bytes

    def start(self, descriptor: int) -> End:
        """Start a worker on this end of a socket pair."""
        serve = f"child.serve({descriptor}, {self._job_bytes})"
        code = f"from newsloom.engine import child; child.prepare({self._warm!r}); {serve}"
        process = _python(code, descriptor)

        def end() -> int | None:
            process.kill()
            return process.wait()

        return end

    def close(self) -> None:
        """Nothing is kept."""


class Forked:
    """Workers forked from one parent that has loaded what they need; the parent is started anew if it dies.

    A copy of this in a process that was forked from ours does nothing: the workers are not its own.
    """

    def __init__(self, warm: tuple[str, ...], job_bytes: int = 0) -> None:
        self._warm, self._job_bytes = warm, job_bytes
        self._lock = threading.Lock()
        self._parent: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._closed = False
        self._owner = os.getpid()

    def start(self, descriptor: int) -> End:
        """Fork a worker on this end of a socket pair."""
        if os.getpid() != self._owner:
            raise OSError("these are another process's workers")
        with self._lock:
            line = self._ready()
            try:
                pid = int(_asked(line, FORK, descriptor))
            except OSError:
                self._drop()
                raise

        def end() -> int | None:
            if os.getpid() != self._owner:
                return None
            with self._lock:
                if self._line is not line:  # its parent is gone, and nobody can say whose the id is now
                    return None
                try:
                    said = _asked(line, END + b"%d" % pid)
                    return None if said == UNKNOWN else int(said)
                except OSError:
                    self._drop()
                    return None

        return end

    def close(self) -> None:
        """End the parent; workers that were not ended go with the next read of theirs."""
        if os.getpid() != self._owner:
            return
        with self._lock:
            self._closed = True
            self._drop()

    def _ready(self) -> socket.socket:
        if self._closed:
            raise OSError("closed")
        if self._line is None:
            self._line, theirs = socket.socketpair()
            self._line.settimeout(START_S)
            what = f"{theirs.fileno()}, {self._warm!r}, {self._job_bytes}"
            code = f"from newsloom.engine import child; child.fork_on_demand({what})"
            with theirs:
                self._parent = _python(code, theirs.fileno())
            try:
                if self._line.recv(MESSAGE_BYTES) != READY:
                    raise OSError("the workers' parent did not start")
            except OSError:
                self._drop()
                raise
        return self._line

    def _drop(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._parent is not None:
            self._parent.kill()
            self._parent.wait()
        self._line = self._parent = None


def _asked(line: socket.socket, message: bytes, *descriptors: int) -> bytes:
    """The answer of the workers' parent. Raises OSError where there is none."""
    socket.send_fds(line, [message], descriptors)
    answer = line.recv(MESSAGE_BYTES)
    if not answer:
        raise OSError("the workers' parent is gone")
    return answer


def _python(code: str, descriptor: int) -> subprocess.Popen[bytes]:
    """A process of our own making, not multiprocessing's: it never imports the caller's main module."""
    path = os.pathsep.join(path or os.getcwd() for path in sys.path)
    # Workers are one a core already, and a process with threads had better not fork.
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", code],
        pass_fds=[descriptor],
        stdin=subprocess.DEVNULL,
        env={**one_thread, **os.environ, "PYTHONPATH": path},
    )


def worker_processes(warm: tuple[str, ...], job_bytes: int) -> Processes:
    """What this system allows."""
    return Forked(warm, job_bytes) if sys.platform == "linux" else Single(warm, job_bytes)
