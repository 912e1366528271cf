"""What is remembered of the articles in the window, and the families of copies among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from newsloom.types import AnnotatedArticle, Copy, CopyKind, Match

OWN_HOURS = 12.0  # after which an outlet's text with other words in it is rather a form than a version of what it was
REMEMBERED = 50_000  # origins that articles to come share; what is made up for one article must not be kept for ever


class Origin(NamedTuple):
    """Where an article is from. Thousands have the same, which is in memory once."""

    owner: str
    source: str
    language: str
    from_page: bool


_origins: dict[Origin, Origin] = {}


def origin(owner: str, source: str, language: str, from_page: bool) -> Origin:
    """The one origin that says so."""
    if len(_origins) >= REMEMBERED:
        _origins.clear()
    said = Origin(owner, source, language, from_page)
    return _origins.setdefault(said, said)


@dataclass(slots=True)
class Known:
    """One article of the window."""

    story: str
    origin: Origin
    shown_at: datetime
    first_seen: datetime
    copy: Copy | None = None
    row: bytes = b""  # in the table of pairs: its number and what it was compared with
    full: bool = False  # it had more neighbours than are compared with one article
    bare: bool = False  # a headline is all that is known of it
    dated: bool = True  # `shown_at` is its own time


def known_of(article: AnnotatedArticle, story: str, bare: bool = False) -> Known:
    """What is remembered of an article that stands in `story`."""
    return Known(
        story=story,
        origin=origin(
            article.owner, article.article.source_id, article.annotations.language, article.article.origin != "entry"
        ),
        shown_at=article.shown_at,
        first_seen=article.first_seen,
        bare=bare,
        dated=article.dated,
    )


def carries(article: AnnotatedArticle, found: Match, other: Known) -> bool:
    """Whether a match is a copy, with what is known of where and when both were published."""
    if found.copy is None or found.copy.lasting:
        return found.copy is not None
    source, hours = article.article.source_id, abs((article.shown_at - other.shown_at).total_seconds()) / 3_600
    return not source or source != other.origin.source or hours <= OWN_HOURS


class Families:
    """Who carries whose text. A copy names the present original, never another copy."""

    def __init__(self, known: dict[str, Known], copies: dict[str, dict[str, None]] | None = None) -> None:
        self._known = known
        self._copies = copies if copies is not None else {}

    @property
    def copies(self) -> dict[str, dict[str, None]]:
        """By original its copies, in the order they were found."""
        return self._copies

    def of(self, original_id: str) -> tuple[str, ...]:
        """The copies of an original, in the order they were found."""
        return tuple(self._copies.get(original_id, ()))

    def settle(self, own_id: str, found: Match) -> list[Copy]:
        """Enter an article into the family of what it carries; an earlier one than the original takes its place."""
        own, match = self._known[own_id], found.copy
        carried = self._known[found.other_id]
        root_id = carried.copy.original_id if carried.copy else found.other_id
        if match is None or root_id == own_id:
            return []
        if root_id not in self._known:  # left the window before its copies
            copy = Copy(article_id=own_id, original_id=root_id, kind=match.kind, containment=match.within)
            self.set(own_id, copy)
            return [copy]
        root = self._known[root_id]
        if (own.shown_at, own.first_seen, own_id) < (root.shown_at, root.first_seen, root_id):
            joining, original = root_id, own_id
        else:
            joining, original = own_id, root_id
        return self._join(joining, original, match.kind, match.within)

    def set(self, article_id: str, copy: Copy | None) -> None:
        """The article is this copy now, or none."""
        before = self._known[article_id].copy
        if before:
            self._copies[before.original_id].pop(article_id, None)
            if not self._copies[before.original_id]:
                del self._copies[before.original_id]
        self._known[article_id].copy = copy
        if copy:
            self._copies.setdefault(copy.original_id, {})[article_id] = None

    def leave(self, article_id: str) -> None:
        """The article is not known any more; what carries its text goes on naming it."""
        copy = self._known[article_id].copy
        if copy:
            self._copies[copy.original_id].pop(article_id, None)

    def pass_on(self, original_id: str) -> None:
        """Give an original's place in its family to the earliest of its copies."""
        family = sorted(self.of(original_id), key=lambda i: (self._known[i].shown_at, i))
        for i in family:
            before = self._known[i].copy
            if before and i != family[0]:
                kind = "wire" if before.kind == "revision" else before.kind
                self.set(i, self._copy(i, family[0], kind, before.containment))
            else:
                self.set(i, None)

    def _join(self, joining: str, original: str, kind: CopyKind, within: float) -> list[Copy]:
        followers = [i for i in self.of(joining) if i != original]
        self.set(original, None)
        copies = [self._copy(joining, original, kind, within)]
        for i in followers:
            before = self._known[i].copy
            if before:
                copies.append(
                    self._copy(i, original, kind if before.kind == "revision" else before.kind, before.containment)
                )
        for copy in copies:
            self.set(copy.article_id, copy)
        return copies

    def _copy(self, article_id: str, original_id: str, kind: CopyKind, within: float) -> Copy:
        """A copy; an outlet's copy of its own text is a revision."""
        source = self._known[article_id].origin.source
        if source and source == self._known[original_id].origin.source:
            kind = "revision"
        return Copy(article_id=article_id, original_id=original_id, kind=kind, containment=within)
