"""The compiled kernel and its numpy twin say the same to the last bit."""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsloom.compiled import compiled
from newsloom.config import Settings
from newsloom.pipeline.batch import group
from newsloom.pipeline.group_lines import group_lines
from newsloom.sample import load
from newsloom.similar import index, portable
from newsloom.similar.coding import VERSION
from newsloom.similar.index import GROWING, Window
from newsloom.similar.model import FEATURES
from newsloom.similar.pairs import Comparer
from newsloom.similar.runs import GONE, Newest, joined
from newsloom.similar.vectors import Vector, bucket, packed, vector
from newsloom.types import Annotations

kernel = pytest.importorskip("newsloom.similar._kernel", reason="nothing was compiled here")
if kernel.VERSION != VERSION:
    pytest.skip("what was compiled here is of another version: install again", allow_module_level=True)
DAY = 86_400.0


def article(rng: Random) -> Annotations:
    """Words by a law of real news: a few common, many rare, some numbers."""

    def field(most: int) -> tuple[tuple[str, float], ...]:
        names = {f"w{int(rng.paretovariate(0.4)) % 5_000}{'' if rng.random() < 0.8 else 'x'}" for _ in range(most)}
        names |= {"vord" + "abcdefghij"[int(rng.random() ** 2 * 10)] for _ in range(most // 4)}
        weights = sorted((rng.random() + 0.01 for _ in names), reverse=True)
        length = sum(w * w for w in weights) ** 0.5
        return tuple(zip(sorted(names, key=lambda _: rng.random()), (w / length for w in weights), strict=True))

    return Annotations(terms=field(rng.randint(0, 130)), head=field(rng.randint(0, 40)), title=field(rng.randint(0, 9)))


def windows() -> list[Window]:
    return [Window(DAY, kernel), Window(DAY, portable)]


@pytest.fixture
def small_runs(monkeypatch):
    monkeypatch.setattr(index, "GROWING", 8)
    monkeypatch.setattr(index, "LARGEST", 128)


def test_both_pack_alike():
    rng = Random(8)
    for _ in range(200):
        one = article(rng)
        fields = [one.terms[:100], one.head[:40], one.title[:16]]
        for a, b in zip(packed(fields, kernel), packed(fields, portable), strict=True):
            assert a.tolist() == b.tolist()
        theirs, least = packed([article(rng).terms[:100]])[0], rng.random() / 9
        assert kernel.shared(one.terms, least, theirs, bucket) == portable.shared(one.terms, least, theirs, bucket)
        terms = tuple(term for term, _ in one.terms)
        assert kernel.shared(terms, 0.0, theirs, bucket) == portable.shared(terms, 0.0, theirs, bucket)


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(max_size=90), st.floats(0, 2)), max_size=90))
@example([("7", 0.1), ("²", 0.2), ("٣", 0.3), ("\ud800", 0.4), ("x" * 65, 0.5), ("東京", 0.6), ("é1", 0.7), ("", 0.8)])
def test_any_terms_are_packed_and_found_alike(terms):
    assert kernel.pack((tuple(terms),), bucket) == portable.pack((tuple(terms),), bucket)
    places, _ = packed([terms[::2]])
    assert kernel.shared(tuple(terms), 0.5, places, bucket) == portable.shared(tuple(terms), 0.5, places, bucket)


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 2**18), max_size=120))
def test_any_sketches_are_halved_alike(hashes):
    ascending = tuple(sorted(hashes))
    assert kernel.halves(ascending, 96) == portable.halves(ascending, 96)


