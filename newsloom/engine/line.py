"""What goes between the pool and a worker: one record at a time, in both directions."""

from __future__ import annotations

import pickle
import select
import socket
from typing import Any


class Line:
    """One end of a pair of sockets. Records are pickled straight into it, so that no large body is copied whole."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._in, self._out = end.makefile("rb"), end.makefile("wb")

    def send(self, record: object) -> None:
        """Send a record. Raises OSError where the other end is gone, what pickle raises where it can't be pickled."""
        pickle.dump(record, self._out, protocol=5)
        self._out.flush()

    def receive(self) -> Any:
        """The next record. Raises EOFError or OSError where the other end is gone."""
        return pickle.load(self._in)  # noqa: S301 - from our own process

    def waits(self, seconds: float) -> bool:
        """Whether something comes within so many seconds; the end of the other side counts."""
        waiting = select.poll()
        waiting.register(self._end, select.POLLIN)
        return bool(waiting.poll(1_000 * seconds))
