"""Stories: how groups form, which text is whose copy, ids that stay."""

from __future__ import annotations

import dataclasses
import random
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsloom.similar import Model
from newsloom.stories import Bars, Stories, agglomerate
from newsloom.stories.state import GREY
from newsloom.types import AnnotatedArticle, Annotations, Article, Copy, CopyKind, CopyMatch, Match, Origin

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
MODEL = Model.shipped()
SHIPPED = Bars(join=MODEL.join, floor=MODEL.floor, ceiling=MODEL.ceiling, **MODEL.stories)
# Two groups merge where each member of either has one in the other that is as likely as not the same, in the mean.
PLAIN = Bars(
    join=0.0, floor=-3.0, ceiling=3.0, bias=0.0, nearest_low=1.0, nearest_high=0.0, bare_weight=0.0, cohesion_low=0.0,
    cohesion_high=0.0, cohesion_usual=0.0, cohesion_trust=3.0, smaller_weight=0.0, pause_weight=0.0, pause_hours=10.0,
    span_weight=0.0, span_hours=10.0, again_weight=0.0,
)  # fmt: skip
ALIKE, UNLIKE = 2.0, -2.0

Pairs = dict[tuple[str, str], float]


def groups(nodes: str, pairs: dict[str, float], bars: Bars = PLAIN) -> list[str]:
    """Groups of one-letter nodes; pairs are written "ab"."""
    found = agglomerate(list(nodes), {(pair[0], pair[1]): logit for pair, logit in pairs.items()}, bars)
    return ["".join(group) for group in found]


def all_pairs(nodes: str, logit: float) -> dict[str, float]:
    return {a + b: logit for a, b in combinations(nodes, 2)}


def test_alike_articles_form_a_group():
    assert groups("abc", all_pairs("abc", ALIKE)) == ["abc"]


def test_unlike_articles_stay_alone():
    assert groups("abc", all_pairs("abc", UNLIKE)) == ["a", "b", "c"]


def test_nothing_makes_no_groups():
    assert groups("", {}) == []


def test_a_pair_that_was_never_scored_counts_as_the_floor():
    assert groups("abc", {"ab": 1.0, "bc": 1.0}) == ["ab", "c"]
    assert groups("abc", {"ab": 3.0, "bc": 3.0}, dataclasses.replace(PLAIN, floor=-1.0)) == ["abc"]


def test_a_pair_below_the_floor_counts_as_the_floor():
    few, lots = ({"ab": 3.0, "bc": 3.0, "ac": logit} for logit in (-3.0, -300.0))
    assert groups("abc", few) == groups("abc", lots) == ["abc"]


def test_one_twin_does_not_decide_alone():
    assert groups("abc", {"ab": 3.0, "bc": 300.0, "ac": -3.0}) == groups("abc", {"ab": 3.0, "bc": 3.0, "ac": -3.0})


def test_a_mean_at_the_bar_is_enough():
    assert groups("ab", {"ab": 0.0}) == ["ab"]
    assert groups("ab", {"ab": -0.01}) == ["a", "b"]


def test_a_chain_of_half_alike_does_not_become_one_blob():
    nodes = "abcdefghijklmnop"
    chain = {a + b: 0.5 for a, b in pairwise(nodes)}
    assert max(map(len, groups(nodes, chain))) == 2
    assert max(map(len, groups(nodes, chain, SHIPPED))) <= 4


def test_one_link_does_not_join_two_stories():
    pairs = all_pairs("abcd", ALIKE) | all_pairs("wxyz", ALIKE) | {"aw": 1.0}
    assert groups("abcdwxyz", pairs) == ["abcd", "wxyz"]


def test_the_likest_are_joined_first():
    assert groups("abc", {"ab": 1.0, "bc": 2.0}) == ["a", "bc"]


def test_a_story_of_very_alike_reports_asks_more():
    strict = dataclasses.replace(PLAIN, cohesion_high=-0.8)
    pairs = all_pairs("abcdef", 3.0) | {a + "x": 0.2 for a in "abcdef"}
    assert groups("abcdefx", pairs, strict) == ["abcdef", "x"]
    assert groups("abcdefx", pairs, PLAIN) == ["abcdefx"]


def at_hours(hours: dict[str, float], logit: float, bars: Bars) -> list[str]:
    pairs = dict.fromkeys(combinations(hours, 2), logit)
    return ["".join(group) for group in agglomerate(list(hours), pairs, bars, hours=hours)]


