"""News sitemaps: a list of addresses with titles and dates, read as a feed."""

from __future__ import annotations

from newsloom.feeds import markup
from newsloom.feeds.clean import MAX_NAME, plain
from newsloom.feeds.dates import parse_date
from newsloom.feeds.links import absolute
from newsloom.feeds.names import name_of
from newsloom.feeds.said import MAX_ENTRIES, EntrySaid, FeedSaid
from newsloom.feeds.tree import Element, Tree


def read_sitemap(tree: Tree, base: str) -> FeedSaid:
    """A sitemap's addresses as entries; those of a news sitemap carry title, date, language and tags."""
    urls = [child for child in tree.root if name_of(str(child.tag), "") == "url"]
    entries = [_entry(url, base) for url in urls[:MAX_ENTRIES]]
    cut = (f"{len(urls)} entries, the first {MAX_ENTRIES} taken",) if len(urls) > MAX_ENTRIES else ()
    return FeedSaid(format="sitemap", entries=tuple(e for e in entries if e.link), notes=tree.notes + cut)


def _entry(url: Element, base: str) -> EntrySaid:
    said: dict[str, str] = {}
    _leaves(url, said, 0)
    link = absolute(said.get("loc", ""), base)
    keywords = said.get("news:keywords", "").split(",")[:50]
    return EntrySaid(
        id=link,
        link=link,
        title=plain(said.get("news:title", "")),
        published=parse_date(said.get("news:publication_date", "")),
        updated=parse_date(said.get("lastmod", "")),
        tags=tuple(dict.fromkeys(filter(None, (plain(word, MAX_NAME) for word in keywords)))),
        image=absolute(said.get("image:loc", ""), base),
        language=markup.language(said.get("news:language", "")),
    )


def _leaves(element: Element, said: dict[str, str], depth: int) -> None:
    for child in element:
        if len(child) and depth < 3:
            _leaves(child, said, depth + 1)
        elif isinstance(child.tag, str):
            said.setdefault(name_of(child.tag, ""), markup.words(child)[:10_000])
