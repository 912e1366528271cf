"""Development pairs for the decision on copies, none of them measured elsewhere: what it misses, what it makes up.

    python -m evals.copies_dev [--data ../shared/data/stories]

`wires`: ecbplus train; of one story and .385 of the shorter one's word triples carried outside of quotation marks is a
copy, under .31 is none, what lies between is left out (seventy doubtful pairs were read: that is where half of the
sentences are carried). `reuters`: one report in two versions (nearly the same text, or the same headline within three
days) against forms filled in anew (other headlines or other numbers in them); what could be either is left out.
`sample`: the sample newsroom. `edited`: wires of ecbplus train edited by a program. `stock`: unlike texts of ecbplus
train with the same stock phrases in them. `written`: wires of our own put in other words, as later versions that keep a
third, grown by half, against independent reports that quote the same statement, the next day's, and forms filled in
anew. `reworded`, `kept`, `quoting`, `forms`: the like made by a program out of ecbplus train.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np

from evals.copies_made import forms, kept, quoting, reworded
from evals.copies_text import Pair, Text, sentences, within
from newsloom.sample import load
from newsloom.similar.index import Window
from newsloom.similar.match import _copy
from newsloom.similar.pairs import Comparer
from newsloom.stories.known import OWN_HOURS

STOCK = (
    "Sign up for our morning briefing and get the stories that matter in your inbox every day. By signing up you agree "
    "to the terms of use. You can leave the list at any time with the link at the end of each letter.",
    "This article may not be printed, copied or sent on without leave of the publisher. All rights are with the agency "
    "that wrote it.",
    "Do you have a story for us? Write to the newsdesk or call the number below. Follow us wherever you read. Comments "
    "on this article are closed now.",
)
WRITTEN = Path(__file__).parent / "sets/copies_written.toml"
CARRIED, NOT_CARRIED, RELATED = 0.385, 0.31, 0.05
REUTERS = 6_000  # articles of sixty words and more
SHARED_TRIPLES, SHARED_AT_LEAST = 12, 0.3


def wires(texts: list[Text]) -> Iterator[Pair]:
    for one, other in combinations([t for t in texts if len(t.triples) >= 10], 2):
        same = one.row["story"] == other.row["story"]
        carried = within(one.own_triples, other.own_triples) if same else 0.0
        if carried >= CARRIED:
            yield one, other, True
        elif carried <= NOT_CARRIED and (same or within(one.triples, other.triples) > RELATED):
            yield one, other, False


def reuters(file: Path) -> Iterator[Pair]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if len(row["text"].split()) >= 60]
    texts = [Text(row) for row in rows[:REUTERS]]
    for one, other in _near(texts):
        carried = within(one.triples, other.triples)
        hours = abs((one.time - other.time).total_seconds()) / 3_600 if one.time and other.time else 0.0
        titles, numbers = _titles(one, other)
        if hours < 72 and (carried >= 0.9 or titles > 0.99):
            yield one, other, True
        elif (carried < 0.85 and (titles < 0.45 or numbers)) or (titles > 0.99 and hours >= 72 and carried < 0.9):
            yield one, other, False


def sample() -> Iterator[Pair]:
    newsroom = load()
    spoken = {outlet.id: outlet.language for outlet in newsroom.outlets}
    whole = [article for article in newsroom.articles if not article.broken]
    texts = {
        a.id: Text({"id": a.id, "title": a.headline, "text": "\n".join(a.paragraphs), "lang": spoken[a.outlet]})
        for a in whole
    }
    for one, other in combinations(whole, 2):
        if one.story == other.story:
            yield texts[one.id], texts[other.id], (one.copy_of or one.id) == (other.copy_of or other.id)


def edited(texts: list[Text], rng: random.Random) -> Iterator[Pair]:
    """Cut, with another first sentence, with sentences put in, merged with another, with words changed."""
    for n in range(500):
        one, other = rng.sample(texts, 2)
        told, foreign = sentences(one), sentences(other)
        if len(told) < 6 or not foreign or one.row["story"] == other.row["story"]:
            continue
        told = told[: max(3, int(len(told) * rng.choice((1, rng.uniform(0.3, 0.9)))))]
        if rng.random() < 0.5:
            told[0] = rng.choice(foreign)
        for _ in range(rng.choice((0, rng.randint(1, max(1, len(told) // 4))))):
            told.insert(rng.randint(0, len(told)), rng.choice(foreign))
        if rng.random() < 0.25:
            told += foreign[: len(told)]
        share = rng.choice((0, 0, 0.02, 0.05, 0.1))
        text = " ".join(rng.choice(foreign).split()[0] if rng.random() < share else w for w in " ".join(told).split())
        title = rng.choice((one.row.get("title") or "", foreign[0][:70], ""))
        yield one, Text({"id": f"edited{n}", "title": title, "text": text}), True


def stock(texts: list[Text], rng: random.Random) -> Iterator[Pair]:
    for n in range(400):
        phrase, short = rng.choice(STOCK), rng.random() < 0.4
        one, other = (_with(text, phrase, short, n, rng) for text in rng.sample(texts, 2))
        if one.row["story"] != other.row["story"]:
            yield one, other, False


def written() -> Iterator[Pair]:
    """What became of wires of our own: see `sets/copies_written.toml`."""
    for event in tomllib.loads(WRITTEN.read_text("utf-8"))["event"]:
        name, language = event.pop("name"), event.pop("language")
        texts = {}
        for kind, told in event.items():
            title, text = told.split("\n", 1)
            texts[kind] = Text({"id": f"{name}-{kind}", "title": title, "text": text, "lang": language})
        for (kind, one), (other_kind, other) in combinations(texts.items(), 2):
            if not {kind, other_kind}.isdisjoint(("apart", "next", "form")):
                yield one, other, False
            elif kind == "wire":
                yield one, other, True


def decided(one: Text, other: Text, comparer: Comparer) -> bool:
    """What the product says of a pair."""
    window = Window()
    window.add(one.vector, 0.0)
    apart = abs((one.time - other.time).total_seconds()) if one.time and other.time else 0.0
    terms = float(comparer.features(other.vector, window, np.array([0]))["terms"][0])
    found, outlets = _copy(other.vector, window, 0, terms, apart), {text.row.get("source") for text in (one, other)}
    known_outlet = len(outlets) == 1 and outlets.isdisjoint({None, ""})
    return found is not None and (found.lasting or not known_outlet or apart <= OWN_HOURS * 3_600)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/stories"))
    data = parser.parse_args().data
    lines = (data / "ecbplus/train.jsonl").read_text("utf-8").splitlines()
    texts, rng, comparer = [Text(json.loads(line)) for line in lines], random.Random(11), Comparer()
    sets = {
        "wires": wires(texts),
        "reuters": reuters(data / "reuters21578/articles.jsonl.gz"),
        "sample": sample(),
        "edited": edited(texts, rng),
        "stock": stock(texts, rng),
        "written": written(),
        "reworded": reworded(texts, random.Random(12)),
        "kept": kept(texts, random.Random(13)),
        "quoting": quoting(texts, random.Random(14)),
        "forms": forms(texts, random.Random(15)),
    }
    for name, pairs in sets.items():
        counts = Counter((copy, decided(one, other, comparer)) for one, other, copy in pairs)
        row = {"set": name, "copies": counts[True, True] + counts[True, False], "missed": counts[True, False]}
        print(json.dumps(row | {"others": counts[False, True] + counts[False, False], "false": counts[False, True]}))


def _near(texts: list[Text]) -> Iterator[tuple[Text, Text]]:
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for n, text in enumerate(texts):
        for triple in text.triples:
            holders[triple].append(n)
    shared = Counter(pair for held in holders.values() if len(held) <= 40 for pair in combinations(held, 2))
    for (one, other), count in sorted(shared.items()):
        pair = texts[one], texts[other]
        if count >= SHARED_TRIPLES and within(pair[0].triples, pair[1].triples) >= SHARED_AT_LEAST:
            yield pair


def _titles(one: Text, other: Text) -> tuple[float, bool]:
    """How alike two headlines are, and whether a number stands in one of them alone."""
    a, b = ({*re.findall(r"[a-z0-9/.-]+", re.sub(r"<[^>]*>", "", t.row["title"].lower()))} for t in (one, other))
    return len(a & b) / max(1, len(a | b)), any(word[0].isdigit() for word in a ^ b)


def _with(text: Text, phrase: str, short: bool, number: int, rng: random.Random) -> Text:
    parts = text.row["text"].split("\n")
    parts = [parts[0], phrase] if short else [*parts[: (cut := rng.randint(1, len(parts)))], phrase, *parts[cut:]]
    return Text({**text.row, "id": f"stock{number}{text.row['id']}", "text": "\n".join(parts)})


if __name__ == "__main__":
    main()
