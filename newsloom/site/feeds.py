"""Handlers of what machines read: feeds, OPML, robots.txt, health."""

from __future__ import annotations

import json
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from newsloom.site import atom, jsonfeed, links, metrics, respond, sitemap
from newsloom.site.pages import Pages
from newsloom.site.words import N_

ATOM = "application/atom+xml; charset=utf-8"
ROBOTS = b"""User-agent: *
Disallow: /operator
Disallow: /image/
Disallow: /*/search
Disallow: /*?lang=
Disallow: /*&lang=
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

    def choice(self, request: Request) -> Response:
        """`/feed.atom`: the top story of each edition."""
        answer = self._atom(request, self.pages.choice_page(request))
        answer.headers["vary"] = "Accept-Language"
        return answer

    def edition(self, request: Request) -> Response:
        """`/{edition}/feed.atom`, and of a section."""
        return self._atom(request, self.pages.front_page(request))

    def edition_json(self, request: Request) -> Response:
        """`/{edition}/feed.json`."""
        return respond.body(request, jsonfeed.edition_feed(self.pages.front_page(request), self.base), jsonfeed.TYPE)

    def day(self, request: Request) -> Response:
        """`/{edition}/day/{date}/feed.atom`."""
        return self._atom(request, self.pages.day_page(request))

    def source(self, request: Request) -> Response:
        """`/{edition}/source/{id}/feed.atom`."""
        return self._atom(request, self.pages.source_page(request))

    def search(self, request: Request) -> Response:
        """`/{edition}/search/feed.atom?q=`: a search to subscribe to."""
        page = self.pages.search_page(request)
        if not page.query:
            raise HTTPException(400, N_("The feed of a search needs words to search for."))
        return self._atom(request, page)

    def story(self, request: Request) -> Response:
        """`/{edition}/story/{id}/feed.atom`: its separately written reports."""
        return self._atom(request, self.pages.story_page(request, links.story_feed))

    def _atom(self, request: Request, page: atom.Listing) -> Response:
        return respond.body(request, atom.feed(page, self.base, self.pages.clock()), ATOM)

    def opml(self, request: Request) -> Response:
        """`/opml`: the feeds that are collected."""
        answer = respond.body(request, atom.opml(self.pages.about_page(request)), "text/x-opml; charset=utf-8")
        answer.headers["vary"] = "Accept-Language"  # Outlets stand in the order of their countries' names.
        return answer

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
        latency = self.pages.reading.latency(self.pages.clock())
        said = metrics.exposition(counts, latency, last, following)
        return respond.body(request, said, metrics.TYPE, cache=respond.PRIVATE)

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
