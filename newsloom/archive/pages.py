"""One saved page in one file."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from newsloom.archive.lines import reason_of
from newsloom.archive.record import At, Bad, Found, Item, Limits, ReadError, Saved


def read_page(path: Path, at: At, limits: Limits) -> Iterator[Item]:
    """The page, unless it was read before; raises ReadError where the file can't be read."""
    if at.items:
        return
    try:
        with path.open("rb") as raw:
            packed = raw.peek(2)[:2] == b"\x1f\x8b"
            with gzip.GzipFile(fileobj=raw) if packed else raw as stream:
                body = stream.read(limits.page_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ReadError(reason_of(error)) from error
    done = At(items=1, gone=path.stat().st_size)
    if len(body) > limits.page_bytes:
        yield Bad(at=done, where={}, error=f"too-large: more than {limits.page_bytes} bytes")
    else:
        yield Found(at=done, name="", content=Saved(url="", headers={}, body=body, when=None))
