"""The evaluation of grouping: its measures on examples worked by hand, what the tool may see, and the floors."""

from __future__ import annotations

import json
import random
import runpy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evals import copies as known
from evals import grouping
from evals.metrics import all_alone, bcubed, copies, in_company, pairwise, shown, stories

ROOT = Path(__file__).parent.parent
SCORER = ROOT.parent / "shared/tools/score.py"
GOLD = {"a": "1", "b": "1", "c": "1", "d": "2", "e": "3"}
SAID = {"a": "x", "b": "x", "c": "y", "d": "y"}  # e is left out: alone


def test_bcubed_by_hand() -> None:
    score = bcubed(GOLD, SAID)
    assert score is not None
    assert score.precision == pytest.approx((1 + 1 + 1 / 2 + 1 / 2 + 1) / 5)
    assert score.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)
    assert score.f1 == pytest.approx(2 * 0.8 * (11 / 15) / (0.8 + 11 / 15))
    multi = bcubed(GOLD, SAID, in_company(GOLD))
    assert multi is not None
    assert (multi.precision, multi.recall) == pytest.approx((2.5 / 3, 5 / 9))
    assert bcubed({}, {}) is None


def test_pairs_stories_and_the_floor_by_hand() -> None:
    score = pairwise(GOLD, SAID)
    assert (score.precision, score.recall) == (1 / 2, 1 / 3)
    assert pairwise({"a": "1"}, {}).f1 == 1
    assert stories(GOLD, SAID) == (3, 3)
    assert all_alone(GOLD) == pytest.approx(2 * 0.6 / 1.6)  # recall (3 * 1/3 + 1 + 1) / 5


def test_what_is_left_out_is_never_together_with_what_is_named_like_it() -> None:
    assert stories({"a": "1", "b": "2"}, {"a": "b"}) == (2, 2)
    score = bcubed({"a": "1", "b": "2"}, {"a": "b"})
    assert score is not None
    assert score.f1 == 1


def test_what_is_shown_by_hand() -> None:
    similar = {
        "a": [("d", "same"), ("b", "copy"), ("b", "same"), ("a", "same")],
        "b": [("a", "same"), ("c", "related")],
        "d": [("e", "related")],
        "e": [("a", "same")],
    }
    seen = shown(GOLD, similar)
    ideal = 1 + 0.6309297535714575
    assert seen.ndcg == pytest.approx((0.6309297535714575 / ideal + 1 + 0) / 3)
    assert seen.recall == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert seen.wrong_among_same == 2 / 4
    assert seen.lone_showing_same == 1 / 2
    nothing = shown({"a": "1", "b": "1"}, {})
    assert (nothing.ndcg, nothing.wrong_among_same, nothing.lone_showing_same) == (0, None, None)


def test_only_the_first_five_count() -> None:
    gold = {"a": "1", "b": "1", **{f"x{n}": f"x{n}" for n in range(5)}}
    late = {"a": [*((f"x{n}", "related") for n in range(5)), ("b", "same")]}
    assert shown(gold, late).ndcg == 0
    assert shown(gold, late).wrong_among_same is None


def test_copies_are_pairs_of_one_family() -> None:
    gold = {"a": None, "b": "a", "c": "a", "d": None, "e": None}
    assert copies(gold, {"a": "c", "b": "c", "c": None}).f1 == 1  # another original, the same family
    assert copies(gold, {"c": "b", "b": "a"}).f1 == 1  # by way of another copy
    score = copies(gold, {"b": "a", "e": "d"})
    assert (score.precision, score.recall) == (1 / 2, 1 / 3)
    assert copies(gold, {"a": "b", "b": "a"}).recall == 1 / 3  # a circle is a family
    assert copies({"a": None}, {}).f1 == 1


