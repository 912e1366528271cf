"""Scored pairs in few bytes say what a dictionary of dictionaries would."""

from datetime import UTC, datetime
from random import Random

import pytest

from newsloom.stories import pairs as pairs_module
from newsloom.stories.known import Known
from newsloom.stories.pairs import UNIT, Pairs


def known() -> Known:
    at = datetime(2025, 3, 1, tzinfo=UTC)
    return Known(story="s", owner="", source="", shown_at=at, first_seen=at, from_page=True, language="en")


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
    some = names[::3]
    found = {(one, other) for one, other, _ in pairs.among(some)}
    assert len(pairs.among(some)) == len(found)
    heads = {name: some[n // 3] for n, name in enumerate(some)}
    told: dict[tuple[str, str], list[float]] = {}
    for one, other, logit in pairs.among(some):
        if heads[one] != heads[other]:
            told.setdefault((min(heads[one], heads[other]), max(heads[one], heads[other])), []).append(logit)
    assert pairs.means(heads) == {pair: sum_of(logits) / len(logits) for pair, logits in told.items()}
    assert told
    assert all(logit == pairs.of(one)[other] for one, other, logit in pairs.among(some))
    assert found == {(one, other) for one in some for other in plain.get(one, {}) if other in some}


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
    assert list(pairs.among(["a", "b"])) == []
