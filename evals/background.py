#!/usr/bin/env python3
"""Make the shipped word tables from counts: `evals/background.py [--data ../shared/data/stories]`.

Only words that stand in 20 or more documents of one set are kept, and only their share of documents. Sets and days
that are measured elsewhere are left out. Full texts count as they are; a headline shows a word about a third as often
as the whole article would, so shares of headlines are tripled, and the larger share of a word wins.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from newsloom.annotate.terms import words

LEAST = 20
MEASURED_DAYS = {f"2026-08-{day}" for day in range(16, 21)} | {"2026-03-10", "2026-03-11"}
HEADLINE_FACTOR = 3.0
OUT = Path(__file__).parent.parent / "newsloom" / "annotate" / "background"


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


def write(language: str, table: dict[str, float]) -> None:
    lines = "\n".join(f"{word} {max(1, round(share * 1e6))}" for word, share in sorted(table.items()))
    OUT.mkdir(exist_ok=True)
    (OUT / f"{language}.txt.gz").write_bytes(gzip.compress(lines.encode("utf-8"), 9, mtime=0))
    print(f"{language}: {len(table)} words")


def main() -> None:
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
    write("en", largest(by_language["en"], reports, shares(train, 0.5)))
    write("sv", by_language["sv"])


if __name__ == "__main__":
    main()