@pytest.mark.skipif(not SCORER.exists(), reason="../shared/tools/score.py is not there")
@pytest.mark.parametrize("seed", range(5))
def test_the_measures_are_those_of_the_scorer(seed: int) -> None:
    theirs = runpy.run_path(str(SCORER))
    dice = random.Random(seed)
    ids = [f"n{n}" for n in range(60)]
    gold = {i: f"g{dice.randrange(25)}" for i in ids}
    said = {i: f"s{dice.randrange(25)}" for i in ids if dice.random() < 0.9}
    kinds = ("copy", "same", "related")
    similar = {i: [(o, dice.choice(kinds)) for o in dice.sample(ids, 8) if o != i] for i in ids if dice.random() < 0.9}
    gold_rows = [{"id": i, "story": story} for i, story in gold.items()]
    said_rows = [
        {"id": i, "story": said.get(i), "similar": [{"id": o, "kind": kind} for o, kind in similar.get(i, ())]}
        for i in ids
    ]
    groups, ranked = theirs["score_groups"](gold_rows, said_rows), theirs["score_similar"](gold_rows, said_rows)
    for ours, name in ((bcubed(gold, said), "bcubed"), (bcubed(gold, said, in_company(gold)), "bcubed_multi")):
        assert ours is not None
        assert (ours.precision, ours.recall, ours.f1) == pytest.approx(tuple(groups[name].values()))
    assert pairwise(gold, said).f1 == pytest.approx(groups["pairwise"]["f1"])
    assert all_alone(gold) == pytest.approx(groups["floor_all_alone"])
    assert stories(gold, said) == (groups["stories_predicted"], groups["stories_gold"])
    seen = shown(gold, similar)
    assert (seen.ndcg, seen.recall) == pytest.approx((ranked["ndcg@5"], ranked["recall@5"]))
    assert seen.wrong_among_same == pytest.approx(ranked["wrong_among_same"])
    assert seen.lone_showing_same == pytest.approx(ranked["lone_showing_same"])


def test_the_tool_sees_nothing_of_the_labels() -> None:
    told = {"id": "storm-1", "title": "T", "text": "One. Two.", "lang": "en", "date": None}
    labels = {
        "story": "storm",
        "topic": "t",
        "split": "dev",
        "copy_of": "storm-0",
        "copy_kind": "wire",
        "category": "b",
    }
    seen, ids = grouping.hidden([{**told, **labels}])
    assert set(seen[0]) == {"id", "title", "text", "lang"}
    assert "storm" not in json.dumps(seen)
    assert ids == {seen[0]["id"]: "storm-1"}


def test_a_share_is_cut_the_same_each_time() -> None:
    lines = [{"id": f"n{n}", "title": "T", "text": "One here. Two there."} for n in range(400)]
    short = [line["text"] for line in grouping.cut(lines, 0.4)]
    assert short == [line["text"] for line in grouping.cut(lines, 0.4)]
    assert 0.3 < short.count("One here.") / 400 < 0.5
    assert {line["text"] for line in grouping.cut(lines, 1.0)} == {"One here."}


def test_average_linkage_by_hand() -> None:
    cosines = np.array([[1, 0.9, 0.4, 0], [0.9, 1, 0.2, 0], [0.4, 0.2, 1, 0], [0, 0, 0, 1]], dtype=float)
    merges = grouping._linkage(cosines)
    assert [round(cosine, 6) for cosine, _, _ in merges] == [0.9, 0.3]
    assert set(merges[0][1:]) == {0, 1}


def test_plain_tf_idf_joins_what_shares_rare_words() -> None:
    texts = ["harbour bridge reopens", "bridge at the harbour", "minister resigns today", "the minister resigns"]
    lines = [{"id": str(n), "title": text, "date": f"2026-03-0{n + 1}"} for n, text in enumerate(texts)]
    told = grouping.Plain(lines, 7).told(0.2)
    assert told.story["0"] == told.story["1"] != told.story["2"] == told.story["3"]
    assert told.similar["0"][0] == ("1", "same")
    assert len(set(grouping.Plain(lines, 0.5).at(0.2).values())) == 4  # a day apart, with a window of half a day


ROW = {"set": "own_xx", "window_days": 7.0, "cut": 0.0, "how": "final", "f1": 0.6, "wrong": 0.1}


def floors_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return grouping.kept({"sets": {}}, [dict(row) for row in rows], {"own_xx": "d"}, lower=False)[0]


def test_the_gate_tells_what_is_under_its_floor() -> None:
    floors, digests = floors_of([ROW]), {"own_xx": "d"}
    assert floors["sets"]["own_xx@7"]["final"] == {"f1": 0.59, "wrong": 0.11}
    assert grouping.against(floors, [ROW], digests) == []
    assert "f1 is 0.5800" in grouping.against(floors, [{**ROW, "f1": 0.58}], digests)[0]
    assert "wrong is 0.1200" in grouping.against(floors, [{**ROW, "wrong": 0.12}], digests)[0]
    assert "not measured" in grouping.against(floors, [{**ROW, "wrong": None}], digests)[0]
    assert "changed" in grouping.against(floors, [ROW], {"own_xx": "other"})[0]
    assert "no floors" in grouping.against(floors, [{**ROW, "window_days": 8.0}], digests)[0]
    assert "too easy" in grouping.against(floors, [{**ROW, "how": "tfidf-best", "f1": 0.9}], digests)[0]


