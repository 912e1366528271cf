"""How well pages are read, on the shared sets: text, metadata, dates and speed, beside other tools in the same run.

    python -m evals.extraction [--data DIR] [--set NAME ...] [--tool NAME ...] [--limit N] [--json] [--halves] [--gate]

scrapinghub: 4-gram shingle precision and recall, averaged over pages before F1, as that benchmark does. trafilatura:
F1 over its snippets that must and must not appear. wcxb-dev: word F1 a page, averaged. fundus: share of pages with
the right title, authors, day, image. htmldate: share of pages with the right day. Pages/s: process CPU time, text
with all metadata, the tools taking turns at every page. `--halves`: each half of a set by a hash of its ids: rules were
made looking at the half `seen` alone. `--gate`: compares with the floors of floors.reading.json.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import hashlib
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals import readers
from evals.readers import Read

SETS = ("scrapinghub", "trafilatura", "wcxb-dev", "fundus", "htmldate")
DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "extraction"
FLOORS = Path(__file__).parent / "floors.reading.json"

Row = dict[str, Any]
_WORD = re.compile(r"\w+")


@dataclass(slots=True)
class Run:
    """One tool over one set."""

    reads: list[Read] = field(default_factory=list)
    seconds: float = 0.0
    slowest: float = 0.0


def rows_of(folder: Path, limit: int) -> list[tuple[Row, bytes]]:
    """The manifest's rows with their pages."""
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line][: limit or None]
    return [(row, gzip.decompress((folder / row["html"]).read_bytes())) for row in rows]


def run(tools: dict[str, Callable[[bytes, str], Read]], rows: list[tuple[Row, bytes]]) -> dict[str, Run]:
    """Every tool over every page, taking turns, so that a busy machine is as slow for each."""
    results = {name: Run() for name in tools}
    for place, (row, body) in enumerate(rows):
        order = list(tools)
        for name in order[place % len(order) :] + order[: place % len(order)]:
            started = time.process_time()
            results[name].reads.append(tools[name](body, row.get("url") or ""))
            took = time.process_time() - started
            results[name].seconds += took
            results[name].slowest = max(results[name].slowest, took)
    return results


def seen(row: Row) -> bool:
    """Whether a page is of the half that was looked at when rules were made."""
    return int(hashlib.sha256(str(row["id"]).encode()).hexdigest(), 16) % 2 == 0


def shingle_f1(golds: list[str], texts: list[str]) -> dict[str, float]:
    """4-gram precision and recall averaged over pages (multisets), and the F1 of the averages."""
    precisions, recalls = [], []
    for gold, text in zip(golds, texts, strict=True):
        want, have = _shingles(gold), _shingles(text)
        common = sum((want & have).values())
        precisions.append(common / have.total() if have else float(not want))
        recalls.append(common / want.total() if want else float(not have))
    precision, recall = _mean(precisions), _mean(recalls)
    return {"precision": precision, "recall": recall, "f1": _f1(precision, recall)}


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    if len(words) < 4:
        return Counter([tuple(words)] if words else [])
    return Counter(zip(words, words[1:], words[2:], words[3:], strict=False))


def snippet_f1(rows: list[Row], texts: list[str]) -> dict[str, float]:
    """Snippets that must appear and must not: counts over all pages together."""
    hit = missed = wrong = 0
    for row, text in zip(rows, texts, strict=True):
        found = sum(snippet in text for snippet in _list(row.get("with")))
        hit += found
        missed += len(_list(row.get("with"))) - found
        wrong += sum(snippet in text for snippet in _list(row.get("without")))
    precision, recall = hit / max(hit + wrong, 1), hit / max(hit + missed, 1)
    return {"precision": precision, "recall": recall, "f1": _f1(precision, recall)}


def word_f1(golds: list[str], texts: list[str]) -> dict[str, float]:
    """F1 over each page's bag of lower-case words, averaged over pages."""
    scores = []
    for gold, text in zip(golds, texts, strict=True):
        want, have = Counter(_WORD.findall(gold.lower())), Counter(_WORD.findall(text.lower()))
        common = sum((want & have).values())
        scores.append(_f1(common / max(have.total(), 1), common / max(want.total(), 1)) if want else float(not have))
    return {"f1": _mean(scores)}


def field_shares(rows: list[Row], reads: list[Read]) -> dict[str, float]:
    """Share of the pages that have a gold title, authors, date or images where ours is right."""
    right: dict[str, list[float]] = {"title": [], "authors": [], "date": [], "image": []}
    for row, read in zip(rows, reads, strict=True):
        if row.get("title"):
            right["title"].append(_same(row["title"], read.title))
        if _list(row.get("authors")):
            right["authors"].append({_bare(a) for a in _list(row["authors"])} == {_bare(a) for a in read.authors})
        if row.get("date"):
            right["date"].append(str(row["date"])[:10] == read.day)
        images = _image_names(row.get("images"))
        if images:
            right["image"].append(_image_name(read.image) in images)
    return {name: _mean([float(value) for value in values]) for name, values in right.items()}


def known_shares(rows: list[Row], reads: list[Read]) -> dict[str, float]:
    """Share of right titles, days and first authors where a text set happens to know them."""
    titles = [_same(row["title"], read.title) for row, read in zip(rows, reads, strict=True) if row.get("title")]
    days = [str(row["date"])[:10] == read.day for row, read in zip(rows, reads, strict=True) if row.get("date")]
    named = [
        bool(read.authors) and _bare(read.authors[0]) in _bare(str(row["author"]))
        for row, read in zip(rows, reads, strict=True)
        if row.get("author")
    ]
    told = {"title": titles, "day": days, "author": named}
    return {name: _mean([float(value) for value in values]) for name, values in told.items() if values}


