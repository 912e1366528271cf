"""Blocking work off the event loop: one thread for what is written, so that transactions queue up in one place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Desk:
    """Calls functions one after the other in a thread of its own."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"newsloom-{name}")

    async def __call__(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The function's result. A caller that is cancelled leaves the work to end by itself."""
        return await asyncio.wrap_future(self._thread.submit(function, *args, **kwargs))

    def later(self, function: Callable[[], None]) -> None:
        """Call it when its turn comes; nobody waits for it."""
        self._thread.submit(function)

    def close(self) -> None:
        """Wait for what runs; what waits is dropped."""
        self._thread.shutdown(wait=True, cancel_futures=True)