def test_a_floor_is_lowered_only_when_asked() -> None:
    floors, digests = floors_of([ROW]), {"own_xx": "d"}
    within, refused = grouping.kept(floors, [{**ROW, "f1": 0.595}], digests, lower=False)
    assert (within["sets"]["own_xx@7"]["final"]["f1"], refused) == (0.59, [])
    risen, refused = grouping.kept(floors, [{**ROW, "f1": 0.7, "wrong": 0.05}], digests, lower=False)
    assert (risen["sets"]["own_xx@7"]["final"], refused) == ({"f1": 0.69, "wrong": 0.06}, [])
    worse = {**ROW, "f1": 0.5, "wrong": 0.3}
    assert len(grouping.kept(floors, [worse], digests, lower=False)[1]) == 2
    sunk, refused = grouping.kept(floors, [worse], digests, lower=True)
    assert (sunk["sets"]["own_xx@7"]["final"], refused) == ({"f1": 0.49, "wrong": 0.31}, [])


def test_a_changed_corpus_is_noticed() -> None:
    corpus = grouping.Corpus(name="x", lines=[{"id": "a", "title": "T"}], gold={"a": "1"})
    others = [
        grouping.Corpus(name="x", lines=[{"id": "a", "title": "U"}], gold={"a": "1"}),
        grouping.Corpus(name="x", lines=[{"id": "a", "title": "T"}], gold={"a": "2"}),
        grouping.Corpus(name="x", lines=[{"id": "a", "title": "T"}], gold={"a": "1"}, copy_of={"a": "b"}),
    ]
    assert len({corpus.digest, *(other.digest for other in others)}) == 4


def test_no_floor_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    """The sample newsroom and one own set; `python -m evals.grouping --gate` runs all."""
    code = grouping.main(["--gate", "--json", "--set", "sample_en", "sample_sv", "own_de"])
    said = capsys.readouterr()
    assert code == 0, said.err
    assert {row["how"] for row in map(json.loads, said.out.splitlines())} == {"final", "live", "tfidf", "tfidf-best"}


# Copies of others' texts: ids and labels only


def test_labels_of_real_wires_name_pairs_and_hold_no_text() -> None:
    settled, *passes = (
        [json.loads(line) for line in (known.LABELS / f"news_cluster_copies{part}.jsonl").read_text().splitlines()]
        for part in ("", ".pass1", ".pass2")
    )
    pairs = [(pair["of"], pair["copy"]) for pair in settled]
    assert len(set(pairs)) == len(pairs) == 106
    assert all([(p["of"], p["copy"]) for p in one] == pairs for one in passes)
    assert all(set(p) == {"of", "copy", "kind"} and len(p["of"]) == len(p["copy"]) == 56 for p in settled)
    assert {p["kind"] for p in settled} == {"identical", "wire", "excerpt", "revision", "not"}


def test_labels_of_copies_make_families_and_their_passes_are_compared() -> None:
    settled = [json.loads(line) for line in (known.LABELS / "news_cluster_copies.jsonl").read_text().splitlines()]
    ids = {pair[end] for pair in settled for end in ("of", "copy")}
    original = known.labelled("news_cluster_copies", ids)
    assert copies(original, {p["copy"]: p["of"] for p in settled if p["kind"] != "not"}).f1 == 1
    assert sum(above is not None for above in original.values()) == 15
    # 22 pairs alike of 24 and 23: the two passes differ on three pairs
    assert known.agreement("news_cluster_copies") == pytest.approx(2 * 22 / (24 + 23))


@pytest.mark.skipif(not SCORER.exists(), reason="../shared/tools/stream.py is not there")
def test_the_streams_own_copies_are_told_apart() -> None:
    lines = known.stream(SCORER.with_name("stream.py"), 300, 300, 3)
    assert len(lines) == 300
    assert any(line["copy_of"] for line in lines)


def test_a_stream_whose_tool_is_missing_is_skipped_like_a_set(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        known.stream(tmp_path / "stream.py", 10, 10, 1)


def test_candidates_are_noted_live_and_final_and_noting_changes_no_answer() -> None:
    lines = list(grouping.sample("sv").lines)
    told = {live: grouping.ask(lines, 7.0, live) for live in (False, True)}
    assert told[False].candidates == told[True].candidates
    assert sum(map(len, told[False].candidates.values())) > len(lines)
    seen, ids = grouping.hidden(lines)
    plain = {ids[said["id"]]: said["story"] for said in grouping.group_lines(seen, grouping.Settings())}
    assert told[False].story == plain
