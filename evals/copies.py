"""Which articles carry whose text, where we say so: labels of real wires, streams that know their copies.

Labels name pairs of articles by their ids, never by their texts. Candidates were all pairs of which one holds at least
.15 of the other's word triples; every one was read, twice, the second time in another order.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

LABELS = Path(__file__).parent / "labels"
NOT = "not"

Line = dict[str, Any]


def labelled(name: str, ids: Iterable[str]) -> dict[str, str | None]:
    """Each article's original by the labels of `labels/NAME.jsonl`, None where it is written by itself.

    The first of a family stands for it: whoever is its original, the pairs are the same.
    """
    original: dict[str, str | None] = dict.fromkeys(ids)
    for pair in _pairs(name):
        if pair["kind"] != NOT:
            one, other = _root(original, pair["of"]), _root(original, pair["copy"])
            if one != other:
                original[other] = one
    return original


def agreement(name: str) -> float | None:
    """F1 over pairs of one pass of labels against the other, None where there are not two."""
    try:
        first, second = ({_key(p) for p in _pairs(f"{name}.pass{n}") if p["kind"] != NOT} for n in (1, 2))
    except FileNotFoundError:
        return None
    return 2 * len(first & second) / (len(first) + len(second)) if first or second else None


@lru_cache(4)
def stream(tool: Path, articles: int, per_day: int, seed: int) -> Sequence[Line]:
    """Made-up articles of `stream.py`, which says itself who carries whose text."""
    if not tool.exists():
        raise FileNotFoundError(2, "no such file", str(tool))
    command = [sys.executable, str(tool), str(articles), "--per-day", str(per_day), "--seed", str(seed)]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return [json.loads(line) for line in said.splitlines()]


def _pairs(name: str) -> list[Mapping[str, str]]:
    return [json.loads(line) for line in (LABELS / f"{name}.jsonl").read_text("utf-8").splitlines()]


def _key(pair: Mapping[str, str]) -> frozenset[str]:
    return frozenset((pair["of"], pair["copy"]))


def _root(original: Mapping[str, str | None], article: str) -> str:
    while (above := original.get(article)) is not None:
        article = above
    return article
