"""Page -> the feeds it names, the news feed first."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsloom.feeds.clean import absolute, joined, plain
from newsloom.feeds.encoding import decode
from newsloom.types import FeedLink, Page

# Where sites keep feeds that their pages do not name, the likeliest first.
WELL_KNOWN_PATHS = (
    "/feed/", "/rss", "/feed.xml", "/rss.xml", "/atom.xml", "/index.xml", "/feed.atom", "/feed.json",
    "/feeds/posts/default", "/rss/index.xml", "/news/rss", "/?feed=rss2",
)  # fmt: skip

_TYPES = {
    "application/rss+xml": 1.0, "application/atom+xml": 1.0, "application/feed+json": 0.9, "application/rdf+xml": 0.8,
    "application/xml": 0.6, "text/xml": 0.6, "application/json": 0.4, "application/x-rss+xml": 0.9, "text/rss+xml": 0.9,
}  # fmt: skip
_COMMENTS = re.compile(r"comment|kommentar|comentario|commentaire|reacties|komentar", re.IGNORECASE)
_MAIN = re.compile(r"\b(?:latest|all|top|news|home|main|headlines|nachrichten|noticias|actualit)", re.IGNORECASE)
_PART = re.compile(r"\b(?:tag|category|author|search|podcast|video|weather|sport|podcasts|videos)\b", re.IGNORECASE)
_ANCHOR = re.compile(r"(?:^|[/._?=-])(?:rss|atom|feed|feeds|rdf)(?:$|[/._?&=0-9-])", re.IGNORECASE)
_MOST = 50
_MAX_BYTES = 2_000_000


def find_feeds(page: Page) -> tuple[FeedLink, ...]:
    """The feeds that an HTML page links to, likeliest news feed first, comment feeds left out where others are.

    Link elements first, then anchors that look like feeds. `score` 0 to 1 says how likely each is. Never raises.
    """
    try:
        return _ranked(_links(page))
    except Exception:
        # Nothing that a page holds may stop the caller, which goes on with the well-known paths.
        return ()


def _links(page: Page) -> list[FeedLink]:
    text, _ = decode(page.body[:_MAX_BYTES], page.headers.get("content-type", ""))
    document = LexborHTMLParser(text)
    base = page.url
    if holder := document.css_first("base[href]"):
        base = joined(page.url, _attribute(holder, "href"))
    found = [_declared(node, page, base) for node in document.css("link[rel][href]")[:500]]
    found += [_anchor(node, page, base) for node in document.css("a[href]")[:5_000] if not any(found)]
    return [link for link in found if link is not None][:_MOST]


def _declared(node: LexborNode, page: Page, base: str) -> FeedLink | None:
    kind = _attribute(node, "type").partition(";")[0].strip().lower()
    relations = _attribute(node, "rel").lower().split()
    url = absolute(_attribute(node, "href"), base)
    if not url or kind not in _TYPES or not {"alternate", "feed"} & set(relations) or "stylesheet" in relations:
        return None
    if kind in ("application/json", "application/xml", "text/xml") and "wp-json" in url:
        return None
    title = plain(_attribute(node, "title"))
    return FeedLink(url=url, title=title, homepage=page.url, score=_score(url, title, _TYPES[kind]))


def _anchor(node: LexborNode, page: Page, base: str) -> FeedLink | None:
    href = _attribute(node, "href")
    url = absolute(href, base) if _ANCHOR.search(href[:2_000]) else ""
    if not url:
        return None
    title = plain(node.text()[:1_000])
    return FeedLink(url=url, title=title, homepage=page.url, score=_score(url, title, 0.4))


def _score(url: str, title: str, start: float) -> float:
    said = f"{url} {title}"
    score = start * 0.7
    if _COMMENTS.search(said):
        return 0.05
    if _MAIN.search(said):
        score += 0.15
    if _PART.search(said):
        score -= 0.2
    return round(max(0.1, min(score + 0.15 / url.count("/"), 1.0)), 3)


def _ranked(links: list[FeedLink]) -> tuple[FeedLink, ...]:
    once = {link.url: link for link in reversed(links)}
    ranked = sorted(dict.fromkeys(once[link.url] for link in links), key=lambda link: -link.score)
    news = [link for link in ranked if link.score > 0.05]
    return tuple(news or ranked)


def _attribute(node: LexborNode, name: str) -> str:
    return node.attributes.get(name) or ""
