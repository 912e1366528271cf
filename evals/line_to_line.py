"""`newsloom group` from JSON lines to JSON lines: `python -m evals.line_to_line [--shared ../shared] [--sizes N ...]`.

Made-up articles with their texts, all within the window, with two worker processes. For each size `--more` articles
from that one on: what they cost while they came in, and what looking again at each story and writing each line costs an
article, in processor time of the process that groups, of its main thread alone (what it searches beside is left out),
and of its workers. `articles_per_s`: what two idle cores would reach, whichever is the narrower, that thread or both
cores together; `wall_articles_per_s`: of all articles, what was reached here beside whatever else ran. Beside it a
plain baseline, run before and after: each line parsed, its words put into a set, and written again, in microseconds a
line.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from newsloom.config import Settings
from newsloom.pipeline.batch import group
from newsloom.pipeline.lines import file_texts

SIZES = (10_000, 100_000)
MORE = 20_000
WORKERS = 2
_WORD = re.compile(r"\w+")

Row = dict[str, Any]


def used(path: Path, size: int, workers: int) -> Row:
    """Seconds that grouping a file took an article: of this process, of its main thread and of its workers.

    Of the articles after the first `size` while they came in, and of all what came after that.
    """
    marks: list[tuple[float, float]] = []

    def lines() -> Iterator[Any]:
        for n, line in enumerate(file_texts([str(path)])):
            if n == size:
                marks.append(_now())
            yield line
        lines_of.append(n + 1)
        marks.append(_now())

    lines_of: list[int] = []
    children, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with open(os.devnull, "w", encoding="utf-8") as out:
        for record in group(lines(), Settings(), live=False, workers=workers):
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
    marks.append(_now())
    ended, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
    (count,) = lines_of
    grouping, thread = (
        (marks[1][k] - marks[0][k]) / (count - size) + (marks[2][k] - marks[1][k]) / count for k in range(2)
    )
    working = (ended.ru_utime + ended.ru_stime - children.ru_utime - children.ru_stime) / count
    return {"grouping": grouping, "thread": thread, "workers": working, "wall": wall / count}


def _now() -> tuple[float, float]:
    return time.process_time(), time.thread_time()


def plain(path: Path) -> float:
    """Microseconds of processor time a line that the baseline takes."""
    with path.open(encoding="utf-8") as lines:
        texts = list(islice(lines, 5_000))
    began = time.process_time()
    for text in texts:
        line = json.loads(text)
        json.dumps({"id": line["id"], "words": len({word.lower() for word in _WORD.findall(line["text"])})})
    return (time.process_time() - began) / len(texts) * 1e6


def measure(shared: Path, sizes: Sequence[int] = SIZES, more: int = MORE) -> Iterator[Row]:
    """One row a size."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "stream.jsonl"
        with whole.open("wb") as out:
            subprocess.run(
                [sys.executable, str(shared / "tools/stream.py"), str(max(sizes) + more)], stdout=out, check=True
            )
        for size in sizes:
            path = _cut(whole, size + more)
            before, took, after = plain(whole), _run(path, size), plain(whole)
            main, thread, workers = took["grouping"], took["thread"], took["workers"]
            yield {
                "window": size,
                "grouping_us": round(main * 1e6),
                "main_thread_us": round(thread * 1e6),
                "workers_us": round(workers * 1e6),
                "articles_per_s": round(1 / max(thread, (main + workers) / 2)),
                "wall_articles_per_s": round(1 / took["wall"]),
                "plain_us": [round(before, 1), round(after, 1)],
                "load": round(os.getloadavg()[0], 1),
            }


def _cut(whole: Path, lines: int) -> Path:
    path = whole.with_name(f"{lines}.jsonl")
    with whole.open("rb") as source, path.open("wb") as out:
        out.writelines(islice(source, lines))
    return path


def _run(path: Path, size: int) -> Row:
    command = [sys.executable, "-m", "evals.line_to_line", "--one", str(path), "--sizes", str(size)]
    told: Row = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--more", type=int, default=MORE)
    parser.add_argument("--one", type=Path, help="group this file alone, here")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(used(asked.one, asked.sizes[0], WORKERS)))
    else:
        for row in measure(asked.shared, asked.sizes, asked.more):
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
