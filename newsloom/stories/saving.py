"""All that the stories know, in arrays, and back: what was put away goes on as if nothing had been."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise, repeat
from typing import cast

import numpy as np

from newsloom.segments import AnyArray, Told, Words, words_of
from newsloom.stories.known import Known, origin
from newsloom.types import Copy, CopyKind

Arrays = dict[str, AnyArray]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_EXACT = 1 << 52  # microseconds up to which a double of seconds names them all


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What `Stories` holds. `free`: the numbers that no row of pairs has now."""

    known: dict[str, Known]
    members: dict[str, tuple[str, ...]]
    taken: set[str]
    copies: dict[str, dict[str, None]]
    free: list[int]
    split_from: dict[str, str]
    moved: dict[str, str]
    redirects: dict[str, str]
    sealed: datetime | None


def saved(state: State) -> tuple[Told, Arrays]:
    """A state for `restored`."""
    words = Words(state.known)
    known = list(state.known.values())
    copies = [(n, each.copy) for n, each in enumerate(known) if each.copy is not None]
    arrays: Arrays = {
        "known.shown_at": micros(each.shown_at for each in known),
        "known.first_seen": micros(each.first_seen for each in known),
        "known.flags": np.array(
            [each.origin.from_page + 2 * each.full + 4 * each.bare for each in known], dtype=np.uint8
        ),
        "copies.at": np.array([n for n, _ in copies], dtype=np.uint32),
        "copies.original": _numbers(words, (copy.original_id for _, copy in copies)),
        "copies.kind": _numbers(words, (copy.kind for _, copy in copies)),
        "copies.containment": np.array([copy.containment for _, copy in copies], dtype=np.float64),
        "taken": _numbers(words, state.taken),
        "rows": np.frombuffer(b"".join(each.row for each in known), dtype=np.uint64),
        "rows.ends": _ends(len(each.row) // 8 for each in known),
        "free": np.array(state.free, dtype=np.uint32),
    }
    arrays["known.story"] = _numbers(words, (each.story for each in known))
    for name in ("owner", "source", "language"):
        arrays[f"known.{name}"] = _numbers(words, (getattr(each.origin, name) for each in known))
    for name, lists in (("members", state.members), ("families", state.copies)):
        arrays[name] = _numbers(words, lists)
        arrays[f"{name}.each"] = _numbers(words, (word for each in lists.values() for word in each))
        arrays[f"{name}.ends"] = _ends(map(len, lists.values()))
    for name, pairs in (("split_from", state.split_from), ("moved", state.moved), ("redirects", state.redirects)):
        arrays[name] = _numbers(words, (word for pair in pairs.items() for word in pair))
    told: Told = {"known": len(known), "sealed": state.sealed.isoformat() if state.sealed else None}
    return told, arrays | words.arrays("words")


def restored(told: Told, kept: Mapping[str, AnyArray]) -> State:
    """The state that was saved. Raises KeyError, ValueError or IndexError where that is not one."""
    words = words_of(kept, "words")

    def said(name: str) -> list[str]:
        return [words[n] for n in kept[name].tolist()]

    def listed(name: str) -> Iterator[tuple[str, list[str]]]:
        each = said(f"{name}.each")
        return ((key, each[a:b]) for key, (a, b) in zip(said(name), _spans(kept[f"{name}.ends"]), strict=True))

    def paired(name: str) -> dict[str, str]:
        each = said(name)
        return dict(zip(each[::2], each[1::2], strict=True))

    ids = words[: told["known"]]
    known = dict(zip(ids, _known(kept, said), strict=True))
    copies = zip(kept["copies.at"].tolist(), said("copies.original"), said("copies.kind"), strict=True)
    for (at, original, kind), containment in zip(copies, kept["copies.containment"].tolist(), strict=True):
        copy = Copy(article_id=ids[at], original_id=original, kind=cast(CopyKind, kind), containment=containment)
        known[ids[at]].copy = copy
    return State(
        known=known,
        members={story: tuple(each) for story, each in listed("members")},
        taken=set(said("taken")),
        copies={original: dict.fromkeys(each) for original, each in listed("families")},
        free=kept["free"].tolist(),
        split_from=paired("split_from"),
        moved=paired("moved"),
        redirects=paired("redirects"),
        sealed=datetime.fromisoformat(told["sealed"]) if told["sealed"] else None,
    )


def _known(kept: Mapping[str, AnyArray], said: Callable[[str], list[str]]) -> Iterator[Known]:
    flags, rows = kept["known.flags"], kept["rows"].tobytes()
    from_page = (flags & 1).astype(bool).tolist()
    seen = moments(kept["known.first_seen"])
    same = np.array_equal(kept["known.first_seen"], kept["known.shown_at"])
    return map(
        Known,
        said("known.story"),
        map(origin, said("known.owner"), said("known.source"), said("known.language"), from_page),
        seen if same else moments(kept["known.shown_at"]),
        seen,
        [None] * len(flags),
        [rows[8 * a : 8 * b] for a, b in _spans(kept["rows.ends"])],
        (flags & 2).astype(bool).tolist(),
        (flags & 4).astype(bool).tolist(),
    )


def micros(times: Iterable[datetime]) -> AnyArray:
    """Moments as whole microseconds since 1970."""
    return np.array([(time - _EPOCH) // _MICRO for time in times], dtype=np.int64)


def moments(counted: AnyArray) -> list[datetime]:
    """The moments of `micros`."""
    if np.all(np.abs(counted) < _EXACT):
        return list(map(datetime.fromtimestamp, (counted / 1e6).tolist(), repeat(UTC)))
    return [_EPOCH + n * _MICRO for n in counted.tolist()]


def _numbers(words: Words, said: Iterable[str]) -> AnyArray:
    return words.numbers(list(said))


def _ends(lengths: Iterable[int]) -> AnyArray:
    return np.array(list(accumulate(lengths)), dtype=np.int64)


def _spans(ends: AnyArray) -> Sequence[tuple[int, int]]:
    return list(pairwise([0, *ends.tolist()]))