def test_after_a_pause_more_is_asked_and_no_more_than_the_longest_asks():
    bars = dataclasses.replace(PLAIN, pause_weight=-1.0)
    assert at_hours({"a": 0.0, "b": 4.0}, 0.5, bars) == ["ab"]
    assert at_hours({"a": 0.0, "b": 9.0}, 0.5, bars) == ["a", "b"]
    assert at_hours({"a": 0.0, "b": 1_000.0}, 1.0, bars) == ["ab"]
    assert at_hours({"a": 0.0, "b": 1_000.0}, 0.99, bars) == ["a", "b"]


def test_a_pause_is_between_the_last_of_the_one_and_the_first_of_the_other():
    bars = dataclasses.replace(PLAIN, pause_weight=-1.0)
    assert at_hours({"a": 0.0, "b": 4.0, "c": 8.0, "d": 12.0}, 0.5, bars) == ["abcd"]
    assert at_hours({"a": 0.0, "d": 12.0}, 0.5, bars) == ["a", "d"]


def test_a_story_asks_the_more_the_longer_it_would_be():
    bars = dataclasses.replace(PLAIN, span_weight=-1.0)
    hours = {"a": 0.0, "b": 4.0, "c": 8.0, "d": 12.0}
    assert at_hours(hours, 0.5, bars) == ["ab", "cd"]
    assert at_hours(hours, 0.8, bars) == ["abcd"]


def told_by(outlets: dict[str, str], hours: dict[str, float]) -> list[str]:
    bars = dataclasses.replace(PLAIN, again_weight=-2.0)
    pairs = dict.fromkeys(combinations(hours, 2), 1.0)
    return ["".join(group) for group in agglomerate(list(hours), pairs, bars, hours=hours, outlets=outlets)]


def test_what_one_outlet_brings_again_after_a_pause_is_rather_another_event():
    day = {"a": 0.0, "b": 24.0}
    assert told_by({"a": "Gazette", "b": "Gazette"}, day) == ["a", "b"]
    assert told_by({"a": "Gazette", "b": "Courier"}, day) == ["ab"]
    assert told_by({"a": "Gazette", "b": "Gazette"}, {"a": 0.0, "b": 0.0}) == ["ab"]  # two of its reports of now


def test_where_no_time_is_known_no_outlet_tells_again():
    bars = dataclasses.replace(PLAIN, again_weight=-2.0)
    outlets = {"a": "Gazette", "b": "Gazette"}
    for hours in ({}, {"a": 0.0}):
        assert agglomerate(["a", "b"], {("a", "b"): 0.1}, bars, hours=hours, outlets=outlets) == [("a", "b")]


def test_articles_of_no_known_outlet_are_not_of_one():
    assert told_by({"a": "", "b": ""}, {"a": 0.0, "b": 24.0}) == ["ab"]
    assert told_by({}, {"a": 0.0, "b": 24.0}) == ["ab"]


def test_of_a_story_that_many_tell_one_outlet_may_tell_again():
    outlets = {"a": "Gazette", "b": "Courier", "c": "Herald", "d": "Gazette"}
    assert told_by(outlets, {"a": 0.0, "b": 0.0, "c": 0.0, "d": 24.0}) == ["abcd"]


@pytest.mark.parametrize("seed", range(5))
def test_the_share_of_one_outlet_is_counted_over_all_pairs_between(seed):
    rng = random.Random(seed)
    outlets = {node: rng.choice(["Gazette", "Courier", "Herald", ""]) for node in _NODES}
    hours = {node: rng.uniform(0, 100) for node in _NODES}
    asked = 0

    def watch(a, b, nearest, other, own, theirs, pause, span, again):
        nonlocal asked
        asked += pause > 0
        told = [[outlets[_NODES[n]] for n in group] for group in (a, b)]
        same = sum(x == y != "" for x in told[0] for y in told[1])
        assert again == (same / (len(a) * len(b)) if pause else 0.0)

    pairs = {pair: rng.uniform(-2, 4) for pair in combinations(_NODES, 2)}
    agglomerate(list(_NODES), pairs, PLAIN, hours=hours, outlets=outlets, watch=watch)
    assert asked > 10