def _same(one: str, other: str) -> bool:
    return _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return "".join(_WORD.findall(text)).casefold()


def _image_names(images: Any) -> set[str]:
    versions = [
        v.get("url", "") for image in _list(images) for v in image.get("versions", ()) if isinstance(image, dict)
    ]
    return {_image_name(url) for url in versions} - {""}


def _image_name(url: str) -> str:
    """An address without its query and size: two crops of one picture count as one."""
    bare = re.sub(r"[?#].*$", "", url)
    longest = max(re.findall(r"[\w-]{6,}", bare.partition("//")[2].partition("/")[2]), key=len, default=bare)
    return re.sub(r"[-_]?\d{2,4}x\d{2,4}|[-_]scaled", "", longest).casefold()


def _list(value: Any) -> list[Any]:
    """The manifests keep some lists as their Python text."""
    if isinstance(value, str):
        try:
            read = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            return [value] if value else []
        return list(read) if isinstance(read, (list, tuple)) else [value]
    return list(value or [])


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def scores(name: str, rows: list[Row], reads: list[Read]) -> dict[str, float]:
    """The set's own measures for what one tool read."""
    texts = [read.text for read in reads]
    metadata = known_shares(rows, reads)
    if name == "scrapinghub":
        return shingle_f1([row["text"] for row in rows], texts)
    if name == "trafilatura":
        return {**snippet_f1(rows, texts), **metadata}
    if name == "wcxb-dev":
        told = [(row["text"], text) for row, text in zip(rows, texts, strict=True) if row.get("text")]
        return {**word_f1([gold for gold, _ in told], [text for _, text in told]), **metadata}
    if name == "fundus":
        return {**field_shares(rows, reads), "text_f1": word_f1([row["text"] for row in rows], texts)["f1"]}
    dated = [(r, read) for r, read in zip(rows, reads, strict=True) if isinstance(r.get("date"), str) and r["date"]]
    return {"date": _mean([float(row["date"] == read.day) for row, read in dated])}


def measure(name: str, asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """One record a tool: its scores, pages/s and slowest page."""
    folder = asked.data / name
    if not (folder / "manifest.jsonl").exists():
        yield {"set": name, "skipped": f"{folder.name} is not there"}
        return
    pages = rows_of(folder, asked.limit)
    rows = [row for row, _ in pages]
    tools, missing = readers.there(asked.tool or [*readers.READERS, *readers.NOT_BESIDE])
    yield from ({"set": name, "tool": tool, "skipped": why} for tool, why in missing.items())
    safe = {tool: readers.safely(read) for tool, read in tools.items()}
    for read in safe.values():
        read(pages[0][1], "")  # imports and caches are not the page's cost
    for tool, result in run(safe, pages).items():
        yield {
            "set": name, "tool": tool, "pages": len(rows), **_rounded(scores(name, rows, result.reads)),
            **(_halves(name, rows, result.reads) if asked.halves else {}),
            "unread": sum(not read.text for read in result.reads),
            "pages_s": round(len(rows) / result.seconds, 1), "slowest_s": round(result.slowest, 2),
        }  # fmt: skip


def _halves(name: str, rows: list[Row], reads: list[Read]) -> dict[str, dict[str, float]]:
    told = {}
    for half, wanted in (("seen", True), ("unseen", False)):
        chosen = [(row, read) for row, read in zip(rows, reads, strict=True) if seen(row) is wanted]
        told[half] = _rounded(scores(name, [row for row, _ in chosen], [read for _, read in chosen]))
    return told


def _rounded(told: dict[str, float]) -> dict[str, float]:
    return {key: round(value, 4) for key, value in told.items()}


def fallen(records: list[dict[str, Any]]) -> list[str]:
    """Where ours is under a floor of its set."""
    floors = json.loads(FLOORS.read_text("utf-8"))["shared"]
    ours = [record for record in records if record.get("tool") == "newsloom" and "skipped" not in record]
    return [
        f"{record['set']}: {name} is {record[name]}, its floor is {floor}"
        for record in ours
        for name, floor in floors[record["set"]].items()
        if record[name] < floor
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--set", action="append", choices=SETS)
    parser.add_argument("--tool", action="append", choices=[*readers.READERS, *readers.NOT_BESIDE])
    parser.add_argument("--limit", type=int, default=0, help="only the first N pages of a set")
    parser.add_argument("--json", action="store_true", help="one record a line, not a table")
    parser.add_argument("--halves", action="store_true", help="also each half of a set: the one looked at, the other")
    parser.add_argument("--gate", action="store_true", help="end with 1 where ours is under a floor")
    asked = parser.parse_args()
    readers.offline()
    records = []
    for name in asked.set or SETS:
        for record in measure(name, asked):
            records.append(record)
            if asked.json:
                print(json.dumps(record), flush=True)
    if not asked.json:
        print("\n".join(_table(records)))
    under = fallen(records) if asked.gate else []
    print("".join(f"{line}\n" for line in under), end="", file=sys.stderr)
    return int(bool(under))


_COLUMNS = (
    "set",
    "tool",
    "f1",
    "text_f1",
    "title",
    "author",
    "authors",
    "day",
    "date",
    "image",
    "pages_s",
    "slowest_s",
)


def _table(records: list[dict[str, Any]]) -> list[str]:
    lines = ["| " + " | ".join(_COLUMNS) + " |", "| --- " * len(_COLUMNS) + "|"]
    for record in records:
        cells = [str(record.get(name, "")) for name in _COLUMNS]
        if "skipped" in record:
            cells[2] = f"skipped: {record['skipped']}"
        lines.append("| " + " | ".join(cells) + " |")
    return lines


if __name__ == "__main__":
    sys.exit(main())
