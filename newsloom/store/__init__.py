"""The store: sources, articles, stories and the queue between the stages, in one database.

>>> store = open_store(StoreSettings(url="news.db"))  # doctest: +SKIP
"""

from __future__ import annotations

from newsloom.config import StoreSettings, store_url
from newsloom.store import opening
from newsloom.store.catalogue import Catalogue
from newsloom.store.corrections import Corrections
from newsloom.store.engine import make_engine, store_path
from newsloom.store.faults import faults
from newsloom.store.forgetting import Forgetting
from newsloom.store.groups import Groups
from newsloom.store.hubs import Hubs
from newsloom.store.imports import Imports
from newsloom.store.keep import Keep
from newsloom.store.looks import Looks
from newsloom.store.migrations import migrate
from newsloom.store.polls import Polls
from newsloom.store.protocol import (
    WRITER,
    NewEntry,
    PageJob,
    PollCounts,
    Polled,
    Queue,
    ReadResult,
    RobotsRow,
    Sources,
    Store,
)
from newsloom.store.quotes import Quotes
from newsloom.store.ranking import Ranking
from newsloom.store.reads import Reads
from newsloom.store.scouting import Scouting
from newsloom.store.writer import Writer


class SqlStore(
    Catalogue,
    Polls,
    Hubs,
    Scouting,
    Looks,
    Reads,
    Groups,
    Writer,
    Quotes,
    Ranking,
    Imports,
    Forgetting,
    Keep,
    Corrections,
):
    """The one implementation of `protocol.Store`, composed by family of tables."""


def open_store(settings: StoreSettings, *, max_similar: int = 20) -> SqlStore:
    """Open the store that the settings name, created or brought up to date; claims of dead processes are freed.

    `max_similar`: how many similar articles are kept for each. Raises StoreError (locked, no room, no right),
    StoreDamaged, StoreNewer, and WrongUse for an address that is none.
    """
    url = store_url(settings)
    path = store_path(url)
    where = str(path)
    writer = make_engine(url, settings)
    store = SqlStore(writer, make_engine(url, settings, readonly=True), where, settings, max_similar)
    try:
        with faults(where):
            opening.prepare(path)
            opening.check(writer, path)
            migrate(writer, where)
        store.free_dead()
    except BaseException:
        store.close()
        raise
    return store


__all__ = [
    "WRITER",
    "NewEntry",
    "PageJob",
    "PollCounts",
    "Polled",
    "Queue",
    "ReadResult",
    "RobotsRow",
    "Sources",
    "SqlStore",
    "Store",
    "open_store",
]
