"""Key passages beside the first sentences, the most central ones and chance: `python -m evals.passages [--json]`.

100 articles of our own in three languages (`sets/passages`, and some of `sets/own_*`), the two or three sentences that
tell the event best marked in two passes. Articles are split in two halves by a hash of their id: one to tune on, one
that is reported; `--half tune` shows the other. Everything chosen is scored against both passes and averaged:

* `sentences`: F1 of the chosen sentences, by their spans;
* `overlap`: F1 of the characters of the chosen spans;
* `rouge1`, `rouge2`: F1 of the words and word pairs of what was chosen against what was marked.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any

from newsloom.annotate import annotate, count, quote_again
from newsloom.annotate.background import Table
from newsloom.annotate.quotable import sentences
from newsloom.annotate.terms import words
from newsloom.config import AnnotateSettings, RightsSettings
from newsloom.types import Annotations, Article

HERE = Path(__file__).parent
LANGUAGES = ("en", "de", "es")
MEASURES = ("sentences", "overlap", "rouge1", "rouge2")
SHOWN_CHARS = RightsSettings().passage_chars
FLOORS = HERE / "floors.passages.json"

Span = tuple[int, int]
Chooser = Callable[["Labelled"], list[Span]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """An article with what each pass marked."""

    id: str
    language: str
    title: str
    text: str
    marked: tuple[tuple[Span, ...], ...]

    @property
    def is_reported(self) -> bool:
        """Of the half that nothing is tuned on."""
        return blake2b(self.id.encode(), digest_size=1).digest()[0] % 2 == 0

    def article(self) -> Article:
        """As the pipeline has it."""
        return Article(
            id=self.id, headline=self.title, paragraphs=tuple(self.text.split("\n")), in_language=self.language
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--half", choices=("report", "tune"), default="report")
    parser.add_argument("--gate", action="store_true", help="fail where a floor is not held")
    asked = parser.parse_args()
    found = measure([each for each in load() if each.is_reported == (asked.half == "report")])
    if asked.json:
        print(json.dumps(found))
    else:
        _show(found)
    if asked.gate:
        broken = below_floors(found)
        print("\n".join(broken), file=sys.stderr)
        sys.exit(1 if broken else 0)


def load() -> list[Labelled]:
    """All articles that were labelled."""
    passes = [_labels(HERE / f"labels/passages.pass{n}.jsonl") for n in (1, 2)]
    return [
        Labelled(
            id=row["id"], language=language, title=row["title"], text=row["text"],
            marked=tuple(tuple(each[row["id"]]) for each in passes),
        )
        for language in LANGUAGES
        for row in _articles(language)
        if row["id"] in passes[0]
    ]  # fmt: skip


def measure(articles: Sequence[Labelled]) -> dict[str, Any]:
    """Every chooser's scores over the articles, in all and by language, and what ours did wrong."""
    found: dict[str, Any] = {"articles": len(articles), "passes_agree": _agreement(articles)}
    for name, choose in CHOOSERS.items():
        rows = [(each.language, score(each, choose(each))) for each in articles]
        found[name] = {m: round(fmean(row[m] for _, row in rows), 4) for m in MEASURES}
        found[name] |= {
            language: round(fmean(row["sentences"] for of, row in rows if of == language), 4)
            for language in LANGUAGES
            if any(of == language for of, _ in rows)
        }
    found["faults"] = sum(len(faults(each, ours(each))) for each in articles)
    found["ours_less_lead3"] = _interval(articles)
    found["weighed_by_others"] = in_story(articles)
    return found


def in_story(articles: Sequence[Labelled]) -> dict[str, float]:
    """Those of which other outlets report the same, each alone and weighed again by what these state."""
    stories = _stories()
    rows = []
    for each in articles:
        others = [other for other in stories.get(each.id, ()) if other.id != each.id][:16]
        if others:
            article, own = each.article(), _annotated(each.article())
            again = quote_again(article, own, [_annotated(other).terms for other in others], AnnotateSettings())
            rows.append([score(each, [(p.start, p.end) for p in ps])["sentences"] for ps in (own.passages, again)])
    alone, weighed = zip(*rows, strict=True)
    return {"articles": len(rows), "alone": round(fmean(alone), 4), "in_story": round(fmean(weighed), 4)}


def score(article: Labelled, chosen: Sequence[Span]) -> dict[str, float]:
    """The measures of one article, each the mean over the passes."""
    rows = [_against(article.text, chosen, marked) for marked in article.marked]
    return {m: fmean(row[m] for row in rows) for m in MEASURES}


def faults(article: Labelled, chosen: Sequence[Span]) -> list[str]:
    """What a passage must never do."""
    whole = set(sentences(article.text))
    found = [f"{article.id}: no whole sentence: {article.text[a:b]!r}" for a, b in chosen if (a, b) not in whole]
    if sum(b - a for a, b in chosen) > 3 * SHOWN_CHARS:
        found.append(f"{article.id}: more than may be shown")
    return found


def below_floors(found: dict[str, Any]) -> list[str]:
    """The floors that are not held, one line each."""
    floors = json.loads(FLOORS.read_text("utf-8"))
    low = [
        f"{measure}: {found['ours'][measure]} is under {floor}"
        for measure, floor in floors["ours"].items()
        if found["ours"][measure] < floor
    ]
    if found["ours"]["sentences"] <= max(found["lead3"]["sentences"], found["lead3_fit"]["sentences"]):
        low.append("the first sentences are as good")
    if found["weighed_by_others"]["in_story"] < found["weighed_by_others"]["alone"] - 0.05:
        low.append("what others state makes passages worse")
    return low + ([f"{found['faults']} faults"] if found["faults"] else [])


# Who chooses


