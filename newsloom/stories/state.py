"""Stories as articles arrive: who belongs where, which text is whose copy, what changed.

Live: an article is grouped with the stories that it resembles. The small ones of these are looked at member by
member, so that what an earlier article got wrong for lack of company is put right at once; grown ones stay as they
are. Each group keeps the id of the story with which it shares most. Second look: the same over more, or all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from newsloom.stories.agglomerate import agglomerate
from newsloom.stories.bars import Bars
from newsloom.stories.gains import Gains
from newsloom.stories.known import Families, Known, carries, known_of
from newsloom.stories.pairs import Pairs
from newsloom.stories.saving import State
from newsloom.stories.standing import Standing
from newsloom.types import AnnotatedArticle, Copy, Match, Story

VERSION = 5  # of what decides
ASKED_STORIES = 3  # stories that an arrival is compared with, member by member
ASKED_MEMBERS = 40  # of one story: its first and its latest
GREY = 1.0  # log-odds under the bar at which a single match still makes its story worth asking
SMALL = 12  # separately written members up to which a story is looked at member by member on arrival
ASKED_COPIES = 4  # members of a family of copies that speak for it
SMALL_LATER = 30  # and at a second look
COMPARED = 64  # matches an article can have; with so many that are alike, there may be more

Compare = Callable[[Sequence[str]], list[float]]


class Stories:
    """The open stories of one installation. Not safe between threads; everything is in the order of calls."""

    def __init__(self, bars: Bars, window: timedelta = timedelta.max) -> None:
        """`window`: how far apart two articles may be that are compared at all."""
        self._bars = bars
        self._window = window
        self._known: dict[str, Known] = {}
        self._members: dict[str, tuple[str, ...]] = {}
        self._taken: set[str] = set()  # names that were given and no story bears now
        self._families = Families(self._known)
        self._pairs = Pairs(self._known)
        self._split_from: dict[str, str] = {}
        self._moved: dict[str, str] = {}
        self._redirects: dict[str, str] = {}
        self.standing = Standing()
        self.sealed: datetime | None = None  # what was first seen before has its final story

    def known(self, article_id: str) -> Known | None:
        """What is remembered of an article of the window."""
        return self._known.get(article_id)

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
        return self._members.get(story_id, ())

    def ids(self) -> list[str]:
        """All stories in the order of their first members."""
        return sorted(self._members, key=lambda story: self._age(self._members[story][0]))

    def near(self, article_id: str) -> dict[str, float]:
        """Articles scored against this one, with their log-odds."""
        return self._pairs.of(article_id)

    def restore(self, article: AnnotatedArticle, matches: Sequence[Match] = (), *, bare: bool = False) -> None:
        """Take back an article that was placed before, as the store has it, with what it resembles.

        `bare`: a headline is all that is known of it.
        """
        pairs = [(match.other_id, match.logit) for match in matches]
        self.recall(article.article.id, known_of(article, article.story_id, bare), article.copy, pairs)

    def recall(self, article_id: str, known: Known, copy: Copy | None, pairs: Sequence[tuple[str, float]]) -> None:
        """The same of an article by what is known of it; `pairs`: its matches' ids and log-odds, best first."""
        self._enter(article_id, known)
        self._families.set(article_id, copy)
        self._score_pairs(article_id, pairs)

    def restore_pair(self, a: str, b: str, logit: float) -> None:
        """Take back the log-odds of a pair."""
        if a in self._known and b in self._known and logit > self._bars.floor:
            self._pairs.put(a, b, min(logit, self._bars.ceiling))

    def state(self) -> State:
        """All that is known here, itself and not a copy."""
        return State(
            known=self._known,
            members=self._members,
            taken=self._taken,
            copies=self._families.copies,
            free=self._pairs.free,
            split_from=self._split_from,
            moved=self._moved,
            redirects=self._redirects,
            sealed=self.sealed,
        )

    def resume(self, state: State) -> None:
        """Go on, with nothing known so far, from a state; what people said is not part of it."""
        self._known, self._members, self._taken = state.known, state.members, state.taken
        self._split_from, self._moved, self._redirects = state.split_from, state.moved, state.redirects
        self._families = Families(self._known, state.copies)
        self._pairs = Pairs(self._known, state.free)
        self.sealed = state.sealed

    def place(
        self, article: AnnotatedArticle, matches: Sequence[Match], compare: Compare, *, bare: bool = False
    ) -> tuple[str, list[Copy]]:
        """Give a new article its story; returns the story's id and the copies that this settled.

        `compare` gives log-odds against articles that are not among the matches. An article that is known already
        (an edit) keeps its story until the second look. Others may move too: see `changes`.
        """
        article_id = article.article.id
        matches = [m for m in matches if m.other_id in self._known]
        found = self._original(article, matches)
        known = self._known.get(article_id)
        home = self._known[found.other_id].story if found else self._home_of_kin(article_id)
        if known:
            self._forget_pairs(article_id)
            known.bare = bare
        else:
            self._enter(article_id, known_of(article, home or self._mint(article_id), bare))
        self._score_matches(article_id, matches)
        if not known and not home:
            self._join(article_id, matches, compare)
        return self._known[article_id].story, self._families.settle(article_id, found) if found else []

    def look(self, stories: Iterable[str]) -> None:
        """Look again at each of these stories beside those that it resembles most; see `changes`."""
        same: set[frozenset[str]] = set()  # stories that stay as they are when looked at together
        for story in stories:
            if not self._members.get(story):
                continue
            together = story, *self._beside(story)
            if (those := frozenset(together)) in same:
                continue
            if self._regroup([i for s in together for i in self._members[s]], SMALL_LATER):
                same.clear()
            else:
                same.add(those)

    def second_look(self, open_ids: Iterable[str] | None = None) -> tuple[dict[str, str], dict[str, str]]:
        """Group what is open again as a whole: (article -> story of those that moved, old story -> its successor).

        `open_ids`: the articles to look at, all by default. Copies follow their original.
        """
        ids = [i for i in (open_ids if open_ids is not None else self._known) if i in self._known]
        self._regroup(ids, SMALL_LATER)
        return self.changes()

    def changes(self) -> tuple[dict[str, str], dict[str, str]]:
        """What moved since the last call: (article -> its story now, old story -> its successor)."""
        moved = {
            i: self._known[i].story for i in self._moved if i in self._known and self._known[i].story != self._moved[i]
        }
        redirects = {old: new for old, new in self._redirects.items() if old not in self._members}
        self._moved, self._redirects = {}, {}
        return moved, redirects

    def move(self, moved: dict[str, str], split_from: dict[str, str] | None = None) -> None:
        """Put known articles where they were moved to elsewhere, by people or by sealing."""
        self._split_from.update(split_from or {})
        self._taken.update(moved.values())
        self._apply({i: story for i, story in moved.items() if i in self._known and self._known[i].story != story})
        self._taken.difference_update(self._members)
        self._moved, self._redirects = {}, {}

    def recopy(self, article_id: str, copy: Copy | None) -> None:
        """The article is this copy, or none, whatever it shares."""
        if article_id in self._known:
            self._families.set(article_id, copy)

    def forget(self, article_id: str) -> None:
        """Drop an article that was taken down; its earliest copy is the original now."""
        if article_id in self._known:
            self._families.pass_on(article_id)
            self._families.set(article_id, None)
            self._drop(article_id)

    def leave(self, article_ids: Iterable[str]) -> list[str]:
        """Let go of articles that left the window; the stories of which none is left.

        The articles stay what they are: a copy keeps naming its original.
        """
        left: dict[str, None] = {}
        for article_id in article_ids:
            if article_id in self._known:
                left[self._known[article_id].story] = None
                self._families.leave(article_id)
                self._drop(article_id)
        if not left:
            return []
        # A story's name can only be wanted again by its founder.
        self._taken = {s for s in self._taken if s[1:].partition("-")[0] in self._known}
        self._split_from = {s: old for s, old in self._split_from.items() if s in self._members}
        return [story for story in left if story not in self._members]

    def describe(self, story_id: str) -> Story:
        """The story as it stands, from the members that are known here."""
        members = sorted(self._members[story_id], key=self._age)
        known = [self._known[i] for i in members]
        originals = [i for i in members if self._known[i].copy is None] or members[:1]
        owners = [self._known[i].origin.owner or "article:" + i for i in originals]
        return Story(
            id=story_id,
            founded_by=members[0],
            members=tuple(members),
            lead_id=self._lead(self._asked(originals)),
            language=Counter(k.origin.language for k in known).most_common(1)[0][0],
            first_seen=min(k.shown_at for k in known),
            last_seen=max(k.shown_at for k in known),
            reports=len(set(owners)),
            copies=sum(k.copy is not None for k in known),
            split_from=self._split_from.get(story_id, ""),
        )

    def _age(self, article_id: str) -> tuple[datetime, str]:
        return self._known[article_id].first_seen, article_id

    def _enter(self, article_id: str, known: Known) -> None:
        self._known[article_id] = known
        self._admit(known.story, article_id)

    def _score_matches(self, article_id: str, matches: Sequence[Match]) -> None:
        self._score_pairs(article_id, [(match.other_id, match.logit) for match in matches])

    def _score_pairs(self, article_id: str, pairs: Sequence[tuple[str, float]]) -> None:
        self._pairs.put_first(article_id, self._near(pairs))
        self._known[article_id].full = len(pairs) >= COMPARED and pairs[-1][1] > self._bars.join - GREY

    def _near(self, pairs: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
        """What of an article's pairs is kept."""
        floor, ceiling = self._bars.floor, self._bars.ceiling
        return [(i, logit if logit < ceiling else ceiling) for i, logit in pairs if logit > floor and i in self._known]

    def _forget_pairs(self, article_id: str) -> None:
        self._pairs.drop(article_id)

    def _drop(self, article_id: str) -> None:
        self._forget_pairs(article_id)
        self._dismiss(self._known.pop(article_id).story, article_id)

    def _admit(self, story: str, article_id: str) -> None:
        self._members[story] = *self._members.get(story, ()), article_id
        self._taken.discard(story)

    def _dismiss(self, story: str, article_id: str) -> None:
        left = tuple([i for i in self._members[story] if i != article_id])
        if left:
            self._members[story] = left
        else:
            del self._members[story]
            self._taken.add(story)

    def _original(self, article: AnnotatedArticle, matches: Sequence[Match]) -> Match | None:
        """The match whose text this article shares most of, of those that share enough; earliest wins a tie."""
        apart = partial(self.standing.apart, article.article.id)
        copies = [m for m in matches if m.copy is not None and not apart(m.other_id)]
        carriers = [m for m in copies if all(carries(article, m, each) for each in self._carried(m.other_id))]
        if not carriers:
            return None
        shown = {m.other_id: self._known[m.other_id].shown_at.timestamp() for m in carriers}
        return max(carriers, key=lambda m: (round(m.copy.within, 2) if m.copy else 0.0, -shown[m.other_id]))

    def _carried(self, article_id: str) -> list[Known]:
        """What a copy of an article is a copy of: the article, and what that carries itself."""
        known = self._known[article_id]
        original = known.copy and self._known.get(known.copy.original_id)
        return [known, original] if original else [known]

    def _home_of_kin(self, article_id: str) -> str:
        """The story that people said an article belongs to, "" where they did not speak of it."""
        kin = (i for i in self.standing.kinship(article_id) if i != article_id)
        return next((self._known[i].story for i in kin if i in self._known), "")

    def _join(self, article_id: str, matches: Sequence[Match], compare: Compare) -> None:
        """Group a new article with the stories that it may belong to."""
        stories: dict[str, None] = {}
        for match in matches:
            if match.logit < self._bars.join - GREY or len(stories) == ASKED_STORIES:
                break
            stories.setdefault(self._known[match.other_id].story)
        if not stories:
            return
        if self._known[article_id].full:
            scored = {m.other_id for m in matches}
            missing = [i for s in stories for i in self._asked(self._originals(s)) if i not in scored]
            self._pairs.put_new(article_id, self._near(zip(missing, compare(missing), strict=True)))
        own = self._known[article_id].story
        self._regroup([article_id, *(i for s in stories for i in self._members[s])], SMALL)
        if self._known[article_id].story != own:  # a name that nobody has heard
            self._taken.discard(own)
            self._redirects.pop(own, None)
        self._moved.pop(article_id, None)

    def _originals(self, story: str) -> list[str]:
        members = self._members[story]
        return [i for i in members if self._known[i].copy is None] or [*members[:1]]

    def _asked(self, ids: list[str]) -> list[str]:
        return ids if len(ids) <= ASKED_MEMBERS else [ids[0], *ids[1 - ASKED_MEMBERS :]]

    def _beside(self, story: str) -> list[str]:
        """The stories that members of this one resemble most."""
        best: dict[str, float] = {}
        for i in self._asked(self._originals(story)):
            for other, logit in self._pairs.over(i, self._bars.join - GREY):
                there = self._known[other].story
                if there != story:
                    best[there] = max(logit, best.get(there, logit))
        return sorted(best, key=lambda s: (-best[s], s))[:ASKED_STORIES]

    def _regroup(self, ids: Sequence[str], small: int) -> bool:
        """Group articles anew; those of stories with more than `small` reports, and what is sealed, stay together.

        Says whether any has moved.
        """
        if len(ids) < 2:
            return False
        known = self._known
        ids, followers = self._open(sorted(dict.fromkeys(ids), key=self._age))
        chosen = set(ids)
        families: dict[str, list[str]] = {}
        for i in ids:
            root = self._root(i, chosen) if known[i].copy else i
            families.setdefault(root, []).append(i)
            if followers:
                families[root].extend(followers.get(i, ()))
        units = self._units(list(families), small)
        asked = [tuple(self._asked(unit)) for unit in units]
        told = {unit[0]: [i for root in unit for i in families[root]] for unit in units}
        spoken = [(i, known[i]) for unit in asked for i in unit]
        grouped = agglomerate(
            asked,
            self._gains(asked, families),
            self._bars,
            full=[i for i, each in spoken if each.full],
            foes=self._foes(units, families),
            hours={i: each.shown_at.timestamp() / 3_600 for i, each in spoken if each.dated},
            bare=[i for i, each in spoken if each.bare],
            outlets={i: each.origin.source for i, each in spoken},
        )
        named = self._named([[i for root in group if root in told for i in told[root]] for group in grouped])
        moved = {i: story for i, story in named if story != known[i].story and not self._is_sealed(i)}
        self._apply(moved)
        return bool(moved)

    def _open(self, ids: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
        """Those that can still be compared with the newest of their story, and by its first of these the older ones.

        Of a long saga nobody compared the first reports with the latest; they go where the later ones go.
        """
        known = self._known
        times = [known[i].shown_at for i in ids]
        if max(times) - min(times) <= self._window:
            return list(ids), {}
        newest: dict[str, datetime] = {}
        for each in map(known.__getitem__, ids):
            newest[each.story] = max(each.shown_at, newest.get(each.story, each.shown_at))
        fresh = [i for i in ids if newest[known[i].story] - known[i].shown_at <= self._window]
        if len(fresh) == len(ids):
            return list(ids), {}
        first: dict[str, str] = {}
        for i in fresh:
            first.setdefault(known[i].story, i)
        followers: dict[str, list[str]] = {}
        open_ids = set(fresh)
        for i in (i for i in ids if i not in open_ids):
            if (leader := first.get(known[i].story)) is not None:
                followers.setdefault(leader, []).append(i)
        return fresh, followers

    def _units(self, roots: Sequence[str], small: int) -> list[list[str]]:
        """What is not to be parted: grown stories, sealed articles of one story, and kin; in the order of `roots`."""
        known = self._known
        stories = [known[i].story for i in roots]
        of_story = _counted(stories)
        units: dict[str, list[str]] = {}
        for i, story in zip(roots, stories, strict=True):
            if of_story[story] > small:
                key = "story " + story
            elif self.sealed is not None and self._is_sealed(i):
                key = "sealed " + story
            else:
                key = "kin " + (self.standing.kin(i) if self.standing else i)
            units.setdefault(key, []).append(i)
        return list(units.values())

    def _gains(self, units: Sequence[Sequence[str]], families: dict[str, list[str]]) -> Gains:
        """What the pairs between the articles asked say; of two families of copies the mean over their members."""
        spoken = [[families[root][:ASKED_COPIES] for root in unit] for unit in units]
        return self._pairs.gains(spoken, self._bars.floor, self._bars.ceiling)

    def _foes(self, units: Sequence[Sequence[str]], families: dict[str, list[str]]) -> dict[str, frozenset[str]]:
        """By a unit's first article those of the units that it must not meet: people said so, or both are sealed."""
        foes: dict[str, frozenset[str]] = {}
        if self.sealed is None and not self.standing:
            return foes
        sealed = {
            unit[0]: self._known[unit[0]].story
            for unit in units
            if any(self._is_sealed(i) for root in unit for i in families[root])
        }
        for one, story in sealed.items():
            foes[one] = frozenset(other for other, there in sealed.items() if there != story)
        if self.standing:
            head = {i: unit[0] for unit in units for root in unit for i in families[root]}
            for i, one in head.items():
                against = frozenset(head[foe] for foe in self.standing.foes(i) & head.keys()) - {one}
                if against:
                    foes[one] = foes.get(one, frozenset()) | against
        return foes

    def _root(self, article_id: str, chosen: set[str]) -> str:
        """The member of its copy family that stands for it: the original, else the first copy chosen."""
        copy = self._known[article_id].copy
        if not copy or (self.standing and self.standing.apart(article_id, copy.original_id)):
            return article_id
        if copy.original_id in chosen:
            return copy.original_id
        return next(i for i in self._families.of(copy.original_id) if i in chosen)

    def _is_sealed(self, article_id: str) -> bool:
        return self.sealed is not None and self._known[article_id].first_seen < self.sealed

    def _named(self, groups: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
        """Each article's story: a group takes the old id of which it holds most, each id once, else a new one.

        What is sealed keeps its id, however few it is.
        """
        known = self._known
        claims = []
        for n, group in enumerate(groups):
            sealed = {known[i].story for i in group if self._is_sealed(i)} if self.sealed else ()
            for story, count in _counted([known[i].story for i in group]).items():
                claims.append((story not in sealed, -count, n, story))
        named: dict[int, str] = {}
        given: set[str] = set()
        for _, _, n, story in sorted(claims):
            if n not in named and story not in given:
                named[n] = story
                given.add(story)
        return [
            (i, story)
            for n, group in enumerate(groups)
            for story in [named.get(n) or self._split_off(group)]
            for i in group
        ]

    def _split_off(self, group: Sequence[str]) -> str:
        old = Counter(self._known[i].story for i in group)
        story = self._mint(min(group, key=self._age), generation=2)
        self._split_from[story] = min(old, key=lambda s: (-old[s], s))
        return story

    def _mint(self, article_id: str, generation: int = 1) -> str:
        story = f"s{article_id}-{generation}" if generation > 1 else "s" + article_id
        while story in self._members or story in self._taken:
            generation += 1
            story = f"s{article_id}-{generation}"
        self._taken.add(story)
        return story

    def _apply(self, stories: dict[str, str]) -> None:
        """Move articles into their stories; what is left empty leads to where most of it went."""
        went: dict[str, Counter[str]] = {}
        for article_id, story in stories.items():
            known = self._known[article_id]
            if known.story != story:
                self._moved.setdefault(article_id, known.story)
                self._dismiss(known.story, article_id)
                went.setdefault(known.story, Counter())[story] += 1
                known.story = story
                self._admit(story, article_id)
        for old, stories_now in went.items():
            if old not in self._members:
                self._redirects[old] = min(stories_now, key=lambda s: (-stories_now[s], s))
        for story in {story for counts in went.values() for story in counts}:
            self._members[story] = tuple(sorted(self._members[story], key=self._age))

    def _lead(self, originals: Sequence[str]) -> str:
        """The report that stands for the story: read from its page, most like the others' reports, earliest."""

        def standing(i: str) -> tuple[bool, float, datetime, str]:
            own = self._known[i]
            support = sum(
                logit - self._bars.floor
                for other, logit in self._pairs.of(i).items()
                if other in self._known
                and self._known[other].story == own.story
                and self._known[other].origin.owner != own.origin.owner
            )
            return (not own.origin.from_page, -round(support, 3), own.shown_at, i)

        return min(originals, key=standing)


def _counted(stories: Sequence[str]) -> dict[str, int]:
    """How often each stands there; of few, in less time than a Counter takes."""
    counts: dict[str, int] = {}
    for story in stories:
        counts[story] = counts.get(story, 0) + 1
    return counts
