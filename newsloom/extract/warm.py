"""What costs time only once: imported and tried once when a worker starts, not while a page waits."""

from __future__ import annotations

from datetime import UTC, datetime

from newsloom.extract.body import by_trafilatura
from newsloom.extract.dates import searched

_PAGE = (
    "<html><body><article><p>The ferry left at noon, and nobody who stood on the pier that day forgot it.</p>"
    "<p>It came back on the next morning, with the same crew and one passenger more.</p></article></body></html>"
)


def warm_up() -> None:
    """Loads trafilatura and htmldate (under a second). Workers call it once, before their first page."""
    by_trafilatura(_PAGE, "")
    searched(_PAGE.encode(), "", datetime(2022, 1, 1, tzinfo=UTC))