def test_in_a_longer_window_an_hour_weighs_less():
    bars = dataclasses.replace(PLAIN, pause_weight=-1.0)
    hours = {"a": 0.0, "b": 12.0}
    assert at_hours(hours, 0.5, bars) == at_hours(hours, 0.5, bars.over(7)) == ["a", "b"]
    assert at_hours(hours, 0.5, bars.over(14)) == ["ab"]
    assert bars.over(1) == bars


def test_where_no_time_is_known_half_of_what_time_can_weigh_is_taken_off():
    bars = dataclasses.replace(PLAIN, pause_weight=-0.6, span_weight=-0.4)
    pairs = {("a", "b"): 0.51}
    assert agglomerate(["a", "b"], pairs, bars) == [("a", "b")]
    assert agglomerate(["a", "b"], {("a", "b"): 0.49}, bars) == [("a",), ("b",)]
    assert agglomerate(["a", "b"], pairs, bars, hours={"a": 0.0}) == [("a", "b")]


def test_a_match_that_may_make_a_story_makes_its_story_worth_asking():
    [pair] = [[("a",), ("b",)]]
    asked = SHIPPED.join - GREY
    assert agglomerate(["a", "b"], {("a", "b"): asked}, SHIPPED, hours={"a": 0.0, "b": 0.0}) == pair


def test_what_is_known_of_a_grown_group_tells_how_close_it_is_within():
    strict = dataclasses.replace(PLAIN, cohesion_high=-0.8)
    near = {"ab": 3.0, "bc": 3.0, "ax": 1.0, "bx": 1.0, "cx": 1.0}
    pairs = {(pair[0], pair[1]): logit for pair, logit in near.items()}
    units = [["a", "b", "c"], ["x"]]
    assert agglomerate(units, pairs, strict) == [("a", "b", "c", "x")]  # "ac" was never scored: not very close
    assert agglomerate(units, pairs, strict, full=["a"]) == [("a", "b", "c"), ("x",)]


def test_of_two_headlines_alone_more_is_asked():
    bars = dataclasses.replace(PLAIN, bare_weight=-1.0)
    pairs = {("a", "b"): 0.5}
    assert agglomerate(["a", "b"], pairs, bars, bare=["a"]) == [("a", "b")]
    assert agglomerate(["a", "b"], pairs, bars, bare=["a", "b"]) == [("a",), ("b",)]


def test_of_two_grown_groups_more_is_asked_than_of_one_more_report():
    bars = dataclasses.replace(PLAIN, smaller_weight=-1.0)
    pairs = all_pairs("abcd", 3.0) | all_pairs("wxyz", 3.0) | {a + w: 0.5 for a in "abcd" for w in "wxyz"}
    assert groups("abcdwxyz", pairs, bars) == ["abcd", "wxyz"]
    assert groups("abcdwxyz", pairs, PLAIN) == ["abcdwxyz"]
    assert groups("abcdw", {pair: logit for pair, logit in pairs.items() if set(pair) <= set("abcdw")}, bars) == [
        "abcdw"
    ]


@pytest.mark.parametrize("seed", range(20))
def test_what_two_groups_are_to_each_other_is_what_their_pairs_say(seed):
    rng = random.Random(seed)
    pairs = {pair: rng.uniform(-4, 4) for pair in combinations(_NODES, 2) if rng.random() < 0.7}
    asked = 0

    def logit(a: int, b: int) -> float:
        told = pairs.get((_NODES[a], _NODES[b]), pairs.get((_NODES[b], _NODES[a]), PLAIN.floor))
        return PLAIN.bounded(told)

    def watch(a, b, nearest, other, own, theirs, pause, span, again):
        nonlocal asked
        asked += 1
        for here, there, said in ((a, b, nearest), (b, a, other)):
            assert abs(said - sum(max(logit(i, j) for j in there) for i in here) / len(here)) < 1e-5
        for members, close in ((a, own), (b, theirs)):
            within = [logit(i, j) for i, j in combinations(members, 2)]
            assert close.size == len(members)
            assert abs(close.mean - (sum(within) / len(within) if within else 0.0)) < 1e-5

    agglomerate(list(_NODES), pairs, dataclasses.replace(PLAIN, bias=1.0), watch=watch)
    assert asked > 20


def test_groups_stand_in_the_order_of_the_nodes():
    assert groups("dcba", {"ad": ALIKE, "bc": ALIKE}) == ["da", "cb"]


