"""The front page as JSON Feed 1.1: the same stories, ids and times as the Atom feed."""

from __future__ import annotations

import json
from typing import Any

from newsloom.site import atom
from newsloom.site.contexts import Frame, FrontPage, Story

TYPE = "application/feed+json; charset=utf-8"
VERSION = "https://jsonfeed.org/version/1.1"


def edition_feed(page: FrontPage, base: str) -> bytes:
    """An item a story, with an id that stays and a time that moves."""
    frame = page.frame
    feed = {
        "version": VERSION,
        "title": f"{frame.site}: {frame.title}",
        "language": frame.language,
        "home_page_url": base + frame.home,
        "feed_url": base + frame.json_feed,
        "description": frame.description,
        "items": [_item(story, frame, base) for story in (*filter(None, [page.top]), *page.stories)],
    }
    return json.dumps(feed, ensure_ascii=False).encode()


def _item(story: Story, frame: Frame, base: str) -> dict[str, Any]:
    lead = story.lead
    item: dict[str, Any] = {
        "id": f"urn:newsloom:story:{story.id}",
        "url": base + story.href,
        "title": lead.headline,
        "content_html": atom.story_html(story, frame, base),
        "summary": lead.lead,
        "date_published": story.first_seen.isoformat(),
        "date_modified": story.updated.isoformat(),
        "authors": [{"name": lead.outlet.text}],
        "tags": [story.section] if story.section else [],
        "language": lead.language if lead.language != "und" else "",
        "external_url": lead.read_more if lead.away else "",
        "image": base + lead.image.href if lead.image else "",
    }
    return {name: value for name, value in item.items() if value}
