"""Parquet files: rows as article lines, under the names that collections of news use for their columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsloom.archive.lines import MAX_LINE, reason_of
from newsloom.archive.record import At, Bad, Found, Item, ReadError

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

ROWS = 64  # held at once
CHUNK_BYTES = 1_000_000_000  # a column's largest unpacked piece; one of 200,000 articles has a quarter of it

# Our name of each column, and what others call it; the first that is there counts.
NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "article_id", "uuid", "guid"),
    "title": ("title", "headline", "name"),
    "text": ("text", "body", "content", "maintext", "article_text", "article"),
    "description": ("description", "summary", "lead"),
    "url": ("url", "link", "source_url"),
    "source": ("source", "source_domain", "domain", "outlet", "publisher", "site_name", "hostname"),
    "date": ("date", "published", "date_published", "published_at", "publish_date", "date_publish", "datetime"),
    "lang": ("lang", "language", "in_language"),
}  # fmt: skip


def read_parquet(path: Path, at: At) -> Iterator[Item]:
    """The rows from `at` on; raises ReadError where the file can't be read."""
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path, pre_buffer=False, buffer_size=1 << 16) as file:
            columns = _columns(file)
            if "title" not in columns and "text" not in columns:
                raise ReadError(f"no-articles: no column named {', '.join((*NAMES['title'][:2], *NAMES['text'][:2]))}")
            yield from _rows(file, columns, at, path.stat().st_size)
    except (OSError, pyarrow.ArrowException, MemoryError) as error:
        raise ReadError(reason_of(error).split("\n")[0][:200]) from error


def _columns(file: ParquetFile) -> dict[str, str]:
    """Our names -> the file's."""
    there = {name.lower(): name for name in file.schema_arrow.names}
    found = {ours: next((there[n] for n in names if n in there), "") for ours, names in NAMES.items()}
    return {ours: name for ours, name in found.items() if name}


def _rows(file: ParquetFile, columns: Mapping[str, str], at: At, size: int) -> Iterator[Item]:
    wanted = list(dict.fromkeys(columns.values()))
    row, total = 0, max(1, file.metadata.num_rows)
    for number in range(file.metadata.num_row_groups):
        rows = file.metadata.row_group(number).num_rows
        if row + rows > at.items:
            if _largest(file, number, wanted) > CHUNK_BYTES:
                place = At(items=row + rows, gone=size * (row + rows) // total)
                yield Bad(at=place, where={"rows": f"{row + 1} to {row + rows}"}, error="too-large: a group of rows")
            else:
                yield from _group(file, number, columns, wanted, row, at.items, size / total)
        row += rows


def _group(
    file: ParquetFile, number: int, columns: Mapping[str, str], wanted: list[str], row: int, done: int, each: float
) -> Iterator[Item]:
    for batch in file.iter_batches(ROWS, row_groups=[number], columns=wanted, use_threads=False):
        arrays = {ours: batch.column(theirs) for ours, theirs in columns.items()}
        for n in range(batch.num_rows):
            row += 1
            if row > done:
                yield _item(row, {ours: array[n] for ours, array in arrays.items()}, int(row * each))


def _item(row: int, cells: Mapping[str, Any], gone: int) -> Item:
    at = At(items=row, gone=gone)
    if any(_size(cell) > MAX_LINE for cell in cells.values()):
        return Bad(at=at, where={"row": row}, error=f"too-large: more than {MAX_LINE} bytes in one row")
    line = {ours: _plain(cell.as_py()) for ours, cell in cells.items()}
    if not any(str(line.get(name) or "").strip() for name in ("title", "text")):
        return Bad(at=at, where={"row": row}, error="empty: neither title nor text")
    line["id"] = str(line.get("id") or line.get("url") or f"row {row}")
    return Found(at=at, name=f"row {row}", content=line)


def _largest(file: ParquetFile, number: int, wanted: list[str]) -> int:
    group = file.metadata.row_group(number)
    chunks = [group.column(i) for i in range(group.num_columns)]
    return max((c.total_uncompressed_size for c in chunks if c.path_in_schema.split(".")[0] in wanted), default=0)


def _size(cell: Any) -> int:
    buffer = getattr(cell, "as_buffer", None)
    found = buffer() if buffer else None
    return found.size if found is not None else 0


def _plain(value: Any) -> Any:
    if isinstance(value, date):  # a datetime too
        return value.isoformat()
    return value if isinstance(value, str | int | float | None) else str(value)
