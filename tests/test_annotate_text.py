"""Sentences, key passages, names, numbers and language of a text."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from newsloom.annotate import language
from newsloom.annotate.language import detect
from newsloom.annotate.names import names
from newsloom.annotate.numbers import numbers
from newsloom.annotate.passages import Told, key_passages
from newsloom.annotate.sentences import sentence_spans
from newsloom.config import AnnotateSettings
from newsloom.types import Passage

SETTINGS = AnnotateSettings()
# The shape of a page that once quoted from the middle of a sentence and lost a space after a quotation.
TALKS = "\n".join(
    (
        "Tuesday's meeting of the two harbour towns comes after months of doubt on the ferry's future, if it has any.",
        "from the Ember-Vessel border, which would give the guild a shorter way to the capital.",
        "Photo: Ida Lund / Harbour Post",
        '"Keeping the ferry has become a matter of honour for both towns, and patience was tested," Mayor Olm said."I '
        'believe that we can still find an answer to the rising fares and the falling tide."',
        "Here are the latest developments:",
        "Port Ember pays 2.4 million crowns a year for the line, which carried 31,000 people last summer.",
        "Read more about the ferry in our weekend edition, which subscribers receive on Saturday.",
    )
)


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def passages(text: str, headline: str = "", settings: AnnotateSettings = SETTINGS) -> tuple[Passage, ...]:
    return key_passages(text, Told(headline=headline, names=names(text, headline), numbers=numbers(text)), settings)


@pytest.mark.parametrize(
    "sentences",
    [
        ["Mr. Olm met J. K. Marsh in the U.S.", "The talks, at 3.5 percent, failed."],
        ['"Why?" Olm asked.', "He left."],
        ['"It is over. We won," she said.', '"We go home."'],
        ["Er sagte: „Das geht nicht. Wir bleiben.“", "Dann ging er am 3. Januar nach Hause."],
        ["« C'est fini », a dit Mme Brun.", "Elle est partie."],
        ["Он сказал это.", "Потом ушёл."],
        ["قال الرئيس ذلك.", "هل عاد؟", "نعم."],
        ["He is 19.", "The boat is old."],
        ["What now?!", "Nobody knows…", "Then it rained."],
    ],
)
def test_sentences(sentences: list[str]) -> None:
    assert cut(" ".join(sentences)) == sentences


def test_sentences_without_spaces() -> None:
    assert cut("「もう終わりだ。」と彼は言った。次の日は雨だった！") == [
        "「もう終わりだ。」と彼は言った。",
        "次の日は雨だった！",
    ]
    assert cut('"We stay," Olm said."I believe it."') == ['"We stay," Olm said.', '"I believe it."']


@given(st.text(alphabet=st.sampled_from("aA .!?\"'“”«»„(1,。」"), max_size=80))
def test_sentences_cover_the_text_once(text: str) -> None:
    spans = sentence_spans(text)
    assert all(start < end for start, end in spans)
    assert all(one[1] <= two[0] for one, two in pairwise(spans))
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text.split())


def test_passages_are_whole_sentences_in_order() -> None:
    found = passages(TALKS)
    assert [p.text[:9] for p in found] == ["Tuesday's", '"Keeping ', "Port Embe"]
    assert found[1].text.endswith('falling tide."')
    assert all(TALKS[p.start : p.end] == p.text for p in found)


def test_passages_do_not_repeat_the_headline() -> None:
    text = "The ferry of Port Ember sails again on Friday.\nThe guild had paid for a new engine since last autumn."
    assert [p.text[:9] for p in passages(text, "The ferry of Port Ember sails again on Friday")] == ["The guild"]


def test_a_quotation_without_a_speaker_is_no_passage() -> None:
    assert passages('"We have waited for this boat for eleven long years in the rain."') == ()


def test_passages_keep_to_the_settings() -> None:
    text = "\n".join(
        f"The boat number {n} of the guild of Vessel Bay left port in the morning of day {n}." for n in range(9)
    )
    found = passages(text, settings=AnnotateSettings(passages=2, passage_chars=90))
    assert len(found) <= 2
    assert all(len(p.text) <= 90 for p in found)
    assert passages(text, settings=AnnotateSettings(passage_chars=20)) == ()


@given(
    st.text(max_size=400)
    | st.lists(st.sampled_from([*TALKS.split("\n"), "a.", '"B', "C c c."]), max_size=9).map("\n".join)
)
@settings(deadline=None)
def test_passages_are_exact_slices(text: str) -> None:
    found = passages(text, "Ferry")
    borders = [(start, end) for start, end in _paragraph_spans(text)]
    for passage in found:
        assert text[passage.start : passage.end] == passage.text
        assert 0 <= passage.score <= 1
        assert len(passage.text) <= SETTINGS.passage_chars
        assert passage.start in {start for start, _ in borders}
        assert passage.end in {end for _, end in borders}
    assert list(found) == sorted(found, key=lambda p: p.start)


def _paragraph_spans(text: str) -> list[tuple[int, int]]:
    spans, at = [], 0
    for paragraph in text.split("\n"):
        spans += sentence_spans(text, at, at + len(paragraph))
        at += len(paragraph) + 1
    return spans


def test_names() -> None:
    text = "Mayor Ottilie von Brandt spoke in Port Ember. Lanterns hung there. Then President Jon Marsh met Olm's men."
    found = names(text, "Brandt opens lighthouse")
    assert {"Ottilie von Brandt", "Port Ember", "Jon Marsh", "Olm"} <= set(found)
    assert "Lanterns" not in found
    assert "The" not in found


def test_german_nouns_are_not_names() -> None:
    text = "Der Turm steht im Nebel. Am Freitag kam Ida Weiß nach Hafenburg. Die Leute in Hafenburg sahen den Turm."
    found = names(text, "", "de")
    assert {"Ida Weiß", "Hafenburg"} <= set(found)
    assert not {"Turm", "Nebel", "Leute"} & set(found)


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("3 billion, $2.5m, 1,234.5 and 14%", "en", ("3000000000", "2500000", "1234.5", "14")),
        ("3,5 miljarder, 10 000 kr och 1.234.567", "sv", ("3500000000", "10000", "1234567")),
        ("3 Mrd. Euro, 2,5 Prozent", "de", ("3000000000", "2.5")),
        ("3 mil millones y 20 mil", "es", ("3000000000", "20000")),
        ("2 millions en 2022", "fr", ("2000000", "2022")),
        ("at 2:30 p.m. on 2022-12-19", "en", ("14:30", "2022", "12", "19")),
        ("COVID-19 and F-16", "en", ()),
        ("19.12.2022", "sv", ("19", "12", "2022")),
    ],
)
def test_numbers(text: str, language: str, wanted: tuple[str, ...]) -> None:
    assert numbers(text, language) == wanted


@given(st.text(max_size=200), st.sampled_from(["en", "sv", "xx", ""]))
@settings(deadline=None)
def test_nothing_raises(text: str, language: str) -> None:
    assert len(numbers(text, language)) <= 40
    assert len(names(text, text[:50], language)) <= 40
    detect(text, language)


@pytest.mark.parametrize(
    ("text", "hint", "languages", "wanted"),
    [
        ("hej", "sv-SE", (), "sv"),
        ("", "", (), "und"),
        ("12 34", "", (), "und"),
        ("Президент прибыл в столицу для переговоров с руководством соседнего государства.", "en", (), "ru"),
        ("Fyren tändes igen på fredagen och hela staden kom för att se den efter elva år i mörker vid havet, som det "
         "var förr när alla båtar seglade hem.", "en", (), "sv"),
        ("The lighthouse was lit again after eleven years, and half the town came to look.", "nb", ("en", "de"), "en"),
    ],
)  # fmt: skip
def test_language(text: str, hint: str, languages: tuple[str, ...], wanted: str) -> None:
    assert detect(text, hint, languages) == wanted


def test_annotating_is_fast() -> None:
    text = TALKS * 3
    passages(text)
    started = time.perf_counter()
    for _ in range(20):
        detect(text, "en")
        passages(text)
    assert (time.perf_counter() - started) / 20 < 0.02


def test_the_model_of_some_languages_is_the_librarys_cut_to_them() -> None:
    asked = ("de", "en", "sr")
    ours = language._identifier(asked)
    theirs = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    theirs.set_languages(list(asked))
    assert ours.labels == theirs.labels
    assert ours._full_model[0].shape == theirs.nb_ptc.shape, "the columns of other languages are held"
    for text in ("Der Rat der Stadt hat den Haushalt beschlossen.", "The council has passed it.", "Gradsko veće", ""):
        assert ours.rank(text) == theirs.rank(text)
    assert len(language._identifier(("tlh",)).labels) > 50, "of languages that it does not know all are told apart"
