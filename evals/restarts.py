"""How soon a writer of stories is ready again, by the size of the window: `python -m evals.restarts [--sizes N ...]`.

The window is that of `evals.scale`, names and stories with it. Then 2,000 more articles come, which only the journal
has, and the process ends. Another one takes the files up; its times and memory are told.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from evals import scale
from newsloom.config import SimilarSettings
from newsloom.pipeline.memory import Memory
from newsloom.pipeline.memory_files import MemoryFiles

BATCH = 100
SETTINGS = replace(SimilarSettings(), window_days=scale.WINDOW_DAYS)
SIZES = (100_000, 1_000_000)

Row = dict[str, Any]


def fill(stream: Path, size: int, folder: Path, journal: int) -> Row:
    """A memory of so many articles in files, with a journal of some more."""
    files = MemoryFiles(folder, SETTINGS)
    memory = Memory(SETTINGS, keep=files.keep)
    with stream.open(encoding="utf-8") as lines:
        read = scale.Reader()
        base = [read(line) for line in islice(lines, min(scale.BASE, size))]
        for start in range(0, len(base), BATCH):
            memory.assign(base[start : start + BATCH])
        for generation in range(1, -(-size // scale.BASE)):
            again = base[: size - generation * scale.BASE]
            scale._generation(memory.grouper, again, generation)
            for article in again:
                memory.across.note_again(f"{article.article.id}.{generation}", _renamed(memory, article, generation))
        stories = memory.grouper.stories
        for story in stories.ids():
            memory.across.tell(story, stories.members(story))
        begun = time.monotonic()
        files.begin(memory, "")
        saved = time.monotonic() - begun
        memory.log = files.log
        fresh = [read(line) for line in islice(lines, journal)]
    begun = time.process_time()
    for start in range(0, journal, BATCH):
        memory.assign(fresh[start : start + BATCH])
    return {
        "mark": files.mark,
        "save_s": round(saved, 2),
        "files_mb": round(sum(path.stat().st_size for path in folder.iterdir()) / 1e6),
        "assign_ms": round((time.process_time() - begun) / max(journal, 1) * 1e3, 2),
    }


def _renamed(memory: Memory, article: Any, generation: int) -> str:
    """What an article names, as another generation's would."""
    language, at, names, numbers, text = json.loads(memory.across.noted(article.article.id))
    other = {f"{key}{generation}": f"{name}{generation}" for key, name in names.items()}
    return json.dumps([language, at, other, [f"{n}{generation}" for n in numbers], text])


def load(folder: Path, mark: str) -> Row:
    """Take the files up."""
    empty = scale._rss()
    begun, used = time.monotonic(), time.process_time()
    files = MemoryFiles(folder, SETTINGS)
    memory = Memory(SETTINGS, keep=files.keep)
    files.load(mark, "", memory)
    return {
        "articles": len(memory.grouper.similar),
        "ready_s": round(time.monotonic() - begun, 2),
        "ready_cpu_s": round(time.process_time() - used, 2),
        "rss_mb": round((scale._rss() - empty) / 1e6),
    }


def measure_all(shared: Path, sizes: Sequence[int] = SIZES, journal: int = 2_000) -> Iterator[Row]:
    """One row a size; filling and taking up are processes of their own."""
    with tempfile.TemporaryDirectory() as place:
        stream = Path(place) / "stream.jsonl"
        scale.write_stream(shared, stream)
        for size in sizes:
            folder = Path(place) / str(size)
            folder.mkdir()
            told = _run(
                "--fill", str(size), "--stream", str(stream), "--folder", str(folder), "--journal", str(journal)
            )
            yield {"window": size, **told, **_run("--load", told.pop("mark"), "--folder", str(folder))}


def _run(*asked: str) -> Row:
    command = [sys.executable, "-m", "evals.restarts", *asked]
    row: Row = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--journal", type=int, default=2_000, help="articles that only the journal has")
    parser.add_argument("--fill", type=int, help="fill a folder with a window of this size, here")
    parser.add_argument("--load", help="take a folder up at this mark, here")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--stream", type=Path)
    asked = parser.parse_args()
    if asked.fill:
        print(json.dumps(fill(asked.stream, asked.fill, asked.folder, asked.journal)))
    elif asked.load:
        print(json.dumps(load(asked.folder, asked.load)))
    else:
        for row in measure_all(asked.shared, asked.sizes, asked.journal):
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
