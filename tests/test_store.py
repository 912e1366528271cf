"""The queue of the store: polls, claims, results, imports, on real SQLite files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsloom.store import SqlStore, search
from newsloom.store.annotations import pack_annotations, unpack_annotations
from newsloom.store.lookup import explain
from newsloom.store.protocol import Polled, ReadResult, RobotsRow
from newsloom.store.rows import article_of, article_values
from newsloom.types import Article, EditionSpec, Entry, Rejected, Rights, Source
from tests.store_kit import (
    NOW,
    add_source,
    annotations,
    arrived,
    group,
    later,
    new_entry,
    opened,
    page_of,
    poll,
    read_all,
    rows,
    story,
    value,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = opened(tmp_path)
    yield store
    store.close()


def found(store: SqlStore, words: str) -> list[str]:
    matching = search.match(words)
    assert matching is not None
    with store.reader.connect() as connection:
        seqs = connection.execute(matching.select().order_by("rank")).scalars().all()
    return [value(store, "SELECT headline FROM articles WHERE seq = :s", s=seq) for seq in seqs]


def claim(store: SqlStore, **more: object) -> list[str]:
    return [job.article.headline for job in store.claim_pages(NOW, 100, 60, version=1, **more)]  # type: ignore[arg-type]


# Catalogue


def test_a_source_is_new_once(store: SqlStore) -> None:
    source = Source(id="s", name="S", languages=("en", "fr"), feeds=("https://s.example/a", "https://s.example/b"))
    assert store.put_source(source, ["us"], NOW)
    assert not store.put_source(dataclasses.replace(source, name="T"), ["gb"], NOW)
    assert store.sources() == store.sources("gb") == [dataclasses.replace(source, name="T")]
    assert store.sources("de") == []


def test_a_removed_source_is_asked_no_more_until_it_is_added_again(store: SqlStore) -> None:
    feed = add_source(store)
    poll(store, feed, new_entry("https://s.example/1"))
    assert store.remove_source("s", NOW)
    assert not store.remove_source("s", NOW)
    assert store.sources() == store.feeds() == claim(store) == []
    assert poll(store, feed, new_entry("https://s.example/2")) == (0, 0)
    add_source(store)
    assert claim(store) == ["A title"]


def test_editions_come_in_their_order(store: SqlStore) -> None:
    specs = [EditionSpec(id=i, name=i, country=i, language="en") for i in ("us", "gb")]
    store.put_editions(specs)
    store.put_editions(specs)
    assert store.editions() == specs


# Polls


def test_feeds_are_claimed_once_and_again_when_the_lease_ends(store: SqlStore) -> None:
    add_source(store)
    assert len(store.claim_feeds(NOW, 10, 60, due_only=True)) == 1
    assert store.claim_feeds(later(seconds=59), 10, 60, due_only=True) == []
    assert len(store.claim_feeds(later(seconds=60), 10, 60, due_only=True)) == 1


def test_a_round_gets_each_feed_once_due_or_not_but_none_in_back_off(store: SqlStore) -> None:
    calm, failing = add_source(store, "calm"), add_source(store, "failing")
    poll(store, dataclasses.replace(calm, next_poll=later(hours=1), last_polled=NOW))
    poll(store, dataclasses.replace(failing, next_poll=later(hours=1), last_polled=NOW, failures=1))
    start = later(minutes=1)
    taken = store.claim_feeds(start, 10, 60, due_only=False)
    assert [feed.id for feed in taken] == [calm.id]
    poll(store, dataclasses.replace(taken[0], last_polled=later(minutes=2)), now=later(minutes=2))
    assert store.claim_feeds(start, 10, 60, due_only=False) == []


def test_a_feed_that_is_gone_is_never_asked(store: SqlStore) -> None:
    feed = add_source(store)
    poll(store, dataclasses.replace(feed, gone=True))
    assert store.claim_feeds(later(days=9), 10, 60, due_only=False) == []


def test_a_poll_keeps_validators_health_and_fifty_polls(store: SqlStore) -> None:
    feed = dataclasses.replace(add_source(store), etag='"x"', status=200, next_poll=later(hours=1), last_polled=NOW)
    for n in range(60):
        store.save_poll(Polled(feed=feed, took_ms=n), later(minutes=n))
    assert store.feeds() == [feed]
    assert rows(store, "SELECT count(*), min(took_ms) FROM feed_polls") == [(50, 10)]


def test_polling_again_makes_nothing_new(store: SqlStore) -> None:
    feed = add_source(store)
    entries = [new_entry(f"https://s.example/{n}", guid=str(n)) for n in range(50)]
    assert poll(store, feed, *entries) == (50, 0)
    assert poll(store, feed, *reversed(entries)) == (0, 0)


def test_an_item_whose_guid_changes_at_every_poll_is_one_article(store: SqlStore) -> None:
    feed = add_source(store)
    for n in range(3):
        poll(store, feed, new_entry(f"https://s.example/1?utm_campaign={n}", guid=f"session-{n}"))
    assert value(store, "SELECT count(*) FROM articles") == 1


def test_a_new_link_with_a_known_guid_is_another_address_of_the_article(store: SqlStore) -> None:
    feed = add_source(store)
    poll(store, feed, new_entry("https://s.example/old", guid="g"))
    assert poll(store, feed, new_entry("https://s.example/new", guid="g", title="A  TITLE")) == (0, 1)
    assert poll(store, feed, new_entry("https://s.example/new")) == (0, 1)


def test_a_guid_used_again_for_another_link_and_title_is_another_article(store: SqlStore) -> None:
    feed = add_source(store)
    poll(store, feed, new_entry("https://s.example/1", guid="g"))
    assert poll(store, feed, new_entry("https://s.example/2", guid="g", title="Something else")) == (1, 0)


def test_one_guid_at_two_sources_names_two_articles(store: SqlStore) -> None:
    poll(store, add_source(store, "s"), new_entry("https://s.example/1", guid="g"))
    assert poll(store, add_source(store, "t"), new_entry("https://s.example/1", guid="g", source="t")) == (1, 0)


def test_two_entries_of_one_poll_with_one_link_are_one_article(store: SqlStore) -> None:
    feed = add_source(store)
    twins = [new_entry("https://s.example/1#a", guid="a"), new_entry("https://s.example/1#b", guid="b", title="B")]
    assert poll(store, feed, *twins) == (1, 0)
    assert poll(store, feed, *twins) == (0, 0)


def test_an_edited_entry_changes_what_is_known_from_the_entry_alone(store: SqlStore) -> None:
    feed = add_source(store)
    poll(store, feed, new_entry("https://s.example/1"), new_entry("https://s.example/2"))
    (job,) = store.claim_pages(NOW, 1, 60, version=1)
    store.save_reads([page_of(job)], NOW)
    edited = [new_entry(f"https://s.example/{n}", title="Corrected") for n in (1, 2)]
    assert poll(store, feed, *edited) == (0, 2)
    assert found(store, "corrected") == ["Corrected"]
    assert value(store, "SELECT headline FROM articles WHERE id = :i", i=job.article.id) == "A title"


def test_an_edit_leaves_a_revision_and_the_page_is_read_again_ever_more_rarely(store: SqlStore) -> None:
    feed = add_source(store)
    poll(store, feed, new_entry("https://s.example/1", title="One"))
    (job,) = store.claim_pages(NOW, 1, 60, version=1)
    store.save_reads([page_of(job, headline="The page's one")], NOW)
    for n, (title, lead) in enumerate([("One", "A lead."), ("Two", "A lead."), ("Two", "Another."), ("Three", "")]):
        poll(store, feed, new_entry("https://s.example/1", title=title, lead=lead), now=later(minutes=n))
    said = rows(store, "SELECT old_headline, headline, old_lead, lead FROM revisions ORDER BY seq")
    assert said == [
        ("One", "Two", "A lead.", "A lead."),
        ("Two", "Two", "A lead.", "Another."),
        ("Two", "Three", "Another.", ""),
    ]
    told = explain(store.reader, "https://s.example/1")
    assert [r["title"] for r in told["revisions"]] == ["Two", "Two", "Three"]
    assert [j.article.headline for j in store.claim_pages(later(hours=1), 1, 60, version=1)] == ["The page's one"]
    for n in range(60):
        poll(store, feed, new_entry("https://s.example/1", title=f"No {n}"), now=later(hours=n))
    assert value(store, "SELECT count(*) FROM revisions") == 21
    assert value(store, "SELECT count(*) FROM articles") == 1


def test_an_edited_item_without_a_page_of_its_own_is_annotated_again(store: SqlStore) -> None:
    feed = add_source(store)
    poll(store, feed, new_entry("", guid="only", paragraphs=("Its words.",)))
    (job,) = store.claim_annotate(NOW, 10, 60, version=1)
    store.save_reads([dataclasses.replace(page_of(job, "Its words."), article=job.article)], NOW)
    poll(store, feed, new_entry("", guid="only", title="Other", paragraphs=("Other words.",)))
    (again,) = store.claim_annotate(later(hours=1), 10, 60, version=1)
    assert again.article.paragraphs == ("Other words.",)
    assert value(store, "SELECT count(*) FROM articles") == 1


def test_entries_without_address_are_annotated_from_their_own_text(store: SqlStore) -> None:
    feed = add_source(store)
    poll(store, feed, new_entry("", guid="only", paragraphs=("Its words.",)))
    assert claim(store) == []
    (job,) = store.claim_annotate(NOW, 10, 60, version=1)
    assert job.article.paragraphs == ("Its words.",)
    assert job.entry.id == "only"


@pytest.mark.parametrize(
    ("published", "shown"),
    [
        (datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)),
        (datetime(1989, 12, 31, tzinfo=UTC), NOW),
        (later(days=1), NOW),
        (later(days=1, minutes=1), NOW),
        (datetime(2099, 1, 1, tzinfo=UTC), NOW),
        (None, NOW),
    ],
)
def test_the_time_shown_is_never_in_the_future_nor_before_the_web(
    store: SqlStore, published: datetime | None, shown: datetime
) -> None:
    poll(store, add_source(store), new_entry("https://s.example/1", date_published=published))
    (job,) = store.claim_pages(NOW, 1, 60, version=1)
    can_be = published is not None and datetime(1990, 1, 1, tzinfo=UTC) <= published <= later(days=1)
    assert job.article.date_published == (published if can_be else None)
    read_all(store, later(minutes=5))
    assert value(store, "SELECT shown_at FROM articles") == int(shown.timestamp() * 1000)


def test_words_that_no_database_takes_are_cleaned(store: SqlStore) -> None:
    poll(store, add_source(store), new_entry("https://s.example/1", title="a\ud800b\0c", authors=("\udfff",)))
    assert claim(store) == ["a?bc"]


# Claims of pages


def test_pages_come_newest_first_and_one_a_host(store: SqlStore) -> None:
    feed = add_source(store)
    poll(store, feed, new_entry("https://a.example/1", title="old a"), new_entry("https://b.example/1", title="old b"))
    poll(store, feed, new_entry("https://a.example/2", title="new a"), now=later(seconds=1))
    assert claim(store, busy_hosts=["b.example"]) == ["new a"]
    assert sorted(claim(store)) == ["old a", "old b"]
    assert claim(store) == []


def test_few_hosts_with_many_pages_do_not_hide_the_others(store: SqlStore) -> None:
    feed = add_source(store)
    poll(store, feed, new_entry("https://quiet.example/1", title="quiet"))
    many = [new_entry(f"https://loud.example/{n}", title="loud") for n in range(100)]
    poll(store, feed, *many, now=later(seconds=1))
    jobs = store.claim_pages(later(seconds=2), 2, 60, version=1)
    assert [job.article.headline for job in jobs] == ["loud", "quiet"]


def test_what_another_store_reads_keeps_its_host_busy(store: SqlStore, tmp_path: Path) -> None:
    poll(store, add_source(store), new_entry("https://a.example/1"), new_entry("https://a.example/2"))
    assert len(claim(store)) == 1
    other = opened(tmp_path)
    assert claim(other) == []
    assert len(claim(store)) == 1
    other.close()


def test_a_result_counts_only_while_its_token_holds(store: SqlStore) -> None:
    poll(store, add_source(store), new_entry("https://a.example/1"))
    (stale,) = store.claim_pages(NOW, 1, 60, version=1)
    (fresh,) = store.claim_pages(later(seconds=61), 1, 60, version=1)
    assert (stale.attempts, fresh.attempts) == (1, 2)
    store.save_reads([page_of(stale, headline="stale")], NOW)
    store.save_reads([page_of(fresh, headline="fresh")], NOW)
    store.save_reads([page_of(fresh, headline="twice")], NOW)
    assert rows(store, "SELECT headline, claim_token, lost FROM articles") == [("fresh", "", 0)]


def test_what_was_lost_is_tried_alone_and_put_away_after_six_times(store: SqlStore) -> None:
    poll(store, add_source(store), *(new_entry(f"https://{h}.example/1", title=h) for h in "abc"))
    assert len(claim(store)) == 3
    for hours in range(1, 16):
        jobs = store.claim_pages(later(hours=hours), 9, 60, version=1)
        assert len(jobs) == 1, "suspects go alone"
    assert store.claim_pages(later(hours=18), 9, 60, version=1) == []
    assert rows(store, "SELECT DISTINCT quarantined FROM articles") == [("lost",)]
    refused = rows(store, "SELECT stage, reason, subject FROM rejected")
    assert len(refused) == 3
    assert {each[:2] for each in refused} == {("extract", "quarantined")}


def test_a_suspect_that_comes_back_frees_the_next(store: SqlStore) -> None:
    poll(store, add_source(store), *(new_entry(f"https://{h}.example/1") for h in "abc"))
    assert len(claim(store)) == 3
    assert len(read_all(store, later(hours=1))) == 3
    assert rows(store, "SELECT DISTINCT lost, quarantined, read_version FROM articles") == [(0, "", 1)]


def test_claims_given_back_do_not_count(store: SqlStore) -> None:
    poll(store, add_source(store), new_entry("https://a.example/1"))
    for _ in range(9):
        (job,) = store.claim_pages(NOW, 1, 60, version=1)
        store.release([job.token])
    assert job.attempts == 1


def test_a_page_to_be_asked_for_again_waits_for_its_time(store: SqlStore) -> None:
    poll(store, add_source(store), new_entry("https://a.example/1"))
    assert store.next_page_at(version=1) is None
    (job,) = store.claim_pages(NOW, 1, 60, version=1)
    late = Rejected(stage="fetch", reason="timeout", url=job.article.url)
    store.save_reads(
        [
            ReadResult(
                article=job.article, annotations=annotations(job.article.id), token=job.token, first_seen=NOW,
                rejected=late, retry_at=later(minutes=5), read_version=1, annotate_version=1,
            )
        ],
        NOW,
    )  # fmt: skip
    assert store.next_page_at(version=1) == later(minutes=5)
    assert store.claim_pages(later(minutes=4), 1, 60, version=1) == []
    assert len(store.to_group(9, version=1)) == 1, "shown from its entry meanwhile"
    (job,) = store.claim_pages(later(minutes=5), 1, 60, version=1)
    assert job.attempts == 2
    assert job.entry.title == "A title"


def test_pages_of_an_older_version_are_read_again_after_all_others(store: SqlStore) -> None:
    arrived(store, "old")
    poll(store, store.feeds()[0], new_entry("https://t.example/new", title="new"))
    assert [j.article.headline for j in store.claim_pages(NOW, 1, 60, version=2)] == ["new"]
    (job,) = store.claim_pages(NOW, 1, 60, version=2)
    assert job.article.headline == "old"
    store.save_reads([dataclasses.replace(page_of(job), read_version=2)], NOW)
    assert store.claim_pages(NOW, 1, 60, version=2) == []


def test_claiming_from_a_hundred_thousand_takes_no_scan(store: SqlStore) -> None:
    add_source(store)
    with store._write() as connection:
        connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
            " INSERT INTO articles"
            " (id, source_id, url, host, first_seen, shown_at, authors, keywords, rights, passages)"
            " SELECT 'a' || i, 's', '', CASE WHEN i > 2000 THEN 'loud' ELSE 'h' || (i % 500) END, i, i,"
            " '[]', '[]', '{}', '[]' FROM n"
        )
    before = datetime.now()
    jobs = store.claim_pages(NOW, 64, 60, version=1, busy_hosts=["loud"])
    jobs += store.claim_pages(NOW, 64, 60, version=1)
    assert len({job.host for job in jobs}) > 64
    assert (datetime.now() - before).total_seconds() < 1.0


# Results


def test_a_page_read_is_all_there(store: SqlStore) -> None:
    feed = add_source(store)
    poll(store, feed, new_entry("https://s.example/1?utm_source=rss"))
    (job,) = store.claim_pages(NOW, 1, 60, version=1)
    rights = Rights(snippet_chars=50, image=True, evidence=("meta robots: max-snippet:50",), checked=NOW)
    said = {"canonical_url": "https://s.example/story-one", "authors": ("Ada", "Bo"), "rights": rights}
    store.save_reads([page_of(job, "First words.\nMore.", headline="From the page", **said)], NOW)
    (read,) = store.to_group(9, version=1)
    assert read.article.paragraphs == ("First words.", "More.")
    assert (read.article.headline, read.article.rights) == ("From the page", rights)
    assert (read.article.in_language, read.article.authors, read.owner) == ("en", ("Ada", "Bo"), "s")
    assert read.annotations == annotations(job.article.id, "First words.\nMore.")
    assert found(store, "first") == found(store, "outlet") == ["From the page"]
    assert value(store, "SELECT entry FROM articles") is None
    assert poll(store, feed, new_entry("https://s.example/story-one", title="Other")) == (0, 1), "an edit, no article"


def test_a_canonical_link_to_another_site_is_not_believed(store: SqlStore) -> None:
    feed = add_source(store)
    poll(store, feed, new_entry("https://s.example/1"))
    (job,) = store.claim_pages(NOW, 1, 60, version=1)
    store.save_reads([page_of(job, canonical_url="https://victim.example/1")], NOW)
    assert store.forget("https://victim.example/1", NOW) == 0


def test_no_text_is_kept_where_mining_is_reserved(store: SqlStore) -> None:
    poll(store, add_source(store), new_entry("https://s.example/1"))
    (job,) = store.claim_pages(NOW, 1, 60, version=1)
    store.save_reads([page_of(job, rights=Rights(analyse=False))], NOW)
    assert rows(store, "SELECT * FROM texts") == []


def test_an_article_without_annotations_is_settled(store: SqlStore) -> None:
    poll(store, add_source(store), new_entry("https://s.example/1"))
    (job,) = store.claim_pages(NOW, 1, 60, version=1)
    store.save_reads([dataclasses.replace(page_of(job), annotations=None)], NOW)
    assert store.to_group(9, version=1) == store.claim_annotate(NOW, 9, 60, version=1) == []


def test_a_page_read_after_its_entry_was_grouped_is_grouped_again_only_if_it_says_more(store: SqlStore) -> None:
    poll(store, add_source(store), *(new_entry(f"https://{h}.example/1", title=h) for h in "ab"))
    waiting = []
    for job in store.claim_pages(NOW, 9, 60, version=1):
        article = dataclasses.replace(job.article, paragraphs=("The entry.",))
        waiting.append(dataclasses.replace(page_of(job), article=article, retry_at=later(minutes=1)))
    store.save_reads(waiting, NOW)
    ids = [each.article.id for each in store.to_group(9, version=1)]
    group(store, *(story("s" + i, i) for i in ids))
    assert store.to_group(9, version=1) == []
    for job in store.claim_pages(later(minutes=1), 9, 60, version=1):
        same = job.article.headline == "a"
        store.save_reads([page_of(job, "The entry." if same else "Far more than the entry.")], NOW)
    (again,) = store.to_group(9, version=1)
    assert (again.article.headline, again.story_id) == ("b", "s" + again.article.id)


def test_what_is_reworded_in_the_groupers_hands_has_another_turn(store: SqlStore) -> None:
    poll(store, add_source(store), new_entry("https://s.example/1"))
    (job,) = store.claim_pages(NOW, 1, 60, version=1)
    store.save_reads([dataclasses.replace(page_of(job, "Early."), retry_at=NOW)], NOW)
    (early,) = store.to_group(9, version=1)
    read_all(store)
    group(store, story("s1", early.article.id))
    (again,) = store.to_group(9, version=1)
    assert again.article.text != "Early."
    group(store, story("s1", early.article.id))
    assert store.to_group(9, version=1) == []


def test_a_page_that_was_read_is_not_replaced_by_its_entry_and_loses_its_passages_when_withdrawn(
    store: SqlStore,
) -> None:
    arrived(store, "one")
    (job,) = store.claim_pages(NOW, 1, 60, version=2)
    gone = Rejected(stage="fetch", reason="http-410", status=410)
    entry = dataclasses.replace(job.article, origin="entry", headline="entry's")
    result = dataclasses.replace(page_of(job), article=entry, rejected=gone, read_version=2)
    store.save_reads([result], NOW)
    assert rows(store, "SELECT headline, passages, origin FROM articles") == [("one", "[]", "page")]
    assert rows(store, "SELECT * FROM texts") == []


# Imports, annotations of older versions, housekeeping


def test_imports_are_stored_once_with_their_text_and_never_fetched(store: SqlStore) -> None:
    add_source(store)
    entries = [new_entry(f"https://s.example/{n}", origin="import", paragraphs=("Text.",)) for n in (1, 1, 2)]
    assert store.import_articles([(each, None) for each in entries], NOW) == 2
    assert store.import_articles([(entries[0], annotations(entries[0].id))], NOW) == 0
    assert claim(store) == []
    jobs = store.claim_annotate(NOW, 9, 60, version=1)
    assert [job.article.paragraphs for job in jobs] == [("Text.",)] * 2
    store.save_reads([dataclasses.replace(page_of(job), article=job.article, read_version=0) for job in jobs], NOW)
    assert len(store.to_group(9, version=1)) == 2
    assert claim(store) == []


def test_imports_with_annotations_go_straight_to_grouping(store: SqlStore) -> None:
    entry = new_entry("https://s.example/1", origin="import", paragraphs=("Text.",))
    assert store.import_articles([(entry, annotations(entry.id))], NOW) == 1
    (waiting,) = store.to_group(9, version=1)
    assert waiting.annotations == annotations(entry.id)


def test_a_new_model_annotates_again_what_still_has_its_text(store: SqlStore) -> None:
    arrived(store, "one", "two")
    store.expire(later(days=31))
    poll(store, store.feeds()[0], new_entry("https://s.example/three", title="three"))
    read_all(store)
    jobs = store.claim_annotate(NOW, 9, 60, version=2)
    assert [job.article.headline for job in jobs] == ["three"]
    made = dataclasses.replace(annotations(jobs[0].article.id), version=2)
    result = dataclasses.replace(page_of(jobs[0]), annotations=made, annotate_version=2)
    store.save_reads([result], NOW)
    assert store.claim_annotate(later(hours=1), 9, 60, version=2) == []


def test_texts_and_history_expire_and_the_rest_stays(store: SqlStore) -> None:
    arrived(store, "one", "two")
    store.reject([Rejected(stage="fetch", reason="timeout", url="https://s.example/rss")], NOW)
    assert store.expire(later(days=29)) == 0
    assert store.expire(later(days=31)) == 2
    assert value(store, "SELECT count(*) FROM texts") == value(store, "SELECT count(*) FROM rejected") == 0
    assert value(store, "SELECT count(*) FROM articles WHERE passages != '[]'") == 2


def test_robots_background_and_small_facts_are_kept(store: SqlStore) -> None:
    row = RobotsRow(host="a.example", status=200, body="User-agent: *", fetched=NOW)
    assert store.robots("a.example") is None
    store.put_robots(row)
    assert store.robots("a.example") == row
    store.add_background("en", "2026-11-20", 2, {"the": 2, "dam": 1})
    store.add_background("en", "2026-11-20", 1, {"dam": 1})
    store.add_background("en", "2026-11-24", 1, {"new": 1})
    assert store.background_days("en", "2026-11-22") == [("2026-11-20", 3, {"the": 2, "dam": 2})]
    assert store.get_meta("x", "none") == "none"
    store.put_meta("x", "1")
    store.put_meta("x", "2")
    assert store.get_meta("x") == "2"


def test_entries_come_back_as_the_feed_said_them(store: SqlStore) -> None:
    entry = Entry(id="g", link="https://s.example/1", title="T", authors=("A",), tags=("x", "y"), published=NOW)
    made = dataclasses.replace(new_entry("https://s.example/1"), entry=entry)
    poll(store, add_source(store), made)
    (job,) = store.claim_pages(NOW, 1, 60, version=1)
    assert job.entry == entry


# Search


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("dam", {"Dam breaks"}),
        ("breaks dam", {"Dam breaks"}),
        ('"breaks dam"', set()),
        ("breaks -dam", {"Heat breaks record"}),
        ("cafe", {"Café opens"}),
        ("headline:dam", set()),
        ('dam" OR "heat', set()),
        ("NEAR(dam", set()),
        ("dam*", {"Dam breaks"}),
    ],
)
def test_words_are_words_whatever_their_shape(store: SqlStore, words: str, titles: set[str]) -> None:
    feed = add_source(store)
    for n, title in enumerate(("Dam breaks", "Heat breaks record", "Café opens")):
        poll(store, feed, new_entry(f"https://s.example/{n}", title=title, lead=""))
    assert set(found(store, words)) == titles


@pytest.mark.parametrize("words", ["", "  ", "-dam", "!!! ?", '"', "\0", "\ud800"])
def test_no_word_asks_for_nothing(words: str) -> None:
    assert search.match(words) is None


def test_a_host_is_given_one_feed_at_a_time(store: SqlStore) -> None:
    for n in range(3):
        source = Source(id=f"o{n}", name=f"o{n}", feeds=tuple(f"https://host{n}.example/{k}" for k in range(20)))
        store.put_source(source, (), NOW)
    first = store.claim_feeds(NOW, 10, 60, due_only=True)
    assert sorted(feed.source_id for feed in first) == ["o0", "o1", "o2"]
    assert store.claim_feeds(NOW, 10, 60, due_only=True) == []
    poll(store, dataclasses.replace(first[0], next_poll=later(hours=1), last_polled=NOW))
    (following,) = store.claim_feeds(NOW, 10, 60, due_only=True)
    assert following.source_id == first[0].source_id
    assert following.id != first[0].id


def test_a_page_waits_while_another_process_has_a_feed_of_its_host(store: SqlStore, tmp_path: Path) -> None:
    poll(store, add_source(store), new_entry("https://s.example/1"))
    other = opened(tmp_path)
    assert other.claim_feeds(later(seconds=1), 9, 60, due_only=False)
    assert store.claim_pages(later(seconds=2), 9, 60, version=1) == []
    assert store.claim_pages(later(seconds=62), 9, 60, version=1)
    other.close()


def test_few_hosts_with_many_feeds_do_not_hide_the_others(store: SqlStore) -> None:
    many = Source(id="many", name="many", feeds=tuple(f"https://many.example/{k}" for k in range(100)))
    store.put_source(many, (), NOW)
    add_source(store, "small")
    assert {feed.source_id for feed in store.claim_feeds(later(hours=1), 4, 60, due_only=True)} == {"many", "small"}


def test_a_feed_that_moved_keeps_its_id_and_its_articles(store: SqlStore) -> None:
    feed = add_source(store)
    poll(store, feed, new_entry("https://s.example/1"))
    poll(store, dataclasses.replace(feed, url="https://new.example/rss"))
    (moved,) = store.feeds()
    assert (moved.id, moved.url) == (feed.id, "https://new.example/rss")
    store.put_source(Source(id="s", name="s", feeds=(feed.url,)), (), NOW)
    assert [each.url for each in store.feeds()] == ["https://new.example/rss"], "the catalogue's old address is known"


def test_a_feed_that_moved_to_another_that_is_known_stops(store: SqlStore) -> None:
    feed, other = add_source(store), add_source(store, "other")
    poll(store, dataclasses.replace(feed, url=other.url))
    stopped = store.feeds("s")[0]
    assert stopped.gone
    assert other.url in stopped.error
    assert not store.feeds("other")[0].gone


def test_quiet_polls_are_saved_together_as_each_would_be_alone(store: SqlStore) -> None:
    one, two = add_source(store, "one"), add_source(store, "two")
    store.claim_feeds(NOW, 9, 60, due_only=True)
    why = Rejected(stage="fetch", reason="http-500", url=two.url, status=500)
    for n in range(60):
        after = dataclasses.replace(one, status=304, etag='"x"', next_poll=later(hours=1), last_polled=NOW)
        failed = dataclasses.replace(two, status=500, error="http-500", failures=1, next_poll=later(hours=2))
        polls = [Polled(feed=after, took_ms=n), Polled(feed=failed, took_ms=n, rejected=(why,))]
        store.save_quiet(polls, later(minutes=n))
    assert store.feeds("one") == [after]
    assert store.feeds("two")[0].failures == 1
    told = "SELECT feed_id, count(*), min(took_ms) FROM feed_polls GROUP BY feed_id ORDER BY feed_id"
    assert rows(store, told) == sorted([(one.id, 50, 10), (two.id, 50, 10)])
    assert rows(store, "SELECT count(*), max(source_id) FROM rejected") == [(60, "two")]
    assert store.next_poll_at() == later(hours=1)
    assert len(store.claim_feeds(later(hours=9), 9, 60, due_only=False)) == 2, "the claims have ended"


def test_what_is_decided_knows_how_many_were_new(store: SqlStore) -> None:
    feed = add_source(store)
    entries = (new_entry("https://s.example/1"), new_entry("https://s.example/2"))
    for _ in range(2):
        polled = Polled(feed=feed, entries=entries, decide=lambda new: dataclasses.replace(feed, pace=float(new)))
        store.save_poll(polled, NOW)
        entries = (*entries, new_entry("https://s.example/3"))
    assert store.feeds()[0].pace == 1.0


def test_hosts_that_asked_to_wait_are_remembered(store: SqlStore) -> None:
    store.put_wait("a.example", later(hours=1))
    store.put_wait("b.example", later(hours=-1))
    assert store.waits(NOW) == {"a.example": later(hours=1)}
    assert store.robots("a.example") is None


def test_what_few_pages_say_comes_back() -> None:
    said = Article(agencies=("dpa", "AFP"), image_credit="Mette Holm", free=False, modified_certainty="day")
    row = article_values(said, datetime(2026, 3, 2, tzinfo=UTC))
    row |= {"id": "", "source_id": "", "details": json.loads(json.dumps(row["details"]))}
    assert article_of(row) == said  # type: ignore[arg-type]
    assert article_values(Article(), datetime(2026, 3, 2, tzinfo=UTC))["details"] == {}


def test_annotations_that_were_packed_before_there_were_skips_are_read() -> None:
    said = annotations("a")
    packed = pack_annotations(said)
    assert unpack_annotations(packed, "a", 1).skips == said.skips != ()
    before = packed[: -2 * len(said.skips)]
    assert unpack_annotations(before, "a", 1) == dataclasses.replace(unpack_annotations(packed, "a", 1), skips=())
