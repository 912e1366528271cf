"""The one writer of stories over a real store: what it hears of while it runs, and what it leaves to others."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsloom import config
from newsloom.annotate import Background, annotate
from newsloom.config import AnnotateSettings, Settings
from newsloom.pipeline.stories_writer import StoriesWriter, put_editions
from newsloom.store import open_store
from newsloom.store.keys import article_id, link_key
from newsloom.store.protocol import NewEntry
from newsloom.types import Article, Entry, Source

NOW = datetime(2025, 3, 3, 12, tzinfo=UTC)
TEXT = (
    "The harbour ferry Kestrel ran aground off Pellmere on Sunday night with 84 people aboard. "
    "Lifeboats from Corrowby took everyone off within two hours, the coastguard said, and nobody was hurt. "
    "The operator, Pellmere Lines, said the ferry had lost power in its port engine before it drifted onto a bank."
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return config.load({"NEWSLOOM_DB": str(tmp_path / "news.db")})


@pytest.fixture
def store(settings: Settings) -> Iterator:
    opened = open_store(settings.store)
    put_editions(opened, settings)
    for name in ("gazette", "herald", "post"):
        opened.put_source(Source(id=name, name=name.title(), homepage=f"https://{name}.example/"), ["us"], NOW)
    yield opened
    opened.close()


def bring(store, source: str, headline: str, minutes: int) -> str:
    url = f"https://{source}.example/{minutes}"
    key = link_key(url)
    article = Article(
        id=article_id(source, key),
        source_id=source,
        url=url,
        headline=headline,
        paragraphs=(TEXT,),
        in_language="en",
        date_published=NOW - timedelta(hours=2) + timedelta(minutes=minutes),
        origin="import",
    )
    annotations = annotate(article, AnnotateSettings(), Background().table)
    entry = NewEntry(id=article.id, keys=(key,), entry=Entry(link=url, title=headline), article=article)
    assert store.import_articles([(entry, annotations)], NOW + timedelta(minutes=minutes)) == 1
    return article.id


def placed(store) -> dict[str, tuple[str, str]]:
    return {a.article.id: (a.story_id, a.copy.original_id if a.copy else "") for a in store.window(NOW - timedelta(9))}


def test_a_running_writer_names_no_article_that_was_taken_down(store, settings: Settings) -> None:
    writer = StoriesWriter(store, settings, lambda: NOW + timedelta(hours=1))
    first = bring(store, "gazette", "Ferry Kestrel aground off Pellmere", 1)
    second = bring(store, "herald", "Ferry aground: 84 taken off", 2)
    assert writer.finish()
    assert placed(store)[second][1] == first
    store.forget("https://gazette.example/1", NOW, "asked to")
    third = bring(store, "post", "Kestrel runs aground", 3)
    assert writer.finish()
    assert placed(store)[second] == (placed(store)[third][0], "")
    assert placed(store)[third][1] == second


def test_a_second_writer_takes_over_where_the_first_let_go(store, settings: Settings) -> None:
    first = StoriesWriter(store, settings, lambda: NOW + timedelta(hours=1))
    one = bring(store, "gazette", "Ferry Kestrel aground off Pellmere", 1)
    assert first.finish()
    first.release()
    two = bring(store, "herald", "Ferry aground: 84 taken off", 2)
    assert StoriesWriter(store, settings, lambda: NOW + timedelta(hours=1)).finish()
    assert placed(store)[two] == (placed(store)[one][0], one)
