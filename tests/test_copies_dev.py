"""The development pairs of copies: made from texts of our own here, where no others are."""

from __future__ import annotations

import random

from evals.copies_dev import STOCK, Comparer, Text, decided, edited, sample, stock, wires, written
from newsloom.sample import load

COMPARER = Comparer()


def texts() -> list[Text]:
    return [
        Text({"id": a.id, "title": a.headline, "text": "\n".join(a.paragraphs), "story": a.story})
        for a in load().articles
        if not a.copy_of and not a.broken
    ][:60]


def test_the_sample_newsrooms_copies_are_told_from_its_reports() -> None:
    pairs = list(sample())
    assert sum(copy for *_, copy in pairs) == 40
    assert [decided(one, other, COMPARER) for one, other, _ in pairs] == [copy for *_, copy in pairs]


def test_most_edited_wires_are_found() -> None:
    pairs = list(edited(texts(), random.Random(1)))
    assert len(pairs) > 100
    assert all(one.row["text"] != other.row["text"] for one, other, _ in pairs)
    assert sum(decided(one, other, COMPARER) for one, other, _ in pairs) >= 0.6 * len(pairs)


def test_stock_phrases_make_no_copies() -> None:
    pairs = list(stock(texts(), random.Random(1)))
    assert all(any(phrase in one.row["text"] for phrase in STOCK) for one, *_ in pairs)
    assert sum(decided(one, other, COMPARER) for one, other, _ in pairs) <= 0.03 * len(pairs)


def test_a_carried_text_is_a_wire_and_a_report_on_the_same_is_none() -> None:
    body = " ".join(f"word{n} told{n % 9}" for n in range(40))
    told = [
        Text({"id": "a", "title": "", "text": body, "story": "1"}),
        Text({"id": "b", "title": "", "text": "Another start. " + body, "story": "1"}),
        Text({"id": "c", "title": "", "text": " ".join(f"own{n}" for n in range(60)), "story": "1"}),
    ]
    assert [(one.row["id"], other.row["id"], copy) for one, other, copy in wires(told)] == [
        ("a", "b", True),
        ("a", "c", False),
        ("b", "c", False),
    ]


def test_of_wires_of_our_own_what_carries_them_is_found_and_no_report_written_apart() -> None:
    found: dict[str, list[bool]] = {}
    for one, other, copy in written():
        found.setdefault(other.row["id"].rpartition("-")[2] if copy else "", []).append(decided(one, other, COMPARER))
    assert not any(found.pop(""))
    assert {kind: len(said) for kind, said in found.items()} == {"reworded": 8, "later": 8, "grown": 6}
    assert sum(found["reworded"]) >= 6
    assert sum(found["later"]) >= 4
    assert all(found["grown"])
