"""One job: its result, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Lost:
    """A job that gave no result. `reason`: "timeout", "crashed" (the worker died), "memory" (it wanted more than it may
    have) or "error" (it raised)."""

    reason: str
    detail: str


def run(function: Callable[[T], R], item: T) -> R | Lost:
    """The function's result; whatever it raises is `Lost`, for stages return Rejected and nothing may stop a batch."""
    try:
        return function(item)
    except MemoryError:
        return Lost("memory", "it would take more memory than one job may")
    except Exception as error:
        return Lost("error", f"{type(error).__name__}: {error}"[:300])
