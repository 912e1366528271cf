"""Fit the numbers of `newsloom/similar/model.json`: `python -m evals.train [--shared ../shared] [--check]`.

Trains on `ecbplus/train`, the sample newsroom, weeks of a made-up press in four languages (`evals/sets/train_*`; all of
these whole, and again with 40 % of the articles cut to title and first sentence) and on days of headlines that we
labelled (`evals/labels/gnews_train_*`): each set and language with the same weight, on the candidates that the product
would score, in the order of the stream.

1. Pairs: logistic regression over the features of a pair, with weights kept at or above zero.
2. Stories: the same over what `Bars.worth` is asked with, for each two groups that grouping weighs on the way, under
   the numbers of `START` first and under its own ones then; the answer is the share of the pairs between them that are
   of one story. Groups merge where that is as likely as not.

`--check`: F1 of each set under numbers that were fitted without it (days of headlines in pairs), and what it would be
where groups merged from other log-odds on.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp, log
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from evals import grouping
from evals.metrics import bcubed
from newsloom.annotate import Background
from newsloom.config import Settings, SimilarSettings
from newsloom.pipeline.group_lines import _annotated, read_line
from newsloom.similar import Similar
from newsloom.similar.match import CANDIDATES, vector_of
from newsloom.similar.model import FEATURES
from newsloom.similar.vectors import is_bare
from newsloom.stories import Bars, agglomerate
from newsloom.stories.bars import Closeness

OUT = Path(__file__).parent.parent / "newsloom" / "similar" / "model.json"
PAIRS_L2, STORIES_L2 = 1e-3, 1e-4
CUT = 0.4
ROUNDS = 2
DOUBTFUL = -1.5  # log-odds from which every two groups are learned from; of the others one in twenty
PAST = 1.0  # log-odds: so much too loosely stories are grouped that it learns from, to know what goes too far
MOST_PAIRS = 20  # between two groups that count for its weight
FIXED = {
    "join": -1.6,
    "same": -1.6,
    "related": -2.2,
    "floor": -3.5,
    "ceiling": 3.0,
    "crowd_weight": 0.3,
    "crowd_from": 300,
}
SHAPE = {"cohesion_usual": 0.5, "cohesion_trust": 3.0, "pause_hours": 24.0, "span_hours": 72.0}
# Weights in the order of `asked`; bounds keep to what can be meant.
WEIGHTS = (
    "nearest_low",
    "nearest_high",
    "bare_weight",
    "cohesion_low",
    "cohesion_high",
    "smaller_weight",
    "pause_weight",
    "span_weight",
    "again_weight",
)
BOUNDS = ((0, None), (0, None), (None, None), (None, None), (None, None), (None, None), (None, 0), (None, 0), (None, 0))
START = {"bias": 2.4, **dict(zip(WEIGHTS, (0.5, 0.7, 0.0, 0.4, -0.3, -1.0, -2.0, -3.5, 0.0), strict=True))}
TEXTS = ("ecbplus_train", "sample_en", "sample_sv", "train_en", "train_de", "train_es", "train_fr")
TOPICS = ("made_up_few_topics_1", "made_up_few_topics_2", "made_up_two_large")
HEADLINES = tuple(f"gnews_train_{day}" for day in "abcdef")

Matrix = npt.NDArray[np.float64]


@dataclass(slots=True, kw_only=True)
class Stream:
    """The candidate pairs of one set and language, each article by its place in the stream."""

    name: str
    fold: str
    pairs: list[tuple[int, int]]
    features: Matrix
    crowding: Matrix
    gold: dict[int, str]
    hours: dict[int, float]
    bare: set[int]
    outlets: dict[int, str]
    window_days: float

    @property
    def same(self) -> Matrix:
        return np.array([self.gold[a] == self.gold[b] for a, b in self.pairs], dtype=float)


def streams(corpus: grouping.Corpus, fold: str, *, cut: bool = False) -> Iterator[Stream]:
    """One a language; what is not labelled is compared with, and then left out."""
    lines = list(corpus.lines)
    if not corpus.dated:
        Random(7).shuffle(lines)
    if cut:
        lines = grouping.cut(lines, CUT)
    settings = replace(Settings(), similar=replace(SimilarSettings(), window_days=corpus.windows[0]))
    similar, place = Similar(settings.similar), {line["id"]: n for n, line in enumerate(lines)}
    found: dict[str, list[tuple[tuple[int, int], Any, float]]] = defaultdict(list)
    gold: dict[str, dict[int, str]] = defaultdict(dict)
    hours, bare, outlets = {}, set(), {}
    seen = ({key: line[key] for key in ("id", *grouping.SEEN) if line.get(key) is not None} for line in lines)
    for article in _annotated((read_line(line, settings.annotate) for line in seen), Background()):
        own, language, n = vector_of(article), article.annotations.language, place[article.article.id]
        if article.dated:
            hours[n] = article.shown_at.timestamp() / 3_600
        outlets[n] = article.article.source_id
        if is_bare(own):
            bare.add(n)
        if article.article.id in corpus.gold:
            gold[language][n] = corpus.gold[article.article.id]
        window = similar._windows.get(language)
        if window is not None and n in gold[language]:
            rows = window.candidates(own, article.shown_at.timestamp(), similar._window_s, CANDIDATES)
            columns = similar._comparer.features(own, window, rows) if len(rows) else {}
            crowding = max(0.0, log(window.alive / FIXED["crowd_from"])) if window.alive else 0.0
            for k, row in enumerate(rows.tolist()):
                if (other := place[window.name(row)]) in gold[language]:
                    found[language].append(((other, n), [columns[name][k] for name in FEATURES], crowding))
        similar.add(article, own)
    for language, each in found.items():
        if len(gold[language]) > 20:  # a few headlines that were taken for another language
            pairs, features, crowded = zip(*each, strict=True)
            yield Stream(
                name=f"{corpus.name} {language}{' cut' if cut else ''}", fold=fold, pairs=list(pairs),
                features=np.array(features), crowding=np.array(crowded), gold=gold[language], hours=hours, bare=bare,
                outlets=outlets, window_days=corpus.windows[0],
            )  # fmt: skip


def training(shared: Path) -> list[Stream]:
    made = []
    for corpus in grouping.corpora((*TEXTS, *HEADLINES, *TOPICS), shared):
        for cut in (False, True) if corpus.name in TEXTS else (False,):
            made += streams(corpus, fold_of(corpus.name), cut=cut)
    return made


def fold_of(name: str) -> str:
    """What is left out together: one press, two of the six times that headlines were labelled."""
    if name in HEADLINES:
        return f"headlines {HEADLINES.index(name) // 2}"
    return name if name in TEXTS and not name.startswith("sample") else name.partition("_")[0]


def fit(x: Matrix, y: Matrix, weights: Matrix, bounds: Sequence[Any], l2: float) -> Matrix:
    """Bias and weights of a logistic regression; `l2` is on weights in the units of `x`."""

    def loss(b: Matrix) -> tuple[float, Matrix]:
        z = x @ b[1:] + b[0]
        error = (1 / (1 + np.exp(-z)) - y) * weights
        value = float(weights @ (np.logaddexp(0, z) - y * z) + l2 * b[1:] @ b[1:])
        return value, np.concatenate([[error.sum()], x.T @ error + 2 * l2 * b[1:]])

    limits = [(None, None), *bounds]
    return np.asarray(minimize(loss, np.zeros(x.shape[1] + 1), jac=True, bounds=limits, method="L-BFGS-B").x)


def fit_pairs(known: Sequence[Stream]) -> Matrix:
    known = [each for each in known if each.fold != "made"]  # their words are nobody's
    weights = np.concatenate([np.full(len(each.pairs), 1 / len(each.pairs) / len(known)) for each in known])
    x, y = np.concatenate([each.features for each in known]), np.concatenate([each.same for each in known])
    return fit(x, y, weights, [(0, None)] * len(FEATURES), PAIRS_L2)


def bars(stories: dict[str, float], window_days: float) -> Bars:
    told = {name: FIXED[name] for name in ("join", "floor", "ceiling")}
    return Bars(**told, **SHAPE, **stories).over(window_days)


def grouped(stream: Stream, pairs: Matrix, asked: Bars, watch: Any = None) -> dict[str, str]:
    """Each labelled article's group."""
    logits = pairs[0] + stream.features @ pairs[1:] - FIXED["crowd_weight"] * stream.crowding
    scored = {(str(a), str(b)): float(z) for (a, b), z in zip(stream.pairs, logits, strict=True) if z > FIXED["floor"]}
    hours = {str(n): stream.hours[n] for n in stream.gold.keys() & stream.hours.keys()}
    found = agglomerate(
        [[str(n)] for n in stream.gold],
        scored,
        asked,
        hours=hours,
        bare=list(map(str, stream.bare & stream.gold.keys())),
        outlets={str(n): stream.outlets[n] for n in stream.gold},
        watch=watch,
    )
    return {one: group[0] for group in found for one in group}


