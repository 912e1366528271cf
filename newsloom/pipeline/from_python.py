"""Grouping from Python: articles as a list of dicts or a DataFrame in, the same kind of thing out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Protocol, runtime_checkable

from newsloom.config import Settings
from newsloom.errors import WrongUse
from newsloom.pipeline.group_lines import group_lines

Record = dict[str, Any]


@runtime_checkable
class Frame(Protocol):
    """What is used of a DataFrame of pandas (or one alike): nothing of pandas itself is needed."""

    index: Any

    def to_dict(self, orient: str) -> list[Record]:
        """The rows as dicts, with "records"."""
        ...


def group(articles: Iterable[Mapping[str, Any]] | Frame, window_days: float, *, live: bool) -> Any:
    """See `newsloom.group_articles`."""
    lines = _lines(articles)
    found = list(group_lines(lines, _settings(window_days, Settings().similar.max_similar), live=live))
    if isinstance(articles, Frame):
        return type(articles)(found, index=articles.index)  # type: ignore[call-arg]
    return found


def similar(
    article: Mapping[str, Any] | str,
    articles: Iterable[Mapping[str, Any]] | Frame,
    limit: int,
    window_days: float,
) -> list[Record]:
    """See `newsloom.find_similar`."""
    lines = _lines(articles)
    if isinstance(article, str):
        asked = article
    else:
        line = _line(article, len(lines))
        asked = line["id"]
        lines = [*(each for each in lines if each["id"] != asked), line]
    told = group_lines(lines, _settings(window_days, max(limit, Settings().similar.max_similar)))
    record = next((each for each in told if each["id"] == asked), None)
    if record is None:
        raise WrongUse(f"no article has the id {asked!r}")
    by_id = {line["id"]: line for line in lines}
    return [{**each, "title": by_id[each["id"]].get("title", "")} for each in record["similar"][:limit]]


def _settings(window_days: float, most: int) -> Settings:
    if not window_days >= 0:  # NaN is not
        raise WrongUse(f"window_days must be a number of days, not {window_days}")
    settings = Settings()
    return replace(settings, similar=replace(settings.similar, window_days=window_days, max_similar=most))


def _lines(articles: Iterable[Mapping[str, Any]] | Frame) -> list[Record]:
    rows: Iterable[Mapping[str, Any]] = articles.to_dict("records") if isinstance(articles, Frame) else articles
    lines = [_line(row, n) for n, row in enumerate(rows)]
    _check_ids([line["id"] for line in lines])
    return lines


def _line(row: Mapping[str, Any], number: int) -> Record:
    """A row as an article line: without what is missing, times as text, its number where it has no id."""
    if not isinstance(row, Mapping):
        raise WrongUse(f"article {number} must be a dict, not {type(row).__name__}")
    line = {
        key: value.isoformat() if isinstance(value, date) else value for key, value in row.items() if _is_there(value)
    }
    return {**line, "id": str(line.get("id", number))}


def _is_there(value: Any) -> bool:
    """Not None, and none of pandas' words for a missing value, which differ from themselves or say so."""
    if value is None or type(value).__name__ in ("NaTType", "NAType"):
        return False
    return bool(value == value) if isinstance(value, float) else True


def _check_ids(ids: Sequence[str]) -> None:
    seen: set[str] = set()
    for article_id in ids:
        if article_id in seen:
            raise WrongUse(f"two articles have the id {article_id!r}")
        seen.add(article_id)
