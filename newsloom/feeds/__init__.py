"""Page -> feed and entries: RSS, RDF, Atom, JSON Feed, news sitemaps; discovery; OPML."""

from newsloom.feeds.dates import parse_date
from newsloom.feeds.discover import WELL_KNOWN_PATHS, find_feeds
from newsloom.feeds.opml import parse_opml, write_opml
from newsloom.feeds.parse import parse_feed
from newsloom.feeds.record import feed_record
from newsloom.feeds.said import EntrySaid, FeedSaid

__all__ = [
    "WELL_KNOWN_PATHS",
    "EntrySaid",
    "FeedSaid",
    "feed_record",
    "find_feeds",
    "parse_date",
    "parse_feed",
    "parse_opml",
    "write_opml",
]
