"""What people's corrections ask of every grouping: who stays together, who stays apart. The newest word counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from newsloom.types import Correction


class Standing:
    """The corrections that stand, boiled down to kinships and feuds of articles."""

    def __init__(self, corrections: Iterable[Correction] = ()) -> None:
        self._kin: dict[str, str] = {}  # article -> a kin nearer to the one that names its kinship
        self._feuds: dict[str, set[str]] = {}  # by the names of kinships
        for correction in sorted(corrections, key=lambda c: (c.at, c.seq), reverse=True):
            if correction.withdrawn is None:
                self._take(correction)
        self._families: dict[str, list[str]] = {}
        for article_id in self._kin:
            self._families.setdefault(self._name(article_id), []).append(article_id)

    def __bool__(self) -> bool:
        return bool(self._kin)

    def kin(self, article_id: str) -> str:
        """The name of those that must share a story with an article; its own where nobody spoke of it."""
        return self._name(article_id)

    def kinship(self, article_id: str) -> Sequence[str]:
        """The articles that must share a story with this one, itself among them; none where nobody spoke of it."""
        return self._families.get(self._name(article_id), ())

    def foes(self, article_id: str) -> frozenset[str]:
        """The articles that must not share a story with this one."""
        feuds = self._feuds.get(self._name(article_id), ())
        return frozenset(i for name in feuds for i in self._families.get(name, (name,)))

    def apart(self, one: str, other: str) -> bool:
        """Whether people said that the two are not one event."""
        return self._name(other) in self._feuds.get(self._name(one), ())

    def _take(self, correction: Correction) -> None:
        """Older words enter where no newer one is against them."""
        if correction.kind == "merge":
            self._together((*correction.one, *correction.other))
            return
        if correction.kind == "split":
            self._together(correction.one)
        for one in correction.one:
            for other in correction.other:
                a, b = self._name(one), self._name(other)
                if a != b:
                    self._feuds.setdefault(a, set()).add(b)
                    self._feuds.setdefault(b, set()).add(a)
                    self._kin.setdefault(one, one)
                    self._kin.setdefault(other, other)

    def _together(self, ids: Sequence[str]) -> None:
        """One kinship of all; of those that feud with the first ones, another."""
        names: list[str] = []
        for article_id in ids:
            self._kin.setdefault(article_id, article_id)
            own = self._name(article_id)
            for n, name in enumerate(names):
                if own == name or own not in self._feuds.get(name, ()):
                    names[n] = self._marry(name, own)
                    break
            else:
                names.append(own)

    def _marry(self, one: str, other: str) -> str:
        """The kinship of two; it takes over what both feud with."""
        if one == other:
            return one
        name, gone = min(one, other), max(one, other)
        self._kin[gone] = name
        for foe in self._feuds.pop(gone, set()):
            self._feuds[foe].discard(gone)
            self._feuds[foe].add(name)
            self._feuds.setdefault(name, set()).add(foe)
        return name

    def _name(self, article_id: str) -> str:
        while (nearer := self._kin.get(article_id, article_id)) != article_id:
            article_id = nearer
        return article_id
