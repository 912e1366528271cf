"""How inputs arrive: files named on the command line, or lines on stdin."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TextIO

import typer

from newsloom.config import Settings
from newsloom.errors import WrongUse

if TYPE_CHECKING:
    from newsloom.pipeline.lines import Text


def settings(context: typer.Context, **overrides: Any) -> Settings:
    """The settings as the environment, the file and this command's options say."""
    import os

    from newsloom.config import load

    store = context.find_root().obj
    return load(os.environ, **{"store.url": store, **overrides})


def stdin_lines(what: str) -> TextIO:
    """Standard input, as long as somebody gives one. Raises WrongUse on a terminal."""
    if sys.stdin is None or sys.stdin.isatty():
        raise WrongUse(f"give {what}, as files or as lines on stdin")
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    return sys.stdin


def article_lines(files: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Article lines of files (gzip too) or stdin, each a dict; what is no article is a dict with `error`."""
    from newsloom.pipeline.lines import parsed

    return (parsed(line) if isinstance(line, tuple) else line for line in article_texts(files))


def article_texts(files: Sequence[str]) -> Iterator[Text | dict[str, Any]]:
    """The same, not parsed yet."""
    from newsloom.pipeline.lines import file_texts, read_texts

    if not files or list(files) == ["-"]:
        return read_texts(stdin_lines("article lines"), "-")
    return file_texts(files)
