"""Sentences of many languages, and the passages chosen from them: whole, with who said it, within what may be shown."""

from __future__ import annotations

import json

import pytest

from evals import passages as labelled
from newsloom.annotate import count
from newsloom.annotate.passages import Told, key_passages, shares
from newsloom.annotate.quotable import quotable, quoted_share, sentences
from newsloom.annotate.sentences import sentence_spans
from newsloom.annotate.terms import words
from newsloom.config import AnnotateSettings
from newsloom.types import Article, Passage, Rights

CUT = {
    "en": [
        ["Dr. J. P. Marlow of St. Anne's in Washington, D.C. said so on Jan. 3.", "The U.S. Senate met at 5 p.m."],
        ['"We saw it. Then it fell," said Ann Lee.', "It was 3.5 km away, i.e. close."],
        ["“Why now?” asked Mr. Hale.", "“Because,” she said, “it rained. A lot.”", "They left."],
        ["He works at Yahoo! in Dublin.", "No. 10 declined to comment."],
        ['"My roof is gone," said Col Brady, "and his is in mine."', "The company said that repairs would take long."],
        ["The firm (est. 1998) grew.", "It sells approx. 30 lorries a day."],
        ["“I was there.”", "He paused.", "“It was cold.”"],
    ],
    "de": [
        ["Am 3. März traf Dr. Ute Held den Abg. Klaus Vogt.", "Er kam z. B. aus Köln."],
        ["Der 2. Bundesligaspieltag endete um 17.30 Uhr.", "Rund 3,5 Mio. Zuschauer sahen zu."],
        ["„Das ist vorbei.“", "„Wir gehen“, sagte Prof. Dr. Anna Bär, „und zwar heute.“"],
        ["Der Vertrag gilt bis zum 31. Dezember 2025.", "Das sagte Min.-Präs. Kramer am Freitag."],
        ["Er wohnt in der Hauptstr. 5 in Wendrau.", "Dort steht das Haus der Firma Held & Co. KG."],
        ["Die Zahl stieg auf ca. 300 bzw. 310.", "Das sind 5 Prozent."],
    ],
    "es": [
        ["El Sr. Ruiz llegó a las 18.30 h. del martes.", "¿Qué pasó?", "¡Nadie lo sabe!"],
        ["«No lo vi», dijo la Dra. Vega.", "EE. UU. negó los hechos."],
        ["La empresa facturó 3.400 millones.", "El núm. 5 ganó."],
        ["—No iré —dijo Ana—.", "Y se fue."],
        ["Pérez S.A. cerró ayer.", "Lo dijo el Gral. Soto."],
    ],
    "fr": [
        ["M. Durand est arrivé mardi à 18 h 30 devant la mairie de Pellmere.", "Mme Petit l'attendait."],
        ["« C'est fini », a déclaré M. Roux.", "« Vraiment ? » a demandé Anne."],
        ["L'article 5, al. 2, s'applique.", "Il coûte 3,5 M. d'euros."],
    ],
    "sv": [
        ["Bl.a. kom statsminister A. Berg till mötet i Pellmere.", "Kl. 18.30 började mötet."],
        ["”Det är över”, sade Berg.", "Ca 300 personer deltog, t.ex. Anna."],
        ["– Vi åker nu, säger Anna Berg.", "Hon är 35 år."],
        ["Priset är 3,5 milj. kronor.", "Mötet är den 3 mars."],
    ],
    "ar": [
        ["أعلنت الوزارة يوم الثلاثاء إغلاق الميناء.", "وقال المدير: «لن نعود قريبا.»", "هل يعود؟", "لا أحد يعرف."],
        ["بلغت النسبة 3.5 في المئة.", "وأضاف د. سامي أن الخطة جاهزة."],
    ],
    "zh": [
        ["港务局周二宣布关闭北码头。", "“我们没有选择。”局长说。", "工程四月开始！", "你会来吗？"],
        ["他说：“今天不走。明天再走。”", "大家都笑了。"],
        ["增长率为3.5%。", "总额达1.2万亿元。"],
    ],
    "ja": [
        ["港湾局は火曜日、北岸壁の閉鎖を発表した。", "「選択肢はなかった。」と局長は述べた。", "工事は四月に始まる。"],
        ["「行きません。帰ります」と話した。", "会場は静かだった。"],
        ["株価は3.5%上がった。", "円は150.2円だった。"],
    ],
    "th": [
        ["กรมเจ้าท่าประกาศปิดท่าเรือเหนือเมื่อวันอังคาร หลังวิศวกรพบรอยร้าวที่ผนัง", "งานซ่อมจะเริ่มในเดือนเมษายน และใช้เวลาราว 6 เดือน"],
    ],
}  # fmt: skip
CASES = [(language, cut) for language, cases in CUT.items() for cut in cases]
REPORT = (
    "The harbour board of Pellmere voted on Tuesday to close its old quay after engineers found cracks in the wall.",
    "Work will begin in April and cost 4.2 million crowns, the board said.",
    '"We had no choice left, and no money for another winter like the last one," said Mara Tollis, who chairs it.',
    "The quay was built in 1911.",
    "About 120 boats will have to move to the inner basin before the end of the month.",
    "Read more about Pellmere in our weekend edition, which subscribers receive on Saturday.",
)


