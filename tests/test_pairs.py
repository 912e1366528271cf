"""Scored pairs in few bytes say what a dictionary of dictionaries would."""

from array import array
from datetime import UTC, datetime
from itertools import accumulate
from random import Random

import pytest

from newsloom.stories import pairs as pairs_module
from newsloom.stories.known import Known, origin
from newsloom.stories.pairs import UNIT, Pairs


def known() -> Known:
    at = datetime(2025, 3, 1, tzinfo=UTC)
    return Known(story="s", origin=origin("", "", "en", True), shown_at=at, first_seen=at)


def sum_of(logits: list[float]) -> float:
    """One after another: `sum` rounds otherwise from Python 3.12 on."""
    total = 0.0
    for logit in logits:
        total += logit
    return total


@pytest.mark.parametrize("kernel", [pairs_module.KERNEL, None])
def test_pairs_say_what_dictionaries_would(monkeypatch, kernel):
    monkeypatch.setattr(pairs_module, "KERNEL", kernel)
    names = [f"a{n}" for n in range(40)]
    rng, pairs = Random(4), Pairs({name: known() for name in names})
    plain: dict[str, dict[str, float]] = {}
    for _ in range(3_000):
        one, other = rng.sample(names, 2)
        if rng.random() < 0.05:
            pairs.drop(one)
            for near in plain.values():
                near.pop(one, None)
            plain[one] = {}
        else:
            logit = rng.uniform(-4, 4)
            pairs.put(one, other, logit)
            plain.setdefault(one, {})[other] = plain.setdefault(other, {})[one] = logit
    for name in names:
        assert pairs.of(name) == pytest.approx(plain.get(name, {}), abs=1 / UNIT)
        for least in (-4.0, 0.25, 2.0):
            over = {other: logit for other, logit in pairs.of(name).items() if logit >= least}
            assert dict(pairs.over(name, least)) == over


def scored(rng: Random, names: list[str]) -> Pairs:
    """A third of the pairs, some of them again with other log-odds, after some articles were let go."""
    pairs = Pairs({name: known() for name in names})
    for _ in range(len(names) ** 2 // 6):
        if rng.random() < 0.02:
            pairs.drop(rng.choice(names))
        pairs.put(*rng.sample(names, 2), rng.choice([-3.0, 3.0, rng.uniform(-4, 4)]))
    return pairs


def unit_lists(rng: Random, names: list[str]) -> list[list[list[str]]]:
    """Units of nodes of articles: of each some have one, some more."""

    def parted(items: list) -> list[list]:
        cuts = sorted(rng.sample(range(1, len(items)), min(len(items) - 1, rng.randint(2, 9)))) if items else []
        return [items[a:b] for a, b in zip([0, *cuts], [*cuts, len(items)], strict=True)]

    return parted(parted(rng.sample(names, rng.randint(10, len(names)))))


@pytest.mark.parametrize("seed", range(40))
def test_what_pairs_gain_is_the_same_in_c_and_in_python(monkeypatch, seed):
    if pairs_module.KERNEL is None:
        pytest.skip("nothing was compiled here")
    rng, names = Random(seed), [f"a{n}" for n in range(60)]
    pairs = scored(rng, names)
    for floor, ceiling in ((-3.0, 3.0), (-2.5, 2.25), (-0.1, 0.1)):
        units = unit_lists(rng, names)
        fast = pairs.gains(units, floor, ceiling)
        with monkeypatch.context() as here:
            here.setattr(pairs_module, "KERNEL", None)
            assert pairs.gains(units, floor, ceiling) == fast


@pytest.mark.parametrize("seed", [1, 3, 4, 6])
@pytest.mark.parametrize("kernel", [pairs_module.KERNEL, None])
def test_gains_say_what_the_pairs_of_two_units_say(monkeypatch, kernel, seed):
    monkeypatch.setattr(pairs_module, "KERNEL", kernel)
    rng, names = Random(seed), [f"a{n}" for n in range(40)]
    pairs, units = scored(rng, names), unit_lists(rng, names)
    gained, found = pairs.gains(units, -2.0, 2.0), 0

    def gain(one: list[str], other: list[str]) -> int | None:
        """Of two nodes; None where they have nothing above the floor."""
        known_pairs = [near[j] for i in one if (near := pairs.of(i)) for j in other if j in near]
        mean = sum_of(known_pairs) / len(known_pairs) if known_pairs else -2.0
        return round((min(mean, 2.0) + 2.0) * UNIT) if mean > -2.0 else None

    def told(one: list[list[str]], other: list[list[str]]) -> list[list[int]]:
        """By node of the first unit what it gains from those of the other."""
        return [[each for b in other if b is not a and (each := gain(a, b)) is not None] for a in one]

    places = dict(zip(range(len(units)), accumulate(map(len, units), initial=0), strict=False))
    for m, unit in enumerate(units):
        own = told(unit, unit)
        assert gained.within[places[m]] * 2 == sum(map(sum, own))
        assert gained.scored[places[m]] * 2 == sum(map(len, own))
        for n, other in enumerate(units):
            if n == m or not any(between := told(unit, other)):
                assert places[n] not in gained.between[places[m]]
                continue
            found += 1
            assert gained.between[places[m]][places[n]] == (sum(map(sum, between)), sum(map(len, between)))
            nearest = [max(each) for each in between if each]
            assert gained.toward[places[m]][places[n]] == sum(nearest)
            nodes = gained.nearest[places[m] : places[m] + len(unit)]
            assert [node[places[n]] for node in nodes if places[n] in node] == nearest
    assert found > 5


def test_articles_that_speak_for_no_node_are_refused():
    if pairs_module.KERNEL is None:
        pytest.skip("nothing was compiled here")
    for speak, units in (([], [0]), ([1], [0]), ([-1], [0]), ([0], [1]), ([0], [-1])):
        with pytest.raises(ValueError, match="speak for no node"):
            pairs_module.KERNEL.gains([b""], array("q", speak), array("q", units), 0.0, 1.0)
    with pytest.raises(TypeError):
        pairs_module.KERNEL.gains([None], array("q", [0]), array("q", [0]), 0.0, 1.0)


def test_pairs_put_at_once_are_pairs_put_one_by_one():
    names, rng = [f"a{n}" for n in range(30)], Random(5)
    one, other = (Pairs({name: known() for name in names}) for _ in range(2))
    for n, name in enumerate([*names, *names[:5]]):
        near = [(names[k], rng.uniform(-4, 4)) for k in rng.sample(range(max(n % 30, 1)), min(n % 30, 6))]
        one.put_first(name, near)
        for near_id, logit in near:
            other.put(name, near_id, logit)
    assert [one.of(name) for name in names] == [other.of(name) for name in names]
    assert any(one.of(name) for name in names)


def test_an_article_that_nothing_was_scored_against_has_none():
    pairs = Pairs({"a": known(), "b": known()})
    pairs.drop("a")
    assert pairs.of("a") == {}
    assert pairs.gains([[["a"]], [["b"]]], -1.0, 1.0).between == [{}, {}]
