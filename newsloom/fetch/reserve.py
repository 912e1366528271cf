"""tdmrep.json (TDM Reservation Protocol): which of a host's addresses are reserved from text and data mining."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from newsloom.fetch.robots import RobotsRecord
from newsloom.types import Rights

PATH = "/.well-known/tdmrep.json"
MAX_BYTES = 500 * 1024
KEPT = timedelta(hours=20)
KEPT_FAILURE = timedelta(hours=2)

_MOST_RULES = 2_000
_LONGEST = 500


def is_fresh(record: RobotsRecord, now: datetime) -> bool:
    """Whether what the host said still counts at `now`."""
    is_answer = record.status and record.status < 500
    return timedelta(0) <= now - record.fetched < (KEPT if is_answer else KEPT_FAILURE)


def rights_at(record: RobotsRecord, url: str) -> Rights:
    """What the host's file says of an address; of several rules that match, the strictest counts."""
    matching = [(location, said) for location, said in _rules(record.body) if _matches(location, _path(url))]
    reserved = [f"tdmrep.json: {location} tdm-reservation: 1" for location, said in matching if said]
    return Rights(analyse=not reserved, evidence=tuple(reserved[:1]), checked=record.fetched)


def _rules(body: str) -> list[tuple[str, bool]]:
    try:
        said = json.loads(body) if body else []
    except (ValueError, RecursionError):
        return []
    rows = said if isinstance(said, list) else [said]
    return [
        (str(row.get("location", "/"))[:_LONGEST], row.get("tdm-reservation") in (1, "1", True))
        for row in rows[:_MOST_RULES]
        if isinstance(row, dict)
    ]


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _matches(location: str, path: str) -> bool:
    """robots.txt's way of matching: a prefix, `*` for anything, `$` for the end. Linear in the path."""
    whole = location.endswith("$")
    first, *rest = (location[:-1] if whole else location).split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for piece in rest:
        at = path.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return not whole or at == len(path) or (bool(rest) and path.endswith(rest[-1]))
