"""The scout: looks for the feeds of outlets whose feed fails for long, and at sites that many articles link to.

What it finds are rows: a new feed of the same source, or a proposal that the operator may add.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urljoin

from newsloom.config import EditionsSettings, edition_specs
from newsloom.engine import LocalPool, Lost
from newsloom.feeds import WELL_KNOWN_PATHS
from newsloom.fetch import Gets
from newsloom.health import LONG_FAILING_DAYS
from newsloom.pipeline import work
from newsloom.pipeline.desk import Desk
from newsloom.pipeline.discover import check_feed, find_source
from newsloom.store.keys import link_key
from newsloom.store.protocol import Cited, Proposal, Store
from newsloom.types import Feed, FeedDocument, Rejected

AT_ONCE = 5
TRIED = 8
# A site is looked at once so many outlets link to it in so many articles of the last two weeks.
OUTLETS, ARTICLES = 3, 5
SINCE = timedelta(days=14)
AGAIN = timedelta(days=7)
# Linked to from everywhere, and no outlets.
NEVER = frozenset(
    "facebook.com x.com twitter.com t.co instagram.com youtube.com youtu.be linkedin.com tiktok.com whatsapp.com wa.me"
    " threads.net bsky.app reddit.com pinterest.com telegram.org t.me snapchat.com google.com apple.com amazon.com"
    " amazon.co.uk amzn.to microsoft.com bit.ly spotify.com soundcloud.com vimeo.com flickr.com github.com github.io"
    " wikipedia.org wikimedia.org archive.org doi.org creativecommons.org w3.org schema.org doubleclick.net paypal.com"
    " patreon.com ko-fi.com eventbrite.com mailchimp.com surveymonkey.com typeform.com documentcloud.org scribd.com"
    " imdb.com ticketmaster.com gofundme.com change.org".split()
)


class Scout:
    """Looks around a little at a time; see `look`."""

    def __init__(
        self,
        store: Store,
        web: Gets,
        pool: LocalPool,
        desk: Desk,
        editions: EditionsSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._web, self._pool, self._desk, self._clock = store, web, pool, desk, clock
        self._edition = edition_specs(editions)[0]

    async def look(self) -> None:
        """One look around: a few lost feeds, a few sites."""
        await self.seek()
        await self.propose()

    async def seek(self) -> int:
        """Look for the present feeds of outlets whose feed fails for a week; how many were found."""
        now = self._clock()
        failing, again = now - timedelta(days=LONG_FAILING_DAYS), now - AGAIN
        found = 0
        for lost, homepage in await self._desk(self._store.lost_feeds, failing, again, AT_ONCE):
            address = await self._present_feed(lost, homepage)
            await self._desk(self._store.put_sought, lost, address, self._clock())
            if not address:
                why = Rejected(
                    stage="sources", reason="no-feed", detail=f"none found in place of {lost.url}", url=homepage
                )
                await self._desk(self._store.reject, [why], self._clock(), lost.source_id)
            found += bool(address)
        return found

    async def propose(self) -> int:
        """Look at sites that many articles link to; how many have a feed."""
        now, found = self._clock(), 0
        hosts = await self._desk(self._store.cited, now - SINCE, OUTLETS, ARTICLES, AT_ONCE + len(NEVER))
        for cited in [each for each in hosts if not _is_never(each.host)][:AT_ONCE]:
            proposal = await self._looked_at(cited)
            await self._desk(self._store.put_proposal, proposal)
            found += bool(proposal.feed)
        return found

    async def _present_feed(self, lost: Feed, homepage: str) -> str:
        """A feed that the homepage names, or that stands in a usual place, other than the source's own; "" for none."""
        page = await self._web.get(homepage, accept="text/html")
        if isinstance(page, Rejected):
            return ""
        named = await asyncio.wrap_future(self._pool.submit(work.look_for_feeds, page))
        links = () if isinstance(named, Lost) else sorted(named, key=lambda link: -link.score)
        usual = (urljoin(page.url, path) for path in WELL_KNOWN_PATHS)
        known = {link_key(feed.url) for feed in await self._desk(self._store.feeds, lost.source_id)}
        for url in _new((*(link.url for link in links), *usual), known):
            said = await check_feed(url, self._web, self._pool)
            if isinstance(said, FeedDocument) and said.entries:
                return url
        return ""

    async def _looked_at(self, cited: Cited) -> Proposal:
        homepage = f"https://{cited.host}/"
        source = await find_source(homepage, self._edition, self._web, self._pool)
        known = Proposal(
            host=cited.host, articles=cited.articles, sources=cited.sources, looked=self._clock(), homepage=homepage
        )
        if isinstance(source, Rejected):
            return replace(known, detail=f"{source.reason}: {source.detail}"[:300])
        feed = source.feeds[0] if source.feeds else ""
        language = source.languages[0] if source.languages else ""
        return replace(known, name=source.name, homepage=source.homepage, feed=feed, language=language)


def _new(urls: Iterable[str], known: set[str]) -> list[str]:
    return [url for url in dict.fromkeys(urls) if link_key(url) not in known][:TRIED]


def _is_never(host: str) -> bool:
    labels = host.split(".")
    return any(".".join(labels[n:]) in NEVER for n in range(len(labels) - 1))
