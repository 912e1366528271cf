"""`sources check --pages`: what tells that an outlet changed its layout."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from newsloom.pipeline.page_health import boilerplate, judged, page_health
from newsloom.types import Article
from tests.store_kit import NOW, add_source, new_entry, opened, page_of, poll

LINE = "The lighthouse of Port Ember was lit again on Friday, number {n}, and half the town came to see it."


def article(n: int, lines: int = 10, **more: object) -> Article:
    told = {"date_published": NOW - timedelta(hours=n), "paragraphs": tuple(f"{n}.{k} " + LINE for k in range(lines))}
    return Article(id=str(n), **{**told, **more})  # type: ignore[arg-type]


def test_a_source_that_reads_well_has_no_problems() -> None:
    assert judged([article(n) for n in range(60)])["problems"] == []
    assert judged([])["problems"] == []


def test_each_way_to_go_bad_is_named() -> None:
    before = [article(n) for n in range(20, 60)]
    fell = judged([article(n, lines=2) for n in range(20)] + before)
    assert fell["problems"][0].startswith("the text fell from 10")
    undated = judged([article(n, date_published=None) for n in range(20)] + before)
    assert undated["problems"] == ["100% have no date"]
    unread = judged([article(n, origin="entry") for n in range(20)] + before)
    assert unread["problems"] == ["100% of the pages could not be read"]
    offer = "Subscribe now to read on: the first month costs one crown, and one crown only, for you and all of yours."
    sold = judged(
        [article(n, paragraphs=(*article(n, 3).paragraphs, offer)) for n in range(20)]
        + [article(n, 4) for n in range(40)]
    )
    assert sold["problems"] == ["25% of the text stands in many articles"]
    assert sold["lines"] == [offer]


def test_too_few_articles_say_nothing() -> None:
    assert judged([article(n, date_published=None) for n in range(4)])["problems"] == []


def test_a_paragraph_of_two_articles_is_no_boilerplate() -> None:
    assert boilerplate([article(1), article(1), article(2)]) == ([], 0.0)


def test_the_store_gives_what_was_read_of_a_source(tmp_path: Path) -> None:
    store = opened(tmp_path)
    poll(store, add_source(store), *(new_entry(f"https://s.example/{n}") for n in range(6)))
    while jobs := store.claim_pages(NOW, 10, 60, version=1):
        store.save_reads(
            [page_of(job, "One sentence of it.\nThe same line in all of the articles.") for job in jobs], NOW
        )
    (record,) = page_health(store, "us")
    store.close()
    assert (record["id"], record["articles"], record["unread"]) == ("s", 6, 0)
    assert "The same line in all of the articles." in record["lines"]
    assert "100% have no date" in record["problems"]
