"""What changed: word by word, when it was said, what readers are told of it, and how long the wording stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsloom.config import Settings, SiteSettings
from newsloom.site.app import make_app
from newsloom.store import SqlStore, open_store
from newsloom.store.lookup import explain, list_articles
from newsloom.store.reading import Reading
from newsloom.types import Rejected, Rights
from newsloom.wording import MOST_CHARS, _by_word, _compared, changes, counted
from tests.collecting import add, collect, collecting, pool
from tests.outlets import Outlets
from tests.store_kit import NOW, add_source, later, new_entry, opened, page_of, poll, rows, value

OLD = "The bridge will close for a year, the council said.\nIts stones are loose.\nWork costs nine millions."
NEW = "The bridge will close for two years, the council said.\nIts stones are loose.\nWork costs twelve millions."
SECRET = "Zanzibarine"

_words = st.lists(st.sampled_from("a b c d".split()), max_size=12)


@given(st.lists(_words, max_size=4), st.lists(_words, max_size=4))
def test_both_versions_can_be_read_from_the_changes(old: list[list[str]], new: list[list[str]]) -> None:
    before, after = ([" ".join(words) for words in version] for version in (old, new))
    ops = _by_word(_compared(before, after))
    assert " ".join(words for sign, words in ops if sign in "=-").split() == " ".join(before).split()
    assert " ".join(words for sign, words in ops if sign in "=+").split() == " ".join(after).split()


def test_changes_are_told_with_a_few_words_around_them() -> None:
    told = changes(OLD, NEW)
    assert [words for sign, words in told if sign == "-"] == ["a year,", "nine"]
    assert [words for sign, words in told if sign == "+"] == ["two years,", "twelve"]
    assert counted(told) == (3, 3)
    assert changes(OLD, OLD.replace(" ", "  ")) == ()
    far = changes("start " + "x " * 500 + "old", "start " + "x " * 500 + "new")
    assert far[0] == ("=", "… x x x x x x x x")


def test_changes_of_any_text_are_bounded() -> None:
    mixed = [str(n * 7919 % 1000) for n in range(6_000)]
    for old, new in (
        (" ".join(["a", "b"] * 1_500), " ".join(["b", "a"] * 1_500)),
        (" ".join(mixed), " ".join(mixed[::-1])),
        ("\n".join(mixed), "\n".join(mixed[::-1])),
        ("x" * 5_000_000, "y" * 5_000_000),
    ):
        told = changes(old, new)  # hours, were it not bounded
        assert 0 < sum(len(words) for _, words in told) <= MOST_CHARS + 10 * len(told)


# In the store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = opened(tmp_path)
    yield store
    store.close()


def read(store: SqlStore, text: str, *, version: int = 1, now: timedelta = timedelta(0), **said: object) -> None:
    """The one article's page as it is now."""
    with store._write() as connection:
        connection.exec_driver_sql("UPDATE articles SET read_version = 0, retry_at = NULL WHERE read_version = 1")
    (job,) = store.claim_pages(NOW + now, 1, 60, version=version)
    result = page_of(job, text, **said)
    store.save_reads([replace(result, read_version=version)], NOW + now)


def first(store: SqlStore, **said: object) -> str:
    poll(store, add_source(store), entry := new_entry("https://s.example/a", title="Bridge to close"))
    read(store, OLD, **said)
    return entry.id


def test_a_page_that_changed_leaves_a_revision(store: SqlStore) -> None:
    article = first(store)
    assert value(store, "SELECT count(*) FROM revisions") == 0
    read(store, OLD, now=timedelta(hours=1))
    assert value(store, "SELECT count(*) FROM revisions") == 0, "nothing changed"
    read(store, NEW, headline="Bridge to close for two years", now=timedelta(hours=2))
    (told,) = explain(store.reader, article)["revisions"]
    assert (told["from"], told["old_title"], told["title"]) == (
        "page", "Bridge to close", "Bridge to close for two years",
    )  # fmt: skip
    assert (told["words_in"], told["words_out"]) == (3, 3)
    assert "- nine" in told["text"]
    assert "+ twelve" in told["text"]
    assert next(iter(list_articles(store.reader)))["changed"] == later(hours=2).isoformat()
    found = Reading(store.reader).article(article)
    assert found is not None
    (revision,) = found.revisions
    assert revision.words_in == 3
    assert revision.wording == ()


