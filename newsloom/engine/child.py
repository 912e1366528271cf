"""The other side of the pool: the process that all workers are forked from, and a worker's life.

The parent of the workers imports and loads what they need, once, and never sees a job. Workers share its memory
as long as nobody writes to it, and a worker that died has a successor within milliseconds.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import sys

from newsloom.engine import memory
from newsloom.engine.job import run
from newsloom.engine.line import Line
from newsloom.engine.memory import Allowance

GRACE_S = 5.0  # beyond a job's deadline, after which the kernel ends a worker that nobody asks any more
READY, FORK, END, UNKNOWN = b"ready", b"fork", b"end ", b"unknown"
MESSAGE_BYTES = 64


def prepare(warm: tuple[str, ...]) -> None:
    """Bounds of memory, then what is worth loading before the first job."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    memory.limit()
    memory.give_back()
    for name in warm:
        _warm(name)


def fork_on_demand(descriptor: int, warm: tuple[str, ...], job_bytes: int) -> None:
    """The life of the workers' parent: "fork" comes with one end of a socket pair, the answer is a process id.

    "end <pid>" kills a worker and is answered with its exit status, or "unknown" where there is no such worker. None
    is reaped before, so that an id is never another process's. Returns when the other end of the socket is gone.
    """
    prepare(warm)
    gc.collect()
    gc.freeze()  # a collection in a worker would write to every object, and nothing would be shared any more
    with socket.socket(fileno=descriptor) as asked:
        asked.send(READY)
        while True:
            message, descriptors, _, _ = socket.recv_fds(asked, MESSAGE_BYTES, 1)
            if not message:
                return
            if message == FORK:
                pid = os.fork()
                if pid == 0:
                    asked.close()
                    _live(descriptors[0], job_bytes)
                os.close(descriptors[0])
                asked.send(b"%d" % pid)
            else:
                asked.send(_end(int(message.removeprefix(END))))


def _end(pid: int) -> bytes:
    try:
        os.kill(pid, signal.SIGKILL)
        return b"%d" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except (ProcessLookupError, ChildProcessError):
        return UNKNOWN  # whoever asks for a worker that is no more must not end all others


def _live(descriptor: int, job_bytes: int) -> None:
    """A forked worker's whole life; nothing of its parent's may run after it."""
    try:
        serve(descriptor, job_bytes)
    finally:
        os._exit(0)


def serve(descriptor: int, job_bytes: int) -> None:
    """Jobs from the socket until its other end is gone; each is answered with its result and whether we go on.

    `job_bytes`: what a job may take beyond what stands when it begins; 0 for no bound.
    """
    # Parsers in C that run out of memory would print a traceback for each node.
    sys.excepthook, sys.unraisablehook = _quiet, _quiet
    line, allowance = Line(socket.socket(fileno=descriptor)), Allowance(job_bytes)
    line.send("ready")
    while True:
        try:
            allowance.renew()
            function, item, deadline_s = line.receive()
        except (EOFError, OSError):
            return
        # The kernel ends us even where the parent is gone and the job never returns.
        signal.setitimer(signal.ITIMER_REAL, deadline_s + GRACE_S)
        result = run(function, item)
        signal.setitimer(signal.ITIMER_REAL, 0)
        del item
        try:
            line.send((result, goes_on := not allowance.is_used_up()))
        except OSError:
            return
        if not goes_on:
            return
        del result


def _quiet(*_: object) -> None:
    """Say nothing: what went wrong is in the job's result."""


def _warm(name: str) -> None:
    """Import "package.module"; of "package.module:function" also call the function, of "...:argument" with that."""
    module, *call = name.split(":", 2)
    loaded = importlib.import_module(module)
    if call:
        getattr(loaded, call[0])(*call[1:])
