"""The conductor: one page in, an Article or a reason out.

1. Refuse what is empty, too large, not HTML or built to hurt a parser.
2. Decode, parse once, gather what the head says.
3. Judge each field in its own file: headline, people, dates, image, address, permits.
4. Find the text; refuse the page where it has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser

from newsloom.extract import dates, links, permits, rules
from newsloom.extract.body import body_text
from newsloom.extract.decode import as_utf8
from newsloom.extract.guard import hostile_bytes
from newsloom.extract.head import Head, read_head
from newsloom.extract.headline import headline, site_name
from newsloom.extract.images import main_image
from newsloom.extract.jsonld import texts
from newsloom.extract.moments import Moment
from newsloom.extract.people import agencies, authors
from newsloom.extract.plain import line
from newsloom.extract.posts import NEWEST, posts_of, with_intro
from newsloom.extract.written import written
from newsloom.types import Article, Entry, Page, Rejected

MAX_BYTES = 5_000_000
MAX_TAGS = 60_000  # three times the most of any page in 2,482
LEAST_CHARS = 60
MAX_KEYWORDS = 30

_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF|urlset|sitemapindex)[\s>]")
_TAG = re.compile(rb"<[a-zA-Z!?]")
_OPENING = re.compile(rb"<[a-zA-Z]")
_UNKNOWN = "\ufffd".encode()
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?=$|[-_])")


def extract(page: Page, entry: Entry | None = None) -> Article | Rejected:
    """The article on `page`, or why there is none: empty, not-html, too-large, too-deep, no-text.

    Pure, never raises for any bytes. `entry` fills only what the page leaves unsaid. `id` and `source_id` stay empty.
    """
    refused = _refuse_bytes(page)
    if refused:
        return _rejected(page, *refused)
    markup = as_utf8(page.body, page.headers.get("content-type", ""))
    refused = _refuse_markup(markup)
    if refused:
        return _rejected(page, *refused)
    head = read_head(LexborHTMLParser(markup), page.url)
    return _article(head, page, entry or Entry(), markup)


# Bytes that no text in an 8-bit encoding or UTF-8 holds.
_NO_TEXT = bytes([*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F])
MOST_TEXT = 0.97


def _refuse_bytes(page: Page) -> tuple[str, str] | None:
    body = page.body
    if not body.strip():
        return "empty", "the page has no content"
    if len(body) > MAX_BYTES:
        return "too-large", f"the page has {len(body):,} bytes, at most {MAX_BYTES:,} are read"
    if body.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b", b"RIFF")):
        return "not-html", "the bytes are a picture, document or archive, not a page"
    start = body[:4_000]
    wide = b"utf-16" in start.lower() or start[:2] in (b"\xff\xfe", b"\xfe\xff") or start[1:2] == b"\0"
    if not wide and len(start.translate(None, _NO_TEXT)) < MOST_TEXT * len(start):
        return "not-html", "the bytes are binary data, not a page"
    return None


def _refuse_markup(markup: bytes) -> tuple[str, str] | None:
    if not markup.strip():
        return "empty", "the page has no content"
    start = markup[:2_000]
    if _FEED.search(start) and b"<html" not in start.lower():
        return "not-html", "this is a feed or sitemap, not a page: add it as a source instead"
    if markup.lstrip()[:1] in (b"{", b"["):
        return "not-html", "this is JSON (a JSON feed or an API's answer), not a page"
    if not _TAG.search(markup[:200_000]) or markup[:4_000].count(_UNKNOWN) > 200:
        return "not-html", "there is no HTML in these bytes"
    tags = len(_OPENING.findall(markup))
    if tags > MAX_TAGS:
        return "too-large", f"the page has {tags:,} tags, at most {MAX_TAGS:,} are read"
    why = hostile_bytes(markup, tags)
    return ("too-deep", why) if why else None


def _article(head: Head, page: Page, entry: Entry, markup: bytes) -> Article | Rejected:
    site = site_name(head)
    base = links.absolute(head.base, page.url) or page.url
    address = links.canonical([head.canonical, head.meta("og:url")], page.url)
    base = base or address
    told = _by_rules(head, page, entry)
    title = told.headline or headline(head, site) or entry.title
    rights = permits.rights_of(head, page)
    image = main_image(head, base)
    people = told.authors or authors(head, site) or entry.authors
    section, keywords, language = _section(head), _keywords(head), _language(head, page)
    description = told.lead or _description(head, entry)
    posts = posts_of(head, page.fetched)
    text = told.text if sum(map(len, told.text)) >= LEAST_CHARS else body_text(head, title, description)
    live = with_intro(text, posts, description) if posts else ()
    text = live or text
    published = told.published or _published(head, page.fetched, entry, markup, title)
    modified = dates.modified(head, page.fetched)
    if sum(map(len, text)) < LEAST_CHARS:
        return _rejected(page, "no-text", f"fewer than {LEAST_CHARS} characters of running text on the page")
    return Article(
        url=links.absolute(page.url, "") or page.url or address, canonical_url=address,
        headline=title, description=description, paragraphs=text, authors=people,
        date_published=published.at if published else None,
        published_certainty=published.certainty if published else "",
        date_modified=modified.at if modified else None, modified_certainty=modified.certainty if modified else "",
        image=image.address, image_alt=image.alt, image_credit=image.credit, agencies=agencies(head), free=_free(head),
        article_section=section, keywords=keywords, in_language=language,
        site_name=site, origin="page", rights=rights, posts=posts[:NEWEST] if live else (),
    )  # fmt: skip


def _by_rules(head: Head, page: Page, entry: Entry) -> rules.Told:
    """What the rules of the page's outlet find, where there are any for the time it is of."""
    layouts = rules.layouts_of(page.url)
    if not layouts:
        return rules.Told()
    said = dates.published(head, page.fetched)
    day = said.at if said else entry.published or page.fetched
    layout = rules.at(layouts, day.date())
    return rules.apply(layout, head, page.fetched) if layout else rules.Told()


