"""What a reader sees once: copies under their original, one report an owner."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from newsloom.store.reading.records import Line

T = TypeVar("T")


def carriers(copies: Sequence[Line], original: Line) -> tuple[Line, ...]:
    """The copies of one text, one an outlet (unnamed outlets each for themselves), without the original's own."""
    seen = {_outlet(original)}
    kept: list[Line] = []
    for copy in copies:
        if copy.copy_of == original.id and _outlet(copy) not in seen:
            seen.add(_outlet(copy))
            kept.append(copy)
    return tuple(kept)


def one_a_voice(items: Iterable[T], line: Callable[[T], Line], taken: Iterable[str] = ()) -> tuple[T, ...]:
    """The first item of each owner; owners in `taken` have spoken already."""
    seen = set(taken)
    kept: list[T] = []
    for item in items:
        voice = line(item).voice
        if voice not in seen:
            seen.add(voice)
            kept.append(item)
    return tuple(kept)


def by_voice(lines: Sequence[T], line: Callable[[T], Line]) -> tuple[tuple[T, tuple[T, ...]], ...]:
    """Each owner's first item with the later ones of the same owner, in the given order."""
    found: dict[str, list[T]] = {}
    for item in lines:
        found.setdefault(line(item).voice, []).append(item)
    return tuple((items[0], tuple(items[1:])) for items in found.values())


def _outlet(line: Line) -> str:
    return f"source:{line.source_id}" if line.outlet else f"article:{line.id}"
