"""Reading pages of our own making, laid out as outlets do it: floors that hold, and that can fall."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from evals import layouts_eval
from evals.layouts.bodies import BODIES
from evals.layouts.pages import pages
from newsloom.types import Article

FLOORS = json.loads((Path(layouts_eval.__file__).parent / "floors.reading.json").read_text("utf-8"))["layouts"]


@pytest.fixture(scope="module")
def measured() -> dict[str, float | int | str]:
    return layouts_eval.measure()


def test_the_pages_are_those_that_the_floors_were_measured_on() -> None:
    assert layouts_eval.digest() == FLOORS["corpus"], "pages changed: measure anew, then write their digest"
    names = Counter(laid.name for laid in pages())
    assert len(names) >= 60
    assert max(names.values()) == 1
    assert len({laid.piece.language for laid in pages()}) >= 9
    assert len(BODIES) >= 30


def test_floors_hold(measured: dict[str, float | int | str]) -> None:
    assert float(measured["text_f1"]) >= FLOORS["text_f1"]
    assert int(measured["noisy"]) <= FLOORS["noisy_at_most"]
    assert int(measured["unread"]) <= FLOORS["unread_at_most"]
    for name, floor in FLOORS["fields"].items():
        assert float(measured[name]) >= floor, name


def test_worse_reading_would_be_seen() -> None:
    laid = next(iter(pages()))
    article = layouts_eval.read(laid)
    assert isinstance(article, Article)
    assert layouts_eval.paragraph_f1(laid, article) == 1
    joined = replace(article, paragraphs=(" ".join(article.paragraphs),))
    assert layouts_eval.paragraph_f1(laid, joined) == 0
    assert layouts_eval.paragraph_f1(laid, replace(article, paragraphs=article.paragraphs[::-1])) == 0
    more = replace(article, paragraphs=(*article.paragraphs, "Read also: Ferry fares rise in spring"))
    assert layouts_eval.paragraph_f1(laid, more) < 1
    assert not layouts_eval.right_fields(laid, replace(article, headline="Harbour Post"))["title"]
