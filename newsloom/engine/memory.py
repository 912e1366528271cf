"""How much memory a process may take, and what it gives back."""

from __future__ import annotations

import ctypes

MEMORY_BYTES = 4 << 30  # of address space: a page that wants more is a bomb
ARENA_MAX, MMAP_THRESHOLD, TRIM_THRESHOLD = -8, -3, -1  # of glibc's mallopt


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
    """Bound this process and its children to `MEMORY_BYTES`; nothing where the system has no such bound."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    except (ImportError, ValueError, OSError):
        return
