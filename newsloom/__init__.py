"""Newsloom: an open-source news aggregator that shows each story once, with who else reports it.

From Python: `newsloom.group_articles` and `newsloom.find_similar`, see docs/python.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "find_similar", "group_articles"]


def group_articles(articles: Iterable[Mapping[str, Any]] | Any, *, window_days: float = 7, live: bool = False) -> Any:
    """Group articles into stories: for each `{"id", "story", "copy_of", "similar"}`, in the given order.

    `articles`: dicts with `title` and, where known, `id`, `text`, `url`, `source`, `date`, `lang`, in the order in
    which they appeared; or a DataFrame with such columns, which gives a DataFrame of the same index. `window_days`:
    how far apart two articles may be to be compared. `live`: each is told what was known when it came.
    Raises `newsloom.errors.WrongUse` for what are no articles, two of one id, or a window that is no number of days.
    """
    from newsloom.pipeline import from_python

    return from_python.group(articles, window_days, live=live)


def find_similar(
    article: Mapping[str, Any] | str,
    articles: Iterable[Mapping[str, Any]] | Any,
    *,
    limit: int = 10,
    window_days: float = 7,
) -> list[dict[str, Any]]:
    """What others report on the same event, best first: `{"id", "title", "score", "kind", "why"}`.

    `article`: a dict as for `group_articles`, or the id of one of `articles`. Copies and reports of the same story
    come first; nothing is given that is not at least related.
    """
    from newsloom.pipeline import from_python

    return from_python.similar(article, articles, limit, window_days)
