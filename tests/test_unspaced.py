"""Languages that write without spaces: grouped by pairs of characters, each language in a window of its own."""

# Vowel signs count as characters for the checker, not for who reads them.
# ruff: noqa: E501

from __future__ import annotations

import pytest

import newsloom

# Two or three reports of one event, and one of another, in words of our own.
REPORTS = {
    "zh": (
        (
            "渡轮红隼号在佩尔港外搁浅，84人获救",
            "周日深夜，渡轮红隼号在佩尔港外的塘鹅沙洲搁浅，船上有84人。科罗比的救生艇在两小时内将所有人安全送上岸，海岸警卫队表示无人受伤。船公司称左舷发动机失去动力。",
        ),
        (
            "红隼号渡轮搁浅，救生艇救出84名乘客",
            "海岸警卫队说，红隼号周日夜间在塘鹅沙洲触底，科罗比派出两艘救生艇，船上84人全部获救。佩尔航运公司说，发动机故障导致船只漂移。",
        ),
        (
            "佩尔航运停航三艘渡轮，调查红隼号事故",
            "佩尔航运周一停航旗下三艘渡轮，潜水员正在检查红隼号船体。该船周日载着84人在塘鹅沙洲搁浅。",
        ),
        (
            "央行维持利率不变",
            "中央银行周一宣布将基准利率维持在2.75%，符合市场预期。行长表示通胀率预计今年降至2%。",
        ),
    ),
    "ja": (
        (
            "フェリー「ケストレル」座礁、84人救助",
            "日曜日の深夜、ペルミア沖のガネット砂州でフェリー「ケストレル」が座礁した。乗っていた84人はコロビーの救命艇に全員救助された。沿岸警備隊によると、けが人はいない。",
        ),
        (
            "ペルミア沖でフェリー座礁 84人全員無事",
            "沿岸警備隊は、フェリー「ケストレル」がガネット砂州に乗り上げ、コロビーの救命艇2隻が84人を救助したと発表した。左舷エンジンの故障が原因とみられる。",
        ),
        (
            "ケストレル座礁でペルミア社がフェリー運航停止",
            "ペルミア社は月曜日、フェリー3隻の運航を停止した。日曜日にガネット砂州で座礁した「ケストレル」の船体を潜水士が調べている。",
        ),
        (
            "中央銀行、金利を据え置き",
            "中央銀行は月曜日、政策金利を2.75%に据え置くと発表した。総裁は物価上昇率が年内に2%に下がるとの見方を示した。",
        ),
    ),
    "th": (
        (
            "เรือเฟอร์รีเคสเทรลเกยตื้น ช่วยผู้โดยสารได้ 84 คน",
            "เรือเฟอร์รีเคสเทรลเกยตื้นที่สันดอนแกนเน็ตนอกชายฝั่งเพลเมียร์เมื่อคืนวันอาทิตย์ มีผู้โดยสาร 84 คน เรือกู้ภัยจากคอร์โรบีพาทุกคนขึ้นฝั่งภายในสองชั่วโมง หน่วยยามฝั่งกล่าว",
        ),
        (
            "เรือกู้ภัยช่วย 84 คนจากเรือเคสเทรลที่เกยตื้น",
            "หน่วยยามฝั่งกล่าวว่าเรือเฟอร์รีเคสเทรลชนสันดอนแกนเน็ต เรือกู้ภัยสองลำจากคอร์โรบีช่วยผู้โดยสารทั้ง 84 คน เครื่องยนต์ขัดข้องก่อนเรือลอยไปเกยตื้น",
        ),
        (
            "เพลเมียร์ไลน์หยุดเดินเรือหลังเคสเทรลเกยตื้น",
            "บริษัทเพลเมียร์ไลน์หยุดเดินเรือเฟอร์รีสามลำในวันจันทร์ นักดำน้ำกำลังตรวจเรือเคสเทรลที่เกยตื้นที่สันดอนแกนเน็ตพร้อมผู้โดยสาร 84 คน",
        ),
        (
            "ธนาคารกลางคงอัตราดอกเบี้ย",
            "ธนาคารกลางประกาศคงอัตราดอกเบี้ยนโยบายที่ร้อยละ 2.75 เมื่อวันจันทร์ ผู้ว่าการคาดว่าเงินเฟ้อจะลดลงเหลือร้อยละ 2 ในปีนี้",
        ),
    ),
}


def articles(language: str, lang: str = "") -> list[dict[str, str]]:
    return [
        {
            "id": f"{language}{n}", "title": title, "text": text, "source": f"{language}{n}", "lang": lang,
            "date": f"2026-03-02T0{n}:00:00Z",
        }
        for n, (title, text) in enumerate(REPORTS[language])
    ]  # fmt: skip


@pytest.mark.parametrize("language", sorted(REPORTS))
def test_reports_of_one_event_meet_and_another_stays_apart(language: str) -> None:
    found = newsloom.group_articles(articles(language))
    assert found[0]["story"] == found[1]["story"]
    assert found[3]["story"] not in {record["story"] for record in found[:3]}
    assert found[3]["similar"] == []
    assert found[1]["similar"][0]["id"] == f"{language}0"


@pytest.mark.parametrize("language", sorted(REPORTS))
def test_other_languages_in_the_stream_change_nothing(language: str) -> None:
    alone = {record["id"]: record["story"] for record in newsloom.group_articles(articles(language))}
    every = sorted((line for each in REPORTS for line in articles(each)), key=lambda line: (line["date"], line["id"]))
    mixed = {record["id"]: record["story"] for record in newsloom.group_articles(every)}
    assert {name: mixed[name] for name in alone} == alone


@pytest.mark.parametrize("language", sorted(REPORTS))
def test_the_language_is_found_or_told_alike(language: str) -> None:
    found, told = (newsloom.group_articles(articles(language, lang)) for lang in ("", language))
    assert [record["story"] for record in found] == [record["story"] for record in told]