@pytest.mark.parametrize("newest", [3, 40, 3_000])
def test_both_find_and_sum_alike(small_runs, monkeypatch, newest):
    monkeypatch.setattr(index, "NEWEST", newest)
    rng, (one, other) = Random(newest), windows()
    for n in range(700):
        own, time = vector(article(rng)), n * 120.0 + rng.choice([0, 0, 0, -DAY, DAY])
        if n % 7 == 0:
            found, same = (window.candidates(own, time, DAY / 3, 20) for window in (one, other))
            assert found.tolist() == same.tolist()
            asked = np.append(found, [0, n // 2, n - 1]).clip(min=0) if n else found
            assert all((a == b).all() for a, b in zip(one.sums(own, asked), other.sums(own, asked), strict=True))
            seen, again = (Comparer().features(own, window, asked) for window in (one, other))
            assert all((seen[name] == again[name]).all() for name in FEATURES)
            logits = [Comparer().logits(own, window, asked).tolist() for window in (one, other)]
            assert logits[0] == logits[1]
            model, left_out = Comparer().model, int(found[0]) if len(found) and n % 2 else -1
            asked_for = [
                window.ask(own, time, DAY / 3, 20, model, 0.3, -3.5, 0.25, left_out) for window in (one, other)
            ]
            told = [window.answer(each) for window, each in zip((one, other), asked_for, strict=True)]
            rows = found[found != left_out]
            assert told[0] == told[1] == one.compare(own, rows, *model, 0.3, -3.5, 0.25)
            likely = [Comparer().likely(own, window, asked, 0.3, -3.5, 0.25) for window in (one, other)]
            assert likely[0] == likely[1]
        for window in (one, other):
            window.add(own, time)
            if n % 31 == 30:
                window.drop(n // 2)
            if n % 200 == 199:
                window.expire(time - DAY / 2)
    assert one.alive == other.alive > 100


def newest(rows: list[Vector], base: int = 0) -> Newest:
    made = Newest(base, len(rows), kernel)
    for n, row in enumerate(rows):
        made.add(row, float(n) if n % 9 != 5 else GONE, str(n))
    return made


def test_both_post_alike():
    rng = Random(12)
    for rows in (0, 1, 7, 300):
        one, other = (newest([vector(article(rng)) for _ in range(rows)], base) for base in (70, 70 + rows))
        closed = one.close(), other.close()
        closed[1].times[:3] = GONE
        for most in (0, 3, 32, 200):
            for parts in ((one,), closed[:1], closed[1:], closed, (closed[0], other)):
                asked = tuple(part.parts() for part in parts)
                assert kernel.post(asked, most) == portable.post(asked, most)
        alone = kernel.post((newest([*one.vectors, *other.vectors], 70).parts(),), 32)
        assert len(alone[3]) >= len(kernel.post(tuple(run.parts() for run in closed), 32)[3])


def test_runs_joined_are_as_if_closed_at_once():
    rng = Random(13)
    vectors = [vector(article(rng)) for _ in range(120)]
    one, other = newest(vectors[:90]).close(), newest(vectors[90:], 90).close()
    whole, again = newest(vectors), joined([one, other])
    whole.times[:] = again.times
    for a, b in zip(whole.close().parts(), again.parts(), strict=True):
        assert np.array_equal(a, b)
    counts = Counter(int(each) & (1 << 22) - 1 for v in vectors[:90] for each in v.places[:32] if each >> 22 & 1)
    gone = Counter(int(each) & (1 << 22) - 1 for v in vectors[5:90:9] for each in v.places[:32] if each >> 22 & 1)
    assert all(one.found_by(bucket) == n - gone[bucket] for bucket, n in counts.items())
    assert one.found_by(next(n for n in range(1, 1 << 22) if n not in counts)) == 0
    assert joined([again]).rows.packed.tobytes() == again.rows.packed.tobytes()
    assert [again.vector(n).places.tolist() for n in range(5)] == [each.places.tolist() for each in vectors[:5]]


def test_what_leads_outside_is_not_posted():
    run = newest([vector(article(Random(3))) for _ in range(9)])
    for at in (3, 5):  # starts, weight starts
        parts = list(run.parts())
        parts[at] = np.full_like(parts[at], 2**31)
        with pytest.raises(ValueError, match="damaged"):
            kernel.post((tuple(parts),), 32)
    closed = run.close().parts()
    for at, wild in ((5, 2**31), (7, 2**31), (8, 255)):  # coarse, offsets, postings
        parts = list(closed)
        parts[at] = np.full_like(parts[at], wild)
        with pytest.raises(ValueError, match="damaged"):
            kernel.post((tuple(parts),), 32)
    for parts in ((closed, closed), ((70, 2**16 + 1, *closed[2:]),)):
        with pytest.raises(ValueError, match=r"follow|too short"):
            kernel.post(parts, 32)


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 2**22 - 1), max_size=156, unique=True),
    st.integers(0, 100), st.data(), st.booleans(),
)  # fmt: skip
def test_any_row_is_packed_alike_and_comes_back(buckets, terms, data, descending):
    flags = [1 | data.draw(st.integers(0, 3)) << 1 if n < terms else data.draw(st.integers(1, 3)) << 1
             for n in range(len(buckets))]  # fmt: skip
    terms, others = min(terms, len(buckets)), sum(flag >> 1 & 1 for flag in flags) + sum(flag >> 2 for flag in flags)
    drawn = data.draw(st.lists(st.integers(0, 255), min_size=terms, max_size=terms))
    more = data.draw(st.lists(st.integers(0, 255), min_size=others, max_size=others))
    places = np.array([bucket | flag << 22 for bucket, flag in zip(buckets, flags, strict=True)], dtype=np.uint32)
    weights = np.array([*(sorted(drawn, reverse=True) if descending else drawn), *more], dtype=np.uint8)
    made = kernel.row(places, weights)
    assert made == portable.row(places, weights)
    assert kernel.unrow(made) == portable.unrow(made) == (places.tobytes(), weights.tobytes())


