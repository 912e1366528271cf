"""Words counted and weighed in C and in Python: the same to the last bit."""

from __future__ import annotations

import pickle
import random
import unicodedata
from array import array
from importlib import import_module

import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from newsloom.annotate import Affixes, Background, annotate, count, counting, weighing
from newsloom.annotate.affixes import WORN
from newsloom.annotate.counting import Tally, classes, tally, tally_words
from newsloom.annotate.terms import TEXT_WORDS, unquoted, words
from newsloom.config import AnnotateSettings, Settings
from newsloom.hashing import key
from newsloom.pipeline.group_lines import group_lines
from newsloom.sample import load
from newsloom.types import Article

naming = import_module("newsloom.annotate.names")  # the package has a function of this name
compiled = pytest.mark.skipif(not (counting.KERNEL and weighing.KERNEL), reason="nothing was compiled here")

_PIECES = [
    "'", "’", "s", "'s", "ies", "ss", "us", "é", "ß", "İ", "Σ", "Å", "ﬁ", "1", "23", "456", ",", ".", " ", "\n", "_",
    "-", "Straße", "Gegen-", "Москва", "ελλάδα", "서울", "а\u0301", "a\u0308", "あ", "東京", "ไทย", "हिन्दी", "٣", "½",
    "²", "\u2028", "😀", "𝐀", "\ud800", "x" * 70, "bridge", "bridges", "O’Hara's", '"', "“", "”", "„", "»", "「",
    "l'", "D’", "qu'", "dell'",
]  # fmt: skip
_TEXT = st.text(max_size=80) | st.lists(st.sampled_from(_PIECES), max_size=40).map("".join)


def in_python(parts: list[str], body: str, instead: str, names: list[str]) -> Tally:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "KERNEL", None)
        return tally(parts, body, instead, names)


@compiled
@settings(deadline=None)
@given(parts=st.lists(_TEXT, max_size=3), body=_TEXT, instead=_TEXT, names=st.lists(_TEXT, max_size=3))
def test_any_words_are_counted_alike(parts, body, instead, names):
    assert tally(parts, body, instead, names) == in_python(parts, body, instead, names)


@compiled
@settings(deadline=None)
@given(st.lists(st.sampled_from(["1", "22", "333", "4444", ",", ".", "a", "'", "s", " "]), max_size=30).map("".join))
def test_any_numbers_are_counted_alike(body):
    assert tally([], body) == in_python([], body, "", [])


@compiled
def test_every_letter_is_counted_alike():
    for first in range(0, 0x20000, 64):
        letters = [chr(code) for code in range(first, first + 64) if not 0xD800 <= code < 0xE000]
        for text in (" ".join(letters), "".join(letters), "a".join(letters)):
            assert tally([], text) == in_python([], text, "", []), hex(first)


@compiled
def test_long_texts_are_counted_alike():
    rng = random.Random(3)
    vocabulary = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyzåäö", k=rng.randint(1, 20))) for _ in range(900)]
    for length in (5, 11, 12, 400, 599, 600, 601, 1_200):
        body = " ".join(rng.choices(vocabulary, k=length))
        assert tally(["A", "title"], body) == in_python(["A", "title"], body, "", [])


@settings(deadline=None)
@given(_TEXT, st.integers(0, 30))
def test_quotation_marks_part_no_words(text, most):
    every, own = unquoted(text, most)
    assert every == words(text)[:most]
    left = iter(every)
    assert all(word in left for word in own)


@compiled
def test_texts_with_quotations_are_counted_alike():
    rng = random.Random(4)
    for length in (20, 60, 300, 800):
        pieces = rng.choices(
            ['"', "“", "”", "„", "«", "\n", "quay", "bridges", "Gegen", "7", "reports", "night"], k=length
        )
        body = " ".join(pieces)
        assert tally(["A"], body) == in_python(["A"], body, "", [])


@compiled
def test_what_is_no_latin_greek_or_cyrillic_is_left_to_python():
    known = classes()
    for text, kind in (("aß9é", 1), ("東ไ์", 4)):
        assert all(known[ord(char)] & kind for char in unicodedata.normalize("NFKC", text))
    assert tally([], "NATOが2026年に").terms == sorted(["nato", "が", "2026", "年に"])


_CAPITALS = st.lists(
    st.sampled_from(
        """Ada Šárka O'Hara's Belarus' de von della and y the The a Mr. Dr President King U.S. BBC x_y _z iPhone
        Jean-Luc R&D é École Москва 東京 ไทย 3rd İzmir’s ’ ' & . ! … " - — , ; | \n \u00a0 \x00 \ud800""".split(" ")
    ),
    max_size=40,
).map(" ".join) | st.text(max_size=60)


@compiled
@settings(deadline=None)
@given(text=_CAPITALS, headline=_CAPITALS, language=st.sampled_from(["en", "de", "sv"]))
def test_any_names_are_found_alike(text, headline, language):
    found = naming.names(text, headline, language)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(naming, "KERNEL", None)
        assert naming.names(text, headline, language) == found


