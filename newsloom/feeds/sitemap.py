"""Sitemaps read as feeds: addresses with titles and dates, and indexes of further sitemaps."""

from __future__ import annotations

import re

from newsloom.feeds import markup
from newsloom.feeds.clean import MAX_NAME, plain
from newsloom.feeds.dates import parse_date
from newsloom.feeds.links import absolute
from newsloom.feeds.names import name_of
from newsloom.feeds.said import MAX_ENTRIES, EntrySaid, FeedSaid
from newsloom.feeds.tree import Element, Tree

ROOTS = ("urlset", "sitemapindex")
INDEX = "sitemap-index"

_MOST_LINES = 50
_ROBOTS_LINE = re.compile(r"^\s*sitemap\s*:\s*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)


def read_sitemap(tree: Tree, base: str) -> FeedSaid:
    """A sitemap's addresses as entries; those of a news sitemap carry title, date, language and tags.

    An index (`format` "sitemap-index") has the addresses of its sitemaps as entries.
    """
    is_index = name_of(str(tree.root.tag), "") == "sitemapindex"
    wanted = "sitemap" if is_index else "url"
    urls = [child for child in tree.root if isinstance(child.tag, str) and name_of(child.tag, "") == wanted]
    said = [_said(url) for url in urls[:MAX_ENTRIES]]
    cut = (f"more than {MAX_ENTRIES} entries, {MAX_ENTRIES} taken",) if len(urls) > MAX_ENTRIES else ()
    first = said[0] if said else {}
    return FeedSaid(
        title=plain(first.get("news:name", ""), MAX_NAME),
        language=markup.language(first.get("news:language", "")),
        format=INDEX if is_index else "sitemap",
        entries=tuple(entry for each in said if (entry := _entry(each, base)).link),
        notes=tree.notes + cut,
    )


def sitemaps_in_robots(text: str, base: str) -> tuple[str, ...]:
    """The addresses of sitemaps that a robots.txt names, those of news first."""
    lines = _ROBOTS_LINE.findall(text[:500_000])[:_MOST_LINES]
    found = dict.fromkeys(filter(None, (absolute(line, base) for line in lines)))
    return tuple(sorted(found, key=lambda url: "news" not in url.lower()))


def _entry(said: dict[str, str], base: str) -> EntrySaid:
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


def _said(url: Element) -> dict[str, str]:
    said: dict[str, str] = {}
    _leaves(url, said, 0)
    return said


def _leaves(element: Element, said: dict[str, str], depth: int) -> None:
    for child in element:
        if len(child) and depth < 3:
            _leaves(child, said, depth + 1)
        elif isinstance(child.tag, str):
            said.setdefault(name_of(child.tag, ""), markup.words(child)[:10_000])
