"""WARC records made by hand, and the pages that the tests save in them."""

from __future__ import annotations

import gzip
from pathlib import Path

WHEN = "2025-03-04T05:06:07Z"
_TEXT = (
    "The harbour board of {0} voted on Tuesday to close the old north quay after engineers found cracks in its wall. "
    "Work will begin in April, said Mara Tollis, who chairs the board, and last until the autumn of next year. "
    "About {1} boats will have to move to the inner basin, and their owners were told by letter on Monday."
)


def page(town: str, boats: int = 120) -> bytes:
    text = _TEXT.format(town, boats)
    return (
        f"<html lang=en><head><title>{town} closes its quay</title></head><body><article><h1>{town} closes its quay"
        f"</h1><p>{text}</p><p>{text[:200]} {town} has had a harbour for two centuries.</p></article></body></html>"
    ).encode()


def record(
    url: str,
    body: bytes = b"",
    *,
    kind: str = "response",
    status: str = "200 OK",
    headers: str = "Content-Type: text/html; charset=utf-8\r\n",
    length: int | None = None,
) -> bytes:
    http = f"HTTP/1.1 {status}\r\n{headers}\r\n".encode() + body if kind in ("response", "request") else body
    head = (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: {WHEN}\r\n"
        f"WARC-Record-ID: <urn:test:{kind}:{url}>\r\nContent-Type: application/http; msgtype={kind}\r\n"
        f"Content-Length: {len(http) if length is None else length}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


def news(count: int, host: str = "quay.example") -> list[bytes]:
    """Each page with the request and metadata that a crawler writes beside it."""
    records = [record("urn:info", b"software: none\r\n", kind="warcinfo")]
    for n in range(count):
        url = f"https://{host}/news/{n}"
        records += [
            record(url, kind="request"),
            record(url, page(f"Port{n}", 100 + n)),
            record(url, b"a: b", kind="metadata"),
        ]
    return records


def write(path: Path, records: list[bytes], *, by: str = "") -> Path:
    """Plain, compressed `by` record, or as a `whole`."""
    if by == "record":
        path.write_bytes(b"".join(map(gzip.compress, records)))
    else:
        joined = b"".join(records)
        path.write_bytes(gzip.compress(joined) if by == "whole" else joined)
    return path
