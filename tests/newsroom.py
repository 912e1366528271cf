"""A small made-up newsroom in a real store: what the tests of the reading side and the site look at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from newsloom.config import StoreSettings
from newsloom.store import search, tables
from newsloom.store.engine import make_engine
from newsloom.store.reading import Reading

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

SOURCES = [
    ("harbour", "The Harbour Post", "gb", "en", ""),
    ("ferry", "Ferry Times", "us", "en", ""),
    ("valley", "Valley Wire", "us", "en", "Valley Group"),
    ("dale", "Dale Gazette", "us", "en", "Valley Group"),
    ("north", "North Coast Radio", "us", "en", ""),
    ("lighthouse", "Lighthouse Daily", "us", "en", ""),
    ("kueste", "Küstenblatt", "de", "de", ""),
    ("sahil", "صحيفة الساحل", "eg", "ar", ""),
    ("script", "<script>alert(1)</script> News", "us", "en", ""),
]

BRIDGE = "Swing bridge at Port Ellery reopens after nine months of repairs"

# id, source, headline, lead, hours before NOW, story, copy_of, and what else differs from the usual row.
ARTICLES: list[tuple[str, str, str, str, float, str, str, dict[str, Any]]] = [
    ("a1", "ferry", BRIDGE, "Cars crossed the Ellery swing bridge on Tuesday for the first time since February.", 2.0,
     "s1", "", {"image": "https://ferry.example/bridge.jpg", "image_alt": "The bridge at dawn", "rights": {"image": True},
                "authors": ["Mina Okafor", "Jo Stahl"], "section": "region"}),
    ("a2", "valley", "Port Ellery bridge open again, 41 million spent", "The repair of the bridge took nine months and "
     "cost 41 million, the harbour board said.", 5.0, "s1", "", {}),
    ("a3", "dale", "Port Ellery bridge open again, 41 million spent", "The repair of the bridge took nine months.", 4.5,
     "s1", "a2", {"copy_kind": "wire"}),
    ("a4", "north", "Bridge is open: what drivers must know", "Lorries above 12 tonnes still have to take the ferry.",
     3.0, "s1", "", {}),
    ("a5", "lighthouse", "Port Ellery bridge open again, 41 million spent", "The repair took nine months.", 4.0, "s1",
     "a2", {"copy_kind": "identical"}),
    ("a6", "kueste", "Drehbrücke in Port Ellery nach neun Monaten wieder offen", "Am Dienstag fuhren die ersten Autos "
     "über die Brücke.", 1.5, "s1", "", {"language": "de"}),
    ("a7", "sahil", "إعادة فتح جسر بورت إليري بعد تسعة أشهر", "عبرت السيارات الجسر يوم الثلاثاء.", 1.0, "s1", "",
     {"language": "ar"}),
    ("a8", "harbour", "After nine months, traffic flows over Ellery bridge", "Hundreds waited at the barrier at dawn.",
     6.0, "s1", "", {"origin": "entry"}),
    ("a9", "north", "Bridge traffic doubles on the first evening", "Queues reached the market square.", 0.5, "s1", "", {}),
    ("b1", "north", "Council votes on harbour fees after a seven-hour debate", "The council raised the fees by 3 per "
     "cent.", 8.0, "s2", "", {"section": "politics"}),
    ("b2", "ferry", "Harbour fees rise by 3 per cent", "A narrow vote ended a long night.", 7.0, "s2", "", {}),
    ("c1", "lighthouse", "Choir of retired pilots fills the old customs hall", "Two hundred people came to listen.", 20.0,
     "s3", "", {"section": "culture"}),
    ("d1", "script", "<script>alert('x')</script><img src=x onerror=alert(2)>", "</p><script>alert(3)</script>\"'>&amp;",
     9.0, "s4", "", {"url": "javascript:alert(4)", "section": "\"><script>alert(5)</script>",
                     "authors": ["<b onclick=alert(6)>Eve</b>"], "image": "javascript:alert(7)",
                     "rights": {"image": True}, "image_alt": "\" onerror=\"alert(8)"}),
    ("e1", "", "Putin visits ally Belarus", "Drones struck Kyiv on Monday.", 30.0, "s5", "",
     {"url": "urn:newsloom::e1", "origin": "import"}),
    ("e2", "", "Drones attack Kyiv as leaders meet", "The capital came under attack.", 30.0, "s5", "",
     {"url": "urn:newsloom::e2", "origin": "import"}),
    ("e3", "", "Minsk awaits a visit", "Alexander Lukashenko has refrained so far.", 30.0, "s5", "",
     {"url": "urn:newsloom::e3", "origin": "import"}),
    ("e4", "", "Putin visits ally Belarus for talks", "Drones struck Kyiv on Monday morning.", 30.0, "s5", "e1",
     {"url": "urn:newsloom::e4", "origin": "import"}),
    ("f1", "lighthouse", "Reserved: only the headline may be shown", "This text must not leave.", 10.0, "s6", "",
     {"rights": {"analyse": False, "snippet_chars": 0}}),
]  # fmt: skip

STORIES = {"s1": ("a1", 6, 2), "s2": ("b1", 2, 0), "s3": ("c1", 1, 0), "s4": ("d1", 1, 0), "s5": ("e1", 3, 1),
           "s6": ("f1", 1, 0)}  # fmt: skip
SECTIONS = {"s1": "region", "s2": "politics", "s3": "culture", "s4": "\"><script>alert(5)</script>", "s6": "region"}


def passage(text: str, start: int) -> dict[str, Any]:
    """A key passage as the store keeps it."""
    return {"text": text, "start": start, "end": start + len(text), "score": 0.9}


def article_row(each: tuple[str, str, str, str, float, str, str, dict[str, Any]]) -> dict[str, Any]:
    """A full row of `articles`."""
    id, source, headline, lead, hours, story, copy_of, more = each
    at = NOW - timedelta(hours=hours)
    row: dict[str, Any] = {
        "id": id, "source_id": source, "url": f"https://{source}.example/{id}", "host": f"{source}.example",
        "first_seen": at, "shown_at": at, "published": at, "headline": headline, "lead": lead, "authors": [],
        "keywords": [], "rights": {}, "passages": [], "language": "en", "origin": "page", "story_id": story,
        "copy_of": copy_of, "section": "", "image": "", "image_alt": "", "copy_kind": "",
    }  # fmt: skip
    if id == "a1":
        row["passages"] = [
            passage("Cars crossed the Ellery swing bridge on Tuesday for the first time since February.", 0),
            passage("“We count 9,000 crossings a day and expect that number back by spring,” said Ada Brandt.", 90),
        ]
    if id == "f1":
        row["passages"] = [passage("This text must not leave either.", 0)]
    return row | more


def fill(engine: sa.Engine) -> None:
    """Make the schema and put the newsroom in."""
    tables.metadata.create_all(engine)
    with engine.begin() as c:
        for statement in search.CREATE:
            c.exec_driver_sql(statement)
        c.execute(sa.insert(tables.editions), [
            {"id": "us", "name": "United States", "country": "us", "language": "en", "position": 0,
             "ranked": NOW - timedelta(minutes=4)},
            {"id": "de", "name": "Germany", "country": "de", "language": "de", "position": 1, "ranked": None},
        ])  # fmt: skip
        c.execute(sa.insert(tables.sources), [
            {"id": id, "name": name, "homepage": f"https://{id}.example/", "country": country, "languages": [language],
             "owner": owner, "kind": "newspaper", "added": NOW - timedelta(days=9)}
            for id, name, country, language, owner in SOURCES
        ])  # fmt: skip
        c.execute(sa.insert(tables.edition_sources), [
            {"edition_id": "us", "source_id": source[0]} for source in SOURCES
        ])  # fmt: skip
        _feeds(c)
        c.execute(sa.insert(tables.articles), [article_row(each) for each in ARTICLES])
        _stories(c)
        _links(c)
        rows = c.execute(sa.select(tables.articles)).mappings().all()
        search.add(c, [search.SearchRow(seq=r["seq"], headline=r["headline"], lead=r["lead"], passages="", source="")
                       for r in rows])  # fmt: skip


def _feeds(c: sa.Connection) -> None:
    usual = {"status": 200, "last_polled": NOW - timedelta(minutes=6), "last_success": NOW - timedelta(minutes=6)}
    rows = [
        {"id": f"f-{id}", "source_id": id, "url": f"https://{id}.example/feed.xml", "next_poll": NOW, **usual,
         "failures": 0, "error": "", "failing_since": None, "gone": False}
        for id, *_ in SOURCES
    ]  # fmt: skip
    rows[1] |= {"failures": 3, "error": "timeout", "failing_since": NOW - timedelta(hours=3),
                "next_poll": NOW + timedelta(minutes=30)}  # fmt: skip
    rows[2] |= {"gone": True}
    c.execute(sa.insert(tables.feeds), rows)
    c.execute(sa.insert(tables.rejected), [
        {"at": NOW - timedelta(hours=1), "stage": "fetch", "reason": "timeout", "detail": "no answer in 20 s",
         "subject": "https://ferry.example/feed.xml", "source_id": "ferry"},
        {"at": NOW - timedelta(hours=2), "stage": "extract", "reason": "no-text", "detail": "<script>alert(9)</script>",
         "subject": "javascript:alert(10)", "source_id": "script"},
    ])  # fmt: skip


def _stories(c: sa.Connection) -> None:
    seen: dict[str, list[datetime]] = {}
    for each in ARTICLES:
        seen.setdefault(each[5], []).append(NOW - timedelta(hours=each[4]))
    c.execute(sa.insert(tables.stories), [
        {"id": id, "founded_by": lead, "lead_id": lead, "language": "en", "first_seen": min(seen[id]),
         "last_seen": max(seen[id]), "members": len(seen[id]), "reports": reports, "copies": copies,
         "updated": max(seen[id])}
        for id, (lead, reports, copies) in STORIES.items()
    ])  # fmt: skip
    c.execute(sa.insert(tables.placements), [
        {"edition_id": "us", "rank": rank, "story_id": id, "score": 1 / rank, "section": SECTIONS[id], "reasons": {}}
        for rank, id in enumerate(SECTIONS, 1)
    ])  # fmt: skip
    c.execute(sa.insert(tables.story_redirects), [
        {"old_id": "s0", "story_id": "s1", "reason": "merged", "at": NOW}
    ])  # fmt: skip


def _links(c: sa.Connection) -> None:
    pairs = [("a1", "a2", 0.97, "same"), ("a1", "a4", 0.9, "same"), ("a1", "a6", 0.6, "same"), ("a1", "b2", 0.3, "related"),
             ("e1", "e2", 0.8, "same"), ("e2", "e3", 0.7, "same"), ("a2", "a3", 0.99, "copy")]  # fmt: skip
    evidence = {"names": ["Port Ellery", "Ada Brandt"], "numbers": ["41 million"], "terms": ["bridge"], "hours": 3.0}
    c.execute(sa.insert(tables.similarities), [
        {"article_id": x, "other_id": y, "score": score, "kind": kind, "evidence": evidence}
        for one, two, score, kind in pairs for x, y in ((one, two), (two, one))
    ])  # fmt: skip


def newsroom(folder: Path) -> Reading:
    """A reading side over a filled store in `folder`."""
    url = f"sqlite:///{folder / 'newsroom.db'}"
    writer = make_engine(url, StoreSettings())
    fill(writer)
    writer.dispose()
    return Reading(make_engine(url, StoreSettings(), readonly=True))
