"""Feeds out: what pages list as Atom, stories as entries that update, and the sources as OPML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

from markupsafe import Markup

from newsloom.site import links, present
from newsloom.site.contexts import (
    AboutPage,
    ChoicePage,
    DayPage,
    Frame,
    FrontPage,
    Item,
    SearchPage,
    SourcePage,
    Story,
    StoryPage,
)
from newsloom.site.words import words

_NS = "http://www.w3.org/2005/Atom"
# What XML 1.0 can't hold, however it is escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


Listing = ChoicePage | FrontPage | DayPage | StoryPage | SourcePage | SearchPage


def feed(page: Listing, base: str, now: datetime) -> bytes:
    """What a page lists as a feed: an entry a story or report, each with an id that stays."""
    entries = _entries(page)
    frame = page.frame
    root = ET.Element("feed", {"xmlns": _NS, "xml:lang": frame.language})
    changed = max((each.updated if isinstance(each, Story) else each.when.at for each in entries), default=now)
    _texts(root, {"id": _id(page, base), "title": _title(page), "updated": changed.isoformat()})
    here = {"type": "text/html", "href": base + _lasting(frame, _page_of(page))}
    ET.SubElement(root, "link", {"rel": "alternate", **here})
    itself = {"type": "application/atom+xml", "href": base + _lasting(frame, frame.feed)}
    ET.SubElement(root, "link", {"rel": "self", **itself})
    ET.SubElement(root, "generator").text = "Newsloom"
    for each in entries:
        _story(root, each, frame, base) if isinstance(each, Story) else _report(root, each, frame, base)
    return _bytes(root)


def _entries(page: Listing) -> Sequence[Story | Item]:
    """What a page lists, in its order."""
    match page:
        case ChoicePage():
            return [each.top for each in page.editions if each.top]
        case FrontPage():
            return [*filter(None, [page.top]), *page.stories]
        case DayPage():
            return page.stories
        case StoryPage():
            return sorted(page.items, key=lambda each: each.when.at, reverse=True)
        case _:
            return page.items


def _id(page: Listing, base: str) -> str:
    """An id that stays where the site's address moves, for what has one of its own."""
    match page:
        case FrontPage(section=""):
            return f"urn:newsloom:edition:{page.frame.edition}"
        case StoryPage():
            return f"urn:newsloom:story:{page.story.id}"
        case SourcePage():
            return f"urn:newsloom:source:{page.frame.source}"
        case _:
            return base + page.frame.feed


def _title(page: Listing) -> str:
    frame = page.frame
    return frame.title if frame.title == frame.site else f"{frame.site}: {frame.title}"


def _page_of(page: Listing) -> str:
    """The address of the page whose feed this is: the feed's without its end."""
    if isinstance(page, StoryPage):
        return page.story.href
    path, _, asked = page.frame.feed.partition("?")
    path = path.removesuffix("feed.atom") if isinstance(page, ChoicePage) else path.removesuffix("/feed.atom")
    if isinstance(page, FrontPage) and not page.section:
        path += "/"
    return path + (f"?{asked}" if asked else "")


def _story(root: ET.Element, story: Story, frame: Frame, base: str) -> None:
    _entry(
        root,
        id=f"urn:newsloom:story:{story.id}",
        title=story.lead.headline,
        href=base + _lasting(frame, story.href),
        updated=story.updated,
        published=story.first_seen,
        author=story.lead.outlet.text,
        content=story_html(story, frame, base),
    )


def _report(root: ET.Element, item: Item, frame: Frame, base: str) -> None:
    _entry(
        root,
        id=f"urn:newsloom:article:{item.id}",
        title=item.headline,
        href=item.read_more if item.away else base + _lasting(frame, item.href),
        updated=item.when.at,
        published=item.when.at,
        author=item.outlet.text,
        content=str(Markup("<p>{}</p>").format(item.lead)) if item.lead else "",
    )


def opml(page: AboutPage) -> bytes:
    """The sources' feeds as OPML 2.0."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = _xml(page.frame.site)
    body = ET.SubElement(root, "body")
    for source in (source for country in page.countries for source in country.sources):
        for feed in source.feeds:
            said = {"type": "rss", "text": source.name, "title": source.name, "xmlUrl": feed}
            if source.homepage:
                said["htmlUrl"] = source.homepage
            ET.SubElement(body, "outline", {name: _xml(value) for name, value in said.items()})
    return _bytes(root)


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
    if content:
        ET.SubElement(entry, "content", type="html").text = _xml(content)


def story_html(story: Story, frame: Frame, base: str) -> str:
    """A story as an entry's content: its lead, who wrote of it, and the next best reports."""
    said = present.counts(story.reports, story.copies, words(frame.language))
    parts: Iterable[Markup] = (
        Markup("<p>{}</p>").format(story.lead.lead) if story.lead.lead else Markup(""),
        Markup("<p>{}</p>").format(said),
        _link(story.lead, frame, base),
        *(_link(each, frame, base) for each in story.others),
    )
    return str(Markup("").join(parts))


def _lasting(frame: Frame, href: str) -> str:
    """One of our addresses with the language that was chosen."""
    return links.in_language(href, frame.language) if frame.chosen else href


def _link(item: Item, frame: Frame, base: str) -> Markup:
    href = item.read_more if item.away else base + _lasting(frame, item.href)
    return Markup('<p><a href="{}">{}</a> – {}</p>').format(href, item.headline, item.outlet.text)


def _texts(parent: ET.Element, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = _xml(text)


def _xml(text: str) -> str:
    return _NOT_XML.sub("", text)


def _bytes(root: ET.Element) -> bytes:
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
