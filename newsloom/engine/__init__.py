"""How a batch is run: here and now, or by worker processes that a bad input can kill without harm.

Both give the same results in the order of the input. A worker gets one job at a time and a deadline; one that
passes it or dies is replaced, and its job comes back as `Lost`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from newsloom.engine.job import Lost, run
from newsloom.engine.memory import give_back
from newsloom.engine.pool import LocalPool

__all__ = ["Engine", "LocalPool", "Lost", "Serial", "give_back", "make_engine"]

T = TypeVar("T")
R = TypeVar("R")


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
            yield run(function, item)


def make_engine(workers: int, deadline_s: float, warm: Iterable[str] = ()) -> Serial | LocalPool:
    """Serial for one worker, else a pool."""
    return LocalPool(workers, deadline_s, warm) if workers > 1 else Serial()
