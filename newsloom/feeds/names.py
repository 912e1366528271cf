"""Names of elements, whatever namespace address or prefix a feed writes them with."""

from __future__ import annotations

from functools import lru_cache

# Without scheme, "www." and trailing signs; "" is a feed's own vocabulary.
_SPACES = {
    "": ("", "w3.org/2005/atom", "purl.org/atom/ns", "purl.org/rss/1.0", "my.netscape.com/rdf/simple/0.9",
         "my.netscape.com/publish/formats/rss-0.91.dtd", "backend.userland.com/rss", "backend.userland.com/rss2",
         "backend.userland.com/rss091", "backend.userland.com/rss2.0/module", "blogs.law.harvard.edu/tech/rss",
         "cyber.law.harvard.edu/rss/rss.html", "channel.netscape.com/rdf/simple/0.9", "purl.org/net/rss1.1",
         "example.com/newformat", "example.com/necho", "purl.org/echo", "uri/of/echo/namespace", "default",
         "w3.org/1999/02/22-rdf-syntax-ns", "sitemaps.org/schemas/sitemap/0.9",
         "google.com/schemas/sitemap/0.84", "google.com/schemas/sitemap/0.9"),
    "dc:": ("purl.org/dc/elements/1.1", "purl.org/dc/elements/1.0"),
    "dcterms:": ("purl.org/dc/terms",),
    "content:": ("purl.org/rss/1.0/modules/content",),
    "sy:": ("purl.org/rss/1.0/modules/syndication",),
    "media:": ("search.yahoo.com/mrss", "video.search.yahoo.com/mrss"),
    "itunes:": ("itunes.com/dtds/podcast-1.0.dtd", "example.com/dtds/podcast-1.0.dtd"),
    "xhtml:": ("w3.org/1999/xhtml",),
    "news:": ("google.com/schemas/sitemap-news/0.9",),
    "image:": ("google.com/schemas/sitemap-image/1.1",),
    "georss:": ("georss.org/georss", "georss.org/georss/10"),
    "gml:": ("opengis.net/gml",),
    "geo:": ("w3.org/2003/01/geo/wgs84_pos",),
    "feedburner:": ("rssnamespace.org/feedburner/ext/1.0",),
}  # fmt: skip
# Written without a declaration they still mean the feed's own vocabulary.
_OWN_PREFIXES = ("", "rss", "atom", "a10", "rdf")
_PREFIX = {space: prefix for prefix, spaces in _SPACES.items() for space in spaces}


_LONGEST = 1_000


def name_of(tag: str, own: str) -> str:
    """A tag ("{address}name") as "name" or "dc:name", lower case; "" for vocabularies that carry no news.

    `own` is the root's address: whatever it is, it is the feed's own vocabulary.
    """
    return _name_of(tag, own) if len(tag) <= _LONGEST and len(own) <= _LONGEST else ""


@lru_cache(maxsize=1_024)
def _name_of(tag: str, own: str) -> str:
    if not tag.startswith("{"):
        # A prefix that was never declared is left in the name by the parser.
        written, _, bare = tag.lower().rpartition(":")
        return bare if written in _OWN_PREFIXES else tag.lower()
    space, _, local = tag[1:].partition("}")
    prefix = "" if space == own else _PREFIX.get(_bare(space))
    return "" if prefix is None else prefix + local.lower()


def _bare(space: str) -> str:
    space = space.strip().lower()
    space = space.removeprefix("http://").removeprefix("https://").removeprefix("www.")
    return space.rstrip("/#")
