"""Speed and memory by the size of the window: `python -m evals.scale [--shared ../shared] [--sizes N ...]`.

A window is filled with made-up articles as `group` would have left them there: 20,000 of them are really grouped, and
further generations are these with other rare words, so that they resemble each other no more than strangers do. Then
fresh articles of the same stream come in one by one, from the JSON line to the JSON line, and each is timed, in
processor time: what else a machine does counts for nothing. Beside it stands the floor: the bytes of postings and rows
that must be read for an article, read and nothing else.

Each size runs in a process of its own. Writes docs/scale.svg from docs/figures.json when asked with --chart.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from newsloom.annotate import Affixes, Background, count, weigh_counted
from newsloom.config import AnnotateSettings, SimilarSettings
from newsloom.engine import give_back
from newsloom.pipeline.group_lines import _record, line_article, line_time
from newsloom.pipeline.grouping import Grouper
from newsloom.similar.coding import BUCKET, BUCKETS, POSTED, POSTING
from newsloom.similar.index import NEWEST, Window
from newsloom.similar.keeping import arrays, nameless
from newsloom.similar.kernel import KERNEL
from newsloom.similar.match import vector_of
from newsloom.types import AnnotatedArticle

BASE = 20_000
FRESH = 2_000
SIZES = (10_000, 100_000, 300_000, 1_000_000)
COMMON = 0.002  # of the articles: a word that stands in more keeps its place in every generation
WINDOW_DAYS = 3_650.0
CHART = Path("docs/scale.svg")

Row = dict[str, Any]


class Reader:
    """Lines -> annotated articles as `group` makes them."""

    def __init__(self) -> None:
        self._background, self._affixes, self._seen = Background(), Affixes(), 0

    def __call__(self, line: str) -> AnnotatedArticle:
        said = json.loads(line)
        article, time = line_article(said), line_time(said["date"])
        assert time is not None
        counted = self._affixes.strip(article.source_id, count(article, AnnotateSettings(), passages=False))
        annotations = weigh_counted(article.id, counted, self._background.table(counted.language))
        hashes = counted.tally.hashes_of(counted.tally.spans[0])
        self._background.count_hashes(counted.language, time.toordinal(), hashes)
        self._seen += 1
        return AnnotatedArticle(
            seq=self._seen, article=article, annotations=annotations, first_seen=time, shown_at=time,
            owner=article.source_id,
        )  # fmt: skip


def measure(stream: Path, size: int) -> Row:
    """Fill a window with `size` articles, then time fresh ones."""
    with stream.open(encoding="utf-8") as lines:
        give_back()  # as `group` does
        read, grouper = Reader(), Grouper(replace(SimilarSettings(), window_days=WINDOW_DAYS), nameless)
        empty = _rss()
        began = time.monotonic()
        base = [read(line) for line in islice(lines, min(BASE, size))]
        for article in base:
            grouper.take(article)
        based, based_s = _rss(), time.monotonic() - began
        for generation in range(1, -(-size // BASE)):
            _generation(grouper, base[: size - generation * BASE], generation)
        filled = _rss()
        del base
        fresh = list(islice(lines, FRESH))
        whole, alone = _timed(read, grouper, fresh)
        used, mapped = _rss(), _rss("RssFile")
    window = next(iter(grouper.similar._windows.values()))
    return {
        "window": size,
        "live_articles_per_s": round(len(whole) / sum(whole)),
        "grouping_articles_per_s": round(len(alone) / sum(alone)),
        "live_ms": _histogram(whole),
        "grouping_ms": _histogram(alone),
        "rss_mb": round(used / 1e6),
        "rss_mb_own": round((used - mapped) / 1e6),
        "rows_mb": round(_packed(window) / 1e6),
        "rss_mb_filled": round(filled / 1e6),
        "rss_mb_empty": round(empty / 1e6),
        "rss_mb_base": round(based / 1e6),
        "base_s": round(based_s, 1),
        **_floor(window, fresh, read),
    }


def _generation(grouper: Grouper, base: Sequence[AnnotatedArticle], generation: int) -> None:
    """The base's articles once more: other rare words, the same resemblances among themselves."""
    window = next(iter(grouper.similar._windows.values()))
    vectors = [window.vector(row) for row in range(len(base))]
    df = Counter(int(place & BUCKET) for own in vectors for place in own.places)
    common = np.zeros(BUCKETS, dtype=bool)
    common[[bucket for bucket, n in df.items() if n > COMMON * len(base)]] = True
    other = np.uint32((generation * 2_654_435_761) % (BUCKETS // 2) * 2 or 2)  # even: a number stays one
    names: dict[str, str] = {}
    for article, own in zip(base, vectors, strict=True):
        rare = ~common[own.places & BUCKET]
        story = grouper.stories.story_of(article.article.id)
        again = _again(article, generation, names.setdefault(story, f"{story}.{generation}"))
        grouper.similar.add(again, replace(own, places=np.where(rare, own.places ^ other, own.places)))
        grouper.stories.restore(again)
        for near, logit in grouper.stories.near(article.article.id).items():
            grouper.stories.restore_pair(again.article.id, f"{near}.{generation}", logit)


def _again(article: AnnotatedArticle, generation: int, story: str) -> AnnotatedArticle:
    """The article under another name, in this story, at a time of its own: what is remembered of it must take room."""
    own = replace(article.article, id=f"{article.article.id}.{generation}")
    time = article.shown_at + timedelta(microseconds=generation)
    return replace(article, article=own, story_id=story, first_seen=time, shown_at=time)


def _timed(read: Reader, grouper: Grouper, lines: Sequence[str]) -> tuple[list[float], list[float]]:
    """Processor seconds of each line: from line to line, and from annotations to the record alone."""
    whole, alone = [], []
    for line in lines:
        begun = time.thread_time()
        article = read(line)
        annotated = time.thread_time()
        evidence = {link.other_id: link.evidence for link in grouper.take(article)}
        json.dumps(_record(grouper, article.article.id, evidence.get), ensure_ascii=False)
        done = time.thread_time()
        whole.append(done - begun)
        alone.append(done - annotated)
    return whole, alone


def _histogram(seconds: Sequence[float]) -> Row:
    ms = np.array(seconds) * 1e3
    told = {f"p{p:g}": round(float(np.percentile(ms, p)), 2) for p in (50, 90, 99, 99.9)}
    return {**told, "max": round(float(ms.max()), 1), "over_5": int((ms > 5).sum())}


def _floor(window: Window, lines: Sequence[str], read: Reader) -> Row:
    """Bytes and dot products that comparing an article asks for; articles/s if reading were all."""
    postings, rows = [], []
    for line in lines[:200]:
        own = vector_of(read(line))
        postings.append(_postings(window, own.places[:POSTED] & BUCKET))
        found = window.candidates(own, 0.0, float("inf"), 64).tolist()
        rows.append(sum(len(KERNEL.row(each.places, each.weights)) for each in map(window.vector, found)))
    read_bytes = float(np.mean(postings)) * POSTING + float(np.mean(rows))
    return {
        "floor_bytes": round(read_bytes),
        "floor_dot_products": 64 * 3,
        "floor_articles_per_s": round(1 / (read_bytes / _bandwidth())),
    }


def _postings(window: Window, terms: np.ndarray) -> int:
    total = 0
    for term in terms.tolist():
        df = 0
        for run in window._runs:
            df += run.found_by(term)
        total += min(df, NEWEST)
    return total


def _bandwidth() -> float:
    """Bytes a second that one core reads from memory."""
    block = np.ones(1 << 25, dtype=np.uint64)
    begun = time.perf_counter()
    for _ in range(4):
        block.sum()
    return 4 * block.nbytes / (time.perf_counter() - begun)


def _packed(window: Window) -> int:
    """Bytes of all rows and postings, end to end: what a window takes at the least."""
    return sum(array.nbytes for run in window.runs for array in (run.rows.times, *arrays(run).values()))


def _rss(what: str = "VmRSS") -> int:
    """Bytes that are in memory; "RssFile": those of them that are mapped from files and can go at any time."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{what}:")[2].split()[0]) * 1024


def measure_all(shared: Path, sizes: Sequence[int] = SIZES) -> Iterator[Row]:
    """One row a size, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        stream = Path(folder) / "stream.jsonl"
        write_stream(shared, stream)
        for size in sizes:
            command = [sys.executable, "-m", "evals.scale", "--one", str(size), "--stream", str(stream)]
            yield json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def write_stream(shared: Path, path: Path) -> None:
    """The made-up articles that windows are filled with, and the fresh ones after them."""
    with path.open("wb") as out:
        tool = [sys.executable, str(shared / "tools/stream.py"), str(BASE + FRESH), "--per-day", "1000000"]
        subprocess.run(tool, stdout=out, check=True)


def figures(rows: Sequence[Row]) -> Row:
    """The rows, and what an article in the window costs: from the smallest of at least 100,000 to the largest.

    `own`: without what is mapped from files, which the machine takes back when it wants to.
    """
    by_size = sorted(rows, key=lambda row: row["window"])
    large = [row for row in by_size if row["window"] >= 100_000]
    told: Row = {"rows": by_size}
    if len(large) > 1:
        more = large[-1]["window"] - large[0]["window"]
        for name, mb in (("bytes_an_article", "rss_mb"), ("bytes_an_article_own", "rss_mb_own")):
            told[name] = round((large[-1][mb] - large[0][mb]) * 1e6 / more)
    return told


# The chart


def chart(rows: Sequence[Mapping[str, Any]]) -> str:
    """Articles/s and memory against the window's size, as SVG; the floor of reading beside the speed."""
    speeds = {
        "grouping": [(r["window"], r["grouping_articles_per_s"]) for r in rows],
        "line to line": [(r["window"], r["live_articles_per_s"]) for r in rows],
        "floor: bytes read": [(r["window"], r["floor_articles_per_s"]) for r in rows],
    }
    memory = {
        "resident": [(r["window"], r["rss_mb"]) for r in rows],
        "own": [(r["window"], r["rss_mb_own"]) for r in rows],
        "floor: rows packed": [(r["window"], r["rows_mb"]) for r in rows],
    }
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 330" font-family="sans-serif" font-size="12">'
        "<title>Articles a second and memory by the size of the window</title>"
        '<rect width="760" height="330" fill="#fff"/>'
        + _panel(50, "articles/s, one core", speeds)
        + _panel(440, "memory, MB", memory)
        + "</svg>\n"
    )


_COLOURS = ("#1b6ca8", "#c2571a", "#777")


def _panel(left: int, title: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    xs = [x for points in series.values() for x, _ in points]
    ys = [max(y, 1) for points in series.values() for _, y in points]
    low, high = 10 ** np.floor(np.log10(min(ys))), 10 ** np.ceil(np.log10(max(ys)))

    def at(x: float, y: float) -> tuple[float, float]:
        wide = np.log(x / min(xs)) / max(np.log(max(xs) / min(xs)), 1e-9)
        return left + 260 * float(wide), 270 - 220 * float(np.log(max(y, 1) / low) / np.log(high / low))

    parts = [f'<text x="{left}" y="25" font-size="14">{title}</text>']
    for x in sorted(set(xs)):
        px, _ = at(x, low)
        parts.append(f'<text x="{px:.0f}" y="290" text-anchor="middle">{_short(x)}</text>')
    for decade in np.arange(np.log10(low), np.log10(high) + 1):
        _, py = at(min(xs), 10**decade)
        parts.append(f'<path d="M{left} {py:.0f}h260" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{py + 4:.0f}" text-anchor="end">{_short(10**decade)}</text>')
    for n, (name, points) in enumerate(series.items()):
        line = " ".join(f"{px:.1f},{py:.1f}" for px, py in (at(x, y) for x, y in points))
        dash = ' stroke-dasharray="5 4"' if name.startswith("floor") else ""
        parts.append(f'<polyline points="{line}" fill="none" stroke="{_COLOURS[n]}" stroke-width="2"{dash}/>')
        for x, y in points:
            px, py = at(x, y)
            parts.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="{_COLOURS[n]}"/>')
            parts.append(f'<text x="{px:.0f}" y="{py - 8:.0f}" text-anchor="middle" font-size="10">{y:,.0f}</text>')
        parts.append(f'<text x="{left + 5 + n * 95}" y="315" fill="{_COLOURS[n]}">{name}</text>')
    return "".join(parts)


def _short(n: float) -> str:
    return f"{n / 1e6:g}M" if n >= 1e6 else f"{n / 1e3:g}k" if n >= 1e3 else f"{n:g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--one", type=int, help="this size alone, here")
    parser.add_argument("--stream", type=Path)
    parser.add_argument("--chart", action="store_true", help="draw the chart of the figures as they stand")
    asked = parser.parse_args()
    if asked.chart:
        figures = json.loads(Path("docs/figures.json").read_text("utf-8"))
        CHART.write_text(chart(figures["scale"]["rows"]), "utf-8")
    elif asked.one:
        print(json.dumps(measure(asked.stream, asked.one)))
    else:
        for row in measure_all(asked.shared, asked.sizes):
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
