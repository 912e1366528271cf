"""How results leave: JSON, one object a line, or people's text on a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def wants_json(asked: bool) -> bool:
    """JSON where it was asked for or where no person reads."""
    return asked or not sys.stdout.isatty()


def write_line(record: Mapping[str, Any]) -> None:
    """One object on a line of its own."""
    sys.stdout.write(_encode(record) + "\n")


def write_lines(records: Iterable[Mapping[str, Any]]) -> int:
    """All records as lines; exit code 1 where one of them is an error."""
    failed = False
    for record in records:
        failed = failed or "error" in record
        write_line(record)
    return 1 if failed else 0


def write_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A plain table for people, as wide as the terminal."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head, overflow="ellipsis", no_wrap=head != heads[-1])
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console().print(table)


def console(*, stderr: bool = False) -> Console:
    """Rich's console, without its guesses at what to colour."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def say(message: str) -> None:
    """One line of diagnostics."""
    print(message, file=sys.stderr, flush=True)


def when(moment: datetime | None) -> str:
    """A time for people, in their own zone."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if moment else "-"


def _cell(value: object) -> str:
    text = when(value) if isinstance(value, datetime) else str(value)
    # News comes from strangers: no control characters on a terminal.
    return "".join(c if c.isprintable() else " " for c in text)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


_encode = json.JSONEncoder(ensure_ascii=False, default=_plain).encode


@contextmanager
def going_through(files: Sequence[str], what: str) -> Iterator[Callable[[str, int, int], None]]:
    """A bar of the bytes of all files on a terminal's stderr, with a count of `what`; silent elsewhere.

    Call it with the file, how many of its bytes are done, and how many more of `what` there are.
    """
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    sizes = {name: _size(name) for name in files}
    done, count = dict.fromkeys(sizes, 0), 0
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"0 {what}", total=sum(sizes.values()) or 1)

        def show(name: str, bytes_done: int, more: int) -> None:
            nonlocal count
            count += more
            done[name] = bytes_done
            progress.update(task, description=f"{count} {what}", completed=sum(done.values()))

        yield show


def _size(name: str) -> int:
    try:
        return Path(name).stat().st_size
    except OSError:
        return 0


@contextmanager
def waiting(message: str) -> Iterator[Callable[[str], None]]:
    """A spinner with a line that may change, on a terminal's stderr; silent elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with console(stderr=True).status(message) as status:
        yield status.update