@settings(deadline=None)
@given(_TEXT)
def test_a_tally_says_what_the_words_were(text):
    found = tally([text], text[:50], "instead")
    title, body = words(text), words(text[:50])
    every = [*title, *body] + ([] if title else ["instead"])
    first = {key(word): word for word in reversed(every)}  # a term is written as the first of its words
    assert found.words(found.spans[0]) == tuple(first[key(word)] for word in (*title, *body))
    assert found.words(found.spans[2]) == tuple(first[key(word)] for word in title or ["instead"])
    assert found.terms == sorted(first.values())
    told = [xxhash.xxh3_64_intdigest(key(term).encode("utf-8", "surrogatepass")) for term in found.terms]
    assert array("Q", found.hashes).tolist() == told
    said = {key(word) for word in (*title, *body)}
    assert set(map(key, found.different(found.spans[0]))) == said
    assert set(array("Q", found.hashes_of(found.spans[0]))) == {
        hash_ for term, hash_ in zip(found.terms, told, strict=True) if key(term) in said
    }


@pytest.mark.parametrize(
    ("word", "compared"),
    [
        ("bridge", "bridg"),
        ("Erdbebenopfer".lower(), "erdbe"),
        ("brand", "brand"),
        ("übergabe", "überg"),
        ("землетрясение", "земле"),
        ("covid19", "covid19"),
        ("2026", "2026"),
        ("المستشفى", "المستشفى"),
        ("대통령실에서는", "대통령실에서는"),
    ],
)
def test_words_are_compared_by_their_first_letters(word, compared):
    assert key(word) == compared
    told = [xxhash.xxh3_64_intdigest(compared.encode())]
    assert (
        array("Q", tally([], word).hashes).tolist() == array("Q", in_python([], word, "", []).hashes).tolist() == told
    )


def test_a_tally_travels():
    found = tally(["A bridge", "opens"], "The bridge opens.", names=["Corrowby"])
    assert pickle.loads(pickle.dumps(found)) == found


def test_no_more_of_a_text_than_its_first_words_is_counted():
    found = tally([], "bridge " * (TEXT_WORDS + 9))
    assert found.sizes == (TEXT_WORDS, 0)


@compiled
@settings(deadline=None)
@given(
    words_=st.lists(st.sampled_from("a b c d e f g h bridge harbour quay".split()), max_size=60),
    idfs=st.lists(st.floats(0, 12), min_size=11, max_size=11),
    named=st.sampled_from(["", "bridge quay", "a"]),
)
def test_any_words_are_weighed_alike(words_, idfs, named):
    tallied = tally_words([words_[:3]] if words_[:3] else [], words_[3:], ["quay"], named)
    told = array("d", idfs[: len(tallied.terms)]).tobytes()
    kept = weighing.weigh_fields(tallied, told, (7, 5, 3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weighing, "KERNEL", None)
        assert weighing.weigh_fields(tallied, told, (7, 5, 3)) == kept


@compiled
def test_what_is_no_tally_is_refused():
    tallied = tally(["A bridge"], "opens on Tuesday")
    idfs = array("d", [1.0] * len(tallied.terms)).tobytes()
    for terms, told, order, fields in (
        (tallied.terms, idfs[:8], tallied.order, ((0, 1, 9),) * 3),
        (tallied.terms[:1], idfs, tallied.order, ((0, 5, 9),) * 3),
        (tallied.terms, idfs, tallied.order, ((0, 99, 9),) * 3),
        (tallied.terms, idfs, tallied.order, ((3, 1, 9),) * 3),
    ):
        with pytest.raises(ValueError, match=r"not an article's tally|a field out of bounds"):
            weighing.KERNEL.weigh(terms, told, tallied.named, order, fields, weighing._COUNTED, weighing._EARLY, 1.5)


def articles() -> list[Article]:
    languages = {outlet.id: outlet.language for outlet in load().outlets}
    return [
        Article(id=a.id, headline=a.headline, paragraphs=tuple(a.paragraphs), in_language=languages[a.outlet])
        for a in load().articles[:60]
    ]


@compiled
def test_articles_are_annotated_alike_without_what_was_compiled(monkeypatch):
    def annotated() -> list[object]:
        background, found = Background(), []
        for n, article in enumerate(articles()):
            counted = count(article, AnnotateSettings())
            found.append(annotate(article, AnnotateSettings(), background.table))
            background.count_hashes(counted.language, 739_000 + n // 9, counted.tally.hashes)
        return found

    first = annotated()
    monkeypatch.setattr(counting, "KERNEL", None)
    monkeypatch.setattr(naming, "KERNEL", None)
    monkeypatch.setattr(weighing, "KERNEL", None)
    assert annotated() == first


@compiled
def test_lines_are_grouped_alike_without_what_was_compiled(monkeypatch):
    lines = [
        {"id": a.id, "title": a.headline, "text": a.text, "lang": a.in_language, "date": f"2026-03-0{1 + n // 9}"}
        for n, a in enumerate(articles())
    ]
    first = list(group_lines(lines, Settings()))
    monkeypatch.setattr(counting, "KERNEL", None)
    monkeypatch.setattr(naming, "KERNEL", None)
    monkeypatch.setattr(weighing, "KERNEL", None)
    assert list(group_lines(lines, Settings())) == first


def test_without_its_worn_part_an_article_is_as_if_it_never_had_it():
    affixes, text = Affixes(), "The council met in the old harbour hall."

    def counted(headline: str):
        return count(Article(headline=headline, paragraphs=(text,), in_language="en"), AnnotateSettings())

    for n in range(WORN):
        affixes.strip("gazette", counted(f"Dredger {n} sinks – the latest from the docks"))
    bare = affixes.strip("gazette", counted("Crane falls – the latest from the docks")).tally
    assert bare == counted("Crane falls").tally