def weighed(stream: Stream, pairs: Matrix, stories: dict[str, float]) -> tuple[Matrix, Matrix, Matrix]:
    """What `Bars.worth` was asked with, as its weights see it; the share of pairs of one story; what each counts."""
    asked = bars(merging_at(stories, -PAST), stream.window_days)
    gold, rng = list(stream.gold.values()), Random(1)
    rows, same, counts = [], [], []

    def watch(
        a: Sequence[int],
        b: Sequence[int],
        nearest: float,
        other: float,
        x: Closeness,
        y: Closeness,
        pause: float,
        span: float,
        again: float,
    ) -> None:
        if asked.worth(nearest, other, x, y, pause, span, again) <= DOUBTFUL + PAST and rng.random() > 0.05:
            return
        one, two = asked.believed(x), asked.believed(y)
        paused = 1 - exp(-pause / asked.pause_hours)
        rows.append((
            min(nearest, other), max(nearest, other), min(x.bare, y.bare), min(one, two), max(one, two),
            log(min(x.size, y.size)), paused, 1 - exp(-span / asked.span_hours), again * paused,
        ))  # fmt: skip
        of_a, of_b = [gold[n] for n in a], [gold[n] for n in b]
        same.append(sum(p == q for p in of_a for q in of_b) / (len(a) * len(b)))
        counts.append(min(len(a) * len(b), MOST_PAIRS) ** 0.5)

    grouped(stream, pairs, asked, watch)
    weights = np.array(counts)
    return np.array(rows), np.array(same), weights / weights.sum()


