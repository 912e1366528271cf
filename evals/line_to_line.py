"""`newsloom group` from JSON lines to JSON lines: `python -m evals.line_to_line [--shared ../shared] [--sizes N ...]`.

Made-up articles with their texts, all within the window, with two worker processes. For each size the articles from
that one on: what `--more` of them cost beyond those before, in processor time of the process that groups and of its
workers, each story looked at again and each line written. `articles_per_s`: what two idle cores would reach, whichever
is the narrower, the process that groups or both cores together; `wall_articles_per_s`: what was reached here, beside
whatever else ran. Beside it a plain baseline, run before and after: each line parsed, its words put into a set, and
written again, in microseconds a line.
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


def used(path: Path, workers: int) -> Row:
    """Seconds that grouping a file takes this process and its workers, which have ended by then."""
    before = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    began, thread = time.monotonic(), time.thread_time()
    with open(os.devnull, "w", encoding="utf-8") as out:
        for record in group(file_texts([str(path)]), Settings(), live=False, workers=workers):
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
    after = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    grouping, working = (b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime for a, b in zip(before, after, strict=True))
    wall, thread = time.monotonic() - began, time.thread_time() - thread
    return {"grouping": grouping, "thread": thread, "workers": working, "wall": wall}


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
            few, many = (_cut(whole, n) for n in (size, size + more))
            baseline = [plain(whole)]
            first, second = _run(few), _run(many)
            baseline.append(plain(whole))
            main, thread, workers = ((second[k] - first[k]) / more for k in ("grouping", "thread", "workers"))
            yield {
                "window": size,
                "grouping_us": round(main * 1e6),
                "main_thread_us": round(thread * 1e6),
                "workers_us": round(workers * 1e6),
                "articles_per_s": round(1 / max(thread, (main + workers) / 2)),
                "wall_articles_per_s": round((size + more) / second["wall"]),
                "plain_us": [round(each, 1) for each in baseline],
                "load": round(os.getloadavg()[0], 1),
            }


def _cut(whole: Path, lines: int) -> Path:
    path = whole.with_name(f"{lines}.jsonl")
    with whole.open("rb") as source, path.open("wb") as out:
        out.writelines(islice(source, lines))
    return path


def _run(path: Path) -> Row:
    command = [sys.executable, "-m", "evals.line_to_line", "--one", str(path)]
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
        print(json.dumps(used(asked.one, WORKERS)))
    else:
        for row in measure(asked.shared, asked.sizes, asked.more):
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
