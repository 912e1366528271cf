"""One request open to a host over all processes that share a file: who asks holds the host's place in it.

The system frees what a process held when it ends, however it ends. Beside the locks the file says when the last
request to a host was over, so that the pause between two is kept by all.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import random
import struct
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Self

from newsloom.errors import CannotRun
from newsloom.fetch.refusal import Refusal

LONGEST_WAIT_S = 120.0  # for a host that another process holds; then it is asked another time
_LOOK_S = 0.03
_PLACES = 1 << 16  # times of hosts that share one lead to a pause more, no harm
_TIME = struct.Struct("d")
_FLOCK = struct.Struct("@hhqqi4x")  # Linux's struct flock on 64 bits


class SharedHosts:
    """The file, opened with `async with`; without one every process is alone. CannotRun where it can't be had."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._file = -1

    async def __aenter__(self) -> Self:
        if self._path is not None:
            try:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            except OSError as error:
                raise CannotRun(f"can't open {self._path}, which says who asks whom: {error.strerror}") from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    @asynccontextmanager
    async def hold(self, key: str, delay_s: float) -> AsyncIterator[None]:
        """The host alone while the block runs, at least `delay_s` after the request before, whoever made it.

        Raises Refusal `waiting` where another process does not let go of it.
        """
        if self._file < 0:
            yield
            return
        place = int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) >> 2
        await self._take(place)
        try:
            await asyncio.sleep(self._left(place, delay_s))
            yield
        finally:
            self._free(place)

    async def _take(self, place: int) -> None:
        until = time.monotonic() + LONGEST_WAIT_S
        while not _locked(self._file, place, fcntl.F_WRLCK):
            if time.monotonic() > until:
                raise Refusal("waiting", "another process asks this host", retry_after=LONGEST_WAIT_S)
            await asyncio.sleep(_LOOK_S * (1 + random.random()))

    def _free(self, place: int) -> None:
        if self._file >= 0:
            os.pwrite(self._file, _TIME.pack(time.time()), place % _PLACES * _TIME.size)
            _locked(self._file, place, fcntl.F_UNLCK)

    def _left(self, place: int, delay_s: float) -> float:
        """Seconds of the pause that are still to come; a clock that was set back does not make it longer."""
        said = os.pread(self._file, _TIME.size, place % _PLACES * _TIME.size)
        ended = _TIME.unpack(said)[0] if len(said) == _TIME.size else 0.0
        return min(max(ended + delay_s - time.time(), 0.0), delay_s)


def _locked(file: int, place: int, kind: int) -> bool:
    """Whether the place is ours now (or free again). A lock of Linux belongs to the opened file, elsewhere to the
    process."""
    try:
        if sys.platform == "linux":
            fcntl.fcntl(file, fcntl.F_OFD_SETLK, _FLOCK.pack(kind, os.SEEK_SET, place, 1, 0))
        else:
            flag = fcntl.LOCK_UN if kind == fcntl.F_UNLCK else fcntl.LOCK_EX | fcntl.LOCK_NB
            fcntl.lockf(file, flag, 1, place)
    except OSError as error:
        # A file system without locks must not stop collecting: there each process is alone again.
        return error.errno not in (errno.EAGAIN, errno.EACCES)
    return True
