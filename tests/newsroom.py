"""A small made-up newsroom in a real store: what the tests of the reading side and the site look at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from newsloom.config import StoreSettings
from newsloom.store import search, tables
from newsloom.store.engine import make_engine
from newsloom.store.migrations import migrate
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
    (
        "a1",
        "ferry",
        BRIDGE,
        "Cars crossed the Ellery swing bridge on Tuesday for the first time since February.",
        2.0,
        "s1",
        "",
        {
            "image": "https://ferry.example/bridge.jpg",
            "image_alt": "The bridge at dawn",
            "details": {"image_credit": "Ida Lund <b>& Sons</b>", "free": True},
            "rights": {"image": True},
            "authors": ["Mina Okafor", "Jo Stahl"],
            "section": "region",
        },
    ),
    (
        "a2",
        "valley",
        "Port Ellery bridge open again, 41 million spent",
        "The repair of the bridge took nine months and cost 41 million, the harbour board said.",
        5.0,
        "s1",
        "",
        {"details": {"image_credit": "Jon Marsh", "free": False}},
    ),
    (
        "a3",
        "dale",
        "Port Ellery bridge open again, 41 million spent",
        "The repair of the bridge took nine months.",
        4.5,
        "s1",
        "a2",
        {"copy_kind": "wire"},
    ),
    (
        "a4",
        "north",
        "Bridge is open: what drivers must know",
        "Lorries above 12 tonnes still have to take the ferry.",
        3.0,
        "s1",
        "",
        {},
    ),
    (
        "a5",
        "lighthouse",
        "Port Ellery bridge open again, 41 million spent",
        "The repair took nine months.",
        4.0,
        "s1",
        "a2",
        {"copy_kind": "identical"},
    ),
    (
        "a6",
        "kueste",
        "Drehbrücke in Port Ellery nach neun Monaten wieder offen",
        "Am Dienstag fuhren die ersten Autos über die Brücke.",
        1.5,
        "s1",
        "",
        {"language": "de"},
    ),
    (
        "a7",
        "sahil",
        "إعادة فتح جسر بورت إليري بعد تسعة أشهر",
        "عبرت السيارات الجسر يوم الثلاثاء.",
        1.0,
        "s1",
        "",
        {"language": "ar"},
    ),
    (
        "a8",
        "harbour",
        "After nine months, traffic flows over Ellery bridge",
        "Hundreds waited at the barrier at dawn.",
        6.0,
        "s1",
        "",
        {"origin": "entry"},
    ),
    (
        "a9",
        "north",
        "Bridge traffic doubles on the first evening",
        "Queues reached the market square.",
        0.5,
        "s1",
        "",
        {},
    ),
    (
        "b1",
        "north",
        "Council votes on harbour fees after a seven-hour debate",
        "The council raised the fees by 3 per cent.",
        8.0,
        "s2",
        "",
        {"section": "politics"},
    ),
    ("b2", "ferry", "Harbour fees rise by 3 per cent", "A narrow vote ended a long night.", 7.0, "s2", "", {}),
    (
        "c1",
        "lighthouse",
        "Choir of retired pilots fills the old customs hall",
        "Two hundred people came to listen.",
        20.0,
        "s3",
        "",
        {"section": "culture"},
    ),
    (
        "d1",
        "script",
        "<script>alert('x')</script><img src=x onerror=alert(2)>",
        "</p><script>alert(3)</script>\"'>&amp;",
        9.0,
        "s4",
        "",
        {
            "url": "javascript:alert(4)",
            "section": '"><script>alert(5)</script>',
            "authors": ["<b onclick=alert(6)>Eve</b>"],
            "image": "javascript:alert(7)",
            "rights": {"image": True},
            "image_alt": '" onerror="alert(8)',
        },
    ),
    (
        "e1",
        "",
        "Putin visits ally Belarus",
        "Drones struck Kyiv on Monday.",
        30.0,
        "s5",
        "",
        {"url": "urn:newsloom::e1", "origin": "import"},
    ),
    (
        "e2",
        "",
        "Drones attack Kyiv as leaders meet",
        "The capital came under attack.",
        30.0,
        "s5",
        "",
        {"url": "urn:newsloom::e2", "origin": "import"},
    ),
    (
        "e3",
        "",
        "Minsk awaits a visit",
        "Alexander Lukashenko has refrained so far.",
        30.0,
        "s5",
        "",
        {"url": "urn:newsloom::e3", "origin": "import"},
    ),
    (
        "e4",
        "",
        "Putin visits ally Belarus for talks",
        "Drones struck Kyiv on Monday morning.",
        30.0,
        "s5",
        "e1",
        {"url": "urn:newsloom::e4", "origin": "import"},
    ),
    (
        "f1",
        "lighthouse",
        "Reserved: only the headline may be shown",
        "This text must not leave.",
        10.0,
        "s6",
        "",
        {"rights": {"analyse": False, "snippet_chars": 0}},
    ),
]

STORIES = {
    "s1": ("a1", 6, 2),
    "s2": ("b1", 2, 0),
    "s3": ("c1", 1, 0),
    "s4": ("d1", 1, 0),
    "s5": ("e1", 3, 1),
    "s6": ("f1", 1, 0),
}
SECTIONS = {"s1": "region", "s2": "politics", "s3": "culture", "s4": '"><script>alert(5)</script>', "s6": "region"}


def passage(text: str, start: int) -> dict[str, Any]:
    """A key passage as the store keeps it."""
    return {"text": text, "start": start, "end": start + len(text), "score": 0.9}


def article_row(each: tuple[str, str, str, str, float, str, str, dict[str, Any]]) -> dict[str, Any]:
    """A full row of `articles`."""
    id, source, headline, lead, hours, story, copy_of, more = each
    at = NOW - timedelta(hours=hours)
    row: dict[str, Any] = {
        "id": id,
        "source_id": source,
        "url": f"https://{source}.example/{id}",
        "host": f"{source}.example",
        "first_seen": at,
        "shown_at": at,
        "published": at,
        "headline": headline,
        "lead": lead,
        "authors": [],
        "keywords": [],
        "rights": {},
        "passages": [],
        "language": "en",
        "origin": "page",
        "story_id": story,
        "copy_of": copy_of,
        "section": "",
        "image": "",
        "image_alt": "",
        "details": {},
        "copy_kind": "",
        "read_version": 1,
        "attempts": 1,
    }
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
    migrate(engine, "the test's store")
    with engine.begin() as c:
        c.execute(
            sa.insert(tables.editions),
            [
                {
                    "id": "us",
                    "name": "United States",
                    "country": "us",
                    "language": "en",
                    "position": 0,
                    "ranked": NOW - timedelta(minutes=4),
                },
                {"id": "de", "name": "Germany", "country": "de", "language": "de", "position": 1, "ranked": None},
            ],
        )
        c.execute(
            sa.insert(tables.sources),
            [
                {
                    "id": id,
                    "name": name,
                    "homepage": f"https://{id}.example/",
                    "country": country,
                    "languages": [language],
                    "owner": owner,
                    "kind": "newspaper",
                    "added": NOW - timedelta(days=9),
                }
                for id, name, country, language, owner in SOURCES
            ],
        )
        c.execute(
            sa.insert(tables.edition_sources), [{"edition_id": "us", "source_id": source[0]} for source in SOURCES]
        )
        _feeds(c)
        c.execute(sa.insert(tables.articles), [article_row(each) for each in ARTICLES])
        _stories(c)
        _links(c)
        rows = c.execute(sa.select(tables.articles)).mappings().all()
        search.add(
            c,
            [
                search.SearchRow(seq=r["seq"], headline=r["headline"], lead=r["lead"], passages="", source="")
                for r in rows
            ],
        )


def _feeds(c: sa.Connection) -> None:
    usual = {"status": 200, "last_polled": NOW - timedelta(minutes=6), "last_success": NOW - timedelta(minutes=6)}
    rows = [
        {
            "id": f"f-{id}",
            "source_id": id,
            "url": f"https://{id}.example/feed.xml",
            "next_poll": NOW,
            **usual,
            "failures": 0,
            "error": "",
            "failing_since": None,
            "gone": False,
        }
        for id, *_ in SOURCES
    ]
    rows[1] |= {
        "failures": 3,
        "error": "timeout",
        "failing_since": NOW - timedelta(hours=3),
        "next_poll": NOW + timedelta(minutes=30),
    }
    rows[2] |= {"gone": True}
    c.execute(sa.insert(tables.feeds), rows)
    c.execute(
        sa.insert(tables.rejected),
        [
            {
                "at": NOW - timedelta(hours=1),
                "stage": "fetch",
                "reason": "timeout",
                "detail": "no answer in 20 s",
                "subject": "https://ferry.example/feed.xml",
                "source_id": "ferry",
            },
            {
                "at": NOW - timedelta(hours=2),
                "stage": "extract",
                "reason": "no-text",
                "detail": "<script>alert(9)</script>",
                "subject": "javascript:alert(10)",
                "source_id": "script",
            },
        ],
    )


def _stories(c: sa.Connection) -> None:
    seen: dict[str, list[datetime]] = {}
    for each in ARTICLES:
        seen.setdefault(each[5], []).append(NOW - timedelta(hours=each[4]))
    c.execute(
        sa.insert(tables.stories),
        [
            {
                "id": id,
                "founded_by": lead,
                "lead_id": lead,
                "language": "en",
                "first_seen": min(seen[id]),
                "last_seen": max(seen[id]),
                "members": len(seen[id]),
                "reports": reports,
                "copies": copies,
                "updated": max(seen[id]),
            }
            for id, (lead, reports, copies) in STORIES.items()
        ],
    )
    c.execute(
        sa.insert(tables.placements),
        [
            {
                "edition_id": "us",
                "rank": rank,
                "story_id": id,
                "score": 1 / rank,
                "section": SECTIONS[id],
                "reasons": {},
            }
            for rank, id in enumerate(SECTIONS, 1)
        ],
    )
    c.execute(sa.insert(tables.story_redirects), [{"old_id": "s0", "story_id": "s1", "reason": "merged", "at": NOW}])


def _links(c: sa.Connection) -> None:
    pairs = [
        ("a1", "a2", 0.97, "same"),
        ("a1", "a4", 0.9, "same"),
        ("a1", "a6", 0.6, "same"),
        ("a1", "b2", 0.3, "related"),
        ("e1", "e2", 0.8, "same"),
        ("e2", "e3", 0.7, "same"),
        ("a2", "a3", 0.99, "copy"),
    ]
    evidence = {"names": ["Port Ellery", "Ada Brandt"], "numbers": ["41 million"], "terms": ["bridge"], "hours": 3.0}
    c.execute(
        sa.insert(tables.similarities),
        [
            {"article_id": x, "other_id": y, "score": score, "kind": kind, "evidence": evidence}
            for one, two, score, kind in pairs
            for x, y in ((one, two), (two, one))
        ],
    )


def newsroom(folder: Path) -> Reading:
    """A reading side over a filled store in `folder`."""
    url = f"sqlite:///{folder / 'newsroom.db'}"
    writer = make_engine(url, StoreSettings())
    fill(writer)
    writer.dispose()
    return Reading(make_engine(url, StoreSettings(), readonly=True))


OUTLETS = [
    "Ashford Courier",
    "Bay Tribune",
    "Cedar Falls Record",
    "Delta Morning News",
    "Eastgate Observer",
    "Fenwick Broadcasting",
    "Granite State Review",
    "Hollow Creek Sentinel",
    "Ironwood Press",
    "Junction Daily",
]
EVENTS = [
    "Port Ellery harbour board approves second breakwater after flood inquiry",
    "Nurses at three Cedar Falls hospitals end strike with two-year agreement",
    "Orbital weather satellite Meridian-4 sends first pictures of the southern ice",
    "Court orders Granite Mutual to repay 212 million to policyholders",
    "Late goal sends Fenwick Rovers to the continental final",
    "Wildfire near Hollow Creek contained; 340 families return home",
    "Parliament of Valdoria passes budget by a single vote",
    "Old Ironwood mill to become a library and flats",
    "Researchers map the hearing of bats with a microphone the size of a grain",
    "Ferry line adds night sailings after record summer",
]


def fill_front(engine: sa.Engine, stories: int = 60, outlets: int = 8) -> None:
    """A full front page for the edition `us`, in place of the small one: every story with many reports."""
    with engine.begin() as c:
        c.execute(sa.delete(tables.placements))
        sources = [
            {
                "id": f"o{i}",
                "name": name,
                "homepage": f"https://o{i}.example/",
                "country": "us",
                "languages": ["en"],
                "owner": "",
                "kind": "newspaper",
                "added": NOW,
            }
            for i, name in enumerate(OUTLETS)
        ]
        c.execute(sa.insert(tables.sources), sources)
        c.execute(sa.insert(tables.edition_sources), [{"edition_id": "us", "source_id": s["id"]} for s in sources])
        rows, lines, placed = [], [], []
        for n in range(stories):
            at = NOW - timedelta(minutes=17 * (n + 1))
            head = EVENTS[n % len(EVENTS)] + (f", part {n // len(EVENTS) + 1}" if n >= len(EVENTS) else "")
            lead = f"{head}: what is known, what is not, and what comes next for the people of the region, in short."
            for i in range(outlets if n % 3 else 2):
                rows.append(
                    article_row(
                        (
                            f"p{n}-{i}",
                            f"o{(n + i) % len(OUTLETS)}",
                            head if not i else f"{head.split(';')[0]} – report {i}",
                            lead,
                            0.3 * n + 0.4 * i + 0.2,
                            f"t{n}",
                            "",
                            {},
                        )
                    )
                )
            if n == 0:
                text = "The second breakwater will keep out waves of up to six metres, the board’s engineer said."
                rows[0] |= {
                    "image": "https://o0.example/lead.png",
                    "image_alt": "The harbour at dawn",
                    "rights": {"image": True},
                    "passages": [
                        passage(text, 0),
                        passage(
                            "“Nobody who stood on the quay that night will call this too much,” said Ada Brandt.", 120
                        ),
                    ],
                }
            lines.append(
                {
                    "id": f"t{n}",
                    "founded_by": f"p{n}-0",
                    "lead_id": f"p{n}-0",
                    "language": "en",
                    "first_seen": at,
                    "last_seen": at,
                    "members": 8,
                    "reports": 8 if n % 3 else 2,
                    "copies": n % 4,
                    "updated": at,
                }
            )
            placed.append(
                {
                    "edition_id": "us",
                    "rank": n + 1,
                    "story_id": f"t{n}",
                    "score": 1.0,
                    "reasons": {},
                    "section": ["region", "world", "science", "sport", "business"][n % 5],
                }
            )
        c.execute(sa.insert(tables.articles), rows)
        c.execute(sa.insert(tables.stories), lines)
        c.execute(sa.insert(tables.placements), placed)
