#!/usr/bin/env python3
"""Make the shipped word tables from counts: `evals/background.py [--data ../shared/data/stories]`.

Where we have news (English, Swedish): only words that stand in 20 or more documents of one set are kept, and only their
share of documents. Sets and days that are measured elsewhere are left out. Full texts count as they are; a headline
shows a word about a third as often as the whole article would, so shares of headlines are tripled, and the larger share
of a word wins.

Everywhere else, and for the words that those lack: how often words are used at all, as the package `wordfreq` knows it
(extra `evals`; its data is licensed CC BY-SA 4.0, which `newsloom/annotate/background/README.md` passes on), made into
the share of articles of TYPICAL words that hold them. Headlines know little of the words that running text is made of,
so of a word that they alone have the larger share wins here too. What is written are the first letters by which words
are compared.

Days of the week and months: in news they say when, in every article, far more often than where words are merely used.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from babel import Locale

from newsloom.annotate.background import UNSEEN, by_key
from newsloom.annotate.terms import UNSPACED, words

LEAST = 20
MEASURED_DAYS = {f"2026-08-{day}" for day in range(16, 21)} | {"2026-03-10", "2026-03-11"}
HEADLINE_FACTOR = 3.0
RARE = 2 * UNSEEN  # share of articles below which a word that is merely used is no more told apart from those unseen
TYPICAL = 150  # words of an article that could be any word: half of a usual report, for what is used is used again
DATED = 0.25  # share of articles that say a day of the week, or a month, at least
OUT = Path(__file__).parent.parent / "newsloom" / "annotate" / "background"
# What wordfreq knows under another code, or in one script of two; those that need a segmenter count live instead.
CODES = {"nb": ("no",), "sh": ("hr", "bs", "sr"), "fil": ("tl",), "zh": (), "ja": (), "ko": ()}
LATIN = {"lj": "љ", "nj": "њ", "dž": "џ"} | dict(
    zip("abvgdđežzijklmnoprstćufhcčš", "абвгдђежзијклмнопрстћуфхцчш", strict=True)
)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def shares(texts: Iterable[str], factor: float) -> dict[str, float]:
    counts: Counter[str] = Counter()
    documents = 0
    for text in texts:
        counts.update(set(words(text)))
        documents += 1
    return {word: min(1.0, factor * n / documents) for word, n in counts.items() if n >= LEAST}


def largest(*tables: dict[str, float]) -> dict[str, float]:
    merged: dict[str, float] = {}
    for table in tables:
        for word, share in table.items():
            merged[word] = max(share, merged.get(word, 0.0))
    return merged


def used(code: str) -> dict[str, float]:
    """Share of articles by term, from how often words of a language are used; what is rarer than RARE is left out."""
    from wordfreq import get_frequency_dict  # only who makes tables has it

    often: Counter[str] = Counter()
    for word, frequency in get_frequency_dict(code, "best").items():
        if frequency * TYPICAL < RARE / 10 or any(char.isdigit() for char in word) or UNSPACED.search(word):
            continue
        for term in words(word):
            often[term] += frequency
    found = {term: 1.0 - math.exp(-frequency * TYPICAL) for term, frequency in often.items()}
    return {term: share for term, share in found.items() if share >= RARE}


def dates(language: str) -> dict[str, float]:
    """The days of the week and the months."""
    locale = Locale.parse(language)
    names = [
        name
        for calendar in (locale.days, locale.months)
        for form in ("format", "stand-alone")
        for name in calendar[form]["wide"].values()
    ]
    return dict.fromkeys(
        (word for name in names for word in words(name) if not (word.isdigit() or UNSPACED.search(word))), DATED
    )


def cyrillic(word: str) -> str:
    """A Serbian word of Latin letters in Cyrillic ones."""
    for latin, letter in LATIN.items():
        word = word.replace(latin, letter)
    return word


def write(language: str, table: dict[str, float]) -> None:
    table = by_key(largest(table, dates(language)))  # of words that are common enough by themselves
    lines = "\n".join(f"{word} {float(f'{share * 1e6:.2g}'):.0f}" for word, share in sorted(table.items()))
    OUT.mkdir(exist_ok=True)
    (OUT / f"{language}.txt.gz").write_bytes(gzip.compress(lines.encode("utf-8"), 9, mtime=0))
    print(f"{language}: {len(table)} words")


def main() -> None:
    from wordfreq import available_languages

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/stories"))
    data = parser.parse_args().data
    headlines = [
        row for row in rows(data / "gnews_stream" / "headlines.jsonl.gz") if row["date"][:10] not in MEASURED_DAYS
    ]
    agency = (row["title"] + "\n" + row["text"] for row in rows(data / "reuters21578" / "articles.jsonl.gz"))
    train = (row["text"] for row in rows(data / "ecbplus" / "train.jsonl"))
    by_language = {
        language: shares((row["title"] for row in headlines if row["lang"] == language), HEADLINE_FACTOR)
        for language in ("en", "sv")
    }
    reports = shares((text for text in agency if len(text) > 100), 1.0)
    for code in sorted(available_languages("best")):
        table = used(code)
        if code == "en":
            write("en", table | largest(by_language["en"], reports, shares(train, 0.5)))
        elif code == "sv":
            write("sv", largest(table, by_language["sv"]))
        else:
            for language in CODES.get(code, (code,)):
                scripts = [table] if language != "sr" else [table, {cyrillic(word): table[word] for word in table}]
                write(language, largest(*scripts))


if __name__ == "__main__":
    main()
