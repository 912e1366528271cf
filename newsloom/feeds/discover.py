"""Page -> the feeds it names, the news feed first.

Looks at tags one by one, without a tree: HTML parsers need a minute for some pages of a megabyte of nested elements,
and a link needs no tree.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from newsloom.feeds.clean import plain
from newsloom.feeds.encoding import decode
from newsloom.feeds.links import absolute, joined
from newsloom.types import FeedLink, Page

# Where sites keep feeds that their pages do not name, the likeliest first.
WELL_KNOWN_PATHS = (
    "/feed/", "/rss", "/feed.xml", "/rss.xml", "/atom.xml", "/index.xml", "/feed.atom", "/feed.json",
    "/feeds/posts/default", "/rss/index.xml", "/news/rss", "/?feed=rss2",
)  # fmt: skip

# News sitemaps where robots.txt names none.
NEWS_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml", "/googlenews.xml", "/sitemap.xml")

_TYPES = {
    "application/rss+xml": 1.0, "application/atom+xml": 1.0, "application/feed+json": 0.9, "application/rdf+xml": 0.8,
    "application/xml": 0.6, "text/xml": 0.6, "application/json": 0.4, "application/x-rss+xml": 0.9, "text/rss+xml": 0.9,
}  # fmt: skip
# In the plural: many papers call their opinion pages Comment or Kommentar.
_COMMENTS = re.compile(
    r"comments\b|kommentare\b|comentarios\b|comentários\b|commentaires\b|commenti\b|reacties\b|komentarze\b",
    re.IGNORECASE,
)
_MAIN = re.compile(r"\b(?:latest|all|top|news|home|main|headlines|nachrichten|noticias|actualit)", re.IGNORECASE)
_PART = re.compile(r"\b(?:tag|category|author|search|podcast|video|weather|sport|podcasts|videos)\b", re.IGNORECASE)
_ANCHOR = re.compile(r"(?:^|[/._?=-])(?:rss|atom|feed|feeds|rdf)(?:$|[/._?&=0-9-])", re.IGNORECASE)
_TAG = re.compile(
    r"""<(link|a|base)\s((?:[^<>"']{1,500}+|"[^"]{0,500}"|'[^']{0,500}'){1,60}+)>([^<]{0,200})""", re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]{1,30})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
_LINK_VALUE = re.compile(r"<([^<>]{1,2000})>([^<>]{0,500})")
_MOST = 50
_MOST_TAGS = 20_000
_MAX_BYTES = 2_000_000


def find_feeds(page: Page) -> tuple[FeedLink, ...]:
    """The feeds that an HTML page links to, likeliest news feed first; comment feeds are left out.

    Link elements first, then anchors that look like feeds. `score` 0 to 1 says how likely each is. Never raises.
    """
    try:
        return _ranked(_links(page))
    except Exception:
        # Nothing that a page holds may stop the caller, which goes on with the well-known paths.
        return ()


def _links(page: Page) -> list[FeedLink]:
    text, _ = decode(page.body[:_MAX_BYTES], page.headers.get("content-type", ""))
    tags = list(_tags(text))
    base = page.url
    if reference := next((said["href"] for name, said, _ in tags if name == "base" and said.get("href")), ""):
        base = joined(page.url, reference)
    found = [_declared(said, page, page.url) for said in _in_header(page.headers.get("link", ""))]
    found += [_declared(said, page, base) for name, said, _ in tags if name == "link"]
    if not any(found):
        found = [_anchor(said, label, page, base) for name, said, label in tags if name == "a"]
    return [link for link in found if link is not None][:_MOST]


def _in_header(value: str) -> Iterator[Mapping[str, str]]:
    """The links of an HTTP Link header as if they were link elements."""
    for address, parameters in _LINK_VALUE.findall(value[:10_000])[:_MOST]:
        said = {key.lower(): a or b or c for key, a, b, c in _ATTRIBUTE.findall(parameters)[:10]}
        yield said | {"href": address}


def _tags(text: str) -> Iterator[tuple[str, Mapping[str, str], str]]:
    """Name, attributes and the words after it of each tag that may name a feed, comments left out."""
    start, taken = 0, 0
    while start < len(text) and taken < _MOST_TAGS:
        end = text.find("<!--", start)
        for tag in _TAG.finditer(text, start, end if end >= 0 else len(text)):
            taken += 1
            if taken > _MOST_TAGS:
                return
            said = {key.lower(): html.unescape(a or b or c) for key, a, b, c in _ATTRIBUTE.findall(tag[2])[:30]}
            yield tag[1].lower(), said, html.unescape(tag[3])
        start = text.find("-->", end) + 3 if end >= 0 and text.find("-->", end) >= 0 else len(text)


def _declared(said: Mapping[str, str], page: Page, base: str) -> FeedLink | None:
    kind = said.get("type", "").partition(";")[0].strip().lower()
    relations = said.get("rel", "").lower().split()
    url = absolute(said.get("href", ""), base)
    if not url or kind not in _TYPES or not {"alternate", "feed"} & set(relations) or "stylesheet" in relations:
        return None
    if kind in ("application/json", "application/xml", "text/xml") and "wp-json" in url:
        return None
    title = plain(said.get("title", ""))
    return FeedLink(url=url, title=title, homepage=page.url, score=_score(url, title, _TYPES[kind], page))


def _anchor(said: Mapping[str, str], label: str, page: Page, base: str) -> FeedLink | None:
    href = said.get("href", "")
    url = absolute(href, base) if _ANCHOR.search(href[:2_000]) else ""
    if not url:
        return None
    title = plain(label)
    return FeedLink(url=url, title=title, homepage=page.url, score=_score(url, title, 0.4, page))


def is_of_comments(url: str, title: str) -> bool:
    """Whether a feed is one of readers' comments, by its address or title."""
    return _COMMENTS.search(f"{url} {title}") is not None


def _score(url: str, title: str, start: float, page: Page) -> float:
    said = f"{url} {title}"
    score = start * 0.7
    if _MAIN.search(said):
        score += 0.15
    if _PART.search(said):
        score -= 0.2
    path = urlsplit(page.url).path.rstrip("/")
    if len(path) > 1 and urlsplit(url).path.startswith(path + "/"):
        score += 0.4  # somebody named a section: its own feed is meant
    return round(max(0.1, min(score + 0.15 / url.count("/"), 1.0)), 3)


def _ranked(links: list[FeedLink]) -> tuple[FeedLink, ...]:
    once = {link.url: link for link in reversed(links) if not is_of_comments(link.url, link.title)}
    listed = dict.fromkeys(once[link.url] for link in links if link.url in once)
    return tuple(sorted(listed, key=lambda link: -link.score))