def fit_stories(known: Sequence[Stream], pairs: Matrix) -> dict[str, float]:
    seen: list[tuple[Matrix, Matrix, Matrix]] = []
    stories = START
    for _ in range(ROUNDS):
        seen += [weighed(each, pairs, stories) for each in known]
        x, y, weights = (np.concatenate(columns) for columns in zip(*seen, strict=True))
        scale = x.std(axis=0) + 1e-9
        b = fit(x / scale, y, weights / len(seen), BOUNDS, STORIES_L2)
        told = zip(WEIGHTS, b[1:] / scale, strict=True)
        stories = {"bias": float(b[0]), **{name: float(weight) for name, weight in told}}
    return stories


def merging_at(stories: dict[str, float], least: float) -> dict[str, float]:
    return {**stories, "bias": stories["bias"] - least}


def f1(stream: Stream, story: dict[str, str]) -> float:
    score = bcubed({str(n): label for n, label in stream.gold.items()}, story)
    return 2 * score.precision * score.recall / (score.precision + score.recall)


def check(known: Sequence[Stream]) -> None:
    steps = (-0.6, -0.3, 0.0, 0.3, 0.6)
    total = []
    for fold in dict.fromkeys(each.fold for each in known):
        rest = [each for each in known if each.fold != fold]
        pairs = fit_pairs(rest)
        stories = fit_stories(rest, pairs)
        for each in known:
            if each.fold == fold:
                row = [f1(each, grouped(each, pairs, bars(merging_at(stories, at), each.window_days))) for at in steps]
                total.append(row)
                print(f"{each.name:28}", *(f"{value:.3f}" for value in row), flush=True)
    print(f"{'mean':28}", *(f"{value:.4f}" for value in np.mean(total, axis=0)), "at", *(f"{at:.1f}" for at in steps))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    known = training(args.shared)
    if args.check:
        check(known)
        return
    pairs = fit_pairs(known)
    stories = fit_stories(known, pairs)
    model = {
        "version": 2,
        "bias": round(float(pairs[0]), 4),
        "weights": {name: round(float(w), 4) for name, w in zip(FEATURES, pairs[1:], strict=True)},
        **FIXED,
        "stories": {name: round(value, 4) for name, value in {**stories, **SHAPE}.items()},
    }
    OUT.write_text(json.dumps(model, indent=1) + "\n", "utf-8")
    print(json.dumps(model))


if __name__ == "__main__":
    main()
