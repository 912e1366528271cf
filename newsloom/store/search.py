"""Full-text search: all that is SQLite's own (FTS5) stands here, but for the table's creation in the migrations.

The table `search` holds one row an article, its rowid the article's `seq`. It keeps its own text: an index over
other tables' text must be told the exact old words at each delete, and one slip damages it for good.

FTS5's own rank is not asked: for each word it walks every article that holds it, so that a common word costs what the
archive holds. What is asked instead ends by itself: the newest matches in the headline, then the newest of all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from newsloom.store.tables import Words

MOST_WORDS = 16
MOST_CHARS = 100
# A common word is in a great part of all articles: only the newest matches are looked at.
NEWEST = 3_000

_WORDS = ("headline", "lead", "passages", "source")
search = sa.table(
    "search",
    sa.column("rowid", sa.Integer),
    *(sa.column(name, Words) for name in _WORDS),
)
_TERM = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
_PUT = sa.insert(search).values({name: sa.bindparam(name) for name in ("rowid", *_WORDS)})


# A condition on the rows of the index, made when their column is known.
Inside = Callable[[sa.ColumnElement[int]], sa.ColumnElement[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRow:
    """What an article is found by; `passages` is their text with newlines between."""

    seq: int
    headline: str
    lead: str
    passages: str
    source: str


def match(words: str, most: int = NEWEST, *inside: Inside) -> sa.Subquery | None:
    """The matching articles as a subquery (`seq`, `rank`: 0 where the headline has all words, else 1), unordered.

    None where nothing is asked. At most the newest `most` of either kind. `inside` may bound the index's rows; a list
    of rows must not stand there, or FTS5 begins anew for each.
    Words must all be there, "quoted words" side by side, -words must not. Nothing else in `words` has a meaning.
    """
    wanted, unwanted = terms(words)
    if not wanted:
        return None
    without = f" NOT ({' OR '.join(unwanted)})" if unwanted else ""
    either = sa.union_all(
        *(
            sa.select(_newest(f"({column}({' AND '.join(wanted)})){without}", rank, most, inside))
            for rank, column in enumerate(("{headline} : ", ""))
        )
    ).subquery("either")
    return sa.select(either.c.seq, sa.func.min(either.c.rank).label("rank")).group_by(either.c.seq).subquery("found")


def _newest(expression: str, rank: int, most: int, inside: Sequence[Inside]) -> sa.Subquery:
    row = search.c.rowid
    matching = sa.literal_column("search").op("MATCH")(expression)
    asked = sa.select(row.label("seq"), sa.literal_column(str(rank)).label("rank"))
    return asked.where(matching, *(each(row) for each in inside)).order_by(row.desc()).limit(most).subquery()


def terms(words: str) -> tuple[list[str], list[str]]:
    """Wanted and unwanted words and phrases, each quoted as FTS5 wants it."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, phrase, word in _TERM.findall(words.encode("utf-8", "replace").decode("utf-8")):
        text = (phrase or word).replace('"', " ").replace("\0", " ").strip()[:MOST_CHARS]
        if any(c.isalnum() for c in text):
            (unwanted if minus else wanted).append(f'"{text}"')
    return wanted[:MOST_WORDS], unwanted[:MOST_WORDS]


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