def test_what_only_our_reading_changed_is_no_revision(store: SqlStore) -> None:
    first(store)
    with store._write() as connection:
        connection.exec_driver_sql("UPDATE articles SET look_at = NULL")
    (job,) = store.claim_pages(later(hours=1), 1, 60, version=2)
    store.save_reads([replace(page_of(job, NEW), read_version=2)], later(hours=1))
    assert value(store, "SELECT count(*) FROM revisions") == 0


def test_twenty_revisions_are_kept(store: SqlStore) -> None:
    first(store)
    for n in range(25):
        read(store, f"{OLD} Then it was {n}.", now=timedelta(minutes=n + 1))
    assert value(store, "SELECT count(*) FROM revisions") == 21
    assert "+ 24." in explain(store.reader, "https://s.example/a")["revisions"][-1]["text"]


def test_the_wording_goes_with_the_text(store: SqlStore) -> None:
    first(store)
    read(store, NEW, now=timedelta(hours=1))
    store.expire(later(days=29))
    assert value(store, "SELECT count(wording) FROM revisions") == 1
    store.expire(later(days=31))
    assert rows(store, "SELECT wording, words_in FROM revisions") == [(None, 3)]


def test_wording_that_may_not_be_kept_is_not(store: SqlStore) -> None:
    first(store)
    read(store, NEW, now=timedelta(hours=1))
    read(store, OLD, now=timedelta(hours=2), rights=Rights(archive=False, evidence=("meta robots: noarchive",)))
    assert value(store, "SELECT count(wording) FROM revisions") == 0


def test_a_page_taken_back_takes_its_revisions_along(store: SqlStore) -> None:
    first(store)
    read(store, NEW, headline="Other", now=timedelta(hours=1))
    with store._write() as connection:
        connection.exec_driver_sql("UPDATE articles SET read_version = 0")
    (job,) = store.claim_pages(later(hours=2), 1, 60, version=1)
    gone = Rejected(stage="fetch", reason="http-410", status=410)
    entry = replace(job.article, origin="entry")
    store.save_reads([replace(page_of(job), article=entry, annotations=None, rejected=gone)], later(hours=2))
    assert value(store, "SELECT count(*) FROM revisions") == 0


# From the outlet's page to ours


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SqlStore, Settings, str]]:
    """A store whose outlet changed a page between two looks at it."""
    settings = replace(
        collecting(tmp_path_factory.mktemp("news")), site=SiteSettings(operator_token="a-long-token", rate=0)
    )
    store = open_store(settings.store)
    with Outlets(outlets=1, articles=2) as web, pool() as workers:
        path, url = "/n/0-0", web.base(0) + "/n/0-0"
        page = web.page(0, path)
        add(store, settings, web)
        collect(store, settings, workers)
        title = web.title(0, path)
        changed = page.replace("<p>", f"<p>The {SECRET} was not there before. ", 1).replace(title, "Another title")
        web.say[path] = lambda: web.answer(200, changed, **{"Content-Type": "text/html"})
        collect(store, settings, workers, later_s=86_400)
        yield store, settings, url
    store.close()


async def test_readers_see_that_and_when_it_changed_and_the_headlines(seen: tuple[SqlStore, Settings, str]) -> None:
    store, settings, url = seen
    article = explain(store.reader, url)["article"]
    app = make_app(settings, Reading(store.reader), None, later)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, client=("203.0.113.9", 1)), base_url="https://news.example"
    ) as reader:
        page = (await reader.get(f"/us/article/{article}/x", follow_redirects=True)).text
        assert "Changed 1 time since it was first read" in page
        assert "then: “Another title”" in page
        told = json.loads((await reader.get(f"/us/article/{article}.json", follow_redirects=True)).text)
        assert [(each["headline"], each["text"]) for each in told["changes"]] == [("Another title", True)]
        assert "was not there before" not in json.dumps(told["changes"])
        answer = await reader.get(f"/operator/article/{article}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/operator/login")


async def test_the_operator_sees_the_wording(seen: tuple[SqlStore, Settings, str]) -> None:
    store, settings, url = seen
    article = explain(store.reader, url)["article"]
    app = make_app(settings, Reading(store.reader), None, later)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, client=("127.0.0.1", 1)), base_url="http://localhost:8000"
    ) as local:
        page = (await local.get(f"/operator/article/{article}")).text
        assert f"<ins>The {SECRET} was not there before.</ins>" in page
        assert (await local.get("/operator/article/nothing")).status_code == 404
