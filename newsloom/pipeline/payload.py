"""A saved response's payload with its codings undone, in bounded steps: chunks, then gzip, deflate or brotli."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from newsloom.types import Rejected

_STEP = 65_536


def decoded(body: bytes, headers: Mapping[str, str], most: int) -> bytes | Rejected:
    """What a browser would have shown. Many crawlers save bodies decoded and leave the headers: the bytes decide."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = _unchunked(body)
    coding = headers.get("content-encoding", "").strip().lower()
    if coding in ("", "identity") or _is_markup(body):
        return body
    return _unbrotlied(body, most) if coding == "br" else _inflated(body, coding, most)


def _inflated(body: bytes, coding: str, most: int) -> bytes | Rejected:
    # Imported here: few payloads need it, and the fetcher's libraries would slow the start of every worker.
    from newsloom.fetch.decode import Body
    from newsloom.fetch.refusal import Refusal

    try:
        whole = Body(coding, most)
        whole.feed(body)
        return whole.finish()
    except Refusal as refusal:
        return _declined(refusal.reason, refusal.detail)


def _is_markup(body: bytes) -> bool:
    return body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _unchunked(body: bytes) -> bytes:
    """The chunks joined; a body that is not in chunks, or breaks off, is taken as it is from there."""
    pieces = list(_chunks(body))
    return b"".join(pieces) if pieces else body


def _chunks(body: bytes) -> Iterator[bytes]:
    at = 0
    while (end := body.find(b"\n", at, at + 100)) >= 0:
        size = body[at:end].partition(b";")[0].strip()
        try:
            length = int(size, 16) if size else -1
        except ValueError:
            return
        if length <= 0:
            return
        yield body[end + 1 : end + 1 + length]
        at = end + 1 + length
        at += 2 if body[at : at + 2] == b"\r\n" else 1


def _unbrotlied(body: bytes, most: int) -> bytes | Rejected:
    import brotli

    stream, out, given = brotli.Decompressor(), bytearray(), body
    try:
        while not stream.is_finished():
            piece = stream.process(given, output_buffer_limit=_STEP)
            given = b""
            out += piece
            if len(out) > most:
                return _declined("too-large", f"more than {most} bytes")
            if not piece and stream.can_accept_more_data():
                return _declined("cut", "the compressed body stops before its end")
    except brotli.error:
        return _declined("coding", "the compressed body is damaged")
    return bytes(out)


def _declined(reason: str, detail: str) -> Rejected:
    return Rejected(stage="import", reason=reason, detail=detail)
