"""The lagging background in the store: two days behind, moved on daily, kept over restarts, good at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsloom.annotate import count
from newsloom.config import AnnotateSettings
from newsloom.pipeline.weigh import Weigher
from newsloom.store import SqlStore
from newsloom.types import Annotations, Article
from tests.store_kit import opened
from tests.test_similar_news import SIX

DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
BURST = "Kestrel"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    made = opened(tmp_path)
    yield made
    made.close()


def told(weigher: Weigher, name: str, at: datetime, text: str = SIX[0][1], language: str = "en") -> Annotations:
    article = Article(id=name, headline=SIX[0][0], paragraphs=(text,), in_language=language)
    counted = count(article, AnnotateSettings(languages=language), passages=False)
    return weigher.annotations(name, "gazette", counted, at)


def weight(found: Annotations, term: str = BURST.lower()) -> float:
    return dict(found.terms)[term] / dict(found.terms)["midnight" if "midnight" in dict(found.terms) else "corrowby"]


def burst(weigher: Weigher, at: datetime, reports: int = 400) -> None:
    """One name stands in everything that comes."""
    for n in range(reports):
        told(weigher, f"b{at.isoformat()}-{n}", at, f"The ferry {BURST} again. Report number {n} of the day.")


def test_a_name_that_bursts_keeps_its_weight_for_two_days(store: SqlStore) -> None:
    weigher = Weigher(store, DAY)
    fresh = weight(told(weigher, "a", DAY))
    burst(weigher, DAY)
    assert weight(told(weigher, "b", DAY)) == fresh
    assert weight(told(weigher, "c", DAY + timedelta(days=1))) == fresh


def test_two_days_later_it_is_common(store: SqlStore) -> None:
    weigher = Weigher(store, DAY)
    fresh = weight(told(weigher, "a", DAY))
    burst(weigher, DAY)
    assert weight(told(weigher, "b", DAY + timedelta(days=2))) < fresh


def test_a_restart_changes_no_weight(store: SqlStore) -> None:
    before = Weigher(store, DAY)
    fresh = weight(told(before, "a", DAY))
    burst(before, DAY)
    before.save()
    again = Weigher(store, DAY + timedelta(hours=1))
    assert weight(told(again, "b", DAY + timedelta(hours=1))) == fresh
    again.save()
    later = DAY + timedelta(days=2)
    restarted, running = Weigher(store, later), again
    assert told(restarted, "c", later).terms == told(running, "c", later).terms
    assert weight(told(restarted, "d", later)) < fresh


def test_what_was_saved_once_is_not_counted_twice(store: SqlStore) -> None:
    weigher = Weigher(store, DAY)
    burst(weigher, DAY, 10)
    weigher.save()
    weigher.save()
    assert [(day, documents) for day, documents, _ in store.background_days("en", "2027")] == [("2026-03-02", 10)]


@pytest.mark.parametrize(("language", "everyday"), [("en", "the"), ("sv", "och")])
def test_the_first_hour_knows_what_is_common(store: SqlStore, language: str, everyday: str) -> None:
    text = f"{SIX[0][1]} {everyday} {everyday} {everyday} {everyday}"
    found = dict(told(Weigher(store, DAY), "a", DAY, text, language).terms)
    assert found["kestrel"] > 5 * found.get(everyday, 0.0)
