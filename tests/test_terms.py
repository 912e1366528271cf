"""Words as the similarity room counts them, and their weights."""

from __future__ import annotations

import math
import time
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsloom.annotate import Background, annotate
from newsloom.annotate.counting import tally_words
from newsloom.annotate.terms import TEXT_WORDS, body_words, first_sentence, headline_parts, words
from newsloom.annotate.weighing import weigh_fields
from newsloom.config import AnnotateSettings
from newsloom.types import Article

MEGABYTE = 1_000_000


def flat(term: str) -> float:
    return 1.0


def weigh(in_order, idf, most, named=frozenset()):
    """One field weighed alone."""
    tallied = tally_words((), in_order, named="\n".join(named))
    idfs = array("d", [idf(term) for term in tallied.terms]).tobytes()
    return weigh_fields(tallied, idfs, (most, 0, 0))[0]


def headline(text: str, outlet: str = "") -> list[str]:
    return [word for part in headline_parts(Article(headline=text, site_name=outlet)) for word in words(part)]


@pytest.mark.parametrize(
    ("written", "term"),
    [
        ("12,500", "12500"),
        ("12.500", "12500"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("3.7", "3.7"),
        ("3,7", "3.7"),
        ("12.05", "12.05"),
        ("2026", "2026"),
        ("12.05.2026", "12.05.2026"),
    ],
)
def test_a_number_is_one_term_however_it_is_written(written, term):
    assert words(f"Costs of {written}, they said.") == ["cost", "of", term, "they", "said"]


@pytest.mark.parametrize(
    ("written", "term"),
    [
        ("bridges", "bridge"),
        ("bridge's", "bridge"),
        ("bridge’s", "bridge"),
        ("cities", "city"),
        ("city's", "city"),
        ("boats'", "boat"),
        ("boss", "boss"),
        ("virus", "virus"),
        ("crisis", "crisis"),
        ("gas", "gas"),
        ("Harbour", "harbour"),
    ],
)
def test_possessives_and_plurals_are_folded(written, term):
    assert words(written) == [term]


def test_apostrophes_within_a_word_stay_and_are_one_kind():
    assert words("O'Hara didn't") == words("O’Hara didn’t") == ["o'hara", "didn't"]


@pytest.mark.parametrize(
    ("written", "term"),
    [
        ("l'économie", "économie"),
        ("L’Économie", "économie"),
        ("qu'il", "il"),
        ("lorsqu'elle", "elle"),
        ("dell'anno", "anno"),
        ("un'altra", "altra"),
        ("d'abord", "abord"),
        ("l's", "l"),
        ("aujourd'hui", "aujourd'hui"),
        ("O'Hara", "o'hara"),
        ("rock'n'roll", "rock'n'roll"),
    ],
)
def test_what_is_elided_before_a_word_is_no_part_of_it(written, term):
    assert words(written) == [term]


def test_full_width_letters_and_digits_are_the_plain_ones():
    assert words("ＮＡＴＯ ２０２６") == ["nato", "2026"]


def test_underscores_and_signs_part_words():
    assert words("north_west - #harbour/quay") == ["north", "west", "harbour", "quay"]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("東京都知事", ["東京", "京都", "都知", "知事"]),
        ("橋", ["橋"]),
        ("กรุงเทพ", ["กร", "รุ", "ุง", "งเ", "เท", "ทพ"]),
        ("さくら まつり", ["さく", "くら", "まつ", "つり"]),
    ],
)
def test_scripts_without_spaces_are_counted_in_bigrams(text, terms):
    assert words(text) == terms


def test_mixed_scripts_keep_their_order():
    assert words("NATOが2026年に") == ["nato", "が", "2026", "年に"]


def test_korean_is_written_with_spaces():
    assert words("서울 다리 개통") == ["서울", "다리", "개통"]


@pytest.mark.parametrize("text", ["हिन्दी समाचार", "বাংলা খবর", "தமிழ் செய்தி", "مُدَرِّس جَدِيد", "O'Harä x̂y"])
def test_vowel_signs_do_not_part_a_word(text):
    assert words(text) == [part.lower() for part in text.split()]


def test_many_runs_in_one_word_do_not_nest():
    assert len(words("aあ" * 50_000)) == 100_000


@pytest.mark.parametrize("mark", ["|", "-", "–", "—", "·", "•"])
def test_the_outlets_own_name_is_stripped_from_a_headline(mark):
    assert headline(f"Bridge opens {mark} Ferry Post", "Ferry Post") == ["bridge", "open"]


@pytest.mark.parametrize("outlet", ["The Ferry Post", "ferry post", " Ferry Post "])
def test_an_article_or_case_makes_no_other_outlet(outlet):
    assert headline("Bridge opens | Ferry Post", outlet) == ["bridge", "open"]


@pytest.mark.parametrize("outlet", ["", "Dale Gazette", "Ferry"])
def test_another_tail_stays_in_the_headline(outlet):
    assert headline("Bridge opens | Ferry Post", outlet) == ["bridge", "open", "ferry", "post"]


