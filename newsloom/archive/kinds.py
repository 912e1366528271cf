"""Which format a file is of, by its name, and what tells the file from others wherever it lies."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from newsloom.archive.lines import read_lines
from newsloom.archive.pages import read_page
from newsloom.archive.parquet import read_parquet
from newsloom.archive.record import At, Item, Limits
from newsloom.archive.warc import read_warc
from newsloom.errors import WrongUse

Kind = Literal["lines", "warc", "parquet", "page"]

ENDINGS: dict[str, Kind] = {
    ".jsonl": "lines", ".jsonl.gz": "lines", ".ndjson": "lines", ".ndjson.gz": "lines",
    ".warc": "warc", ".warc.gz": "warc", ".warc.zst": "warc",
    ".parquet": "parquet", ".pq": "parquet",
    ".html": "page", ".html.gz": "page", ".htm": "page", ".htm.gz": "page",
}  # fmt: skip
_ENDS = 65_536


def kind_of(name: str) -> Kind:
    """The format of a file by its name. Raises WrongUse for one that we can't read."""
    low = name.lower()
    for ending, kind in ENDINGS.items():
        if low.endswith(ending):
            return kind
    raise WrongUse(f"{name}: what can be imported ends in {', '.join(ENDINGS)}")


def check(name: str) -> None:
    """Raise WrongUse where we can't read such a file: by its name, or for want of a library."""
    if kind_of(name) == "parquet" and find_spec("pyarrow") is None:
        raise WrongUse(f"{name}: reading Parquet needs pyarrow: pip install 'newsloom[parquet]'")


def open_archive(name: str, at: At, limits: Limits) -> Iterator[Item]:
    """The records of a file behind `at`. Raises WrongUse as `kind_of` does, ReadError where the file fails us."""
    kind, path = kind_of(name), Path(name)
    if kind == "lines":
        return read_lines(path, at)
    if kind == "warc":
        return read_warc(path, at, limits)
    return read_parquet(path, at) if kind == "parquet" else read_page(path, at, limits)


def fingerprint(name: str) -> str:
    """The same for the same file under any name: of its size, its first and its last bytes. Raises OSError."""
    path = Path(name)
    size = path.stat().st_size
    made = blake2b(str(size).encode(), digest_size=12)
    with path.open("rb") as file:
        made.update(file.read(_ENDS))
        file.seek(max(0, size - _ENDS))
        made.update(file.read(_ENDS))
    return made.hexdigest()
