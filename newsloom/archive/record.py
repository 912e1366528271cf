"""What comes out of an archive: something found, something passed over, something bad; each with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """A place between two records.

    `items` came before it. `offset` is a shortcut to it whose meaning is the format's own; `mark` proves the
    shortcut. `gone`: bytes of the file that were read, for a progress bar.
    """

    items: int = 0
    offset: int = 0
    mark: str = ""
    gone: int = 0


START = At()


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A response as it was saved, its codings not undone; `headers` in lower case, `when` None where unknown."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    when: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An article line or a saved page; `name` tells it from the others of the file ("line 12")."""

    at: At
    name: str
    content: Line | Saved


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A record that is no news by its kind (a request, a picture): counted under `reason`."""

    at: At
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A record that can't be read. `where`: what else names it ({"line": 12})."""

    at: At
    where: Mapping[str, Any]
    error: str


Item = Found | Passed | Bad


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Most bytes of one saved page as it stands in the file."""

    page_bytes: int = 10_000_000


class ReadError(Exception):
    """The rest of the file can't be read; the message is one line."""
