"""Article lines: one JSON object each. What is not one says so in its place."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from newsloom.archive.record import At, Bad, Found, Item, ReadError

MAX_LINE = 20_000_000  # beyond it a line is no article but an accident
_STEP = 1 << 20


def read_lines(path: Path, at: At) -> Iterator[Item]:
    """The lines from `at` on; raises ReadError where the file can't be read further."""
    try:
        with path.open("rb") as raw:
            packed = raw.peek(2)[:2] == b"\x1f\x8b"
            with cast("IO[bytes]", gzip.GzipFile(fileobj=raw) if packed else raw) as stream:
                stream.seek(at.offset)
                yield from _items(stream, raw, at)
    except (OSError, EOFError, zlib.error) as error:
        raise ReadError(reason_of(error)) from error


def parse_line(text: str | bytes) -> dict[str, Any] | str:
    """The object of a line that has an id, as a string; else why it is none."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"not-json: {str(error)[:100]}"
    if not isinstance(record, dict):
        return "not-an-object: a line must be a JSON object"
    if "id" not in record or record["id"] in ("", None):
        return "no-id: a line needs an id"
    return {**record, "id": str(record["id"])}


def reason_of(error: BaseException) -> str:
    """One line for a file that could not be read."""
    if isinstance(error, FileNotFoundError):
        return "not-found: there is no such file"
    if isinstance(error, OSError) and error.strerror:
        return f"unreadable: {error.strerror}"
    return f"unreadable: {error}"


def _items(stream: IO[bytes], raw: IO[bytes], at: At) -> Iterator[Item]:
    # `items` counts all lines, so that it is the number of the line that was read last.
    number, offset = at.items, at.offset
    while text := stream.readline(MAX_LINE + 1):
        offset += len(text)
        long = len(text) > MAX_LINE
        if long:
            offset += _skip_line(stream, text)
        number += 1
        place = At(items=number, offset=offset, gone=raw.tell())
        said = f"too-large: more than {MAX_LINE} bytes in one line" if long else _parsed(text, number)
        if isinstance(said, str):
            yield Bad(at=place, where={"line": number}, error=said)
        elif said:
            yield Found(at=place, name=f"line {number}", content=said)


def _parsed(text: bytes, number: int) -> dict[str, Any] | str:
    if not text.strip():
        return {}
    if number == 1:
        text = text.removeprefix(b"\xef\xbb\xbf")
    return parse_line(text.decode("utf-8", "replace"))


def _skip_line(stream: IO[bytes], text: bytes) -> int:
    """Read to the end of a line of any length; how many bytes that were."""
    skipped = 0
    while text and not text.endswith(b"\n"):
        text = stream.readline(_STEP)
        skipped += len(text)
    return skipped