def test_an_outlets_name_without_a_mark_stays():
    assert headline("Court fines Ferry Post", "Ferry Post") == ["court", "fine", "ferry", "post"]


def test_the_outlets_name_stays_in_the_text():
    article = Article(paragraphs=("Bridge opens | Ferry Post",), site_name="Ferry Post")
    assert body_words(article) == ["bridge", "open", "ferry", "post"]


def test_the_lead_stands_in_where_there_is_no_text():
    assert body_words(Article(description="A bridge opens")) == ["a", "bridge", "open"]


def test_no_text_has_no_words():
    assert words("") == words(" \n\t") == headline("") == body_words(Article()) == []


def test_a_first_sentence_ends_at_its_mark_or_after_300_characters():
    assert first_sentence("Bridge opens. Crowds came.") == "Bridge opens."
    assert len(first_sentence("bridge " * 1_000)) <= 300


def test_a_megabyte_of_text_is_bounded():
    article = Article(paragraphs=("harbour bridge opens again " * (MEGABYTE // 27),))
    start = time.perf_counter()
    assert len(body_words(article)) == TEXT_WORDS
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize("unit", [" ", " -", " |", "a", "aあ", "1,", "'", "̈", "bridge "])
def test_a_megabyte_of_headline_is_bounded(unit):
    start = time.perf_counter()
    assert len(headline("a" + unit * (MEGABYTE // len(unit)) + "b", "outlet")) <= 500
    assert time.perf_counter() - start < 2.0


def test_weights_have_unit_length_over_those_kept():
    kept = weigh("the bridge over the river at the harbour".split(), flat, 3)
    assert len(kept) == 3
    assert math.isclose(sum(weight**2 for _, weight in kept), 1.0)


def test_weights_are_heaviest_first():
    idf = {"bridge": 5.0, "river": 3.0, "said": 0.5}
    assert [term for term, _ in weigh(["said", "river", "bridge"], idf.__getitem__, 9)] == ["bridge", "river", "said"]


def test_ties_are_broken_by_term():
    order = ["c", "a", "b"]
    kept = weigh(order, lambda term: 1.0 / (1.0 + math.exp(-order.index(term) / 60)), 2)
    assert [term for term, _ in kept] == ["a", "b"]


def test_a_word_of_a_name_weighs_more():
    plain, named = (dict(weigh(["bridge", "open"], flat, 9, frozenset(names))) for names in ((), ("open",)))
    assert plain["bridge"] > plain["open"]
    assert named["open"] > named["bridge"]


def test_an_early_word_weighs_more():
    order = [f"w{n:03d}" for n in range(200)]
    assert [term for term, _ in weigh(order, flat, 200)] == order


def test_a_repeated_word_weighs_more_but_less_than_twice():
    weights = dict(weigh(["river", "bridge", "bridge"], lambda term: 1.0, 9))
    assert 1.0 < weights["bridge"] / weights["river"] < 2.0


def test_a_word_that_stands_everywhere_has_no_weight():
    assert weigh(["the", "the"], lambda term: 0.0, 9) == ()


def test_weights_of_nothing_are_none():
    assert weigh([], flat, 9) == ()


_TEXT = st.text(max_size=300) | st.lists(
    st.sampled_from(["'", "’", "s", "’s", "あ", "ก", "1", ",", ".", " ", "|", "-", "İ", "ﷺ", "\ud800", "½", "ies"]),
    max_size=60,
).map("".join)


@given(_TEXT)
def test_no_text_raises_and_no_term_is_empty(text):
    assert all(words(text))
    assert all(headline(text, text[-20:]))


@given(_TEXT, st.integers(1, 40))
def test_any_text_weighs_to_unit_length(text, most):
    kept = weigh(words(text), flat, most)
    assert len(kept) <= most
    assert not kept or math.isclose(sum(weight**2 for _, weight in kept), 1.0)
    assert [weight for _, weight in kept] == sorted((weight for _, weight in kept), reverse=True)


@settings(deadline=None)  # the first one loads the language model
@given(title=_TEXT, text=_TEXT, language=st.sampled_from(["", "en", "sv", "ja", "und", "x-y"]))
def test_annotating_never_raises_and_stays_within_its_widths(title, text, language):
    article = Article(id="a", headline=title, paragraphs=(text,), in_language=language)
    found = annotate(article, AnnotateSettings(languages="en,sv,ja,de"), Background().table)
    assert (len(found.title) <= 16, len(found.head) <= 40, len(found.terms) <= 100) == (True, True, True)
    assert list(found.signature) == sorted(set(found.signature))


def test_an_article_without_headline_takes_its_first_sentence_for_one():
    article = Article(id="a", paragraphs=("A swing bridge opens. Crowds came to the quay.",), in_language="en")
    found = annotate(article, AnnotateSettings(), Background().table)
    assert {term for term, _ in found.title} <= {"a", "swing", "bridge", "open"}
    assert "swing" in dict(found.title)
