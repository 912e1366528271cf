"""Kill a collecting process at random moments, and see what was going on: `kill_once` is one such death.

The process is stopped (SIGSTOP) before it is looked at, so that what is seen is what the kill interrupts: a request
open at the web's side, a write transaction open in the store. Then SIGKILL.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

STEP_S = 0.002
SEEN_S = 30.0  # a start on a busy machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One death. `after_s`: seconds from the first request that was seen."""

    after_s: float
    request_open: bool
    transaction_open: bool

    @property
    def hurt(self) -> bool:
        """Whether it interrupted anything."""
        return self.request_open or self.transaction_open


def kill_once(
    command: Sequence[str],
    environ: Mapping[str, str],
    store: Path,
    requests_open: Callable[[], int],
    random: Random,
    longest_s: float,
) -> Kill | None:
    """Start the command, let it work for a random while, kill it; None where it ended before.

    In two of three deaths the moment is put off until something is open, at most for as long again.
    """
    process = subprocess.Popen(
        command, env=dict(environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        if not _wait(process, lambda: requests_open() > 0, SEEN_S):
            return None
        after = random.uniform(0, longest_s)
        started = time.monotonic()
        _wait(process, lambda: time.monotonic() - started >= after, longest_s)
        if random.random() < 2 / 3:
            _wait(process, lambda: requests_open() > 0 or _writing(store), longest_s)
        if process.poll() is not None:
            return None
        os.kill(process.pid, signal.SIGSTOP)
        return Kill(
            after_s=round(time.monotonic() - started, 3),
            request_open=requests_open() > 0,
            transaction_open=_writing(store),
        )
    finally:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], until: Callable[[], bool], longest_s: float) -> bool:
    """Wait for `until`; False where the time or the process is over first."""
    end = time.monotonic() + longest_s
    while process.poll() is None and time.monotonic() < end:
        if until():
            return True
        time.sleep(STEP_S)
    return False


def _writing(store: Path) -> bool:
    """Whether somebody has a write transaction open: we try to open one and give it back at once."""
    if not store.exists():
        return False
    connection = sqlite3.connect(store, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
        return False
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    finally:
        connection.close()
