"""What leaves the window: rows let go, copies that outlive their original, streams longer than the window."""

from datetime import UTC, datetime, timedelta

import pytest

from newsloom.annotate import Background, annotate
from newsloom.config import AnnotateSettings, SimilarSettings
from newsloom.pipeline import grouping
from newsloom.pipeline.grouping import Grouper
from newsloom.similar import index
from newsloom.types import AnnotatedArticle, Article

START = datetime(2025, 3, 1, tzinfo=UTC)
TABLE = Background().table
TEXT = (
    "The harbour ferry Kestrel ran aground off Pellmere on Sunday night with 84 people aboard. "
    "Lifeboats from Corrowby took everyone off within two hours, the coastguard said, and nobody was hurt."
)


def annotated(n: int, *, days: float, headline: str, text: str, source: str = "") -> AnnotatedArticle:
    article = Article(
        id=f"a{n:05d}", source_id=source or f"s{n}", headline=headline, paragraphs=(text,), in_language="en"
    )
    at = START + timedelta(days=days)
    return AnnotatedArticle(
        seq=n,
        article=article,
        annotations=annotate(article, AnnotateSettings(), TABLE, passages=False),
        first_seen=at + timedelta(microseconds=n),
        shown_at=at,
        owner=article.source_id,
    )


def filler(n: int, days: float) -> AnnotatedArticle:
    text = f"Clerk number{n} of parish{n % 97} filed form{n * 7} about the fence{n * 13} at lane{n * 3} on day{n}."
    return annotated(n, days=days, headline=f"Parish notice item{n}", text=text)


@pytest.fixture
def small_windows(monkeypatch):
    monkeypatch.setattr(index, "GROWING", 16)
    monkeypatch.setattr(index, "LARGEST", 64)


def test_old_rows_go_and_what_stays_is_found(small_windows):
    grouper = Grouper(SimilarSettings(window_days=2))
    grouper.assign([filler(n, days=0) for n in range(80)])
    grouper.assign([annotated(100, days=6, headline="Ferry Kestrel aground off Pellmere", text=TEXT)])
    grouper.assign([filler(n, days=6) for n in range(200, 240)])
    grouper.let_go(START + timedelta(days=6))
    assert "a00003" not in grouper.similar
    assert "a00100" in grouper.similar
    late = annotated(300, days=6.1, headline="Passengers taken off grounded ferry Kestrel", text=TEXT[:120])
    assert grouper.assign([late]).members["a00300"] == grouper.stories.story_of("a00100")


def test_a_small_window_is_left_as_it_is():
    grouper = Grouper(SimilarSettings(window_days=2))
    grouper.assign([filler(n, days=0) for n in range(20)])
    grouper.let_go(START + timedelta(days=30))
    assert "a00003" in grouper.similar


def test_a_copy_outlives_its_original_and_names_it_still(small_windows):
    grouper = Grouper(SimilarSettings(window_days=2))
    grouper.assign([annotated(1, days=0, headline="Ferry Kestrel aground", text=TEXT)])
    grouper.assign([filler(n, days=0) for n in range(10, 90)])
    grouper.assign([annotated(2, days=1.9, headline="Ferry Kestrel runs aground", text=TEXT)])
    grouper.assign([filler(n, days=4) for n in range(100, 140)])
    grouper.let_go(START + timedelta(days=4.5))
    assert grouper.stories.story_of("a00001") == ""
    found = grouper.assign([annotated(3, days=3.5, headline="Kestrel ferry aground", text=TEXT)])
    assert [(c.article_id, c.original_id) for c in found.copies] == [("a00003", "a00001")]
    assert found.members["a00003"] == grouper.stories.story_of("a00002")
    looked = grouper.second_look(START + timedelta(days=5))
    assert "a00003" not in looked.members


def test_crowding_asks_more_in_a_fuller_window():
    pair = [
        annotated(1, days=0, headline="Ferry Kestrel aground", text=TEXT),
        annotated(2, days=0, headline="Coastguard: nobody hurt at Pellmere", text="Lifeboats took people off a ferry."),
    ]
    alone, crowded = Grouper(SimilarSettings()), Grouper(SimilarSettings())
    crowded.assign([filler(n, days=0) for n in range(1_000, 2_200)])
    for grouper in (alone, crowded):
        grouper.assign(pair)
    assert crowded.stories.near("a00002")["a00001"] < alone.stories.near("a00002")["a00001"]


def test_what_left_under_way_is_let_go_too(small_windows, monkeypatch):
    monkeypatch.setattr(grouping, "EXPIRE_EVERY", 20)
    grouper = Grouper(SimilarSettings(window_days=2))
    for n in range(200):
        grouper.assign([filler(n, days=n / 10)])
    stories = {f"a{n:05d}": grouper.stories.story_of(f"a{n:05d}") for n in range(200)}
    assert "a00003" not in grouper.similar
    assert stories["a00003"]
    gone, ended = grouper.let_go(START + timedelta(days=20))
    assert {"a00003", "a00100"} <= set(gone)
    assert not any(map(grouper.stories.story_of, gone))
    assert set(ended) == set(stories.values()) - {stories[i] for i in set(stories) - set(gone)}
    assert grouper.let_go(START + timedelta(days=20)) == ([], [])
