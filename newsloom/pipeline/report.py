"""What a check of sources found, as a page for people: numbers first, then what fails and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

STALE = timedelta(days=7)

Record = dict[str, Any]


def check_report(records: Sequence[Record], title: str, now: datetime) -> str:
    """The records of a check in Markdown."""
    failing = [record for record in records if "error" in record]
    stale = [record for record in records if _is_stale(record, now)]
    found = [record for record in records if record.get("found")]
    lines = [
        f"# {title}",
        "",
        f"Checked {now:%Y-%m-%d %H:%M} UTC: {len(records)} addresses, {len(records) - len(failing)} answer, "
        f"{len(failing)} fail, {len(stale)} have nothing newer than a week, {len(found)} were found by discovery.",
        "",
        *_counted(failing),
        *_table("Failing", ("source", "address", "what", "what to do"), [_failure(each) for each in failing]),
        *_table("Nothing new for a week", ("source", "address", "newest"), [_age(each) for each in stale]),
        *_table("Found by discovery", ("source", "asked", "found"), [_finding(each) for each in found]),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _counted(failing: Sequence[Record]) -> list[str]:
    reasons = Counter(str(each["error"]).partition(":")[0] for each in failing)
    return [*(f"* {count} {reason}" for reason, count in reasons.most_common()), ""] if failing else []


def _table(name: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    if not rows:
        return []
    lines = [f"## {name}", "", _row(heads), _row(["---"] * len(heads))]
    return [*lines, *map(_row, rows), ""]


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _failure(record: Record) -> tuple[object, ...]:
    return record["source"], record["url"], record["error"], record.get("todo", "")


def _age(record: Record) -> tuple[object, ...]:
    return record["source"], record["url"], f"{record['newest']:%Y-%m-%d}"


def _finding(record: Record) -> tuple[object, ...]:
    return record["source"], record["url"], " ".join(record["found"])


def _is_stale(record: Record, now: datetime) -> bool:
    newest = record.get("newest")
    return isinstance(newest, datetime) and newest < now - STALE
