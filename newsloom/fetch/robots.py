"""robots.txt as RFC 9309 says: what a host permits us, remembered for a day."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from protego import Protego

MAX_BYTES = 500 * 1024
MAX_REDIRECTS = 5
MAX_DELAY_S = 30.0
KEPT = timedelta(hours=24)
# A host whose robots.txt can't be had is closed to us; ask again soon, it may be a passing trouble.
KEPT_FAILURE = timedelta(minutes=10)

_MAX_LINE = 2_048
_AGENT_LINE = re.compile(r"\s*user[- ]?agent\s*[:\s]\s*([^#]*)", re.IGNORECASE)
_COMPILED = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRecord:
    """What a host (`host:port`) said of robots. `status` 0: no answer, `reason` says why; `body` is its text."""

    host: str
    status: int
    body: str = ""
    fetched: datetime
    reason: str = ""

    @property
    def unreachable(self) -> bool:
        """Whether the host could not tell us, which closes it (RFC 9309, 2.3.1.4); 429 is no answer either."""
        return self.status == 0 or self.status == 429 or self.status >= 500

    def fresh(self, now: datetime) -> bool:
        """Whether the record still speaks at `now`."""
        return timedelta(0) <= now - self.fetched < (KEPT_FAILURE if self.unreachable else KEPT)


class RobotsMemory(Protocol):
    """Where what hosts said stays between requests and, if it likes, between runs."""

    def wait_until(self, host: str) -> datetime | None:
        """Until when a host asked us to leave it alone; None where it did not."""
        ...

    def put_wait(self, host: str, until: datetime) -> None:
        """Leave a host alone until then."""
        ...

    def reservation(self, host_key: str) -> RobotsRecord | None:
        """What the host's tdmrep.json said, however old; None where it was never asked."""
        ...

    def put_reservation(self, record: RobotsRecord) -> None:
        """Keeps the record of tdmrep.json in place of the host's earlier one."""
        ...

    def get(self, host_key: str) -> RobotsRecord | None:
        """The host's record, however old; None where there is none."""
        ...

    def put(self, record: RobotsRecord) -> None:
        """Keeps the record in place of the host's earlier one."""
        ...


class _Records:
    """Records by host, bounded in number and in characters; the least recently used go first."""

    def __init__(self, max_hosts: int, max_chars: int) -> None:
        self._records: OrderedDict[str, RobotsRecord] = OrderedDict()
        self._max_hosts, self._max_chars, self._chars = max_hosts, max_chars, 0

    def get(self, host_key: str) -> RobotsRecord | None:
        record = self._records.get(host_key)
        if record is not None:
            self._records.move_to_end(host_key)
        return record

    def put(self, record: RobotsRecord) -> None:
        old = self._records.pop(record.host, None)
        self._chars += len(record.body) - (len(old.body) if old else 0)
        self._records[record.host] = record
        while len(self._records) > 1 and (len(self._records) > self._max_hosts or self._chars > self._max_chars):
            self._chars -= len(self._records.popitem(last=False)[1].body)


class RobotsInMemory:
    """A RobotsMemory for one process, bounded."""

    def __init__(self, max_hosts: int = 20_000, max_chars: int = 32_000_000) -> None:
        self._robots, self._reservations = _Records(max_hosts, max_chars), _Records(max_hosts, max_chars // 4)
        self._waits: OrderedDict[str, datetime] = OrderedDict()
        self._max_hosts = max_hosts

    def get(self, host_key: str) -> RobotsRecord | None:
        return self._robots.get(host_key)

    def put(self, record: RobotsRecord) -> None:
        self._robots.put(record)

    def reservation(self, host_key: str) -> RobotsRecord | None:
        return self._reservations.get(host_key)

    def put_reservation(self, record: RobotsRecord) -> None:
        self._reservations.put(record)

    def wait_until(self, host: str) -> datetime | None:
        return self._waits.get(host)

    def put_wait(self, host: str, until: datetime) -> None:
        self._waits[host] = until
        while len(self._waits) > self._max_hosts:
            self._waits.popitem(last=False)


class Rules:
    """A record made ready for questions. `agent` is our product token ("Newsloom")."""

    def __init__(self, record: RobotsRecord, agent: str) -> None:
        self.record = record
        self._agent = agent.lower()
        self._protego = Protego.parse(_trimmed(record.body, self._agent)) if 200 <= record.status < 300 else None

    def allows(self, url: str) -> bool:
        """Whether we may ask for this absolute URL."""
        if self.record.unreachable:
            return False
        return self._protego is None or bool(self._protego.can_fetch(url, self._agent))

    @property
    def delay_s(self) -> float:
        """The crawl-delay asked of us, at most 30 seconds; 0 where there is none."""
        delay = self._protego.crawl_delay(self._agent) if self._protego else None
        return min(max(0.0, float(delay or 0.0)), MAX_DELAY_S)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The sitemaps that the file names, at most 50."""
        return tuple(self._protego.sitemaps)[:50] if self._protego else ()


class RulesCache:
    """The rules of the hosts asked last, so that a run over one host reads its robots.txt once."""

    def __init__(self, agent: str) -> None:
        self._agent = agent
        self._rules: OrderedDict[str, Rules] = OrderedDict()

    def rules(self, record: RobotsRecord) -> Rules:
        """The rules of a record, made anew where the record changed."""
        rules = self._rules.pop(record.host, None)
        if rules is None or rules.record != record:
            rules = Rules(record, self._agent)
        self._rules[record.host] = rules
        while len(self._rules) > _COMPILED:
            self._rules.popitem(last=False)
        return rules


def _trimmed(body: str, agent: str) -> str:
    """The text with bounded lines and with the agents that are not us under one name.

    Protego keeps every rule once per agent of its group: ten thousand agents above ten thousand rules would fill
    the memory.
    """
    lines = []
    for line in body[:MAX_BYTES].splitlines():
        if len(line) > _MAX_LINE:
            continue
        named = _AGENT_LINE.match(line)
        lines.append(f"User-agent: {_spoken_to(named[1], agent)}" if named else line)
    return "\n".join(lines)


def _spoken_to(value: str, agent: str) -> str:
    name = value.strip().lower().partition("/")[0].strip()
    return name if name in ("*", agent) else "someone-else"
