"""How well and how fast feeds are read, beside feedparser and fastfeedparser, on one core.

    python evals/feeds_core.py [--data ../shared/data] [--json] [--limit N]

`core`: share of the documents of feeds/feedparser/core.jsonl whose checked fields all come out right. Values are equal
when they are the same string, or the same visible text and the same links: titles are plain text and HTML is
sanitised here by design. `real`: feeds/s over feeds/real (with all texts sanitised, and with none read), and what of
feedparser's entries, titles, links and dates is missing from ours, matched by link or id.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import html
import io
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fastfeedparser
import feedparser

from newsloom.feeds import feed_record, parse_feed
from newsloom.types import Rejected


def visible(markup: str) -> str:
    """What a reader sees of a value that is HTML, blanks left out."""
    return "".join(html.unescape(re.sub(r"<[^<>]*>", " ", markup)).split())


def links(markup: str) -> list[str]:
    """The addresses in a value that is HTML."""
    return re.findall(r'(?:href|src)="\s*([^"]*?)\s*"', markup)


def equal(got: Any, wanted: Any) -> bool:
    """Whether a value is right: as it stands, or in visible text and links."""
    if got == wanted:
        return True
    if not isinstance(got, str) or not isinstance(wanted, str):
        return False
    texts = {"".join(wanted.split()), visible(wanted)} & {"".join(got.split()), visible(got)}
    wanted_links = [] if "<svg" in wanted or "<math" in wanted else links(wanted)
    return bool(texts) and (links(got) == wanted_links or (not links(got) and "<" not in got))


def picked(record: dict[str, Any], check: dict[str, Any]) -> Any:
    """The value of one check in a `parse` record."""
    holder = record["feed"] if check["of"] == "feed" else record["entries"][check["index"]]
    value = holder[check["field"]]
    if check["at"] is not None and isinstance(value, list):
        value = value[check["at"]]
    return value[check["key"]] if check["key"] else value


def core(data: Path) -> dict[str, Any]:
    """Documents right of core.jsonl, by group, with what failed."""
    folder, right, total, failed = data / "feeds" / "feedparser", Counter[str](), Counter[str](), []
    for line in (folder / "core.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found = parse_feed((folder / row["file"]).read_bytes(), url=row["url"], headers=row["headers"])
        record = {} if isinstance(found, Rejected) else feed_record(found)
        wrong = [check for check in row["checks"] if not _right(record, check)]
        total[row["group"]] += 1
        right[row["group"]] += not wrong
        failed += [{"file": row["file"], "got": _got(record, check), **check} for check in wrong]
    return {
        "documents": sum(total.values()),
        "right": sum(right.values()),
        "percent": round(100 * sum(right.values()) / max(1, sum(total.values())), 1),
        "by_group": {group: f"{right[group]}/{count}" for group, count in total.items()},
        "failed": failed,
    }


def _right(record: dict[str, Any], check: dict[str, Any]) -> bool:
    got = _got(record, check)
    if check["field"] in ("published", "updated") and isinstance(got, str):
        return datetime.fromisoformat(got) == datetime.fromisoformat(check["value"])
    return equal(got, check["value"])


def _got(record: dict[str, Any], check: dict[str, Any]) -> Any:
    try:
        return picked(record, check)
    except (KeyError, IndexError, TypeError):
        return None


def speeds(bodies: list[bytes], parsers: Mapping[str, Callable[[bytes], object]]) -> dict[str, float]:
    """Feeds a second of each parser: they take turns at every feed, so that a busy machine slows all alike, and of
    two rounds the better counts. What a parser raises counts as done."""
    total = dict.fromkeys(parsers, 0.0)
    for body in bodies:
        best = dict.fromkeys(parsers, float("inf"))
        for _ in range(2):
            for name, parse in parsers.items():
                start = time.process_time()
                with contextlib.suppress(Exception):
                    parse(body)
                best[name] = min(best[name], time.process_time() - start)
        for name, seconds in best.items():
            total[name] += seconds
    return {name: round(len(bodies) / seconds, 1) for name, seconds in total.items()}


def read_all(body: bytes) -> object:
    """Everything that a feed says, its texts too, which are sanitised when they are read."""
    found = parse_feed(body)
    return found if isinstance(found, Rejected) else [(entry.summary, entry.content) for entry in found.entries]


def real(data: Path, limit: int) -> dict[str, Any]:
    """feeds/real: speeds in one run, and what is lost against feedparser."""
    files = sorted((data / "feeds" / "real").glob("*.gz"))[: limit or None]
    bodies = [gzip.decompress(file.read_bytes()) for file in files]
    lost, details = Counter[str](), []
    for file, body in zip(files, bodies, strict=True):
        for kind, count, example in losses(body):
            lost[kind] += count
            if count and not kind.startswith("_"):
                details.append({"file": file.name, "lost": kind, "count": count, "example": example})
    per_s = speeds(
        bodies,
        {
            "newsloom": read_all,
            "newsloom, texts unread": parse_feed,
            "feedparser": lambda body: feedparser.parse(io.BytesIO(body)),
            "fastfeedparser": fastfeedparser.parse,
        },
    )
    return {
        "feeds": len(bodies),
        "megabytes": round(sum(map(len, bodies)) / 1e6, 1),
        "feeds_per_s": per_s,
        "times_feedparser": round(per_s["newsloom"] / per_s["feedparser"], 1),
        "times_feedparser_texts_unread": round(per_s["newsloom, texts unread"] / per_s["feedparser"], 1),
        "entries": {"newsloom": lost.pop("_ours"), "feedparser": lost.pop("_theirs")},
        "lost": {kind: lost[kind] for kind in ("entries", "titles", "links", "dates", "summaries")},
        "details": details,
    }


def losses(body: bytes) -> list[tuple[str, int, str]]:
    """What feedparser has of one feed and we have not, entry by entry in order."""
    theirs = feedparser.parse(io.BytesIO(body), sanitize_html=False).entries
    found = parse_feed(body)
    ours = () if isinstance(found, Rejected) else found.entries
    missing: dict[str, list[str]] = {"titles": [], "links": [], "dates": [], "summaries": []}
    for their, our in zip(theirs, ours, strict=False):
        if visible(their.get("title", "")) and not our.title:
            missing["titles"].append(their["title"])
        if their.get("link", "").startswith("http") and their["link"].strip() != our.link:
            missing["links"].append(f"{their['link']} != {our.link}")
        for name, moment in (("published", our.published), ("updated", our.updated)):
            parsed = their.get(f"{name}_parsed") if name in their else None
            if parsed and parsed[0] >= 1990 and moment != datetime(*parsed[:6], tzinfo=UTC):
                missing["dates"].append(f"{name} {their[name]} != {moment}")
        if visible(their.get("summary", "")) and not (our.summary or our.content):
            missing["summaries"].append(their["summary"][:80])
    rows = [(kind, len(values), values[0][:160] if values else "") for kind, values in missing.items()]
    return [
        *rows,
        ("entries", max(0, len(theirs) - len(ours)), found.detail if isinstance(found, Rejected) else ""),
        ("_ours", len(ours), ""),
        ("_theirs", len(theirs), ""),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--limit", type=int, default=0, help="only so many of feeds/real")
    options = parser.parse_args()
    if not (options.data / "feeds").is_dir():
        print(f"skipped: no data at {options.data / 'feeds'}; name its folder with --data", file=sys.stderr)
        return 0
    result = {"core": core(options.data), "real": real(options.data, options.limit)}
    if options.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return 0
    for name, part in result.items():
        for key, value in part.items():
            print(f"{name}.{key}: {value}" if not isinstance(value, list) else f"{name}.{key}: {len(value)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
