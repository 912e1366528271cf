"""Manners: one request open per host, a pause between two, few per address, and only so many hosts at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from newsloom.fetch.shared import SharedHosts

_KEPT_HOSTS = 4_096
# A host may be asked again with a longer pause than it was asked with.
_LONGEST_PAUSE_S = 30.0


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    ended: float = float("-inf")
    delay: float = 0.0


class Locks:
    """One lock per key, in first come, first served order; a key nobody uses takes no memory."""

    def __init__(self) -> None:
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """The key's lock while the block runs."""
        host = self._hosts.setdefault(key, _Host())
        host.users += 1
        try:
            async with host.lock:
                yield
        finally:
            host.users -= 1
            if not host.users:
                self._hosts.pop(key, None)


class _Slots:
    """So many at the same time for each key; a key nobody uses takes no memory."""

    def __init__(self, most: int) -> None:
        self._most = max(1, most)
        self._keys: dict[str, tuple[asyncio.Semaphore, list[None]]] = {}

    @asynccontextmanager
    async def slot(self, key: str) -> AsyncIterator[None]:
        """One of the key's places while the block runs."""
        free, users = self._keys.setdefault(key, (asyncio.Semaphore(self._most), []))
        users.append(None)
        try:
            async with free:
                yield
        finally:
            users.pop()
            if not users:
                self._keys.pop(key, None)


class Turns:
    """Whose turn it is at each host.

    `max_hosts`: most requests open at the same time over all of them, `per_address` to the hosts of one address;
    `shared`: which hosts other processes ask.
    """

    def __init__(self, max_hosts: int, per_address: int, shared: SharedHosts) -> None:
        self._shared = shared
        self._open = asyncio.Semaphore(max(1, max_hosts))
        self._addresses = _Slots(per_address)
        self._hosts: dict[str, _Host] = {}
        self._sweep_at = _KEPT_HOSTS

    @asynccontextmanager
    async def turn(self, key: str, delay_s: float, find: Callable[[], Awaitable[str]]) -> AsyncIterator[None]:
        """The host alone while the block runs, at least `delay_s` after the end of the request before.

        `find` tells the host's address, once its turn has come.
        """
        host = self._hosts.setdefault(key, _Host())
        host.users += 1
        try:
            async with host.lock:
                await self._pause(host, delay_s)
                async with self._shared.hold(key, delay_s):
                    address = await find()
                    async with self._addresses.slot(address), self._open:
                        try:
                            yield
                        finally:
                            host.ended = asyncio.get_running_loop().time()
                            host.delay = delay_s
        finally:
            host.users -= 1
            self._forget()

    def wanted(self, key: str) -> bool:
        """Whether someone else waits for this host now."""
        host = self._hosts.get(key)
        return host is not None and host.users > 1

    async def _pause(self, host: _Host, delay_s: float) -> None:
        wait = host.ended + delay_s - asyncio.get_running_loop().time()
        if wait > 0:
            await asyncio.sleep(wait)

    def _forget(self) -> None:
        """Drops hosts that nobody waits for and whose pause is over, once there are many."""
        if len(self._hosts) <= self._sweep_at:
            return
        now = asyncio.get_running_loop().time()
        self._hosts = {
            k: h for k, h in self._hosts.items() if h.users or now < h.ended + max(h.delay, _LONGEST_PAUSE_S)
        }
        self._sweep_at = max(_KEPT_HOSTS, 2 * len(self._hosts))


class Deadline:
    """Seconds of one exchange that are left; only what runs inside `running()` is counted."""

    def __init__(self, seconds: float) -> None:
        self.whole = self.left = seconds

    @property
    def untouched(self) -> bool:
        """Whether nearly all of the time is still there."""
        return self.left > 0.9 * self.whole

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Runs the block against the clock. Raises TimeoutError when it is over."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        try:
            async with asyncio.timeout(max(0.0, self.left)):
                yield
        finally:
            self.left -= loop.time() - start
