"""A body taken apart in bounded steps: never more memory than the cap, whatever the sender promises."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator

from newsloom.fetch.refusal import Refusal

ACCEPT_ENCODING = "gzip, deflate"

_STEP = 65_536
# More members than any honest server sends: each costs a copy of what follows it.
_MAX_MEMBERS = 64


class Body:
    """Collects a response's bytes, undoing its content coding. `feed` chunks, then take `finish()`.

    `cut`: at the cap, keep what fits and ignore the rest (robots.txt) rather than refuse.
    """

    def __init__(self, coding: str, max_bytes: int, *, cut: bool = False) -> None:
        self._inflate = _decoder(coding)
        self._max, self._cut = max_bytes, cut
        self._taken = 0
        self._out = io.BytesIO()  # whose value is taken without a copy
        self._size = 0
        self.full = False

    def feed(self, chunk: bytes) -> None:
        """Takes the next raw bytes. Raises Refusal: `too-large`, `coding`."""
        self._taken += len(chunk)
        if self._inflate is None:
            self._put(chunk)
            return
        try:
            for piece in self._inflate.pieces(chunk):
                self._put(piece)
                if self.full:
                    return
        except zlib.error as error:
            raise Refusal("coding", f"the compressed body is damaged: {error}") from error
        if self._taken > self._max + _STEP:
            self._overflow()

    def finish(self) -> bytes:
        """The decoded body. Raises Refusal `cut` where the compressed stream did not end."""
        if not self.full and self._inflate is not None and self._taken and not self._inflate.ended:
            raise Refusal("cut", "the compressed body stops before its end")
        return self._out.getvalue()

    def _put(self, piece: bytes) -> None:
        room = self._max - self._size
        self._size += self._out.write(piece[:room])
        if len(piece) > room:
            self._overflow()

    def _overflow(self) -> None:
        if not self._cut:
            raise Refusal("too-large", f"more than {self._max} bytes")
        self.full = True


class _Inflate:
    """One zlib, raw deflate or gzip stream; gzip may come in several members."""

    def __init__(self, coding: str) -> None:
        self._gzip = coding == "gzip"
        self._stream: zlib._Decompress | None = zlib.decompressobj(31) if self._gzip else None
        self._members = 1
        self._head = b""
        self.ended = False

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """Decoded pieces of at most 64 KiB each; bytes after the end are ignored."""
        while chunk:
            stream = self._open(chunk)
            if stream is None:
                return
            chunk, self._head = self._head + chunk, b""
            piece = stream.decompress(chunk, _STEP)
            if piece:
                yield piece
            chunk = stream.unused_data if stream.eof else stream.unconsumed_tail
            if stream.eof:
                self.ended, self._stream = True, None

    def _open(self, chunk: bytes) -> zlib._Decompress | None:
        if self._stream is not None:
            return self._stream
        if self.ended:
            return self._next_member(chunk)
        self._head += chunk
        if len(self._head) < 2:
            return None
        self._head = self._head[: len(self._head) - len(chunk)]
        first = (self._head + chunk)[:2]
        wrapped = first[0] & 0x0F == 8 and int.from_bytes(first, "big") % 31 == 0
        self._stream = zlib.decompressobj(15 if wrapped else -15)
        return self._stream

    def _next_member(self, chunk: bytes) -> zlib._Decompress | None:
        if not self._gzip or not chunk.startswith(b"\x1f"):
            return None
        self._members += 1
        if self._members > _MAX_MEMBERS:
            raise Refusal("coding", f"more than {_MAX_MEMBERS} gzip members")
        self.ended, self._stream = False, zlib.decompressobj(31)
        return self._stream


def _decoder(coding: str) -> _Inflate | None:
    name = coding.strip().lower().removeprefix("x-")
    if name in ("", "identity"):
        return None
    if name in ("gzip", "deflate"):
        return _Inflate(name)
    raise Refusal("coding", f"content coding {coding[:60]!r} was not asked for")
