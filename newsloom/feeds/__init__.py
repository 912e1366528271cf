"""Page -> feed and entries: RSS, RDF, Atom, JSON Feed, news sitemaps; discovery; OPML."""

from newsloom.feeds.dates import parse_date
from newsloom.feeds.discover import NEWS_SITEMAPS, WELL_KNOWN_PATHS, find_feeds, is_of_comments
from newsloom.feeds.opml import Opml, parse_opml, read_opml, write_opml
from newsloom.feeds.parse import parse_feed
from newsloom.feeds.record import feed_record
from newsloom.feeds.said import EntrySaid, FeedSaid
from newsloom.feeds.section import PAGE_MARK, read_section
from newsloom.feeds.sitemap import INDEX, sitemaps_in_robots

__all__ = [
    "INDEX",
    "NEWS_SITEMAPS",
    "PAGE_MARK",
    "WELL_KNOWN_PATHS",
    "EntrySaid",
    "FeedSaid",
    "Opml",
    "feed_record",
    "find_feeds",
    "is_of_comments",
    "parse_date",
    "parse_feed",
    "parse_opml",
    "read_opml",
    "read_section",
    "sitemaps_in_robots",
    "write_opml",
]