def _free(head: Head) -> bool | None:
    """Whether the article is free to read, only as the page itself says."""
    parts = head.ld.get("hasPart")
    nodes = [head.ld, *(part for part in (parts if isinstance(parts, list) else [parts]) if isinstance(part, dict))]
    said = [
        str(node["isAccessibleForFree"]).rpartition("/")[2].casefold()
        for node in nodes
        if "isAccessibleForFree" in node
    ]
    tier = head.meta("article:content_tier").casefold()
    if "false" in said or tier in ("locked", "metered"):
        return False
    return True if "true" in said or tier == "free" else None


def _published(head: Head, now: datetime, entry: Entry, markup: bytes, title: str) -> Moment | None:
    published = dates.published(head, now)
    if published is None and entry.published is not None:
        return Moment(entry.published, "exact")
    if published is not None:
        return published
    shown = written(head.tree.body, title, head.language, now)
    if shown is not None and shown.certainty != "guessed":
        return shown
    return dates.in_scripts(markup, now) or dates.searched(markup, head.url, now) or shown


def _description(head: Head, entry: Entry) -> str:
    said = head.meta("og:description", "description", "twitter:description", "dc.description", "dcterms.abstract")
    told = texts(head.ld.get("description"))
    return said or (line(told[0]) if told else "") or line(entry.summary)


def _section(head: Head) -> str:
    told = [line(text, 100) for text in texts(head.ld.get("articleSection"), "name")]
    said = [head.meta(name)[:100] for name in ("article:section", "section", "parsely-section", "og:section")]
    return next((text for text in [*said, *told] if text and not text.startswith("http")), "")


def _keywords(head: Head) -> tuple[str, ...]:
    """Tags of the page, split where it ran them together, each once."""
    sources: tuple[Callable[[], list[str]], ...] = (
        lambda: texts(head.ld.get("keywords"), "name"),
        lambda: head.all_metas("article:tag", "og:article:tag"),
        lambda: head.all_metas("news_keywords", "keywords", "parsely-tags", "sailthru.tags"),
    )
    for source in sources:
        said = source()
        parts = [part for text in said for part in (text.split(",") if len(said) < 3 else [text])]
        kept = dict.fromkeys(text for text in (line(part, 100) for part in parts) if text and ":" not in text)
        if kept:
            return tuple(kept)[:MAX_KEYWORDS]
    return ()


def _language(head: Head, page: Page) -> str:
    told = texts(head.ld.get("inLanguage"), "alternateName", "name")
    for tag in (head.language, head.meta("og:locale"), *told[:1], head.meta("content-language", "language"),
                page.headers.get("content-language", "")):  # fmt: skip
        found = _LANGUAGE.match(tag.strip())
        if found and found.group(1).lower() not in ("und", "mul", "xx", "zxx"):
            return found.group(1).lower()
    return ""


def _rejected(page: Page, reason: str, detail: str) -> Rejected:
    return Rejected(stage="extract", reason=reason, detail=detail, url=page.url, status=page.status)
