"""The command `newsloom`: what is printed, and the exit code that every error becomes.

Results go to stdout, everything else to stderr. 0 done, 1 some inputs failed, 2 wrong use, 3 cannot run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from newsloom.cli import keeping, looking, running, sources, stages
from newsloom.errors import NewsloomError

INTERRUPTED = 130

app = typer.Typer(
    name="newsloom",
    help="Collects news, finds for each report what others say of the same event, and publishes each story once.",
    epilog="Every command explains itself: newsloom COMMAND --help",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for room in (running, sources, stages, keeping, looking):
    room.register(app)


@app.callback(invoke_without_command=True)
def _every_command(
    context: typer.Context,
    db: Annotated[
        str, typer.Option("--db", metavar="URL", help="The store: a path or an SQLAlchemy address; any place will do.")
    ] = "",
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    context.obj = db or None
    if version:
        from newsloom import __version__

        print(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


def main() -> None:
    """The console script."""
    code = run(sys.argv[1:])
    sys.stderr.flush()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """One command; its exit code. Errors become one line on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        code = app(args=_store_first(arguments), prog_name="newsloom", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_left()
    except SystemExit as end:  # what Typer makes of a broken pipe
        if isinstance(end.__context__, BrokenPipeError):
            return _reader_left()
        raise
    except NewsloomError as error:
        return _failed(str(error), error.exit_code)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        return _failed(f"{error.strerror or error}{where}", 3)
    except (KeyboardInterrupt, typer.Abort):
        return _failed("interrupted", 1)
    except Exception as error:
        # Typer's own errors of usage; it has moved their classes more than once.
        if hasattr(error, "format_message"):
            return _failed(f"{error.format_message()} (newsloom --help lists what there is)", 2)
        raise
    if code == INTERRUPTED:
        return _failed("interrupted", 1)
    return code if isinstance(code, int) else 0


def _store_first(arguments: Sequence[str]) -> list[str]:
    """`--db` may stand before or after the command."""
    moved: list[str] = []
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            return [*moved, *rest, word, *waiting]
        if word == "--db" and waiting:
            moved = ["--db", waiting.pop(0)]
        elif word.startswith("--db="):
            moved = [word]
        else:
            rest.append(word)
    return [*moved, *rest]


def _failed(message: str, code: int) -> int:
    print("newsloom: " + " ".join(message.split()), file=sys.stderr)
    return code


def _reader_left() -> int:
    # Python flushes stdout once more at exit; let that go nowhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
