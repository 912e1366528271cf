"""Entries become articles with ids: minted once, from the source and the address, else the guid, else what is said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from newsloom.store.keys import article_id, guid_key, link_key
from newsloom.store.protocol import NewEntry
from newsloom.types import Article, Entry, Feed, Rejected


def mint_all(entries: Iterable[tuple[Entry, Article]], feed: Feed) -> tuple[tuple[NewEntry, ...], tuple[Rejected, ...]]:
    """The entries of a feed ready to be stored, each once, and those that say nothing at all."""
    found: dict[str, NewEntry] = {}
    rejected: list[Rejected] = []
    for entry, article in entries:
        made = mint(entry, article, feed.source_id)
        if made is None:
            rejected.append(Rejected(stage="feeds", reason="empty-entry", url=feed.url))
        else:
            found.setdefault(made.id, made)
    return tuple(found.values()), tuple(rejected)


def mint(entry: Entry, article: Article, source_id: str) -> NewEntry | None:
    """The entry with its id and keys; None where it has neither address, guid, title nor text."""
    keys = entry_keys(entry)
    if not keys:
        return None
    minted = article_id(source_id, keys[0])
    url = entry.link or f"urn:newsloom:{source_id}:{minted}"
    return NewEntry(
        id=minted, keys=keys, entry=entry, article=replace(article, id=minted, source_id=source_id, url=url)
    )


def entry_keys(entry: Entry) -> tuple[str, ...]:
    """The keys that name an entry at its source, link first; one that has neither is named by what it says."""
    keys = [link_key(entry.link)] if entry.link else []
    if entry.id:
        keys.append(guid_key(entry.id))
    said = "\n".join((entry.title, entry.summary or entry.content)).strip()
    if not keys and said:
        keys.append(guid_key("said:" + said))
    return tuple(keys)