def test_pairs_of_unknown_articles_are_passed_over():
    assert groups("ab", {"ab": ALIKE, "az": ALIKE, "yz": ALIKE}) == ["ab"]


_NODES = "abcdefghij"
_PAIRS = st.dictionaries(
    st.sampled_from(list(combinations(_NODES, 2))), st.sampled_from([-2.0, -0.5, 0.1, 0.3, 0.5, 2.5]) | st.floats(-5, 5)
)


@settings(deadline=None)
@given(_PAIRS, st.randoms(use_true_random=False), st.sampled_from([PLAIN, SHIPPED]))
def test_the_order_and_direction_of_pairs_changes_nothing(pairs, rng, bars):
    shuffled = [((b, a) if rng.random() < 0.5 else (a, b), logit) for (a, b), logit in pairs.items()]
    rng.shuffle(shuffled)
    assert agglomerate(_NODES, pairs, bars) == agglomerate(_NODES, dict(shuffled), bars)


@settings(deadline=None)
@given(_PAIRS, st.sampled_from([PLAIN, SHIPPED]))
def test_every_article_is_in_one_group(pairs, bars):
    assert sorted(node for group in agglomerate(_NODES, pairs, bars) for node in group) == list(_NODES)


@pytest.mark.parametrize("seed", range(30))
def test_without_ties_the_order_of_arrival_changes_nothing(seed):
    rng = random.Random(seed)
    pairs = {pair: rng.uniform(-2.9, 2.9) for pair in combinations(_NODES, 2)}
    order = rng.sample(_NODES, len(_NODES))
    one, other = ({frozenset(group) for group in agglomerate(nodes, pairs, PLAIN)} for nodes in (_NODES, order))
    assert one == other


# Stories as articles arrive


class Desk:
    """Stories fed with articles whose likeness is said, not measured."""

    def __init__(self, bars: Bars = PLAIN) -> None:
        self.stories = Stories(bars)
        self._arrived = 0
        self._logits: Pairs = {}

    def place(
        self,
        name: str,
        *,
        hours: float | None = None,
        owner: str = "",
        source: str = "",
        like: dict[str, float] | None = None,
        carries: str = "",
        kind: CopyKind = "wire",
        lasting: bool = True,
        language: str = "en",
        origin: Origin = "page",
    ) -> list[Copy]:
        """An article arrives: alike the named ones, with the text of `carries`. Shown in the order of arrival."""
        self._arrived += 1
        at = NOW + timedelta(hours=self._arrived)
        scored = {**(like or {}), **({carries: 3.0} if carries else {})}
        self._logits.update({(name, other): logit for other, logit in scored.items()})
        carried = CopyMatch(within=0.9, kind=kind, lasting=lasting)
        matches = [
            Match(other_id=o, logit=logit, copy=carried if o == carries else None)
            for o, logit in sorted(scored.items(), key=lambda pair: -pair[1])
        ]
        article = AnnotatedArticle(
            seq=self._arrived,
            article=Article(id=name, source_id=source, origin=origin),
            annotations=Annotations(article_id=name, language=language),
            first_seen=at,
            shown_at=at if hours is None else NOW + timedelta(hours=hours),
            owner=owner,
        )
        return self.stories.place(
            article, matches, lambda ids: [self._logits.get((name, i), PLAIN.floor) for i in ids]
        )[1]

    def copies(self) -> dict[str, str]:
        known = "abcdefghijklmnopqrstuvwxyz"
        found = {name: self.stories.copy_of(name) for name in known}
        return {name: copy.original_id for name, copy in found.items() if copy}

    def story(self, name: str) -> str:
        return self.stories.story_of(name)

    def together(self, names: str) -> bool:
        return len({self.story(name) for name in names}) == 1


@pytest.mark.parametrize(
    ("source", "hours", "lasting", "copy"),
    [
        ("gazette", 11.0, False, True),
        ("gazette", 13.0, False, False),
        ("gazette", 13.0, True, True),
        ("courier", 13.0, False, True),
        ("", 13.0, False, True),
    ],
)
def test_what_an_outlet_fills_in_anew_the_next_day_is_no_version_of_the_old(source, hours, lasting, copy):
    for late in (False, True):  # whichever came in first
        desk = Desk()
        times = (hours, 0.0) if late else (0.0, hours)
        desk.place("a", source="gazette" if source else "", hours=times[0])
        desk.place("b", source=source, hours=times[1], carries="a", lasting=lasting)
        assert desk.copies() == (({"a": "b"} if late else {"b": "a"}) if copy else {})


