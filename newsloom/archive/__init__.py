"""Files of saved news -> records, one at a time, from any position on: article lines, WARC, Parquet, saved pages.

>>> from newsloom.archive import START, open_archive
>>> for item in open_archive("news.warc.gz", START, limits):  # doctest: +SKIP
...     item.at  # where a later reading goes on
"""

from __future__ import annotations

from newsloom.archive.kinds import ENDINGS, check, fingerprint, kind_of, open_archive
from newsloom.archive.record import START, At, Bad, Found, Item, Limits, Passed, ReadError, Saved

__all__ = [
    "ENDINGS",
    "START",
    "At",
    "Bad",
    "Found",
    "Item",
    "Limits",
    "Passed",
    "ReadError",
    "Saved",
    "check",
    "fingerprint",
    "kind_of",
    "open_archive",
]
