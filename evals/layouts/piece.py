"""The fictional news that layouts carry."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

KINDS = {"## ": "heading", "- ": "item", "> ": "quote"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of news; `lines`: kind (text, heading, item, quote) and words in order."""

    id: str
    language: str
    site: str
    host: str
    headline: str
    lead: str
    authors: tuple[str, ...]
    published: str
    section: str
    caption: str
    credit: str
    lines: tuple[tuple[str, str], ...]

    @property
    def url(self) -> str:
        return f"https://{self.host}/news/{self.id}"

    @property
    def image(self) -> str:
        return f"https://{self.host}/pictures/{self.id}-40718233.jpg"

    @property
    def direction(self) -> str:
        return "rtl" if self.language == "ar" else "ltr"


def pieces() -> list[Piece]:
    """All of `pieces.toml`."""
    rows = tomllib.loads((Path(__file__).parent / "pieces.toml").read_text("utf-8"))["piece"]
    return [_piece(**row) for row in rows]


def _piece(*, authors: list[str], text: str, **said: str) -> Piece:
    return Piece(**said, authors=tuple(authors), lines=_lines(text))


def _lines(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for line in text.strip().splitlines():
        kind = KINDS.get(line[:3], KINDS.get(line[:2], "text"))
        found.append((kind, line if kind == "text" else line.lstrip("#-> ")))
    return tuple(found)
