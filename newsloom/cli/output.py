"""How results leave: JSON, one object a line, or people's text on a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def wants_json(asked: bool) -> bool:
    """JSON where it was asked for or where no person reads."""
    return asked or not sys.stdout.isatty()


def write_line(record: Mapping[str, Any]) -> None:
    """One object on a line of its own."""
    sys.stdout.write(json.dumps(record, ensure_ascii=False, default=_plain) + "\n")


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


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """A running count on a terminal's stderr; silent elsewhere."""
    done = 0
    with waiting(f"0 {what}") as show:

        def count(more: int) -> None:
            nonlocal done
            done += more
            show(f"{done} {what}")

        yield count


@contextmanager
def waiting(message: str) -> Iterator[Callable[[str], None]]:
    """A spinner with a line that may change, on a terminal's stderr; silent elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with console(stderr=True).status(message) as status:
        yield status.update