def ours(article: Labelled) -> list[Span]:
    """What `annotate` gives."""
    return [(p.start, p.end) for p in count(article.article(), AnnotateSettings()).passages]


def lead(n: int) -> Chooser:
    """The first sentences."""
    return lambda article: sentences(article.text)[:n]


def lead3_fit(article: Labelled) -> list[Span]:
    """The first three that may be shown whole and do not say the headline again: our own rules without a score."""
    title = set(words(article.title))
    fit = []
    for start, end in sentences(article.text):
        said = set(words(article.text[start:end]))
        if 40 <= end - start <= SHOWN_CHARS and len(said & title) < 0.75 * max(1, min(len(said), len(title))):
            fit.append((start, end))
    return fit[:3]


def central(article: Labelled) -> list[Span]:
    """The three that TextRank holds for the most central: a walk over the sentences that share words."""
    spans = sentences(article.text)
    bags = [set(words(article.text[a:b])) for a, b in spans]
    links = [[_likeness(one, other) if one is not other else 0.0 for other in bags] for one in bags]
    rank = [1.0] * len(spans)
    for _ in range(30):
        given = [r / (sum(row) or 1.0) for r, row in zip(rank, links, strict=True)]
        rank = [0.15 + 0.85 * sum(g * row[i] for g, row in zip(given, links, strict=True)) for i in range(len(spans))]
    best = sorted(range(len(spans)), key=lambda i: -rank[i])[:3]
    return [spans[i] for i in sorted(best)]


def chance(article: Labelled) -> list[Span]:
    """Three drawn by lot."""
    spans = sentences(article.text)
    return sorted(Random(article.id).sample(spans, min(3, len(spans))))


CHOOSERS: dict[str, Chooser] = {
    "ours": ours, "lead3": lead(3), "lead3_fit": lead3_fit, "lead1": lead(1), "textrank": central, "chance": chance,
}  # fmt: skip


def _likeness(one: set[str], other: set[str]) -> float:
    return len(one & other) / (math.log(len(one) + 1) + math.log(len(other) + 1)) if one and other else 0.0


def _against(text: str, chosen: Sequence[Span], marked: Sequence[Span]) -> dict[str, float]:
    ours_chars, gold_chars = ({i for a, b in spans for i in range(a, b)} for spans in (chosen, marked))
    said, wanted = ([words(text[a:b]) for a, b in spans] for spans in (chosen, marked))
    return {
        "sentences": _f1(Counter(chosen), Counter(marked)),
        "overlap": _f1(Counter(ours_chars), Counter(gold_chars)),
        "rouge1": _f1(_grams(said, 1), _grams(wanted, 1)),
        "rouge2": _f1(_grams(said, 2), _grams(wanted, 2)),
    }


def _grams(said: Sequence[Sequence[str]], n: int) -> Counter[Any]:
    return Counter(tuple(each[i : i + n]) for each in said for i in range(len(each) - n + 1))


def _f1(one: Counter[Any], other: Counter[Any]) -> float:
    common = (one & other).total()
    return 2 * common / (one.total() + other.total()) if one or other else 1.0


def _agreement(articles: Sequence[Labelled]) -> dict[str, float]:
    """What one pass scores against the other: the ceiling."""
    rows = [_against(each.text, each.marked[0], each.marked[1]) for each in articles]
    same = fmean(each.marked[0] == each.marked[1] for each in articles)
    return {m: round(fmean(row[m] for row in rows), 4) for m in MEASURES} | {"all_the_same": round(same, 4)}


def _interval(articles: Sequence[Labelled]) -> list[float]:
    """95 % of the mean difference to the first three, over resampled articles."""
    gains = [score(each, ours(each))["sentences"] - score(each, lead(3)(each))["sentences"] for each in articles]
    random = Random(5)
    means = sorted(fmean(random.choices(gains, k=len(gains))) for _ in range(2_000))
    return [round(means[50], 4), round(means[-51], 4)]


def _stories() -> dict[str, list[Article]]:
    """For each article of the own sets the first report of every outlet on its event, copies apart."""
    reports: dict[str, dict[str, Article]] = {}
    of: dict[str, str] = {}
    for language in LANGUAGES:
        for row in _articles(language):
            if row.get("story") and not row["copy_of"]:
                article = Labelled(id=row["id"], language=language, title=row["title"], text=row["text"], marked=())
                reports.setdefault(row["story"], {}).setdefault(row["source"], article.article())
                of[row["id"]] = row["story"]
    return {article_id: list(reports[story].values()) for article_id, story in of.items()}


@cache
def _annotated(article: Article) -> Annotations:
    return annotate(article, AnnotateSettings(), Table)


def _articles(language: str) -> Iterator[dict[str, Any]]:
    for file in [HERE / f"sets/passages/{language}.jsonl", *sorted((HERE / f"sets/own_{language}").glob("*.jsonl"))]:
        yield from map(json.loads, file.read_text("utf-8").splitlines())


def _labels(file: Path) -> dict[str, list[Span]]:
    rows = map(json.loads, file.read_text("utf-8").splitlines())
    return {row["id"]: [(a, b) for a, b in row["spans"]] for row in rows}


def _show(found: dict[str, Any]) -> None:
    print(f"{found['articles']} articles; the passes agree {found['passes_agree']}")
    print(f"{'':<10}" + "".join(f"{m:>11}" for m in (*MEASURES, *LANGUAGES)))
    for name in CHOOSERS:
        print(f"{name:<10}" + "".join(f"{found[name].get(m, 0):>11.3f}" for m in (*MEASURES, *LANGUAGES)))
    print(f"ours less lead3, 95 %: {found['ours_less_lead3']}; faults: {found['faults']}")
    print(f"with what other outlets report on the same event: {found['weighed_by_others']}")


if __name__ == "__main__":
    main()