@settings(deadline=None)
@given(*[st.lists(st.integers(0, 2**16 - 1) | st.integers(0, 300), max_size=96, unique=True)] * 2)
def test_any_sketches_are_packed_alike_and_come_back(one, other):
    both = [np.array(sorted(each), dtype=np.uint16) for each in (one, other)]
    made = kernel.sketches(*both)
    assert made == portable.sketches(*both)
    assert kernel.unsketch(made) == portable.unsketch(made) == tuple(each.tobytes() for each in both)


def test_what_is_no_vector_is_not_packed():
    for each in (kernel, portable):
        for places in (
            [5],
            [5 | 1 << 22, 6],
            [5 | 2 << 22, 6 | 1 << 22],
            [5 | 9 << 22],
            list(range(1 << 22, (1 << 22) + 256)),
        ):
            flags = sum((place >> 22).bit_count() for place in places)
            with pytest.raises(ValueError, match="not a vector"):
                each.row(np.array(places, np.uint32), np.full(flags, 9, np.uint8))
        with pytest.raises(ValueError, match="not a vector"):
            each.row(np.array([5 | 1 << 22], np.uint32), np.full(2, 9, np.uint8))
        for hashes in ([3, 2], list(range(256))):
            with pytest.raises(ValueError, match="not a sketch"):
                each.sketches(np.array(hashes, np.uint16), np.zeros(0, np.uint16))


@settings(deadline=None)
@given(st.binary(max_size=60), st.integers(0, 400), st.integers(0, 255))
def test_damaged_rows_and_sketches_are_refused_or_read_within_their_bounds(noise, at, byte):
    own = vector(article(Random(at)))
    packed, sketch = (
        bytearray(kernel.row(own.places, own.weights)),
        bytearray(kernel.sketches(own.signature, own.skips)),
    )
    packed[at % len(packed)] = sketch[at % len(sketch)] = byte
    rows, both = (packed, packed[:at], noise), (sketch, sketch[:at], noise)
    for read, told in [*((kernel.unrow, each) for each in rows), *((kernel.unsketch, each) for each in both)]:
        try:
            found = read(bytes(told))
        except ValueError:
            continue
        assert all(len(part) <= 4 * 3 * 255 for part in found)


def test_a_run_of_many_rows_is_searched_alike(monkeypatch):
    monkeypatch.setattr(index, "GROWING", 10_000)  # more rows than the kernel counts together
    rng, found = Random(6), []
    articles = [
        vector(Annotations(terms=tuple((f"w{int(rng.paretovariate(0.5)) % 900}", rng.random()) for _ in range(6))))
        for _ in range(10_001)
    ]
    for window in windows():
        for n, each in enumerate(articles):
            window.add(each, float(n) if n % 5 else GONE)
        found.append([window.candidates(each, 9_000.0, 5_000.0, 64).tolist() for each in articles[::997]])
    assert found[0] == found[1]
    assert all(len(rows) == 64 for rows in found[0])


def test_both_see_what_two_texts_share_alike():
    rng = Random(9)
    for _ in range(300):
        a, b = (
            np.array(sorted({rng.randrange(200) * 300 for _ in range(rng.choice([0, 1, 96]))}), dtype=np.uint16)
            for _ in range(2)
        )
        cut = rng.random() < 0.5, rng.random() < 0.5
        assert kernel.overlap(a, cut[0], b, cut[1]) == portable.overlap(a, cut[0], b, cut[1])
        places = [vector(article(rng)).places for _ in range(2)]
        assert kernel.numbers(*places) == portable.numbers(*places)


def test_many_candidates_tie_in_the_order_of_arrival(small_runs):
    twin = vector(Annotations(terms=(("bridge", 1.0),)))
    for window in windows():
        for _ in range(300):
            window.add(twin, 0.0)
        assert window.candidates(twin, 0.0, DAY, 9).tolist() == list(range(9))


def test_one_window_in_many_runs_finds_what_one_run_finds(monkeypatch):
    rng = Random(5)
    articles = [vector(article(rng)) for _ in range(300)]
    found = []
    for growing in (8, GROWING, 1_000):
        monkeypatch.setattr(index, "GROWING", growing)
        window = Window()
        for n, each in enumerate(articles):
            window.add(each, float(n))
        found.append([window.candidates(each, 0.0, DAY, 10).tolist() for each in articles[::10]])
    assert found[0] == found[1] == found[2]


def test_rows_that_are_gone_are_no_candidates_and_leave_their_place():
    window = Window()
    twin = vector(Annotations(terms=(("bridge", 1.0),)))
    for n in range(3 * GROWING):
        window.add(twin, float(n), str(n))
    window.drop(1)
    assert window.expire(GROWING * 1.0) == [str(n) for n in range(GROWING) if n != 1]
    assert window.candidates(twin, 0.0, DAY, 2).tolist() == [GROWING, GROWING + 1]
    assert window.name(GROWING + 7) == str(GROWING + 7)
    with pytest.raises(KeyError):
        window.name(3)


