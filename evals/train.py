#!/usr/bin/env python3
"""Fit the pair model of `newsloom/similar/model.json`: `evals/train.py [--data ../shared/data/stories]`.

Trains on `ecbplus/train`, on the sample newsroom (both whole and cut to the first sentence) and on days of headlines
that we labelled (`evals/labels/gnews_train_*`), each set with the same weight, on the candidates that the product
itself would score. Logistic regression with weights kept at or above zero (L-BFGS-B). The bars were chosen on the
same sets, each scored by a model trained without its kind: see docs/decisions.md.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from newsloom.annotate import Background, annotate
from newsloom.annotate.terms import first_sentence
from newsloom.config import AnnotateSettings, SimilarSettings
from newsloom.pipeline.group_lines import line_article
from newsloom.sample import load
from newsloom.similar.index import Window
from newsloom.similar.model import FEATURES
from newsloom.similar.pairs import Comparer
from newsloom.similar.vectors import vector

OUT = Path(__file__).parent.parent / "newsloom" / "similar" / "model.json"
CANDIDATES = 64
L2 = 1e-3
BARS = {
    "join": -1.6,
    "same": -1.6,
    "related": -2.2,
    "floor": -3.5,
    "ceiling": 3.0,
    "cohesion_weight": 0.8,
    "cohesion_usual": 0.7,
    "cohesion_least": -0.6,
    "cohesion_trust": 3.0,
    "crowd_weight": 0.3,
    "crowd_from": 300,
    "apart": 1.1,
    "apart_trust": 2.0,
    "pause_weight": 0.02,
    "pause_most": 36.0,
}


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def cut(row: dict[str, Any]) -> dict[str, Any]:
    """As where the page could not be had: the title and the first sentence."""
    return {**row, "text": first_sentence(row.get("text") or "")}


def pairs(rows: Iterable[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray]:
    """Features of every candidate pair, and whether it is one story."""
    window, comparer, table, settings = Window(), Comparer(), Background().table, AnnotateSettings()
    stories: list[str] = []
    columns, same = [], []
    for row in rows:
        own = vector(annotate(line_article(row), settings, table, passages=False))
        found = window.candidates(own, 0.0, SimilarSettings().window_days, CANDIDATES)
        if len(found):
            features = comparer.features(own, window, found)
            columns.append(np.stack([features[name] for name in FEATURES], axis=1))
            same.extend(stories[n] == row["story"] for n in found)
        window.add(own, 0.0)
        stories.append(row["story"])
    return np.concatenate(columns), np.array(same, dtype=float)


def fit(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ b[1:] + b[0]
        error = (1 / (1 + np.exp(-z)) - y) * weights
        value = float(weights @ (np.logaddexp(0, z) - y * z) + L2 * b[1:] @ b[1:])
        gradient = np.concatenate([[error.sum()], x.T @ error + 2 * L2 * b[1:]])
        return value, gradient

    bounds = [(None, None)] + [(0, None)] * x.shape[1]
    return np.asarray(minimize(loss, np.zeros(x.shape[1] + 1), jac=True, bounds=bounds, method="L-BFGS-B").x)


def sample_rows() -> list[dict[str, Any]]:
    newsroom = load()
    languages = {outlet.id: outlet.language for outlet in newsroom.outlets}
    return [
        {
            "id": article.id,
            "title": article.headline,
            "text": "\n".join(article.paragraphs),
            "source": article.outlet,
            "lang": languages[article.outlet],
            "story": article.story,
        }
        for article in newsroom.articles
    ]


def headline_rows(data: Path, labels: Path) -> list[dict[str, Any]]:
    stories = {row["id"]: row["story"] for row in read(labels)}
    with gzip.open(data / "gnews_stream" / "headlines.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [{**row, "story": stories[row["id"]]} for row in rows if row["id"] in stories]


def training_sets(data: Path) -> list[list[dict[str, Any]]]:
    """One list a set and language."""
    texts = [read(data / "ecbplus" / "train.jsonl"), *by_language(sample_rows())]
    labels = Path(__file__).parent / "labels"
    headlines = [headline_rows(data, labels / f"gnews_train_{name}.jsonl") for name in "ab"]
    cuts = [[cut(row) for row in rows] for rows in texts]
    return [*texts, *cuts, *(rows for day in headlines for rows in by_language(day))]


def by_language(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [[row for row in rows if row["lang"] == language] for language in ("en", "sv")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/stories"))
    args = parser.parse_args()
    sets = [pairs(rows) for rows in training_sets(args.data)]
    weights = np.concatenate([np.full(len(y), 1 / len(y) / len(sets)) for _, y in sets])
    b = fit(np.concatenate([x for x, _ in sets]), np.concatenate([y for _, y in sets]), weights)
    model = {
        "version": 1,
        "bias": round(float(b[0]), 4),
        "weights": {name: round(float(w), 4) for name, w in zip(FEATURES, b[1:], strict=True)},
        **BARS,
    }
    OUT.write_text(json.dumps(model, indent=1) + "\n", "utf-8")
    print(json.dumps(model))


if __name__ == "__main__":
    main()
