"""The stages over files and lines, for the command line: one record an input, in the order of the input."""

from __future__ import annotations

import itertools
import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsloom.config import AnnotateSettings, Settings
from newsloom.engine import LocalPool, Lost, Serial, give_back
from newsloom.pipeline.lines import Text, file_error, parsed, read_bytes
from newsloom.types import Article, Page, Rejected

if TYPE_CHECKING:
    from newsloom.pipeline.group_lines import Read

DEADLINE_S = 30.0
FEW = 4  # inputs that are done before a worker has started
MAX_BYTES = 100_000_000
READ_AT_ONCE = 64

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One file to treat; `error` where the line that should name it did not."""

    file: str = ""
    id: str = ""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str = ""

    def told(self) -> Record:
        """What every output line says of its input."""
        return {**({"id": self.id} if self.id else {}), **({"file": self.file} if self.file else {})}


def asked(files: Sequence[str], url: str, lines: Iterable[str] | None) -> Iterator[Asked]:
    """The files of the command line, else those that JSON lines name."""
    if lines is None:
        return (Asked(file=name, url=url) for name in files)
    return (_asked_line(text, number, url) for number, text in enumerate(lines, start=1) if text.strip())


def run(function: Callable[[Any], Record], items: Iterable[Any], workers: int) -> Iterator[Record]:
    """`function` over all items by `workers` processes (0: as many as fit); what is lost says why in its place."""
    source = iter(items)
    first = list(itertools.islice(source, FEW + 1))
    sent: deque[Any] = deque()
    every = _remembered(itertools.chain(first, source), sent)
    if workers == 1 or (workers == 0 and len(first) <= FEW):
        yield from _results(Serial().map(function, every), sent)
        return
    with LocalPool(workers or os.cpu_count() or 1, DEADLINE_S, (function.__module__,)) as pool:
        yield from _results(pool.map(function, every), sent)


def parse_one(ask: Asked) -> Record:
    """A feed file as {"feed", "entries"}."""
    from newsloom.feeds import feed_record, parse_feed

    body = _read(ask)
    if isinstance(body, dict):
        return body
    document = parse_feed(body, url=ask.url, headers=ask.headers)
    if isinstance(document, Rejected):
        return _declined(ask, document)
    return {**ask.told(), **feed_record(document)}


def extract_one(ask: Asked) -> Record:
    """An HTML file as an article."""
    from newsloom.extract import extract, extract_record

    body = _read(ask)
    if isinstance(body, dict):
        return body
    page = Page(
        requested_url=ask.url, url=ask.url, status=200, headers=ask.headers, body=body, fetched=datetime.now(UTC)
    )
    article = extract(page)
    if isinstance(article, Rejected):
        return _declined(ask, article)
    return {**extract_record(article, ask.id or ask.file), **ask.told()}


@dataclass(frozen=True, slots=True)
class Annotate:
    """Article line -> its annotations, against the shipped word tables alone, so that order does not matter."""

    settings: AnnotateSettings

    def __call__(self, line: Record) -> Record:
        from newsloom.annotate import annotate
        from newsloom.annotate.background import Table

        if "error" in line:
            return line
        found = annotate(_article(line), self.settings, Table)
        return {
            "id": found.article_id,
            "language": found.language,
            "names": list(found.names),
            "numbers": list(found.numbers),
            "terms": [{"term": term, "weight": round(weight, 4)} for term, weight in found.terms],
            "passages": [
                {"text": p.text, "start": p.start, "end": p.end, "score": round(p.score, 4)} for p in found.passages
            ],
        }


def group(lines: Iterable[Text | Record], settings: Settings, *, live: bool, workers: int = 0) -> Iterator[Record]:
    """Article lines into stories; lines that are none keep their place among the answers.

    `workers` processes read lines and count words (0: as many as fit); live answers come one by one, so one process
    gives them.
    """
    give_back()
    source = iter(lines)
    first = [] if live else list(itertools.islice(source, 4 * READ_AT_ONCE + 1))
    every, read = itertools.chain(first, source), _Read(settings.annotate)
    if live or workers == 1 or (workers == 0 and len(first) <= 4 * READ_AT_ONCE):
        yield from _grouped(map(read.one, every), settings, live)
        return
    with LocalPool(workers or os.cpu_count() or 1, DEADLINE_S, ("newsloom.pipeline.group_lines",)) as pool:
        yield from _grouped(_read_in(pool, read, every), settings, live)


@dataclass(frozen=True, slots=True)
class _Read:
    """Reads some lines and counts their words; what is no article stays what it is."""

    settings: AnnotateSettings

    def __call__(self, lines: list[Text | Record]) -> list[Read | Record]:
        return [self.one(line) for line in lines]

    def one(self, line: Text | Record) -> Read | Record:
        from newsloom.pipeline.group_lines import read_line

        record = parsed(line) if isinstance(line, tuple) else line
        return record if "error" in record else read_line(record, self.settings)


def _read_in(pool: LocalPool, read: _Read, lines: Iterator[Text | Record]) -> Iterator[Read | Record]:
    """Lines read in a pool, some at a time, in their order."""
    sent: deque[list[Text | Record]] = deque()
    chunks = iter(lambda: list(itertools.islice(lines, READ_AT_ONCE)), [])
    for found in pool.map(read, _remembered(chunks, sent)):
        chunk = sent.popleft()
        yield from read(chunk) if isinstance(found, Lost) else found


def _grouped(lines: Iterable[Read | Record], settings: Settings, live: bool) -> Iterator[Record]:
    from newsloom.pipeline.group_lines import group_read

    order: deque[Record | None] = deque()
    seen: set[str] = set()

    def good() -> Iterator[Read]:
        for line in lines:
            if isinstance(line, dict):
                order.append(line)
            elif line.id in seen:
                order.append({"id": line.id, "error": "duplicate-id: an earlier line has this id"})
            else:
                seen.add(line.id)
                order.append(None)
                yield line

    for record in group_read(good(), settings, live=live):
        while (passed := order.popleft()) is not None:
            yield passed
        yield record
    yield from (line for line in order if line is not None)


def _results(results: Iterable[Record | Lost], sent: deque[Any]) -> Iterator[Record]:
    for result in results:
        item = sent.popleft()
        yield {**_told(item), "error": f"{result.reason}: {result.detail}"} if isinstance(result, Lost) else result


def _remembered(items: Iterable[Any], sent: deque[Any]) -> Iterator[Any]:
    for item in items:
        sent.append(item)
        yield item


def _told(item: Any) -> Record:
    return item.told() if isinstance(item, Asked) else {k: item[k] for k in ("id", "file") if k in item}


def _asked_line(text: str, number: int, url: str) -> Asked:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        line = None
    if not isinstance(line, dict) or not isinstance(line.get("file"), str):
        return Asked(file=f"line {number}", error='not-a-line: a line must be {"file": ...}')
    headers = line.get("headers")
    return Asked(
        file=line["file"],
        id=str(line.get("id") or ""),
        url=str(line.get("url") or url),
        headers={str(k).lower(): str(v) for k, v in headers.items()} if isinstance(headers, dict) else {},
    )


def _read(ask: Asked) -> bytes | Record:
    if ask.error:
        return {**ask.told(), "error": ask.error}
    try:
        return read_bytes(Path(ask.file), MAX_BYTES)
    except Exception as error:  # a damaged .gz raises what it likes
        return {**ask.told(), "error": file_error(error)}


def _declined(ask: Asked, rejected: Rejected) -> Record:
    return {**ask.told(), "error": f"{rejected.reason}: {rejected.detail}" if rejected.detail else rejected.reason}


def _article(line: Record) -> Article:
    from newsloom.pipeline.group_lines import line_article

    return line_article(line)