def test_a_damaged_run_is_refused_or_read_within_its_bounds():
    window = Window()
    own = vector(article(Random(1)))
    for n in range(2 * GROWING):
        window.add(own, float(n))
    parts = list(window._all())
    short = (*parts[0][:3], parts[0][3][:10], *parts[0][4:])
    wild = (*parts[0][:3], np.full_like(parts[0][3], 2**31), *parts[0][4:])
    out = np.zeros((3, 35), dtype=np.int64)
    with pytest.raises(ValueError, match="too short"):
        kernel.sums((short,), np.arange(2), own.places, own.weights, 3, out)
    kernel.sums((wild,), np.arange(2), own.places, own.weights, 3, out)
    assert out[2].any()
    assert not out[:2].any()


def test_searches_beside_each_other_are_each_answered():
    window, rng = Window(kernel=kernel), Random(12)
    articles = [vector(article(rng)) for _ in range(400)]
    for n, each in enumerate(articles):
        window.add(each, float(n))
    model = Comparer().model
    alone = [window.answer(window.ask(each, 0.0, DAY, 9, model, 0.0, -9.0, 0.25)) for each in articles[:20]]
    with ThreadPoolExecutor(4) as pool:  # one thread searches beside; whoever else asks does so by itself

        def asked(own: Vector) -> list[tuple[int, float, float]]:
            apart = Window(kernel=kernel)
            for n, each in enumerate(articles):
                apart.add(each, float(n))
            return apart.answer(apart.ask(own, 0.0, DAY, 9, model, 0.0, -9.0, 0.25))

        assert list(pool.map(asked, articles[:20])) == alone
    window.ask(articles[0], 0.0, DAY, 9, model, 0.0, -9.0, 0.25)  # never answered
    assert window.answer(window.ask(articles[0], 0.0, DAY, 9, model, 0.0, -9.0, 0.25)) == alone[0]
    assert all(alone)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
def test_a_forked_process_searches_too():
    window, own = Window(kernel=kernel), vector(article(Random(2)))
    window.add(own, 0.0)
    search = (own, 0.0, DAY, 9, Comparer().model, 0.0, -9.0, 0.25)
    told = window.answer(window.ask(*search))
    reading, writing = os.pipe()
    if (pid := os.fork()) == 0:
        os.write(writing, repr(window.answer(window.ask(*search))).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reading, 1_000).decode() == repr(told)
    os.close(reading)
    os.close(writing)


def test_a_search_that_cannot_be_says_so():
    window, own = Window(kernel=kernel), vector(article(Random(2)))
    window.add(own, 0.0)
    short = replace(own, weights=own.weights[:3])
    with pytest.raises(ValueError, match="not a vector"):
        window.answer(window.ask(short, 0.0, DAY, 9, Comparer().model, 0.0, -9.0, 0.25))
    with pytest.raises(ValueError, match="not a model"):
        window.ask(own, 0.0, DAY, 9, (np.zeros(2), 0.0), 0.0, -9.0, 0.25)


def test_a_search_leaves_nothing_behind():
    window, own = Window(kernel=kernel), vector(article(Random(2)))
    for n in range(600):
        window.add(own, n if n % 2 else GONE)
    window.candidates(own, 0.0, 10.0, 5)
    assert not window._scratch[: len(window._scratch) // 2].any()


def sample_lines(most: int) -> list[dict[str, str]]:
    languages = {outlet.id: outlet.language for outlet in load().outlets}
    return [
        {
            "id": a.id,
            "title": a.headline,
            "text": "\n".join(a.paragraphs),
            "source": a.outlet,
            "lang": languages[a.outlet],
        }
        for a in load().articles[:most]
    ]


def test_grouping_is_the_same_without_what_was_compiled(monkeypatch):
    lines = sample_lines(70)
    compiled = list(group_lines(lines, Settings()))
    monkeypatch.setattr(index, "KERNEL", portable)
    assert list(group_lines(lines, Settings())) == compiled


def test_grouping_is_the_same_with_any_number_of_workers():
    lines = [{**line, "id": f"{line['id']}-{n}"} for n in range(2) for line in sample_lines(150)]
    alone = list(group(lines, Settings(), live=False, workers=1))
    assert list(group(lines, Settings(), live=False, workers=2)) == alone
    assert len(alone) == len(lines) > 260


def test_what_is_of_another_version_or_was_not_compiled_is_left_alone() -> None:
    assert compiled("newsloom.similar._kernel", kernel.VERSION) is kernel
    assert compiled("newsloom.similar._kernel", kernel.VERSION + 1) is None
    assert compiled("newsloom.similar._nothing", 1) is None
