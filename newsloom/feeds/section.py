"""A section page of an outlet without a feed: its links that look like articles, read as entries.

Looks at anchors one by one, without a tree, as `discover` does and for the same reason.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from newsloom.feeds.clean import plain
from newsloom.feeds.cuts import without_comments, without_silent
from newsloom.feeds.encoding import decode
from newsloom.feeds.links import absolute, joined
from newsloom.feeds.said import EntrySaid, FeedSaid, rejected
from newsloom.types import Rejected

PAGE_MARK = "#articles"
"""An address with this at its end is no feed but a page whose links to articles are its entries."""

LEAST_ARTICLES = 4

_MAX_BYTES = 3_000_000
_MOST_ANCHORS = 5_000
_MOST_ENTRIES = 100
_LONGEST_LABEL = 4_000
_ANCHOR = re.compile(r"<a\s[^<>]{1,3000}>", re.IGNORECASE)
_HREF = re.compile(r"""\shref\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""", re.IGNORECASE)
_HEADING = re.compile(r"<h[1-6]\b[^<>]*>", re.IGNORECASE)
_BASE = re.compile(r"""<base\s[^<>]{0,200}?href\s*=\s*["']?([^"'<>\s]{1,500})""", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_TITLE = re.compile(r"<title\b[^<>]{0,200}>([^<]{1,300})", re.IGNORECASE)
_LANG = re.compile(r"<html\b[^<>]{0,500}?\slang\s*=\s*[\"']?([A-Za-z-]{2,20})", re.IGNORECASE)
_SITE_NAME = re.compile(r"""<meta\s[^<>]{0,200}?og:site_name["'][^<>]{0,20}content\s*=\s*["']([^"'<>]{1,100})""", re.I)
_DATE = re.compile(
    r"/(?:19|20)\d\d[/-]?(?:0[1-9]|1[0-2]|[a-z]{3})(?:[/-]?[0-3]\d)?(?:[/-]|$)|(?:19|20)\d{6}", re.IGNORECASE
)
_NUMBER = re.compile(r"\d{5,}")
_OTHER_KIND = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|pdf|mp[34]|zip|xml|rss|css|js|json|ics|apk|docx?)$", re.IGNORECASE
)
_NO_ARTICLE = re.compile(
    r"/(?:tags?|topics?|themen?|temas?|dossiers?|authors?|autor(?:en|es)?|auteurs?|staff|people|profile|category|"
    r"categories|kategorie|search|suche|login|signin|sign-in|register|account|subscribe|subscription|abo|newsletters?|"
    r"about(?:-us)?|contact|kontakt|impressum|privacy|datenschutz|terms|legal|cookies?|help|faq|advert(?:ise|ising)?|"
    r"jobs|careers|shop|store|events?|feed|rss|page|archives?|sitemap|weather|wetter|horoscopes?|crosswords?|games|"
    r"classifieds|cart|wp-(?:admin|login|content|json))(?:/|\.|$)",
    re.IGNORECASE,
)


def read_section(body: bytes, url: str, headers: Mapping[str, str] | None = None) -> FeedSaid | Rejected:
    """The links of a page that look like articles of its own site, in the page's order; `no-articles` where there are
    fewer than four. Never raises."""
    try:
        return _read(body, url, headers or {})
    except Exception as error:
        return rejected("damaged", f"could not be read: {type(error).__name__}", url)


def _read(body: bytes, url: str, headers: Mapping[str, str]) -> FeedSaid | Rejected:
    url = url.removesuffix(PAGE_MARK)
    text, _ = decode(body[:_MAX_BYTES], headers.get("content-type", ""))
    base = joined(url, html.unescape(found[1])) if (found := _BASE.search(text[:100_000])) else url
    labels: dict[str, str] = {}
    for href, label in _anchors(without_silent(without_comments(text))):
        link = absolute(html.unescape(href), base).partition("#")[0]
        if link and _is_of_site(link, url):
            labels[link] = max(labels.get(link, ""), label, key=len)
    entries = [EntrySaid(id=link, link=link, title=label) for link, label in labels.items() if is_article(link, label)][
        :_MOST_ENTRIES
    ]
    if len(entries) < LEAST_ARTICLES:
        return rejected("no-articles", f"{len(entries)} links that look like articles", url)
    return FeedSaid(
        title=_said(_SITE_NAME, text) or _site_of(_said(_TITLE, text)),
        link=url,
        language=_said(_LANG, text),
        format="page",
        entries=tuple(entries),
    )


def is_article(link: str, label: str) -> bool:
    """Whether an address and what a link to it says look like an article's."""
    path = urlsplit(link).path
    if len(path) < 2 or _NO_ARTICLE.search(path) or _OTHER_KIND.search(path):
        return False
    words = len(label.split())
    last = path.rstrip("/").rpartition("/")[2]
    signs = (
        2 * (_DATE.search(path) is not None),
        2 * (len(re.findall("[-_]", last)) >= 3),
        _NUMBER.search(last) is not None or "=" in urlsplit(link).query,
        path.count("/") >= 3,
        words >= 4 or (words < 3 and len(label) >= 12 and not label.isascii()),
        words >= 6 or (words < 3 and len(label) >= 20 and not label.isascii()),
    )
    return (words >= 3 or not label.isascii()) and len(label) >= 12 and sum(signs) >= 3


def _anchors(text: str) -> Iterator[tuple[str, str]]:
    """The address and the words of each anchor; where it holds a heading, that one's words."""
    for count, tag in enumerate(_ANCHOR.finditer(text)):
        if count >= _MOST_ANCHORS:
            return
        href = _HREF.search(tag[0])
        if href is None:
            continue
        end = text.find("</a", tag.end(), tag.end() + _LONGEST_LABEL)
        inside = text[tag.end() : end] if end >= 0 else ""
        if heading := _HEADING.search(inside):
            inside = inside[heading.end() :].partition("</h")[0]
        yield next(filter(None, href.groups()), ""), _words(inside)


def _words(markup: str) -> str:
    return plain(html.unescape(_TAG.sub(" ", markup)), 300)


def _is_of_site(link: str, url: str) -> bool:
    hosts = {(urlsplit(each).hostname or "").removeprefix("www.") for each in (link, url)}
    return len(hosts) == 1 and link.rstrip("/") != url.rstrip("/")


def _said(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text[:200_000])
    return plain(html.unescape(found[1]), 200) if found else ""


def _site_of(title: str) -> str:
    """The site's name in a page's title: its shortest part."""
    return min(re.split(r"\s[|–—-]\s", title), key=len)
