"""Lists of sources as they come: OPML, TOML or CSV, from a file or the web; read whole before anything is stored."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass, replace
from pathlib import Path

from newsloom.errors import WrongUse
from newsloom.fetch import Gets, refused
from newsloom.pipeline import work
from newsloom.pipeline.catalogue import from_opml, from_toml
from newsloom.pipeline.csv_lists import from_csv, looks_like_csv
from newsloom.pipeline.lines import file_error, read_bytes
from newsloom.types import Rejected, Source

LIST_BYTES = 20_000_000
_MOST_TOLD = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The sources of a list. `skipped`: why other lines are none, a hundred of them at most."""

    sources: tuple[Source, ...]
    skipped: tuple[str, ...] = ()


async def fetch_list(name: str, web: Gets) -> bytes | str:
    """The bytes of a file, or of an address on the web; why not as a text."""
    if name.startswith(("http://", "https://")):
        page = await web.get(name, max_bytes=LIST_BYTES, obey_robots=False)
        if isinstance(page, Rejected):
            return f"{page.reason}: {page.detail}" if page.detail else page.reason
        return _unpacked(page.body)
    try:
        body = read_bytes(Path(name), LIST_BYTES + 1)
    except Exception as error:  # a damaged .gz raises what it likes
        return file_error(error)
    return body if len(body) <= LIST_BYTES else f"too-large: more than {LIST_BYTES} bytes"


def read_list(body: bytes, where: str, allow: str = "") -> Listed | Rejected:
    """The sources of an OPML, TOML or CSV list, addresses that would never be fetched left out and told.

    Raises WrongUse where a TOML or CSV list is wrong: then nothing of it is taken.
    """
    if body.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"<"):
        found = work.look_at_opml(body)
        return found if isinstance(found, Rejected) else _guarded(from_opml(found.links), list(found.skipped), allow)
    text = body.decode("utf-8-sig", "replace")
    if looks_like_csv(text):
        return _guarded(*from_csv(text, where), allow)
    return _guarded(from_toml(text, where), [], allow)


def read_apart(todo: tuple[bytes, str, str]) -> Listed | str:
    """What a worker does with a list: its sources, or why it has none."""
    try:
        found = read_list(*todo)
    except WrongUse as error:
        return str(error)
    return found if isinstance(found, Listed) else f"{found.reason}: {found.detail}"


def _guarded(sources: list[Source], skipped: list[str], allow: str) -> Listed | Rejected:
    """The sources whose addresses the guard does not refuse unseen."""
    kept = []
    for source in sources:
        feeds = []
        for url in source.feeds:
            why = refused(url, allow)
            skipped += [f"{source.name[:80]}: {why}: {url[:100]}"] if why else []
            feeds += [] if why else [url]
        why = refused(source.homepage, allow) if source.homepage and not feeds else ""
        if why and not source.feeds:
            skipped.append(f"{source.name[:80]}: {why}: {source.homepage[:100]}")
        if feeds or not (source.feeds or why):
            kept.append(replace(source, feeds=tuple(feeds)))
    if not kept and skipped:
        return Rejected(stage="sources", reason="nothing-to-fetch", detail=skipped[0])
    return Listed(sources=tuple(kept), skipped=tuple(skipped[:_MOST_TOLD]))


def _unpacked(body: bytes) -> bytes | str:
    """A .gz file's content, no more than a list may have."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        with gzip.open(io.BytesIO(body)) as packed:
            found = packed.read(LIST_BYTES + 1)
    except (OSError, EOFError) as error:
        return f"damaged: {error}"
    return found if len(found) <= LIST_BYTES else f"too-large: more than {LIST_BYTES} bytes"
