#!/usr/bin/env python3
"""Fit the pair model of `newsloom/similar/model.json`: `evals/train.py [--data ../shared/data/stories]`.

Trains on `ecbplus/train` alone, whole and cut to its first sentence, on the candidates that the product itself would
score. Logistic regression with weights kept at or above zero (L-BFGS-B). The bars are chosen on the same set.
"""

from __future__ import annotations

import argparse
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
from newsloom.similar.index import Window
from newsloom.similar.model import FEATURES
from newsloom.similar.pairs import Comparer
from newsloom.similar.vectors import vector

OUT = Path(__file__).parent.parent / "newsloom" / "similar" / "model.json"
CANDIDATES = 64
L2 = 1e-3


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def cut(row: dict[str, Any]) -> dict[str, Any]:
    """As where the page could not be had: the title and the first sentence."""
    return {**row, "text": first_sentence(row.get("text") or "")}


def pairs(rows: Iterable[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray]:
    """Features of every candidate pair, and whether it is one story."""
    window, comparer, table, settings = Window(), Comparer(), Background().table, AnnotateSettings(languages="en")
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


def fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ b[1:] + b[0]
        error = 1 / (1 + np.exp(-z)) - y
        value = float((np.logaddexp(0, z) - y * z).mean() + L2 * b[1:] @ b[1:])
        gradient = np.concatenate([[error.mean()], x.T @ error / len(y) + 2 * L2 * b[1:]])
        return value, gradient

    bounds = [(None, None)] + [(0, None)] * x.shape[1]
    return np.asarray(minimize(loss, np.zeros(x.shape[1] + 1), jac=True, bounds=bounds, method="L-BFGS-B").x)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/stories"))
    parser.add_argument("--join", type=float, default=-1.5)
    args = parser.parse_args()
    rows = read(args.data / "ecbplus" / "train.jsonl")
    whole, first = pairs(rows), pairs(cut(row) for row in rows)
    b = fit(np.concatenate([whole[0], first[0]]), np.concatenate([whole[1], first[1]]))
    model = {
        "version": 1,
        "bias": round(float(b[0]), 4),
        "weights": {name: round(float(w), 4) for name, w in zip(FEATURES, b[1:], strict=True)},
        "join": args.join,
        "same": args.join,
        "related": args.join - 0.5,
        "floor": -3.5,
        "ceiling": 3.0,
    }
    OUT.write_text(json.dumps(model, indent=1) + "\n", "utf-8")
    print(json.dumps(model))


if __name__ == "__main__":
    main()
