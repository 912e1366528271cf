"""Handlers of what machines read: feeds, OPML, robots.txt, health."""

from __future__ import annotations

import json
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from newsloom.site import atom, jsonfeed, links, metrics, respond, sitemap
from newsloom.site.asked import asked_id
from newsloom.site.pages import Pages
from newsloom.site.story import story_page

ATOM = "application/atom+xml; charset=utf-8"
ROBOTS = b"""User-agent: *
Disallow: /operator
Disallow: /image/
Disallow: /*/search
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """Handlers with the pages whose contexts they share."""

    pages: Pages

    @property
    def base(self) -> str:
        """The public address of the site: from the settings only, never from what a request claims."""
        site = self.pages.settings.site
        if site.base_url:
            return site.base_url.rstrip("/")
        host = f"[{site.host}]" if ":" in site.host else site.host
        return f"http://{host}:{site.port}"

    def edition(self, request: Request) -> Response:
        """`/{edition}/feed.atom`."""
        content = atom.edition_feed(self.pages.front_page(request), self.base, self.pages.clock())
        return respond.body(request, content, ATOM)

    def edition_json(self, request: Request) -> Response:
        """`/{edition}/feed.json`."""
        return respond.body(request, jsonfeed.edition_feed(self.pages.front_page(request), self.base), jsonfeed.TYPE)

    def story(self, request: Request) -> Response:
        """`/{edition}/story/{id}/feed.atom`."""
        edition, story_id = self.pages.edition(request), asked_id(request, "id")
        record = self.pages.reading.story(story_id)
        if record is None or not record.members:
            successor = self.pages.successor(story_id)
            return RedirectResponse(links.story_feed(edition.id, successor), 301)
        page = story_page(self.pages.present(edition.id), edition, record, self.pages.edition_frame)
        return respond.body(request, atom.story_feed(page, self.base), ATOM)

    def opml(self, request: Request) -> Response:
        """`/opml`: the feeds that are collected."""
        return respond.body(request, atom.opml(self.pages.about_page()), "text/x-opml; charset=utf-8")

    def robots(self, request: Request) -> Response:
        """`/robots.txt`."""
        said = ROBOTS + f"Sitemap: {self.base}/sitemap.xml\n".encode()
        return respond.body(request, said, "text/plain; charset=utf-8", cache="public, max-age=86400")

    def sitemap(self, request: Request) -> Response:
        """`/sitemap.xml`."""
        content = sitemap.sitemap(self.base, [line.ranked for line in self.pages.reading.choice()])
        return respond.body(request, content, "application/xml; charset=utf-8", cache="public, max-age=3600")

    def metrics(self, request: Request) -> Response:
        """`/metrics`."""
        counts, actions = self.pages.reading.counts(), self.pages.actions
        last, following = (actions.refreshed(), actions.next_round()) if actions else (counts.last_polled, None)
        return respond.body(request, metrics.exposition(counts, last, following), metrics.TYPE, cache=respond.PRIVATE)

    def healthz(self, request: Request) -> Response:
        """`/healthz`: that it runs, when the last round ended, how much there is."""
        counts = self.pages.reading.counts()
        refreshed = self.pages.actions.refreshed() if self.pages.actions else counts.last_polled
        said = {
            "ok": True,
            "last_round": refreshed.isoformat() if refreshed else None,
            "counts": {
                "articles": counts.articles,
                "stories": counts.stories,
                "sources": counts.sources,
                "feeds": counts.feeds,
                "feeds_failing": counts.feeds_failing,
            },
        }
        return respond.body(request, json.dumps(said).encode(), "application/json", cache=respond.PRIVATE)
