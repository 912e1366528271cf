"""How much memory a process may take, and what it gives back."""

from __future__ import annotations

import ctypes
import resource
from pathlib import Path

MEMORY_BYTES = 4 << 30  # of address space: a page that wants more is a bomb
GROWN_BYTES = 16 << 20  # a worker that keeps so much more than it began with is replaced
ARENA_MAX, MMAP_THRESHOLD, TRIM_THRESHOLD = -8, -3, -1  # of glibc's mallopt
_PAGE = resource.getpagesize()


class Allowance:
    """What one job may take beyond what its worker holds already; `job_bytes` 0 for any amount.

    Whatever asks for more is told that there is no memory, which costs the job, at worst the worker.
    """

    def __init__(self, job_bytes: int) -> None:
        self._job_bytes = job_bytes
        self._first = _private_bytes()

    def renew(self) -> None:
        """The next job begins."""
        if self._job_bytes and self._first:
            _, hard = resource.getrlimit(resource.RLIMIT_DATA)
            resource.setrlimit(resource.RLIMIT_DATA, (_private_bytes() + self._job_bytes, hard))

    def is_used_up(self) -> bool:
        """Whether the worker holds so much that a new one should take its place."""
        return bool(self._job_bytes) and _private_bytes() > self._first + GROWN_BYTES


def _private_bytes() -> int:
    """What this process may write to and no other shares, as limits count it; 0 where it does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[5]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0


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


def limit() -> None:
    """Bound this process and its children to `MEMORY_BYTES`; nothing where the system refuses."""
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    except (ValueError, OSError):
        return
