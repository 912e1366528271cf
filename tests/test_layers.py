"""The house's import rules: rooms stand in the order in which news passes, and nothing flows back."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "newsloom"
GROUND = {"types", "errors"}
STAGES = {"fetch", "feeds", "extract", "annotate", "similar", "stories", "editions"}

# What a room may import besides itself. A stage never imports another stage.
MAY: dict[str, set[str]] = {
    "types": set(),
    "errors": set(),
    "segments": set(),
    "compiled": set(),
    "hashing": set(),
    "config": GROUND,
    "rights": GROUND | {"config"},
    "health": GROUND,
    "wording": set(),
    **{stage: GROUND | {"config", "rights"} for stage in STAGES},
    "annotate": GROUND | {"compiled", "config", "hashing", "rights"},
    "similar": GROUND | {"compiled", "config", "hashing", "rights", "segments"},
    "stories": GROUND | {"compiled", "config", "rights", "segments"},
    "archive": GROUND,
    "store": GROUND | {"config", "rights", "wording"},
    "engine": GROUND,
    "sample": set(),
    "sources": set(),
    "site": GROUND | {"config", "rights", "health", "store"},
    "pipeline": GROUND
    | STAGES
    | {"archive", "config", "rights", "health", "segments", "store", "engine", "sample", "sources"},
    "cli": GROUND | {"config", "site", "pipeline", "store"},
    "__main__": {"cli"},
    "__init__": {"pipeline"},
}
FILES = sorted(PACKAGE.rglob("*.py"))


def module_of(path: Path) -> str:
    parts = ("newsloom", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports(path: Path) -> Iterator[tuple[int, str, bool]]:
    """(line, module, at import time) of every import of Newsloom in a file; TYPE_CHECKING blocks count as rooms do."""
    tree = ast.parse(path.read_text("utf-8"))
    late = {id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef) for n in ast.walk(f)}
    late |= {
        id(n)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.dump(block.test)
        for n in ast.walk(block)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            base = node.module or ""
            known = [f"{base}.{alias.name}" for alias in node.names]
            names = [name if name in MODULES else base for name in known]
        else:
            continue
        for name in names:
            if name == "newsloom" or name.startswith("newsloom."):
                yield node.lineno, name, id(node) not in late


MODULES = {module_of(path) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_room_imports_only_what_stands_below_it(path: Path) -> None:
    room = room_of(module_of(path))
    assert room in MAY, f"{room} is a new room: say in this test what it may import"
    wrong = [
        f"line {line}: {name}"
        for line, name, _ in imports(path)
        if room_of(name) not in MAY[room] | {room} and name != "newsloom"
    ]
    assert not wrong, f"{path.relative_to(PACKAGE)} imports what it must not: {', '.join(wrong)}"


def test_no_cycles_between_modules() -> None:
    graph = {module_of(path): {name for _, name, early in imports(path) if early} for path in FILES}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, "imports in a circle: " + " -> ".join((*trail, module))
        if module not in done:
            for name in graph.get(module, set()) - {module}:
                visit(name, (*trail, module))
            done.add(module)

    for module in sorted(graph):
        visit(module, ())


def test_only_fetch_opens_connections_outward() -> None:
    clients = ("aiohttp", "requests", "urllib.request", "http.client", "httpx", "urllib3")
    for path in FILES:
        if room_of(module_of(path)) in ("fetch", "sample"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            wrong = [name for name in names if name in clients or name.startswith(tuple(c + "." for c in clients))]
            assert not wrong, f"{path.relative_to(PACKAGE)} imports {wrong[0]}: all HTTP goes through fetch"