def chosen(text: str, headline: str = "", **more: object) -> tuple[Passage, ...]:
    return key_passages(text, Told(headline=headline), AnnotateSettings(), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("language", "cut"), CASES, ids=[f"{language}-{n}" for n, (language, _) in enumerate(CASES)])
def test_sentences_of(language: str, cut: list[str]) -> None:
    text = ("" if language in ("zh", "ja") else " ").join(cut)
    assert [text[start:end] for start, end in sentence_spans(text)] == cut


@pytest.mark.parametrize("language", sorted(CUT))
def test_passages_of_every_language_are_whole_sentences(language: str) -> None:
    text = "\n".join(("" if language in ("zh", "ja") else " ").join(cut) for cut in CUT[language])
    found = chosen(text)
    assert found
    assert {(p.start, p.end) for p in found} <= set(sentences(text))
    assert all(text[p.start : p.end] == p.text for p in found)


def test_a_quotation_keeps_who_said_it_and_counts_for_less() -> None:
    text = " ".join(REPORT)
    assert any(text[a:b] == REPORT[2] for a, b in sentences(text))
    assert quoted_share(REPORT[2]) > 0.6
    found = [p.text for p in chosen(text, "Pellmere closes quay")]
    assert found == [REPORT[0], REPORT[1], REPORT[4]]


def test_a_second_quotation_is_kept_where_both_can_be_shown() -> None:
    said = '"Keeping the ferry is a matter of honour for both towns," Mayor Olm said.'
    more = '"I believe that we can still find an answer."'
    assert [p.text for p in chosen(said + more)] == [said + more]
    long = f'"{"I believe that we can still find an answer to the fares, and " * 4}to the tide."'
    assert [p.text for p in chosen(said + long)] == [said]


def test_the_outlets_limit_is_a_limit_on_the_sum() -> None:
    text = " ".join(REPORT)
    for limit in (1, 50, 80, 150, 200, 320):
        found = chosen(text, most_chars=limit)
        assert sum(len(p.text) for p in found) <= limit
        assert bool(found) == (limit >= 80), limit
    article = Article(headline="Quay", paragraphs=(text,), rights=Rights(snippet_chars=150))
    assert 0 < sum(len(p.text) for p in count(article, AnnotateSettings()).passages) <= 150


def test_without_a_limit_the_sum_is_what_pages_show() -> None:
    text = " ".join(
        f"{REPORT[0][:-1]} on pier number {n} of the {n + 3} there are, engineer {n} said." for n in range(9)
    )
    assert sum(len(p.text) for p in chosen(text)) <= 600


def test_what_the_headline_says_is_not_said_again() -> None:
    headline = "Pellmere harbour board closes old quay after engineers find cracks"
    said = "Pellmere's harbour board closes its old quay after engineers found cracks."
    found = chosen(f"{said} {REPORT[1]} {REPORT[4]}", headline)
    assert [p.text for p in found] == [REPORT[1], REPORT[4]]
    assert quotable(said)


def test_what_other_reports_state_weighs_more() -> None:
    text = " ".join(REPORT)
    before = {p.text: p.score for p in chosen(text)}
    others = [dict.fromkeys(words("About 120 boats must move to the inner basin within a month"), 1.0)] * 3
    after = {p.text: p.score for p in chosen(text, stated=shares(others))}
    assert after[REPORT[4]] - before[REPORT[4]] > 0.1
    assert after[REPORT[4]] - before[REPORT[4]] > 2 * (after[REPORT[0]] - before[REPORT[0]])


def test_a_long_text_costs_a_bounded_choice() -> None:
    text = "\n".join(f"Sentence {n} of this report tells what happened in the town of Pellmere." for n in range(50_000))
    assert max(p.end for p in chosen(text)) < 13_000


# The labelled set


def test_the_labels_are_spans_of_the_texts_in_three_languages() -> None:
    articles = labelled.load()
    assert len(articles) == 100
    assert {each.language for each in articles} == {"en", "de", "es"}
    for each in articles:
        whole = set(sentences(each.text))
        for marked in each.marked:
            assert 1 < len(marked) <= 3, each.id
            assert set(marked) <= whole, each.id
    assert 40 < sum(each.is_reported for each in articles) < 60


def test_passages_hold_their_floors() -> None:
    found = labelled.measure([each for each in labelled.load() if each.is_reported])
    assert labelled.below_floors(found) == []
    low = json.loads(json.dumps(found))
    low["ours"]["sentences"] = 0.5
    low["faults"] = 2
    assert len(labelled.below_floors(low)) == 3


def test_the_scores_are_those_of_simple_cases() -> None:
    text = "One two three. Four five six."
    article = labelled.Labelled(id="a", language="en", title="", text=text, marked=(((0, 14),), ((0, 14), (15, 29))))
    assert labelled.score(article, [(0, 14)])["sentences"] == pytest.approx((1 + 2 / 3) / 2)
    assert labelled.score(article, [(15, 29)])["overlap"] == pytest.approx((0 + 2 / 3) / 2)
    assert labelled.faults(article, [(0, 13)]) != []
