"""Feeds out: stories as Atom entries that update, a story's reports, and the sources as OPML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from xml.etree import ElementTree as ET

from markupsafe import Markup

from newsloom.site import present
from newsloom.site.contexts import AboutPage, FrontPage, Item, Story, StoryPage

_NS = "http://www.w3.org/2005/Atom"
# What XML 1.0 can't hold, however it is escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def edition_feed(page: FrontPage, base: str, now: datetime) -> bytes:
    """The front page as a feed: an entry a story, with an id that stays and a time that moves."""
    stories = [*filter(None, [page.top]), *page.stories]
    frame = page.frame
    root = _feed(
        id=f"urn:newsloom:edition:{frame.edition}",
        title=f"{frame.site}: {frame.edition_name}",
        updated=max((story.updated for story in stories), default=page.updated.at if page.updated else now),
        page=base + frame.home,
        itself=base + frame.feed,
        language="en",
    )
    for story in stories:
        _entry(
            root,
            id=f"urn:newsloom:story:{story.id}",
            title=story.lead.headline,
            href=base + story.href,
            updated=story.updated,
            published=story.first_seen,
            author=story.lead.outlet.text,
            content=story_html(story, base),
        )
    return _bytes(root)


def story_feed(page: StoryPage, base: str) -> bytes:
    """A story's separately written reports, the newest first."""
    root = _feed(
        id=f"urn:newsloom:story:{page.story.id}",
        title=f"{page.frame.site}: {page.story.lead.headline}",
        updated=page.story.updated,
        page=base + page.story.href,
        itself=base + page.frame.feed,
        language="en",
    )
    for item in sorted(page.items, key=lambda each: each.when.at, reverse=True):
        _entry(
            root,
            id=f"urn:newsloom:article:{item.id}",
            title=item.headline,
            href=item.read_more if item.away else base + item.href,
            updated=item.when.at,
            published=item.when.at,
            author=item.outlet.text,
            content=str(Markup("<p>{}</p>").format(item.lead)),
        )
    return _bytes(root)


def opml(page: AboutPage) -> bytes:
    """The sources' feeds as OPML 2.0."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = _xml(f"Sources of {page.frame.site}")
    body = ET.SubElement(root, "body")
    for source in page.sources:
        for feed in source.feeds:
            said = {"type": "rss", "text": source.name, "title": source.name, "xmlUrl": feed}
            if source.homepage:
                said["htmlUrl"] = source.homepage
            ET.SubElement(body, "outline", {name: _xml(value) for name, value in said.items()})
    return _bytes(root)


def _feed(*, id: str, title: str, updated: datetime, page: str, itself: str, language: str) -> ET.Element:
    root = ET.Element("feed", {"xmlns": _NS, "xml:lang": language})
    _texts(root, {"id": id, "title": title, "updated": updated.isoformat()})
    ET.SubElement(root, "link", rel="alternate", type="text/html", href=page)
    ET.SubElement(root, "link", rel="self", type="application/atom+xml", href=itself)
    ET.SubElement(root, "generator").text = "Newsloom"
    return root


def _entry(
    root: ET.Element,
    *,
    id: str,
    title: str,
    href: str,
    updated: datetime,
    published: datetime,
    author: str,
    content: str,
) -> None:
    entry = ET.SubElement(root, "entry")
    _texts(entry, {"id": id, "title": title, "updated": updated.isoformat(), "published": published.isoformat()})
    ET.SubElement(entry, "link", rel="alternate", type="text/html", href=href)
    _texts(ET.SubElement(entry, "author"), {"name": author})
    ET.SubElement(entry, "content", type="html").text = _xml(content)


def story_html(story: Story, base: str) -> str:
    """A story as an entry's content: its lead, who wrote of it, and the next best reports."""
    said = present.counts(story.reports, story.copies)
    parts: Iterable[Markup] = (
        Markup("<p>{}</p>").format(story.lead.lead) if story.lead.lead else Markup(""),
        Markup("<p>{}</p>").format(said),
        _link(story.lead, base),
        *(_link(each, base) for each in story.others),
    )
    return str(Markup("").join(parts))


def _link(item: Item, base: str) -> Markup:
    href = item.read_more if item.away else base + item.href
    return Markup('<p><a href="{}">{}</a> – {}</p>').format(href, item.headline, item.outlet.text)


def _texts(parent: ET.Element, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = _xml(text)


def _xml(text: str) -> str:
    return _NOT_XML.sub("", text)


def _bytes(root: ET.Element) -> bytes:
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