def test_a_form_filled_in_anew_is_no_version_of_the_old_because_another_outlet_carried_that():
    desk = Desk()
    desk.place("a", source="gazette", hours=0.0)
    desk.place("b", source="courier", hours=1.0, carries="a")
    desk.place("c", source="gazette", hours=24.0, carries="b", lasting=False)
    assert desk.copies() == {"b": "a"}


def test_the_first_report_founds_a_story():
    desk = Desk()
    desk.place("a")
    assert desk.story("a")
    assert desk.stories.members(desk.story("a")) == ("a",)


def test_an_alike_report_joins():
    desk = Desk()
    desk.place("a")
    desk.place("b", like={"a": ALIKE})
    assert desk.together("ab")


def test_an_unlike_report_founds_its_own():
    desk = Desk()
    desk.place("a")
    desk.place("b", like={"a": UNLIKE})
    assert not desk.together("ab")


def test_all_members_are_asked_on_arrival():
    desk = Desk()
    for name, like in (("a", {}), ("b", {"a": 3.0}), ("c", {"a": 3.0, "b": 3.0})):
        desk.place(name, like=like)
    desk.place("d", like={"a": 1.0})
    assert not desk.together("ad")


def test_the_story_that_is_most_alike_is_joined():
    desk = Desk()
    desk.place("a")
    desk.place("b")
    desk.place("c", like={"a": 1.0, "b": 2.0})
    assert desk.together("bc")


def test_an_unknown_article_has_no_story_and_no_original():
    assert Stories(PLAIN).story_of("nobody") == ""
    assert Stories(PLAIN).copy_of("nobody") is None
    assert Stories(PLAIN).members("nothing") == ()


def test_a_match_that_was_forgotten_is_passed_over():
    desk = Desk()
    desk.place("a")
    desk.stories.forget("a")
    desk.place("b", like={"a": ALIKE}, carries="a")
    assert (desk.story("a"), desk.copies()) == ("", {})
    assert desk.story("b")


def test_a_copy_stands_in_the_story_of_its_original():
    desk = Desk()
    desk.place("a")
    told = desk.place("b", carries="a")
    assert told == [Copy(article_id="b", original_id="a", kind="wire", containment=0.9)]
    assert desk.together("ab")


def test_a_copy_of_a_copy_names_the_original():
    desk = Desk()
    desk.place("a")
    desk.place("b", carries="a")
    desk.place("c", carries="b")
    assert desk.copies() == {"b": "a", "c": "a"}


def test_an_outlets_copy_of_its_own_text_is_a_revision():
    desk = Desk()
    desk.place("a", source="ferry")
    assert [copy.kind for copy in desk.place("b", source="ferry", carries="a")] == ["revision"]


def test_two_articles_without_an_outlet_are_no_revision():
    desk = Desk()
    desk.place("a")
    assert [copy.kind for copy in desk.place("b", carries="a")] == ["wire"]


def test_an_earlier_copy_that_turns_up_late_becomes_the_original():
    desk = Desk()
    desk.place("a", hours=5)
    desk.place("b", hours=6, carries="a")
    desk.place("c", hours=7, carries="a")
    told = desk.place("d", hours=1, carries="b")
    assert {copy.article_id: copy.original_id for copy in told} == {"a": "d", "b": "d", "c": "d"}
    assert desk.copies() == {"a": "d", "b": "d", "c": "d"}


def test_a_family_is_rooted_anew_across_stories():
    desk = Desk()
    desk.place("a", hours=5)
    desk.place("x", hours=4)
    desk.place("b", hours=6, like={"x": ALIKE})
    desk.place("b", hours=6, carries="a")  # edited: another text, the same story until the second look
    desk.place("d", hours=1, carries="a")
    assert desk.copies() == {"a": "d", "b": "d"}


def test_only_the_same_outlets_member_of_a_family_is_a_revision():
    desk = Desk()
    desk.place("a", hours=5, source="ferry")
    desk.place("b", hours=6, source="valley", carries="a", kind="excerpt")
    kinds = {copy.article_id: copy.kind for copy in desk.place("d", hours=1, source="ferry", carries="a")}
    assert kinds == {"a": "revision", "b": "excerpt"}


