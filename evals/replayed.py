"""The shared replay of outlets (`tools/replay.py`), started on a free port and asked what it saw.

It runs as it is, in a process of its own; the hub gets one more address, `/open`: how many requests are open now.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import urlopen


class Replay:
    """The web of one or more article files; use as a context manager."""

    def __init__(self, tool: Path, *files: Path, latency_ms: int = 20) -> None:
        self.port = _free_port()
        self._command = [
            sys.executable, "-m", "evals.replayed", str(tool), *map(str, files),
            "--port", str(self.port), "--latency-ms", str(latency_ms),
        ]  # fmt: skip
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._process.stdout.readline()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    @property
    def opml(self) -> str:
        """The address of the list of outlets."""
        return self._hub("sources.opml")

    def stats(self) -> dict[str, Any]:
        """What was asked of whom."""
        return dict(json.loads(self._get("stats")))

    def gold(self) -> list[dict[str, Any]]:
        """The story of every page."""
        return [json.loads(line) for line in self._get("gold.jsonl").splitlines()]

    def requests_open(self) -> int:
        """How many requests to outlets are open now."""
        return int(self._get("open"))

    def _hub(self, path: str) -> str:
        return f"http://127.1.0.0:{self.port}/{path}"

    def _get(self, path: str) -> str:
        with urlopen(self._hub(path), timeout=20) as answer:
            return str(answer.read().decode())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.1.0.0", 0))
        return int(probe.getsockname()[1])


def _serve(tool: str, arguments: list[str]) -> None:
    spec = importlib.util.spec_from_file_location("replay", tool)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    class Watched(module.Web):  # type: ignore[name-defined, misc]
        def hub(self, path: str) -> tuple[str, str] | None:
            if path == "/open":
                return str(sum(self.open.values())), "text/plain"
            found: tuple[str, str] | None = super().hub(path)
            return found

    module.Web = Watched
    sys.argv = [tool, *arguments]
    asyncio.run(module.main())


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2:])
