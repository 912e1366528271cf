"""The story that a line of `newsloom group --live` names: said once and not taken back, whatever is learned later.

Stories are put right as articles come; what was printed can't be. So a new article is told under the name that most
of its present story was told under, if that name is mostly theirs, and else under a new one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

LEAST_SHARE = 0.5  # of those told under a name that must be in the story for it to be used again


class Told:
    """Names by article, as they were told. A name is the first article told under it."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._sizes: Counter[str] = Counter()

    def name(self, article_id: str, members: Iterable[str]) -> str:
        """The name to tell an article's story by; `members`: the story's articles as of now."""
        known = self._names.get(article_id)
        if known is None:
            counts = Counter(self._names[i] for i in members if i in self._names)
            fit = [
                (n, n / self._sizes[name], name) for name, n in counts.items() if n >= LEAST_SHARE * self._sizes[name]
            ]
            known = self._names[article_id] = max(fit)[2] if fit else "s" + article_id
            self._sizes[known] += 1
        return known
