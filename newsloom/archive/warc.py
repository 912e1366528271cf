"""WARC files: the saved responses of a crawl, plain or compressed by record or as a whole.

Damage is passed over: reading goes on at the next record that can be found behind it. What a cut record or a false
length has swallowed is lost: its bytes are a stranger's page, and must not be read as records.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from newsloom.archive.lines import reason_of
from newsloom.archive.record import START, At, Bad, Found, Item, Limits, Passed, ReadError, Saved

if TYPE_CHECKING:
    from fastwarc.warc import WarcRecord

MOST_BREAKS = 1_000  # damaged stretches after which a file is given up
_BEGINS = (b"WARC/1.", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd")  # a plain record, a gzip member, a zstd frame
_STEP = 1 << 20
_HTML = ("text/html", "application/xhtml+xml")


def read_warc(path: Path, at: At, limits: Limits) -> Iterator[Item]:
    """The records from `at` on; raises ReadError where the file can't be read further."""
    try:
        with path.open("rb") as file:
            if at.offset and not _proven(file, at):
                # Not compressed record by record: there is no way in but from the start.
                yield from _after(at.items, _items(file, START, limits))
            else:
                yield from _items(file, at, limits)
    except OSError as error:
        raise ReadError(reason_of(error)) from error


def _proven(file: IO[bytes], at: At) -> bool:
    """Whether the record that was read last really begins at the offset."""
    try:
        return _mark(next(_records(file, at.offset))) == at.mark
    except (OSError, StopIteration):
        return False


def _after(items: int, records: Iterator[Item]) -> Iterator[Item]:
    return (item for item in records if item.at.items > items)


def _items(file: IO[bytes], at: At, limits: Limits) -> Iterator[Item]:
    """Records behind `at`, whose offset is that of the record before it."""
    begin, skip, breaks = at.offset, 1 if at.items else 0, 0
    file.seek(0)
    plain = file.read(5) == b"WARC/"
    while begin >= 0:
        behind = begin + 1
        try:
            for record in _records(file, begin):
                behind = record.stream_pos + (max(record.content_length, 1) if plain else 1)
                if skip:
                    skip -= 1
                    continue
                at = At(items=at.items + 1, offset=record.stream_pos, mark=_mark(record), gone=file.tell())
                yield _item(record, at, limits)
            return
        except OSError as error:
            at = replace(at, items=at.items + 1)
            yield Bad(at=at, where={"record": f"after byte {at.offset}"}, error=f"damaged: {error}")
        breaks += 1
        if breaks > MOST_BREAKS:
            raise ReadError(f"damaged: given up after {MOST_BREAKS} damaged stretches")
        begin, skip = _next_whole(file, behind), 0


def _records(file: IO[bytes], offset: int) -> Iterator[WarcRecord]:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    file.seek(offset)
    return iter(ArchiveIterator(file, record_types=WarcRecordType.any_type, parse_http=False))


def _next_whole(file: IO[bytes], offset: int) -> int:
    """Where the next record begins that can be opened; -1 where there is none."""
    while (offset := _next_begin(file, offset)) >= 0:
        try:
            next(_records(file, offset))
        except (OSError, StopIteration):
            offset += 1
        else:
            return offset
    return -1


def _next_begin(file: IO[bytes], offset: int) -> int:
    """The next place that looks like the begin of a record."""
    file.seek(offset)
    before, keep = b"", max(map(len, _BEGINS)) - 1
    while chunk := file.read(_STEP):
        held = before + chunk
        found = [place for place in (held.find(begin) for begin in _BEGINS) if place >= 0]
        if found:
            return offset - len(before) + min(found)
        offset += len(chunk)
        before = held[-keep:]
    return -1


def _mark(record: WarcRecord) -> str:
    return str(record.headers.get("WARC-Record-ID") or record.headers.get("WARC-Target-URI") or "")[:200]


def _item(record: WarcRecord, at: At, limits: Limits) -> Item:
    kind = str(getattr(record.record_type, "name", record.record_type))
    if kind not in ("response", "resource"):
        return Passed(at=at, reason=kind)
    url = str(record.headers.get("WARC-Target-URI") or "").strip("<> ")
    where = {"record": f"byte {at.offset}", "url": url[:2_000]}
    try:
        return _content(record, at, limits, url, kind)
    except _Unfit as unfit:
        return Bad(at=at, where=where, error=str(unfit))
    except (OSError, ValueError) as error:
        return Bad(at=at, where=where, error=f"damaged: {str(error)[:200]}")


class _Unfit(Exception):
    """Why a record can't be used."""


def _content(record: WarcRecord, at: At, limits: Limits, url: str, kind: str) -> Item:
    headers: dict[str, str] = {"content-type": str(record.headers.get("Content-Type") or "")}
    if kind == "response":
        record.parse_http(auto_decode="none")
        status = record.http_headers.status_code if record.http_headers is not None else None
        if status is None:
            if url.startswith(("http://", "https://")):
                raise _Unfit("cut: the record has no HTTP response")
            return Passed(at=at, reason="not-http")
        if status != 200:
            return Passed(at=at, reason=f"status-{status}")
        headers = {str(name).lower(): str(value) for name, value in record.http_headers}
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type and content_type not in _HTML:
        return Passed(at=at, reason="not-html")
    if not url.startswith(("http://", "https://")):
        raise _Unfit("no-url: the record names no http(s) address")
    body = _body(record, limits.page_bytes)
    return Found(at=at, name=url, content=Saved(url=url, headers=headers, body=body, when=_when(record)))


def _body(record: WarcRecord, most: int) -> bytes:
    told = record.content_length
    body: bytes = record.reader.read(min(told, most) + 1)
    if len(body) < min(told, most):
        raise _Unfit(f"cut: {len(body)} bytes of {told} are there")
    if told > most:
        raise _Unfit(f"too-large: {told} bytes")
    return body


def _when(record: WarcRecord) -> datetime | None:
    said: Any = record.record_date
    if not isinstance(said, datetime):
        return None
    return said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC)
