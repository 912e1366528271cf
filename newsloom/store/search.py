"""Full-text search: all that is SQLite's own (FTS5) stands here, but for the table's creation in the migrations.

The table `search` holds one row an article, its rowid the article's `seq`. It keeps its own text: an index over
other tables' text must be told the exact old words at each delete, and one slip damages it for good.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from newsloom.store.tables import Words

MOST_WORDS = 16
MOST_CHARS = 100

_WORDS = ("headline", "lead", "passages", "source")
search = sa.table(
    "search",
    sa.column("rowid", sa.Integer),
    *(sa.column(name, Words) for name in _WORDS),
    sa.column("rank", sa.Float),
)
_TERM = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
_PUT = sa.insert(search).values({name: sa.bindparam(name) for name in ("rowid", *_WORDS)})


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRow:
    """What an article is found by; `passages` is their text with newlines between."""

    seq: int
    headline: str
    lead: str
    passages: str
    source: str


def match(words: str) -> sa.Subquery | None:
    """The matching articles as a subquery (`seq`, `rank`; the lowest rank is best), None where nothing is asked.

    Words must all be there, "quoted words" side by side, -words must not. Nothing else in `words` has a meaning.
    """
    expression = query(words)
    if not expression:
        return None
    matching = sa.literal_column("search").op("MATCH")(expression)
    return sa.select(search.c.rowid.label("seq"), search.c.rank.label("rank")).where(matching).subquery("found")


def query(words: str) -> str:
    """`words` as people write them in the words of FTS5, each quoted; "" where no word is asked for."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, phrase, word in _TERM.findall(words.encode("utf-8", "replace").decode("utf-8")):
        text = (phrase or word).replace('"', " ").replace("\0", " ").strip()[:MOST_CHARS]
        if any(c.isalnum() for c in text):
            (unwanted if minus else wanted).append(f'"{text}"')
    if not wanted:
        return ""
    asked = " AND ".join(wanted[:MOST_WORDS])
    return f"({asked}) NOT ({' OR '.join(unwanted[:MOST_WORDS])})" if unwanted else asked


def put(connection: sa.Connection, rows: Sequence[SearchRow]) -> None:
    """Make these rows what their articles are found by."""
    drop(connection, [row.seq for row in rows])
    add(connection, rows)


def add(connection: sa.Connection, rows: Sequence[SearchRow]) -> None:
    """As `put`, for articles that are new."""
    if rows:
        connection.execute(
            _PUT,
            [
                {"rowid": r.seq, "headline": r.headline, "lead": r.lead, "passages": r.passages, "source": r.source}
                for r in rows
            ],
        )


def drop(connection: sa.Connection, seqs: Iterable[int]) -> None:
    """Articles with these `seq` are found no more."""
    gone = [{"gone": seq} for seq in seqs]
    if gone:
        connection.execute(sa.delete(search).where(search.c.rowid == sa.bindparam("gone")), gone)
