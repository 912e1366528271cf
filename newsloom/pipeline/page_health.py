"""Where reading an outlet's pages has gone bad: told from what was read of it lately, beside what was read before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from newsloom.store.protocol import Store
from newsloom.types import Article

Record = dict[str, Any]

MOST = 120  # articles looked at of a source, newest first
LATELY = 20
LEAST = 5  # articles on either side, to say anything
DROPPED = 0.5  # of the median text before
MANY = 0.5
COMMON_SHARE = 0.2  # of the articles, and at least LEAST_COMMON, in which a paragraph stands to be boilerplate
LEAST_COMMON = 3
LONG_LINE = 20
BOILERPLATE = 0.08  # of all characters
SHOWN_LINES = 5


def page_health(store: Store, edition: str) -> list[Record]:
    """A record for each source of the edition, those with problems first."""
    records = [{"id": s.id, "source": s.name} | judged(store.read_lately(s.id, MOST)) for s in store.sources(edition)]
    return sorted(records, key=lambda record: not record["problems"])


def judged(found: Sequence[Article]) -> Record:
    """What the articles of one source, newest first, say of how its pages are read."""
    lately, before = found[:LATELY], found[LATELY:]
    lines, share = boilerplate(lately)
    told = {
        "articles": len(found),
        "text": _text(lately),
        "text_before": _text(before),
        "undated": _share(lately, lambda article: article.date_published is None),
        "unread": _share(lately, lambda article: article.origin == "entry"),
        "boilerplate": share,
    }
    return told | {"lines": lines, "problems": _problems(told, before) if len(lately) >= LEAST else []}


def _problems(told: Record, before: Sequence[Article]) -> list[str]:
    said = []
    if len(before) >= LEAST and told["text"] < DROPPED * told["text_before"]:
        said.append(f"the text fell from {told['text_before']} to {told['text']} characters")
    if told["undated"] > MANY:
        said.append(f"{told['undated']:.0%} have no date")
    if told["unread"] > MANY:
        said.append(f"{told['unread']:.0%} of the pages could not be read")
    if told["boilerplate"] > BOILERPLATE:
        said.append(f"{told['boilerplate']:.0%} of the text stands in many articles")
    return said


def boilerplate(found: Sequence[Article]) -> tuple[list[str], float]:
    """Paragraphs that stand in many of the articles, commonest first, and their share of all characters."""
    counts = Counter(line for article in found for line in set(article.paragraphs) if len(line) >= LONG_LINE)
    least = max(LEAST_COMMON, COMMON_SHARE * len(found))
    common = {line for line, count in counts.items() if count >= least}
    chars = sum(len(line) for article in found for line in article.paragraphs)
    theirs = sum(len(line) for article in found for line in article.paragraphs if line in common)
    ordered = [line for line, _ in counts.most_common() if line in common]
    return ordered[:SHOWN_LINES], round(theirs / chars, 3) if chars else 0.0


def _text(found: Sequence[Article]) -> int:
    return round(median(len(article.text) for article in found)) if found else 0


def _share(found: Sequence[Article], bad: Callable[[Article], bool]) -> float:
    return round(sum(map(bad, found)) / len(found), 3) if found else 0.0
