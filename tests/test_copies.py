"""Which articles carry another's text: sketches, containment, and what is a template only."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsloom.annotate import Background, annotate
from newsloom.annotate.signature import FAR, LEAST_WORDS, SIZE, SKIPS, WORDS, sketch, skips
from newsloom.annotate.terms import body_words, unquoted
from newsloom.config import AnnotateSettings
from newsloom.sample import load
from newsloom.similar import vectors
from newsloom.similar.copies import containment, copy_match, loosely
from newsloom.similar.index import Window
from newsloom.similar.match import _copy
from newsloom.similar.pairs import Comparer
from newsloom.similar.vectors import SIGNATURE, halves, vector
from newsloom.types import Article, CopyMatch

WARNING = """The coast guard has issued a warning of strong wind for the outer islands from {} until {} on {}.
Gusts of up to {} metres a second are expected, and waves may reach {} metres off the northern points. Small boats
should stay in harbour and loose objects on quays should be tied down. Ferry travellers are asked to check times
before they leave home, since departures may be cancelled at short notice. The next report comes at {}."""
COMPARER = Comparer()  # one for all: it holds an array over all buckets
WORDBOOK = [f"word{n:04d}" for n in range(5_000)]


def essay(seed: int, length: int) -> list[str]:
    return random.Random(seed).choices(WORDBOOK, k=length)


def sketched(words: list[str]) -> tuple[np.ndarray, int]:
    signature, shingles = sketch(words)
    return halves(signature), shingles


def within(a: list[str], b: list[str]) -> float:
    return containment(*sketched(a), *sketched(b))[0]


def truly_within(a: list[str], b: list[str]) -> float:
    one, other = ({tuple(w[n : n + WORDS]) for n in range(len(w) - WORDS + 1)} for w in (a, b))
    return len(one & other) / min(len(one), len(other))


def match(text: str, other: str, headline: str = "Wind", other_headline: str = "Bridge") -> CopyMatch | None:
    """What the window says of two articles of these texts."""
    vectors = [
        vector(
            annotate(
                Article(id=h, headline=h, paragraphs=tuple(t.split("\n")), in_language="en"),
                AnnotateSettings(),
                Background().table,
            )
        )
        for t, h in ((text, headline), (other, other_headline))
    ]
    window = Window()
    window.add(vectors[1], 0.0)
    terms = COMPARER.features(vectors[0], window, np.array([0]))["terms"][0]
    return _copy(vectors[0], window, 0, float(terms), 0.0)


@pytest.fixture(scope="module")
def report() -> str:
    """A long enough English report of the sample newsroom."""
    texts = {a.id: "\n".join(a.paragraphs) for event in load().events[:8] for a in event.articles if not a.copy_of}
    return max(texts.values(), key=lambda text: len(text.split()))


@pytest.fixture(scope="module")
def written_apart() -> list[str]:
    """Separately written reports on one event."""
    return ["\n".join(a.paragraphs) for a in load().events[0].articles if not a.copy_of and not a.broken]


def test_the_same_text_is_identical(report):
    assert match(report, report) == CopyMatch(within=1.0, kind="identical")


def test_case_and_punctuation_make_no_other_text(report):
    found = match(report, report.upper().replace(",", ";").replace("’", "'"))
    assert found is not None
    assert found.kind == "identical"


def test_a_lightly_edited_text_is_a_copy(report):
    words = report.split()
    for place in range(10, len(words), 40):
        words[place] = "edited"
    found = match(" ".join(words), report)
    assert found is not None
    assert found.within > 0.6


def test_a_text_with_a_paragraph_more_is_a_copy(report):
    found = match(report + "\nReaders may write to the desk, which answers letters on Thursdays.", report)
    assert found is not None
    assert found.within > 0.9


def test_a_text_cut_to_half_is_a_copy(report):
    words = report.split()
    found = match(" ".join(words[: len(words) // 2]), report)
    assert found is not None
    assert found.within > 0.9


def test_an_excerpt_is_called_one(report):
    words = report.split()
    found = match(" ".join(words[: len(words) // 3]), report)
    assert found is not None
    assert (found.kind, found.within) == ("excerpt", 1.0)


def test_a_text_within_a_longer_one_is_a_copy_from_either_side(report):
    words = report.split()
    part = " ".join(words[: len(words) // 3])
    assert match(part, report) == match(report, part)


def test_the_same_wording_with_other_numbers_is_a_template():
    one, other = (WARNING.format(*n) for n in ((6, 18, "3 March", 24, 7, 15), (9, 21, "8 November", 31, "4.5", 11)))
    assert match(one, other, "Wind warning for the islands", "Wind warning for the islands") is None


def test_the_same_wording_with_the_same_numbers_is_a_copy():
    text = WARNING.format(6, 18, "3 March", 24, 7, 15)
    assert match(text, text.replace("The next report comes", "A new report is due")) is not None


def test_separately_written_reports_are_no_copies(written_apart):
    pairs = [(a, b) for n, a in enumerate(written_apart) for b in written_apart[:n]]
    assert len(pairs) > 10
    assert [pair for pair in pairs if match(*pair, "Dam", "Dam")] == []


def test_unrelated_texts_are_no_copies(report):
    assert match(report, WARNING.format(*range(6))) is None


def test_less_is_asked_of_long_texts_than_of_short_ones():
    a, rest, other = (essay(seed, 200) for seed in (1, 2, 3))
    one, two = (sketched(a[:180] + more) for more in (rest, other))
    assert 0.4 < containment(*one, *two)[0] < 0.5
    assert copy_match(*one, *two, terms=0.55, numbers=None) is not None
    short, shorter = (sketched(a[:33] + more[:35]) for more in (rest, other))
    assert 0.4 < containment(*short, *shorter)[0] < 0.5
    assert copy_match(*short, *shorter, terms=0.55, numbers=None) is None


def test_what_a_site_prints_below_every_article_makes_no_copy():
    """Stock phrases are half of a short text, but the telling words are others."""
    stock = (
        "Sign up for our morning briefing and get the stories that matter in your inbox every day. You can leave the "
        "list at any time with the link at the end of each letter. All rights are with the agency that wrote this."
    )
    one = "Harbour pilots at Kelvaag walked out over night shifts on Monday, said Berit Osk of the union.\n" + stock
    two = "Two ibex that fled the Ormond zoo were found asleep in a cellar, keeper Paul Dreyt reported.\n" + stock
    bodies = [body_words(Article(paragraphs=(text,))) for text in (one, two)]
    assert within(*bodies) > 0.6
    assert match(one, two, "Pilots walk out", "Ibex found") is None


def test_days_later_a_short_text_must_be_there_whole_and_a_long_one_mostly():
    """A warning or a market report by form comes back with a few other words; what is carried, is carried soon."""
    form, first, second = essay(1, 80), essay(2, 12), essay(3, 12)
    one, two = sketched(form + first), sketched(form + second)
    assert 0.55 < containment(*one, *two)[0] < 0.95
    found = copy_match(*one, *two, terms=0.9, numbers=None, hours=29.0)
    assert found is not None
    assert not found.lasting
    assert copy_match(*one, *two, terms=0.9, numbers=None, hours=31.0) is None
    assert copy_match(*one, *sketched(form), terms=0.9, numbers=None, hours=100.0) is not None
    release, first, second = essay(1, 300), essay(2, 50), essay(3, 50)
    one, two = sketched(release + first), sketched(release + second)
    assert 0.65 < containment(*one, *two)[0] < 0.95
    assert copy_match(*one, *two, terms=0.9, numbers=None, hours=300.0) is not None
    found = copy_match(*one, *two, terms=0.9, numbers=None, hours=3.0)
    assert found is not None
    assert found.lasting


def skipped(words: list[str]) -> np.ndarray:
    return np.array(skips(words), dtype=np.uint16)


def with_every_third_put_in_others(words: list[str]) -> list[str]:
    return [word if n % 3 else f"other{n}" for n, word in enumerate(words)]


def test_a_text_with_every_third_word_put_in_others_keeps_close_pairs_but_no_shingles():
    for seed in range(10):
        text = essay(seed, 250)
        reworded = with_every_third_put_in_others(text)
        assert within(text, reworded) < 0.05  # half a hash may meet another
        shared = loosely(skipped(text), skipped(reworded))
        assert shared is not None
        assert 0.3 < shared < 0.6  # of pairs one or two apart a third is left, of those three apart two thirds


def test_a_reworded_text_is_a_copy_where_the_telling_words_are_the_same():
    text = essay(1, 200)
    pair = *sketched(text), *sketched(with_every_third_put_in_others(text))
    found = copy_match(*pair, terms=0.85, numbers=None, loosely=0.44)
    assert found == CopyMatch(within=0.44, kind="wire", lasting=False)
    assert copy_match(*pair, terms=0.65, numbers=None, loosely=0.44) is None
    assert copy_match(*pair, terms=0.85, numbers=0.2, loosely=0.44) is None
    assert copy_match(*pair, terms=0.85, numbers=None, loosely=0.3) is None


def test_a_short_text_in_other_words_is_none():
    """Of short ones, follow-ups and forms look just so: pairs of Reuters reports said so."""
    text = essay(1, 100)
    pair = *sketched(text), *sketched(with_every_third_put_in_others(text))
    assert copy_match(*pair, terms=0.9, numbers=None, loosely=0.6) is None


def test_a_reworded_text_days_later_must_share_more():
    text = essay(1, 200)
    pair = *sketched(text), *sketched(with_every_third_put_in_others(text))
    assert copy_match(*pair, terms=0.85, numbers=None, loosely=0.5, hours=31.0) is None
    assert copy_match(*pair, terms=0.85, numbers=None, loosely=0.7, hours=31.0) is not None


def test_a_later_version_that_keeps_a_third_is_a_copy():
    text, news = essay(1, 210), essay(2, 140)
    pair = *sketched(text), *sketched(news[:70] + text[70:140] + news[70:])
    assert 0.2 < containment(*pair)[0] < 0.4
    assert copy_match(*pair, terms=0.85, numbers=None, loosely=0.45) is not None
    assert copy_match(*pair, terms=0.55, numbers=None, loosely=0.45) is None


def test_what_two_reports_quote_makes_neither_a_copy():
    said = " ".join(essay(1, 150))
    one, other = (" ".join(essay(seed, 50)) for seed in (2, 3))
    quoting = [f'"{said}" he said.\n{text}' for text in (one, other)]
    carrying = [f"{said} he said.\n{text}" for text in (one, other)]
    assert match(*carrying, "Wind", "Wind") is not None
    assert match(*quoting, "Wind", "Wind") is None


def test_a_copy_of_a_report_that_quotes_is_one():
    said, own = " ".join(essay(1, 90)), " ".join(essay(2, 60))
    text = f'{own}\n"{said}" he said.'
    found = match(text, f"{text} {' '.join(essay(3, 20))}", "Wind", "Bridge")
    assert found is not None
    assert found.within == 1.0


def test_skips_are_bounded_ascending_and_know_the_order():
    words = essay(1, 600)
    values = skips(words)
    assert len(values) == SKIPS == vectors.SKIPS
    assert values == sorted(set(values))
    assert all(0 <= value < 2**16 for value in values)
    few = WORDBOOK[:20]
    assert len(skips(few)) == FAR * 20 - 6
    assert len(set(skips(few)) & set(skips(few[::-1]))) <= 1
    assert skips(essay(1, LEAST_WORDS - 1)) == []


def test_how_far_apart_two_close_words_are_does_not_count():
    words = essay(3, 60)
    with_more = [word for n, own in enumerate(words) for word in ([own, f"more{n}"] if n % 4 == 0 else [own])]
    assert len(set(skips(words)) & set(skips(with_more))) > 0.5 * min(len(skips(words)), len(skips(with_more)))


def test_a_text_that_says_little_but_quotations_is_compared_by_shingles_alone():
    said = " ".join(essay(1, 90))
    body = f'Osk spoke.\n"{said}"\nThat was all.'
    assert loosely(*(2 * [skipped(unquoted(body, 600)[1])])) is None
    assert match(body, f'{body}\n"{" ".join(essay(2, 30))}"') is not None


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ('He said: "No way." Then he left.', "he said then he left"),
        ("Er sagte: „Nie und nimmer.“ Dann ging er.", "er sagte dann ging er"),
        ("Dijo: «Ni hablar.» Y se fue.", "dijo y se fue"),
        ("»Aldrig«, sade hon och gick.", "sade hon och gick"),
        ('"It goes on\nand on," he said.', "and on"),
        ("It's 5 o'clock.", "it 5 o'clock"),
    ],
)
def test_what_is_quoted_is_left_out(text, own):
    assert " ".join(unquoted(text, 600)[1]) == own


def test_few_shingles_in_common_are_no_copy():
    assert copy_match(*sketched(essay(1, 12)), *sketched(essay(1, 7) + essay(2, 5)), terms=1.0, numbers=None) is None


@pytest.mark.parametrize("length", [0, 1, WORDS, LEAST_WORDS - 1])
def test_a_short_text_has_no_sketch(length):
    assert sketch(essay(1, length)) == ((), 0)


def test_two_texts_too_short_for_a_sketch_are_no_copies():
    assert match("Bridge opens.", "Bridge opens.", "Bridge", "Bridge") is None


def test_a_text_of_twelve_words_has_one():
    signature, shingles = sketch(essay(1, LEAST_WORDS))
    assert len(signature) == shingles == LEAST_WORDS - WORDS + 1


def test_a_sketch_is_bounded_ascending_and_unsigned():
    signature, shingles = sketch(essay(1, 600))
    assert (len(signature), shingles) == (SIZE, 596)
    assert list(signature) == sorted(set(signature))
    assert all(0 <= value < 2**32 for value in signature)


def test_the_widths_of_sketch_and_window_agree():
    assert SIZE == SIGNATURE


def test_a_sketch_follows_the_order_of_words():
    words = essay(1, 40)
    assert not set(sketch(words)[0]) & set(sketch(words[::-1])[0])


def test_a_repeated_sentence_counts_once():
    words = essay(1, 20)
    assert sketch(words * 3)[1] == 20


@given(st.integers(0, 10**6), st.integers(12, SIZE + 4), st.integers(12, SIZE + 4), st.floats(0, 1))
def test_containment_of_short_texts_is_exact_but_for_chance(seed, length, other_length, share):
    a = essay(seed, length)
    kept = int(share * min(length, other_length))
    b = a[:kept] + essay(seed + 1, other_length - kept)
    by_chance = 3 / (min(length, other_length) - WORDS + 1)  # half a hash is kept: rarely do two alike mean nothing
    assert within(a, b) == pytest.approx(truly_within(a, b), abs=by_chance)


def test_containment_of_long_texts_is_near():
    missed_by = []
    for seed in range(100):
        rng = random.Random(seed)
        length = rng.randint(150, 600)
        a = essay(seed, length)
        kept = rng.randint(0, length)
        b = (a[:kept] + essay(seed + 1_000, length - kept))[: rng.randint(int(0.7 * length), length)]
        missed_by.append(abs(within(a, b) - truly_within(a, b)))
    assert sorted(missed_by)[95] <= 0.15
    assert sum(missed_by) / len(missed_by) <= 0.05


@given(st.integers(0, 10**6), st.integers(12, 600), st.integers(12, 600), st.floats(0, 1))
def test_containment_is_symmetric(seed, length, other_length, share):
    a = essay(seed, length)
    kept = int(share * min(length, other_length))
    b = a[:kept] + essay(seed + 1, other_length - kept)
    one, other = sketched(a), sketched(b)
    assert containment(*one, *other) == containment(*other, *one)


def test_containment_in_a_text_without_a_sketch_is_nothing():
    assert copy_match(*sketched([]), *sketched(essay(1, 50)), terms=1.0, numbers=None) is None


def test_every_copy_of_the_sample_is_told_from_its_text():
    sample = load()
    of = {a.id: Article(paragraphs=a.paragraphs) for a in sample.articles}
    pairs = [(a.id, a.copy_of) for a in sample.articles if a.copy_of and not a.broken]
    carried = [within(body_words(of[a]), body_words(of[b])) for a, b in pairs]
    assert sum(share >= 0.55 for share in carried) >= 0.85 * len(pairs)


def test_what_was_annotated_before_there_were_skips_is_compared_by_shingles_alone(report):
    kept = vector(annotate(Article(id="a", paragraphs=(report,)), AnnotateSettings(), Background().table))
    window = Window()
    window.add(dataclasses.replace(kept, skips=kept.skips[:0]), 0.0)
    assert _copy(kept, window, 0, 1.0, 0.0) == CopyMatch(within=1.0, kind="identical")
    assert loosely(kept.skips, window.vector(0).skips) is None