def test_an_original_that_is_edited_into_a_copy_takes_its_copies_along():
    desk = Desk()
    desk.place("a")
    desk.place("x")
    desk.place("y", carries="x")
    desk.place("x", carries="a", hours=2)
    assert desk.copies() == {"x": "a", "y": "a"}


def test_a_copy_that_matches_its_own_family_again_stays():
    desk = Desk()
    desk.place("a", hours=1)
    desk.place("b", hours=2, carries="a")
    desk.place("a", hours=1, carries="b")
    assert desk.copies() == {"b": "a"}


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(0, 50)), max_size=30))
def test_no_copy_ever_names_a_copy(arrivals):
    desk = Desk()
    for one, other, hours in arrivals:
        carries = "abcdefgh"[other]
        desk.place("abcdefgh"[one], hours=hours, carries=carries if one != other and desk.story(carries) else "")
        copies = desk.copies()
        assert not set(copies) & set(copies.values())


def test_an_edited_article_keeps_its_story_until_the_second_look():
    desk = Desk()
    desk.place("a")
    desk.place("b")
    desk.place("b", like={"a": ALIKE})
    assert not desk.together("ab")
    desk.stories.second_look()
    assert desk.together("ab")


def test_a_second_look_that_finds_nothing_new_moves_nobody():
    desk = Desk()
    for name, like in (("a", {}), ("b", {"a": ALIKE}), ("c", {})):
        desk.place(name, like=like)
    assert desk.stories.second_look() == ({}, {})
    assert desk.stories.second_look() == ({}, {})


def bridged() -> Desk:
    """Two stories, a-b-c and x-y, that later reports show to be one."""
    desk = Desk()
    for name, like in (("a", ""), ("b", "a"), ("c", "ab"), ("x", ""), ("y", "x")):
        desk.place(name, like=dict.fromkeys(like, 3.0))
    for name in "xy":
        desk.place(name, like=dict.fromkeys("abc", 3.0))
    return desk


def test_the_larger_side_keeps_its_id_in_a_merge():
    desk = bridged()
    larger, smaller = desk.story("a"), desk.story("x")
    moved, redirects = desk.stories.second_look()
    assert moved == {"x": larger, "y": larger}
    assert redirects == {smaller: larger}


def test_merged_members_stand_in_the_order_of_arrival():
    desk = bridged()
    desk.stories.second_look()
    assert desk.stories.members(desk.story("a")) == tuple("abcxy")


def test_a_merged_storys_id_is_gone():
    desk = bridged()
    gone = desk.story("x")
    desk.stories.second_look()
    assert desk.stories.members(gone) == ()


def test_a_part_that_splits_off_gets_an_id_of_its_own():
    desk = Desk(dataclasses.replace(PLAIN, floor=-9.0))
    desk.place("a")
    desk.place("b", like={"a": 1.0})
    desk.place("c", like={"a": 1.0, "b": 1.0})
    desk.place("c", like={"a": -8.0, "b": -8.0})
    before = desk.story("a")
    moved, redirects = desk.stories.second_look()
    assert desk.story("a") == desk.story("b") == before
    assert set(moved) == {"c"}
    assert moved["c"] not in ("", before)
    assert redirects == {}


def test_an_id_is_never_minted_twice():
    desk = Desk()
    desk.place("a")
    first = desk.story("a")
    desk.stories.forget("a")
    desk.place("a")
    assert desk.story("a") != first


def test_copies_follow_their_original():
    desk = Desk()
    desk.place("a")
    desk.place("b")
    desk.place("c", carries="b")
    desk.place("b", like={"a": ALIKE})
    desk.stories.second_look()
    assert desk.together("abc")


def test_copies_count_as_one_voice_in_the_second_look():
    desk = Desk()
    desk.place("a")
    for name in "bcdef":
        desk.place(name, carries="a")
    desk.place("x", like={"a": 0.5})
    desk.stories.second_look()
    assert desk.together("abcdefx")


def test_a_second_look_at_some_leaves_the_others():
    desk = bridged()
    moved, _ = desk.stories.second_look(["a", "b", "c"])
    assert moved == {}


