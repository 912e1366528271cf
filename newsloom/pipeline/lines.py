"""Article lines: one JSON object each, from files or streams; what is not one says so in its place."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from newsloom.archive.lines import MAX_LINE, parse_line
from newsloom.archive.lines import reason_of as file_error

__all__ = [
    "Text",
    "file_error",
    "file_lines",
    "file_texts",
    "open_text",
    "parsed",
    "read_bytes",
    "read_lines",
    "read_texts",
]


Text = tuple[str, int, str]  # a line that is not parsed yet: its file, its number there, what it says


def file_texts(files: Sequence[str]) -> Iterator[Text | dict[str, Any]]:
    """The lines of all files in turn, for `parsed`; a file that can't be read is one line {"file", "error"}."""
    for name in files:
        try:
            with open_text(Path(name)) as stream:
                yield from read_texts(stream, name)
        except (OSError, EOFError, zlib.error) as error:
            yield {"file": name, "error": file_error(error)}


def read_texts(stream: Iterable[str], name: str) -> Iterator[Text]:
    """The lines of a stream that are not empty, for `parsed`."""
    return ((name, number, text) for number, text in enumerate(stream, start=1) if text.strip())


def parsed(text: Text) -> dict[str, Any]:
    """A line's object; an error says its file and line."""
    name, number, said = text
    return _article_line(said, name, number)


def file_lines(files: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The lines of all files in turn; a file that can't be read is one line {"file", "error"}."""
    return (parsed(line) if isinstance(line, tuple) else line for line in file_texts(files))


def read_lines(stream: Iterable[str], name: str) -> Iterator[dict[str, Any]]:
    """Each line's object; an error says its file and line."""
    return map(parsed, read_texts(stream, name))


def open_text(path: Path) -> TextIO:
    """A UTF-8 text file, unpacked where its first bytes are gzip's."""
    raw = path.open("rb")
    try:
        packed = raw.peek(2)[:2] == b"\x1f\x8b"
    except OSError:
        raw.close()
        raise
    stream = gzip.GzipFile(fileobj=raw) if packed else raw
    return io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace")


def read_bytes(path: Path, most: int) -> bytes:
    """A file's bytes, unpacked where they are gzip's, `most` of them."""
    with path.open("rb") as raw:
        if raw.peek(2)[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=raw) as packed:
                return packed.read(most)
        return raw.read(most)


def _article_line(text: str, name: str, number: int) -> dict[str, Any]:
    where = {"file": name, "line": number}
    if len(text) > MAX_LINE:
        return {**where, "error": f"too-large: more than {MAX_LINE} characters in one line"}
    record = parse_line(text)
    return {**where, "error": record} if isinstance(record, str) else record
