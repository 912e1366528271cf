"""Development pairs made by a program out of real reports: reworded, partly kept, quoting the same, forms anew.

Each takes the texts of ecbplus train, or any others with their stories, and dice; each says of a pair whether one
carries the other's text.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from evals.copies_text import Pair, Text, sentences, within

APART = 0.15  # of the word triples at the most: reports of one story that were written apart
QUOTED_WORDS = range(8, 41)  # of a sentence that is quoted
REWORDED_LEAST, FORM_LEAST = 40, 30  # words
RENAMED_LEAST = 4  # names of a form


def reworded(texts: Sequence[Text], rng: random.Random) -> Iterator[Pair]:
    """Every third word in others, or every third that is no name, or six in ten of those longer than three letters.

    The other word is one as frequent.
    """
    other = _as_frequent(texts, rng)
    for n in range(300):
        text = rng.choice(texts)
        words = text.row["text"].split(" ")
        if len(words) < REWORDED_LEAST:
            continue
        kind, first, told = rng.randrange(3), rng.randrange(3), []
        for place, word in enumerate(words):
            third, small = place % 3 == first, word[:1].islower()
            put = (third, third and small, small and len(word) > 3 and rng.random() < 0.6)[kind]
            told.append(other(word) if put and "\n" not in word else word)
        title = rng.choice((text.row.get("title") or "", " ".join(told[:9])))
        yield text, _made(text, f"reworded{n}", title, " ".join(told)), True


def kept(texts: Sequence[Text], rng: random.Random) -> Iterator[Pair]:
    """A later version: a third of the sentences among others from reports of the same story that were written apart."""
    of_story = _by_story(texts)
    for n in range(300):
        text = rng.choice(texts)
        told, others = sentences(text), _apart(text, of_story)
        if len(told) < 6 or not others:
            continue
        news = [sentence for other in rng.sample(others, min(3, len(others))) for sentence in sentences(other)]
        count = max(2, round(len(told) * rng.uniform(0.3, 0.4)))
        left = [told[place] for place in sorted(rng.sample(range(len(told)), count))]
        room = rng.uniform(0.8, 1.4) * len(text.row["text"].split()) - sum(len(s.split()) for s in left)
        more: list[str] = []
        for sentence in news:
            if room <= 0:
                break
            more.append(sentence)
            room -= len(sentence.split())
        half = len(more) // 2 if rng.random() < 0.5 else len(more)
        body = "\n".join([*more[:half], *left, *more[half:]])
        yield text, _made(text, f"kept{n}", text.row.get("title") or "", body), True


def quoting(texts: Sequence[Text], rng: random.Random) -> Iterator[Pair]:
    """Two reports of one story, written apart, with the same statement of one to three sentences in quotation marks."""
    of_story = _by_story(texts)
    pool = [s for text in texts for s in sentences(text) if len(s.split()) in QUOTED_WORDS]
    for n in range(600):
        text = rng.choice(texts)
        others = _apart(text, of_story)
        if not others:
            continue
        pair = text, rng.choice(others)
        said = " ".join(rng.choice(pool) for _ in range(rng.choice((1, 1, 2, 2, 3)))).replace('"', "")
        parts = [sentences(each) for each in pair]
        if min(map(len, parts)) < 3:
            continue
        for told in parts:
            told.insert(rng.randint(1, len(told)), f'"{said}" said the head of the agency.')
        one, other = (
            _made(each, f"quoting{n}{side}", each.row.get("title") or "", "\n".join(told))
            for each, told, side in zip(pair, parts, "ab", strict=True)
        )
        yield one, other, False


def forms(texts: Sequence[Text], rng: random.Random) -> Iterator[Pair]:
    """A text again with other names and numbers, and some other words."""
    other = _as_frequent(texts, rng)
    names = [name for text in texts for name in re.findall(r"(?<=[a-z,] )[A-Z][a-z]{3,}", text.row["text"])]
    for n in range(300):
        text = rng.choice(texts)
        renamed: dict[str, str] = {}

        def name(found: re.Match[str], renamed: dict[str, str] = renamed) -> str:
            return renamed.setdefault(found.group(), rng.choice(names))

        told = re.sub(r"\b[A-Z][a-z]{2,}\b", name, text.row["text"])
        told = re.sub(r"\d+", lambda found: str(rng.randint(1, 10 ** len(found.group()))), told)
        if len(told.split()) < FORM_LEAST or sum(old != new for old, new in renamed.items()) < RENAMED_LEAST:
            continue
        share = rng.choice((0.05, 0.15, 0.25))
        told = " ".join(other(word) if rng.random() < share else word for word in told.split(" "))
        title = re.sub(r"\b[A-Z][a-z]{2,}\b", name, text.row.get("title") or "")
        yield text, _made(text, f"form{n}", title, told), False


def _as_frequent(texts: Sequence[Text], rng: random.Random) -> Callable[[str], str]:
    counts = Counter(word for text in texts for word in text.row["text"].split() if word.isalpha() and word.islower())
    alike: dict[int, list[str]] = defaultdict(list)
    for word, count in counts.items():
        alike[int(math.log2(count))].append(word)

    def other(word: str) -> str:
        count = counts.get(word.strip(".,;:!?\"'()").lower(), 1)
        return rng.choice(alike.get(int(math.log2(count))) or [word])

    return other


def _by_story(texts: Sequence[Text]) -> Mapping[str, list[Text]]:
    of_story: dict[str, list[Text]] = defaultdict(list)
    for text in texts:
        of_story[text.row["story"]].append(text)
    return of_story


def _apart(text: Text, of_story: Mapping[str, list[Text]]) -> list[Text]:
    others = of_story[text.row["story"]]
    return [other for other in others if other is not text and within(other.triples, text.triples) < APART]


def _made(text: Text, name: str, title: str, body: str) -> Text:
    return Text({"id": name, "title": title, "text": body, "date": text.row.get("date"), "lang": text.row.get("lang")})
