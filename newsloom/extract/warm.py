"""What costs seconds the first time: imported and tried once when a worker starts, not while a page waits."""

from __future__ import annotations

from datetime import UTC, datetime

from newsloom.extract.body import by_trafilatura
from newsloom.extract.dates import searched

_PAGE = (
    "<html><body><article><p>The ferry left at noon, and nobody who stood on the pier that day forgot it.</p>"
    "<p>It came back on the next morning, with the same crew and one passenger more.</p></article></body></html>"
)
_NO_DATE = "12 quux 2021 um 11 vlorp"  # is tried in every language that dateparser knows


def warm_up() -> None:
    """Loads trafilatura, htmldate and dateparser's languages (two to three seconds). Workers call it once."""
    by_trafilatura(_PAGE, "")
    searched(_PAGE.encode(), "", datetime(2022, 1, 1, tzinfo=UTC))
    try:
        from htmldate.extractors import external_date_parser
    except ImportError:  # no promise of htmldate's: then the first page pays
        return
    external_date_parser(_NO_DATE, "%Y-%m-%d")