def test_forgetting_removes_an_article_everywhere():
    desk = Desk()
    desk.place("a")
    desk.place("b", like={"a": ALIKE})
    story = desk.story("b")
    desk.stories.forget("a")
    assert desk.story("a") == ""
    assert desk.stories.members(story) == ("b",)
    assert desk.stories.near("b") == {}
    assert desk.stories.describe(story).members == ("b",)
    assert desk.stories.second_look() == ({}, {})


def test_forgetting_the_last_member_ends_the_story():
    desk = Desk()
    desk.place("a")
    story = desk.story("a")
    desk.stories.forget("a")
    desk.stories.forget("a")
    assert desk.stories.members(story) == ()


def test_forgetting_an_original_makes_its_earliest_copy_the_original():
    desk = Desk()
    desk.place("a", hours=1)
    desk.place("b", hours=9, carries="a")
    desk.place("c", hours=5, carries="a")
    desk.stories.forget("a")
    assert desk.copies() == {"b": "c"}
    desk.place("d", hours=12, carries="b")
    assert desk.copies() == {"b": "c", "d": "c"}


def test_forgetting_a_copy_leaves_the_family():
    desk = Desk()
    desk.place("a")
    desk.place("b", carries="a")
    desk.place("c", carries="b")
    desk.stories.forget("b")
    assert desk.copies() == {"c": "a"}


def test_a_story_counts_its_owners_once():
    desk = Desk()
    desk.place("a", owner="valley")
    desk.place("b", owner="valley", like={"a": ALIKE})
    desk.place("c", owner="ferry", like={"a": ALIKE, "b": ALIKE})
    assert desk.stories.describe(desk.story("a")).reports == 2


def test_articles_without_an_owner_are_each_their_own():
    desk = Desk()
    desk.place("a")
    desk.place("b", like={"a": ALIKE})
    assert desk.stories.describe(desk.story("a")).reports == 2


def test_copies_are_counted_apart_from_reports():
    desk = Desk()
    desk.place("a", owner="wire")
    for name in "bcd":
        desk.place(name, owner="o" + name, carries="a")
    told = desk.stories.describe(desk.story("a"))
    assert (told.reports, told.copies, told.members) == (1, 3, tuple("abcd"))


def test_a_story_tells_when_it_was_first_and_last_reported():
    desk = Desk()
    desk.place("a", hours=5)
    desk.place("b", hours=2, like={"a": ALIKE})
    told = desk.stories.describe(desk.story("a"))
    assert (told.first_seen, told.last_seen) == (NOW + timedelta(hours=2), NOW + timedelta(hours=5))
    assert told.founded_by == "a"


def test_a_report_read_from_its_page_leads():
    desk = Desk()
    desk.place("a", origin="entry")
    desk.place("b", like={"a": ALIKE})
    assert desk.stories.describe(desk.story("a")).lead_id == "b"


def test_the_report_most_like_other_owners_leads():
    desk = Desk()
    desk.place("a", owner="1")
    desk.place("b", owner="2", like={"a": 1.0})
    desk.place("c", owner="3", like={"a": 0.5, "b": 2.0})
    assert desk.stories.describe(desk.story("a")).lead_id == "b"


def test_a_copy_never_leads():
    desk = Desk()
    desk.place("a", origin="entry")
    desk.place("b", carries="a")
    assert desk.stories.describe(desk.story("a")).lead_id == "a"


def test_what_was_restored_goes_on_as_before():
    desk = bridged()
    again = Stories(PLAIN)
    for n, name in enumerate("abcxy"):
        at = NOW + timedelta(hours=n)
        again.restore(
            AnnotatedArticle(
                seq=n,
                article=Article(id=name),
                annotations=Annotations(language="en"),
                first_seen=at,
                shown_at=at,
                story_id=desk.story(name),
            )
        )
    for one, other in combinations("abcxy", 2):
        again.restore_pair(one, other, desk.stories.near(one).get(other, PLAIN.floor))
    assert again.second_look() == desk.stories.second_look()


@pytest.mark.parametrize("seed", range(5))
def test_the_same_arrivals_give_the_same_stories(seed):
    def stories() -> list[str]:
        rng, desk = random.Random(seed), Desk(SHIPPED)
        names = "abcdefghijklmnopqrst"
        for n, name in enumerate(names):
            desk.place(name, like={other: rng.uniform(-4, 3) for other in rng.sample(names[:n], n // 2)})
        desk.stories.second_look()
        return [desk.story(name) for name in names]

    assert stories() == stories()
