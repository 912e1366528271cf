"""Entries become articles with ids: minted once, from the source and the address, else the guid, else what is said.

What names an entry, best first: its address ("l:"), its guid ("g:"), and what it says and when ("s:"), which knows an
item again whose address and guid are made anew at every fetch. An address that names no article (the front page, or
one that several items of a document share) is no name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import time

from newsloom.store.keys import article_id, guid_key, is_front_page, link_key, loose_link, said_key
from newsloom.store.protocol import NewEntry
from newsloom.types import Article, Entry, Feed, Rejected

_LEAST_WORDS = 20  # characters of a summary that tell items of one title apart
_MIDNIGHT = time()


@dataclass(frozen=True, slots=True)
class _Document:
    """What only the whole document can say: links that several items share, and words that do."""

    shared_links: frozenset[str]
    shared_words: frozenset[str]


def mint_all(entries: Iterable[tuple[Entry, Article]], feed: Feed) -> tuple[tuple[NewEntry, ...], tuple[Rejected, ...]]:
    """The entries of a feed ready to be stored, each once, and those that say nothing at all."""
    every = list(entries)
    document = _looked_at([entry for entry, _ in every])
    found: dict[str, NewEntry] = {}
    rejected: list[Rejected] = []
    for entry, article in every:
        made = _mint(entry, article, feed.source_id, document)
        if made is None:
            rejected.append(Rejected(stage="feeds", reason="empty-entry", url=feed.url))
        else:
            found.setdefault(made.id, made)
    return tuple(found.values()), tuple(rejected)


def mint(entry: Entry, article: Article, source_id: str) -> NewEntry | None:
    """One entry with its id and keys; None where it has neither address, guid, title nor text."""
    return _mint(entry, article, source_id, _looked_at([entry]))


def _mint(entry: Entry, article: Article, source_id: str, document: _Document) -> NewEntry | None:
    telling = bool(entry.link) and not _is_untelling(entry, document)
    keys = _keys(entry, telling, document)
    if not keys:
        return None
    minted = article_id(source_id, keys[0])
    url = entry.link or f"urn:newsloom:{source_id}:{minted}"
    article = replace(article, id=minted, source_id=source_id, url=url)
    return NewEntry(id=minted, keys=keys, entry=entry, article=article, has_page=telling)


def _keys(entry: Entry, telling: bool, document: _Document) -> tuple[str, ...]:
    names = [link_key(entry.link)] if telling else []
    if entry.id:
        names.append(guid_key(entry.id))
    elif not telling and "#" in entry.link:
        names.append("g:" + entry.link)
    said = "\n".join((entry.title, entry.summary or entry.content)).strip()
    if not names and said:
        return (guid_key("said:" + said),)
    words = _words(entry) if names else ""
    return (*names, words) if words and words not in document.shared_words else tuple(names)


def _is_untelling(entry: Entry, document: _Document) -> bool:
    """Whether the link does not say which item this is, while something else does."""
    if not (entry.id or entry.title):
        return False
    return is_front_page(entry.link) or link_key(entry.link) in document.shared_links


def _words(entry: Entry) -> str:
    """The key of what is said and when: an exact time, else enough words at a similar address; "" where neither."""
    title = " ".join(entry.title.split()).casefold()
    moment = entry.published or entry.updated
    if title and moment and moment.time() != _MIDNIGHT:
        return said_key(title, moment.isoformat())
    if title and len(entry.summary) >= _LEAST_WORDS:
        return said_key(title, entry.summary, entry.link.partition("?")[0], str(moment))
    loose = loose_link(entry.link)
    return said_key(title, loose, str(moment)) if title and loose else ""


def _looked_at(entries: Sequence[Entry]) -> _Document:
    """A link is shared where items of different guids and titles have it; words where different items say them."""
    by_link: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.link:
            by_link[link_key(entry.link)].append(entry)
    several = frozenset(key for key, found in by_link.items() if _are_different(found))
    items = {(_words(entry), entry.link, entry.id) for entry in entries}
    said = Counter(words for words, _, _ in items if words)
    return _Document(several, frozenset(words for words, count in said.items() if count > 1))


def _are_different(entries: Sequence[Entry]) -> bool:
    """Whether entries of one link are items of their own: each has a guid (or a place on the page) and a title."""
    if len(entries) < 2:
        return False
    names = {(entry.id or entry.link, " ".join(entry.title.split()).casefold()) for entry in entries}
    return len({guid for guid, _ in names}) > 1 and len({title for _, title in names}) > 1
