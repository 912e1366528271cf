"""What changed between two versions of a text, word by word, in time and size that no text can exceed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

Sign = Literal["=", "-", "+"]
Change = tuple[Sign, str]
"""Words that stayed, went or came, in the order of the text; of long stretches that stayed only the ends."""

MOST_WORDS = 6_000  # of two stretches that are compared word by word
MOST_EDITS = 250  # between two paragraphs or two texts; beyond it one replaces the other
MOST_CHARS = 12_000  # of all words that went or came
CONTEXT = 8  # words told on each side of a change

_Ops = list[tuple[Sign, str]]


def changes(old: str, new: str) -> tuple[Change, ...]:
    """The changes from `old` to `new`, with a few words around each; () where the words are the same."""
    if old.split() == new.split():
        return ()
    paragraphs = [[" ".join(each.split()) for each in text.split("\n")] for text in (old, new)]
    return tuple(_bounded(_shortened(_runs(_by_word(_compared(*paragraphs))))))


def counted(told: Sequence[Change]) -> tuple[int, int]:
    """How many words came and how many went."""
    return (
        sum(len(words.split()) for sign, words in told if sign == "+"),
        sum(len(words.split()) for sign, words in told if sign == "-"),
    )


def _by_word(ops: _Ops) -> _Ops:
    """Paragraphs that stand in each other's place compared word by word."""
    told: _Ops = []
    for stayed, group in groupby(ops, lambda op: op[0] == "="):
        some = list(group)
        old = [word for sign, text in some if sign in "=-" for word in text.split()]
        new = [word for sign, text in some if sign in "=+" for word in text.split()]
        if stayed or len(old) + len(new) > MOST_WORDS:
            told += some
        else:
            told += _compared(old, new)
    return told


def _compared(old: Sequence[str], new: Sequence[str]) -> _Ops:
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    middle = _edits(old[head : len(old) - tail], new[head : len(new) - tail])
    return [("=", w) for w in old[:head]] + middle + [("=", w) for w in old[len(old) - tail :]]


def _edits(old: Sequence[str], new: Sequence[str]) -> _Ops:
    """The shortest way from one to the other (Myers, greedy), unless that is longer than MOST_EDITS."""
    reach = {1: 0}
    trail: list[dict[int, int]] = []
    for edits in range(min(MOST_EDITS, len(old) + len(new)) + 1):
        trail.append(dict(reach))
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
            x = reach[k + 1] if down else reach[k - 1] + 1
            while x < len(old) and x - k < len(new) and old[x] == new[x - k]:
                x += 1
            reach[k] = x
            if x >= len(old) and x - k >= len(new):
                return _walked(old, new, trail)
    return [("-", word) for word in old] + [("+", word) for word in new]


def _walked(old: Sequence[str], new: Sequence[str], trail: Sequence[dict[int, int]]) -> _Ops:
    """The way back through the trail, turned round."""
    x, y = len(old), len(new)
    ops: _Ops = []
    for edits in range(len(trail) - 1, -1, -1):
        reach, k = trail[edits], x - y
        down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
        before_k = k + 1 if down else k - 1
        before_x = reach[before_k]
        before_y = before_x - before_k
        while x > max(before_x, 0) and y > max(before_y, 0):
            x, y = x - 1, y - 1
            ops.append(("=", old[x]))
        if edits:
            ops.append(("+", new[before_y]) if down else ("-", old[before_x]))
        x, y = before_x, before_y
    return ops[::-1]


def _runs(ops: _Ops) -> Iterator[tuple[Sign, list[str]]]:
    """Neighbours of one sign together; between two words that stayed, what went stands before what came."""
    for stayed, group in groupby(ops, lambda op: op[0] == "="):
        some = list(group)
        for sign in ("=",) if stayed else ("-", "+"):
            words = [word for each, text in some if each == sign for word in text.split()]
            if words:
                yield sign, words  # type: ignore[misc]


def _shortened(runs: Iterator[tuple[Sign, list[str]]]) -> Iterator[Change]:
    told = list(runs)
    for n, (sign, words) in enumerate(told):
        if sign != "=":
            yield sign, " ".join(words)
            continue
        before = words[:CONTEXT] if n > 0 else []
        behind = words[-CONTEXT:] if n + 1 < len(told) else []
        if len(words) <= len(before) + len(behind):
            yield "=", " ".join(words)
        else:
            yield "=", " ".join([*before, "…", *behind])


def _bounded(told: Iterator[Change]) -> Iterator[Change]:
    left = MOST_CHARS
    for sign, words in told:
        if len(words) > left:
            yield sign, words[:left].rsplit(" ", 1)[0] + " …"
            return
        left -= len(words)
        yield sign, words
