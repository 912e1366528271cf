"""Stories as articles arrive: who belongs where, which text is whose copy, what changed.

Live: an article joins the story whose members it resembles on the mean, or founds one. Second look: all of what is
open is grouped again as a whole, and each group keeps the id with which it shares most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from newsloom.stories.agglomerate import Bars, Cohesion, agglomerate
from newsloom.types import AnnotatedArticle, Copy, CopyKind, Match, Story

VERSION = 1
ASKED_STORIES = 5  # stories whose members are all compared before one is joined
ASKED_MEMBERS = 40  # of one story: its first and its latest
LIVE_MARGIN = 0.5  # log-odds over the bar that an arrival needs; what it misses, the second look joins
GREY = 2.0  # log-odds under the bar at which a single match still makes its story worth asking

Compare = Callable[[Sequence[str]], list[float]]


@dataclass(slots=True)
class _Known:
    """What is remembered of an article in the window."""

    story: str
    owner: str
    source: str
    shown_at: datetime
    first_seen: datetime
    from_page: bool
    language: str
    copy: Copy | None = None
    near: dict[str, float] = field(default_factory=dict)


class Stories:
    """The open stories of one installation. Not safe between threads; everything is in the order of calls."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._known: dict[str, _Known] = {}
        self._members: dict[str, list[str]] = {}
        self._taken: set[str] = set()
        self._copies: dict[str, dict[str, None]] = {}  # original -> its copies, in the order they were found

    def story_of(self, article_id: str) -> str:
        """The present story of an article, "" where it is not known."""
        known = self._known.get(article_id)
        return known.story if known else ""

    def copy_of(self, article_id: str) -> Copy | None:
        """What the article carries, None where it is written by itself."""
        known = self._known.get(article_id)
        return known.copy if known else None

    def members(self, story_id: str) -> tuple[str, ...]:
        """The articles of a story in the order of arrival."""
        return tuple(self._members.get(story_id, ()))

    def restore(self, article: AnnotatedArticle) -> None:
        """Take back an article that was placed before, as the store has it."""
        self._remember(article, article.story_id)
        self._set_copy(article.article.id, article.copy)

    def restore_pair(self, a: str, b: str, logit: float) -> None:
        """Take back the log-odds of a pair."""
        if a in self._known and b in self._known and logit > self._bars.floor:
            self._known[a].near[b] = self._known[b].near[a] = min(logit, self._bars.ceiling)

    def place(self, article: AnnotatedArticle, matches: Sequence[Match], compare: Compare) -> tuple[str, list[Copy]]:
        """Give a new article its story; returns the story's id and the copies that this settled.

        `compare` gives log-odds against articles that are not among the matches. An article that is known already
        (an edit) keeps its story until the second look.
        """
        article_id = article.article.id
        matches = [m for m in matches if m.other_id in self._known]
        found = self._original(article, matches)
        known = self._known.get(article_id)
        if known:
            story = known.story
        elif found:
            story = self._known[found.other_id].story
        else:
            story = self._best_story(matches, compare) or self._mint(article_id)
        if not known:
            self._remember(article, story)
        for match in matches:
            self.restore_pair(article_id, match.other_id, match.logit)
        return story, self._settle_copy(article, found)

    def second_look(self, open_ids: Iterable[str] | None = None) -> tuple[dict[str, str], dict[str, str]]:
        """Group what is open again as a whole: (article -> story of those that moved, old story -> its successor).

        `open_ids`: the articles to look at, all by default. Copies follow their original.
        """
        ids = [i for i in (open_ids if open_ids is not None else self._known) if i in self._known]
        ids.sort(key=lambda i: (self._known[i].first_seen, i))
        groups = self._groups(ids)
        moved: dict[str, str] = {}
        for group, story in self._name(groups):
            for article_id in group:
                if self._known[article_id].story != story:
                    moved[article_id] = story
        before = {article_id: self._known[article_id].story for article_id in moved}
        for article_id, story in moved.items():
            self._members[before[article_id]].remove(article_id)
            self._known[article_id].story = story
            self._members.setdefault(story, []).append(article_id)
        for story in set(moved.values()):
            self._members[story].sort(key=lambda i: (self._known[i].first_seen, i))
        return moved, self._redirects(before)

    def forget(self, article_id: str) -> None:
        """Drop an article that has left the window or was taken down; its earliest copy is the original now."""
        if article_id in self._known:
            self._pass_on(article_id)
            self._set_copy(article_id, None)
            known = self._known.pop(article_id)
            for other in known.near:
                if other in self._known:
                    self._known[other].near.pop(article_id, None)
            self._members[known.story].remove(article_id)
            if not self._members[known.story]:
                del self._members[known.story]

    def leave(self, article_ids: Iterable[str]) -> None:
        """Let go of articles that left the window. They stay what they are: a copy keeps naming its original."""
        for article_id in article_ids:
            known = self._known.pop(article_id, None)
            if known is None:
                continue
            for other in known.near:
                if other in self._known:
                    self._known[other].near.pop(article_id, None)
            if known.copy:
                self._copies[known.copy.original_id].pop(article_id, None)
            self._members[known.story].remove(article_id)
            if not self._members[known.story]:
                del self._members[known.story]
        # A story's name can only be wanted again by its founder.
        self._taken = {s for s in self._taken if s in self._members or s[1:].partition("-")[0] in self._known}

    def near(self, article_id: str) -> dict[str, float]:
        """Articles scored against this one, with their log-odds."""
        return self._known[article_id].near

    def describe(self, story_id: str) -> Story:
        """The story as it stands, from the members that are known here."""
        members = sorted(self._members[story_id], key=lambda i: (self._known[i].first_seen, i))
        known = [self._known[i] for i in members]
        originals = [i for i in members if self._known[i].copy is None] or members[:1]
        owners = [self._known[i].owner or "article:" + i for i in originals]
        return Story(
            id=story_id,
            founded_by=members[0],
            members=tuple(members),
            lead_id=self._lead(originals),
            language=Counter(k.language for k in known).most_common(1)[0][0],
            first_seen=min(k.shown_at for k in known),
            last_seen=max(k.shown_at for k in known),
            reports=len(set(owners)),
            copies=sum(k.copy is not None for k in known),
        )

    def _remember(self, article: AnnotatedArticle, story: str) -> None:
        self._known[article.article.id] = _Known(
            story=story,
            owner=article.owner,
            source=article.article.source_id,
            shown_at=article.shown_at,
            first_seen=article.first_seen,
            from_page=article.article.origin != "entry",
            language=article.annotations.language,
        )
        self._members.setdefault(story, []).append(article.article.id)
        self._taken.add(story)

    def _best_story(self, matches: Sequence[Match], compare: Compare) -> str:
        logits = {m.other_id: m.logit for m in matches}
        asked: list[str] = []
        for match in matches:
            story = self._known[match.other_id].story
            if match.logit < self._bars.join - GREY or len(asked) == ASKED_STORIES:
                break
            if story not in asked:
                asked.append(story)
        best, best_over = "", LIVE_MARGIN
        for story in asked:
            over = self._over_bar(story, logits, compare)
            if over >= best_over:
                best, best_over = story, over
        return best

    def _over_bar(self, story: str, logits: dict[str, float], compare: Compare) -> float:
        """How far the mean log-odds over the story's separately written members lies over the story's bar."""
        originals = [i for i in self._members[story] if self._known[i].copy is None] or self._members[story]
        asked = originals if len(originals) <= ASKED_MEMBERS else [originals[0], *originals[1 - ASKED_MEMBERS :]]
        missing = [i for i in asked if i not in logits]
        logits.update(zip(missing, compare(missing), strict=True))
        bars = self._bars
        mean = sum(min(max(logits[i], bars.floor), bars.ceiling) for i in asked) / len(asked)
        return mean - bars.bar(self._cohesion(asked), (0.0, 1))

    def _cohesion(self, asked: Sequence[str]) -> Cohesion:
        """Mean log-odds between the members asked."""
        if len(asked) < 2:
            return 0.0, 1
        chosen = set(asked)
        near = (self._known[i].near for i in asked)
        gains = sum(logit - self._bars.floor for each in near for other, logit in each.items() if other in chosen)
        return self._bars.floor + gains / (len(asked) * (len(asked) - 1)), len(asked)

    def _original(self, article: AnnotatedArticle, matches: Sequence[Match]) -> Match | None:
        """The match whose text this article shares most of, of those that share enough; earliest wins a tie."""
        carriers = [m for m in matches if m.copy is not None]
        if not carriers:
            return None
        return max(carriers, key=lambda m: (round(m.copy.within, 2) if m.copy else 0.0, -self._age(m.other_id)))

    def _age(self, article_id: str) -> float:
        return self._known[article_id].shown_at.timestamp()

    def _settle_copy(self, article: AnnotatedArticle, found: Match | None) -> list[Copy]:
        """Enter the article into its copy family; an earlier one than the original takes the original's place."""
        own = self._known[article.article.id]
        if found is None or found.copy is None:
            return []
        carried = self._known[found.other_id]
        root_id = carried.copy.original_id if carried.copy else found.other_id
        own_id = article.article.id
        if root_id == own_id:
            return []
        if root_id not in self._known:  # left the window before its copies
            copy = Copy(article_id=own_id, original_id=root_id, kind=found.copy.kind, containment=found.copy.within)
            self._set_copy(own_id, copy)
            return [copy]
        root = self._known[root_id]
        if (own.shown_at, own.first_seen) < (root.shown_at, root.first_seen):
            joining, original = root_id, own_id
        else:
            joining, original = own_id, root_id
        followers = [i for i in self._copies.get(joining, ()) if i != original]
        self._set_copy(original, None)
        copies = [self._copy(joining, original, found.copy.kind, found.copy.within)]
        for i in followers:
            before = self._known[i].copy
            if before:
                kind = found.copy.kind if before.kind == "revision" else before.kind
                copies.append(self._copy(i, original, kind, before.containment))
        for copy in copies:
            self._set_copy(copy.article_id, copy)
        return copies

    def _copy(self, article_id: str, original_id: str, kind: CopyKind, within: float) -> Copy:
        """A copy; an outlet's copy of its own text is a revision."""
        source = self._known[article_id].source
        if source and source == self._known[original_id].source:
            kind = "revision"
        return Copy(article_id=article_id, original_id=original_id, kind=kind, containment=within)

    def _set_copy(self, article_id: str, copy: Copy | None) -> None:
        before = self._known[article_id].copy
        if before:
            self._copies[before.original_id].pop(article_id, None)
            if not self._copies[before.original_id]:
                del self._copies[before.original_id]
        self._known[article_id].copy = copy
        if copy:
            self._copies.setdefault(copy.original_id, {})[article_id] = None

    def _pass_on(self, original_id: str) -> None:
        """Give an original's place in its copy family to the earliest of its copies."""
        family = sorted(self._copies.get(original_id, ()), key=lambda i: (self._known[i].shown_at, i))
        for i in family:
            before = self._known[i].copy
            if before and i != family[0]:
                kind = "wire" if before.kind == "revision" else before.kind
                self._set_copy(i, self._copy(i, family[0], kind, before.containment))
            else:
                self._set_copy(i, None)

    def _groups(self, ids: Sequence[str]) -> list[tuple[str, ...]]:
        """Groups of articles: families of copies are one node each, pairs of families take their best pair."""
        chosen = set(ids)
        roots = {i: self._root(i, chosen) for i in ids}
        pairs: dict[tuple[str, str], float] = {}
        for i in ids:
            for other, logit in self._known[i].near.items():
                if other in chosen and roots[i] != roots[other]:
                    a, b = sorted((roots[i], roots[other]))
                    pairs[a, b] = max(logit, pairs.get((a, b), self._bars.floor))
        nodes = [i for i in ids if roots[i] == i]
        families: dict[str, list[str]] = {}
        for i in ids:
            families.setdefault(roots[i], []).append(i)
        grouped = agglomerate(nodes, pairs, self._bars)
        return [tuple(i for root in group for i in families[root]) for group in grouped]

    def _root(self, article_id: str, chosen: set[str]) -> str:
        """The member of its copy family that stands for it: the original, else the first copy chosen."""
        copy = self._known[article_id].copy
        if not copy:
            return article_id
        if copy.original_id in chosen:
            return copy.original_id
        return next(i for i in self._copies[copy.original_id] if i in chosen)

    def _name(self, groups: Sequence[tuple[str, ...]]) -> list[tuple[tuple[str, ...], str]]:
        """Each group with its story id: the old id of which it holds most, each id once, else a new one."""
        claims = []
        for n, group in enumerate(groups):
            for story, count in Counter(self._known[i].story for i in group).items():
                claims.append((-count, n, story))
        named: dict[int, str] = {}
        given: set[str] = set()
        for _, n, story in sorted(claims):
            if n not in named and story not in given:
                named[n] = story
                given.add(story)
        return [(group, named.get(n) or self._mint(min(group))) for n, group in enumerate(groups)]

    def _mint(self, article_id: str) -> str:
        story, generation = "s" + article_id, 1
        while story in self._taken:
            generation += 1
            story = f"s{article_id}-{generation}"
        self._taken.add(story)
        return story

    def _redirects(self, before: dict[str, str]) -> dict[str, str]:
        gone: dict[str, str] = {}
        for old in sorted(set(before.values())):
            if not self._members.get(old):
                self._members.pop(old, None)
                went = Counter(self._known[i].story for i, story in before.items() if story == old)
                gone[old] = sorted(went, key=lambda story: (-went[story], story))[0]
        return gone

    def _lead(self, originals: Sequence[str]) -> str:
        """The report that stands for the story: read from its page, most like the others' reports, earliest."""

        def standing(i: str) -> tuple[bool, float, datetime, str]:
            own = self._known[i]
            support = sum(
                logit - self._bars.floor
                for other, logit in own.near.items()
                if other in self._known
                and self._known[other].story == own.story
                and self._known[other].owner != own.owner
            )
            return (not own.from_page, -round(support, 3), own.shown_at, i)

        return min(originals, key=standing)
