"""Where an outlet's things are and when they happened: addresses and times for one outlet at one `now`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from zlib import crc32

from newsloom.sample import FeedFormat, Outlet, SampleArticle

# Path and content type of each feed format.
FEEDS: dict[FeedFormat, tuple[str, str]] = {
    "rss": ("/feed.xml", "application/rss+xml"),
    "atom": ("/feed.atom", "application/atom+xml"),
    "rdf": ("/feed.rdf", "application/rdf+xml"),
    "jsonfeed": ("/feed.json", "application/feed+json"),
}

# Fixed hours from UTC, so that pages show offsets of their own without a time zone database.
_OFFSET_H = {"us": -5, "ca": -5, "se": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One outlet on its address. `base`: no slash at the end; `now`: aware; `articles`: the newest first."""

    outlet: Outlet
    base: str
    now: datetime
    articles: tuple[SampleArticle, ...]

    @property
    def feed_url(self) -> str:
        """The address of the outlet's feed."""
        return self.base + FEEDS[self.outlet.feed][0]

    def path(self, article: SampleArticle) -> str:
        """`/news/<headline in ASCII>-<id>`."""
        return f"/news/{_slug(article.headline)}-{article.id}"

    def url(self, article: SampleArticle) -> str:
        """The article's own address, also its canonical one."""
        return self.base + self.path(article)

    def image_path(self, article: SampleArticle) -> str:
        """`/images/<id>.png`, or "" for the third of the articles that have no image."""
        return f"/images/{article.id}.png" if crc32(article.id.encode()) % 3 else ""

    def published(self, article: SampleArticle) -> datetime:
        """When the article appeared, in the outlet's own offset, whole seconds."""
        return self._ago(article.hours_ago)

    def modified(self, article: SampleArticle) -> datetime:
        """When the article was last changed; when it appeared, if never."""
        hours = article.hours_ago if article.modified_hours_ago is None else article.modified_hours_ago
        return self._ago(hours)

    def updated(self) -> datetime:
        """When anything of the outlet last changed."""
        return max((self.modified(a) for a in self.articles), default=self._ago(72))

    def _ago(self, hours: float) -> datetime:
        zone = timezone(timedelta(hours=_OFFSET_H.get(self.outlet.country, 0)))
        return (self.now - timedelta(hours=hours)).astimezone(zone).replace(microsecond=0)


def _slug(headline: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", headline).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", ascii_text.replace("'", ""))
    return "-".join(words[:8])
