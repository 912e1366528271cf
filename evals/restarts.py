"""How soon a writer of stories is ready again, by the size of the window: `python -m evals.restarts [--sizes N ...]`.

The window is that of `evals.scale`, names and stories with it, in a store as the pipeline would have left it. A writer
that finds no files takes it up from the store alone and writes its files; then 2,000 more articles come, which only the
journal has, and the process is killed. Another one takes up the files. Each is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from evals import scale
from newsloom.config import Settings, SimilarSettings, StoreSettings
from newsloom.pipeline.compared import VERSION as COMPARED
from newsloom.pipeline.compared import packed
from newsloom.pipeline.grouping import VERSION, Compared
from newsloom.pipeline.memory import Memory
from newsloom.pipeline.stories_writer import StoriesWriter
from newsloom.similar.keeping import nameless
from newsloom.store import SqlStore, open_store
from newsloom.store.annotations import pack_annotations
from newsloom.store.tables import annotated, articles, compared
from newsloom.types import AnnotatedArticle, Match

BATCH = 100
WRITTEN = 10_000  # rows
SETTINGS = replace(Settings(), similar=replace(SimilarSettings(), window_days=scale.WINDOW_DAYS))
SIZES = (100_000, 1_000_000)

Row = dict[str, Any]


def fill(stream: Path, size: int, path: Path) -> Row:
    """A store with a window of so many articles, and with some more that wait to be grouped."""
    memory = Memory(SETTINGS.similar, keep=nameless)
    with stream.open(encoding="utf-8") as lines:
        read = scale.Reader()
        base = [read(line) for line in islice(lines, min(scale.BASE, size))]
        for start in range(0, len(base), BATCH):
            memory.assign(base[start : start + BATCH])
        waiting = [read(line) for line in islice(lines, scale.FRESH)]
    for generation in range(1, -(-size // scale.BASE)):
        again = base[: size - generation * scale.BASE]
        scale._generation(memory.grouper, again, generation)
        for article in again:
            memory.across.note_again(f"{article.article.id}.{generation}", _renamed(memory, article, generation))
    store = open_store(StoreSettings(url=str(path)))
    _write(store, memory, base, waiting)
    store.close()
    return {"articles": len(memory.grouper.similar), "store_mb": round(path.stat().st_size / 1e6)}


def _write(
    store: SqlStore, memory: Memory, base: Sequence[AnnotatedArticle], waiting: Sequence[AnnotatedArticle]
) -> None:
    """The rows that matter here, as the pipeline would have left them."""
    state = memory.grouper.stories.state()
    by_id = {article.article.id: article for article in base}
    with store._write() as connection:
        for start in range(0, len(state.known), WRITTEN):
            rows, found = [], []
            for article_id, known in islice(state.known.items(), start, start + WRITTEN):
                first = by_id[article_id.partition(".")[0]]
                rows.append(_row(first, article_id) | {"story_id": known.story, "group_version": VERSION})
                found.append({"article_id": article_id, "version": COMPARED, "data": _found(memory, first, article_id)})
            connection.execute(sa.insert(articles), rows)
            connection.execute(sa.insert(compared), found)
        connection.execute(sa.insert(articles), [_row(each, each.article.id) for each in waiting])
        packed_ = [(each.article.id, pack_annotations(each.annotations)) for each in waiting]
        connection.execute(sa.insert(annotated), [{"article_id": i, "version": 1, "data": data} for i, data in packed_])
        copies = [
            {"b_id": i, "b_of": k.copy.original_id, "b_kind": k.copy.kind} for i, k in state.known.items() if k.copy
        ]
        put = sa.update(articles).where(articles.c.id == sa.bindparam("b_id"))
        connection.execute(put.values(copy_of=sa.bindparam("b_of"), copy_kind=sa.bindparam("b_kind")), copies)


def _row(article: AnnotatedArticle, article_id: str) -> Row:
    return {
        "id": article_id, "source_id": article.article.source_id, "url": f"https://stream.example/{article_id}",
        "first_seen": article.first_seen, "shown_at": article.shown_at, "headline": article.article.headline,
        "authors": [], "keywords": [], "rights": {}, "passages": [], "origin": "import", "read_version": 1,
        "annotate_version": 1,
    }  # fmt: skip


def _found(memory: Memory, article: AnnotatedArticle, article_id: str) -> bytes:
    similar = memory.grouper.similar
    language, row = similar._place(article_id) or ("", 0)
    near = memory.grouper.stories.near(article_id).items()
    matches = [Match(other_id=i, logit=logit) for i, logit in near if (similar._place(i) or ("", 0))[1] < row]
    found = Compared(article=article, own=similar._windows[language].vector(row), matches=matches)
    return packed(found, memory.across.noted(article_id))


def _renamed(memory: Memory, article: Any, generation: int) -> str:
    """What an article names, as another generation's would."""
    language, at, names, numbers, text = json.loads(memory.across.noted(article.article.id))
    other = {f"{key}{generation}": f"{name}{generation}" for key, name in names.items()}
    return json.dumps([language, at, other, [f"{n}{generation}" for n in numbers], text])


def take_up(path: Path) -> Row:
    """Take up what is there, files or the store alone; group what waits, and end without a word."""
    empty = scale._rss()
    store = open_store(StoreSettings(url=str(path)))
    begun, used = time.monotonic(), time.process_time()
    writer = StoriesWriter(store, SETTINGS, lambda: datetime.now(UTC))
    held = writer._hold()
    assert held is not None
    ready, ready_cpu = time.monotonic() - begun, time.process_time() - used
    rss = scale._rss() - empty
    begun = time.process_time()
    while writer.step():
        pass
    return {
        "articles": len(held.memory.grouper.similar),
        "ready_s": round(ready, 1),
        "ready_cpu_s": round(ready_cpu, 1),
        "rss_mb": round(rss / 1e6),
        "then_grouped": writer.grouped,
    }


def measure_all(shared: Path, sizes: Sequence[int] = SIZES) -> Iterator[Row]:
    """One row a size."""
    with tempfile.TemporaryDirectory() as place:
        stream = Path(place) / "stream.jsonl"
        scale.write_stream(shared, stream)
        for size in sizes:
            path = Path(place) / f"{size}.db"
            told = _run("--fill", str(size), "--stream", str(stream), "--store", str(path))
            from_store, from_files = (_run("--take-up", "--store", str(path)) for _ in range(2))
            files = sum(each.stat().st_size for each in Path(f"{path}-window").iterdir())
            yield {"window": size, **told, "files_mb": round(files / 1e6), "store": from_store, "files": from_files}


def _run(*asked: str) -> Row:
    command = [sys.executable, "-m", "evals.restarts", *asked]
    row: Row = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--fill", type=int, help="fill a store with a window of this size, here")
    parser.add_argument("--take-up", action="store_true", help="take a store's window up, here")
    parser.add_argument("--store", type=Path)
    parser.add_argument("--stream", type=Path)
    asked = parser.parse_args()
    if asked.fill:
        print(json.dumps(fill(asked.stream, asked.fill, asked.store)))
    elif asked.take_up:
        print(json.dumps(take_up(asked.store)), flush=True)
        os._exit(0)  # killed: nothing is put in order
    else:
        for row in measure_all(asked.shared, asked.sizes):
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
