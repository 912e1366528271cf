"""URL -> Page over HTTP: polite, bounded, guarded against private addresses; see `Fetcher`."""

from newsloom.fetch.client import Fetcher, Gets, retry_after
from newsloom.fetch.fake import FakeFetcher, fake_page
from newsloom.fetch.refused import refused
from newsloom.fetch.robots import RobotsInMemory, RobotsMemory, RobotsRecord, Rules

__all__ = [
    "FakeFetcher",
    "Fetcher",
    "Gets",
    "RobotsInMemory",
    "RobotsMemory",
    "RobotsRecord",
    "Rules",
    "fake_page",
    "refused",
    "retry_after",
]
