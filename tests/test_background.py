"""How telling a word is: shipped tables, counts that lag by two days, languages that learn as they go."""

from __future__ import annotations

from collections import Counter
from importlib import resources
from math import isclose, log

import pytest

from newsloom.annotate.background import LAG_DAYS, UNSEEN, Background, Table, shipped
from newsloom.hashing import key
from newsloom.pipeline import catalogue

DAY = 739_000
BURST = "quillhaven"
TABLES = resources.files("newsloom.annotate") / "background"
LANGUAGES = sorted(file.name.partition(".")[0] for file in TABLES.iterdir() if file.name.endswith(".gz"))
COUNTRIES = [file.name[:-5] for file in resources.files("newsloom.sources").iterdir() if file.name.endswith(".toml")]
SEGMENTED = {"zh", "ja", "th", "ko"}  # no word of theirs is a term of ours, or every ending makes another one


def burst(background: Background, day: int, articles: int = 2_000, language: str = "en") -> None:
    for _ in range(articles):
        background.count(language, day, [BURST, "the"])


@pytest.mark.parametrize(("language", "everyday"), [("en", ["the", "of", "and", "to"]), ("sv", ["i", "och", "på"])])
def test_everyday_words_of_a_shipped_language_tell_little(language, everyday):
    table = Table(language)
    assert all(table(word) < 1.5 for word in everyday)
    assert all(table(word) < table("wolverine") / 4 for word in everyday)


def test_the_english_article_is_near_nothing():
    assert 0 <= Table("en")("the") < 0.3


@pytest.mark.parametrize("language", ["en", "sv", "xx"])
def test_an_unseen_word_weighs_by_the_guess(language):
    assert isclose(Table(language)("zyxquillon"), -log(UNSEEN))


def test_languages_that_many_outlets_write_have_tables():
    spoken = Counter(
        tag.partition("-")[0]
        for country in COUNTRIES
        for source in catalogue.shipped(country)
        for tag in source.languages
    )
    assert {language for language, count in spoken.items() if count >= 8} - SEGMENTED <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_shipped_shares_are_shares(language):
    table = shipped(language)
    assert len(table) > 1_000
    assert all(0 < share <= 1 for share in table.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_shipped_words_are_terms_as_texts_have_them(language):
    assert not [word for word in shipped(language) if key(word) != word or word != word.lower() or " " in word][:20]


@pytest.mark.parametrize("language", ["xx", "und", ""])
def test_a_language_without_a_table_ships_none(language):
    assert shipped(language) == {}


def test_no_word_weighs_less_than_nothing():
    background = Background()
    background.load("en", 10, {"the": 50_000})
    assert background.table("en")("the") == 0.0


def test_a_word_that_bursts_keeps_its_weight_today_and_tomorrow():
    background = Background()
    before = background.table("en")(BURST)
    burst(background, DAY)
    assert background.table("en")(BURST) == before
    background.count("en", DAY + 1, ["calm"])
    assert background.table("en")(BURST) == before


def test_a_burst_counts_once_it_is_two_days_old():
    background = Background()
    before = background.table("en")(BURST)
    burst(background, DAY)
    background.count("en", DAY + LAG_DAYS, ["calm"])
    assert background.table("en")(BURST) < before - 2


def test_a_gap_of_weeks_lets_every_day_in():
    background = Background()
    burst(background, DAY)
    background.count("en", DAY + 40, ["calm"])
    assert background.table("en")(BURST) < -log(UNSEEN) - 2


def test_other_languages_let_a_day_in_too():
    background = Background()
    burst(background, DAY)
    background.count("sv", DAY + LAG_DAYS, ["lugnt"])
    assert background.table("en")(BURST) < -log(UNSEEN) - 2


def test_an_article_counts_a_word_once():
    one, many = Background(), Background()
    for background, words in ((one, ["bridge"]), (many, ["bridge"] * 50)):
        background.count("en", DAY, words)
        background.count("en", DAY + LAG_DAYS, [])
    assert one.table("en")("bridge") == many.table("en")("bridge")


def test_languages_are_counted_apart():
    background = Background()
    burst(background, DAY)
    background.count("en", DAY + LAG_DAYS, [])
    assert isclose(background.table("sv")(BURST), -log(UNSEEN))


def test_a_language_without_a_table_learns_its_function_words_after_two_dozen_articles():
    background = Background()
    for n in range(24):
        background.count("xx", DAY, ["ja", "ning", f"haruldane{n}"])
    table = background.table("xx")
    assert table("ja") < 1.5
    assert table("haruldane7") > 3 * table("ja")


def test_a_shipped_language_is_not_moved_by_two_dozen_articles():
    background = Background()
    before = background.table("en")("bridge")
    for _ in range(24):
        background.count("en", DAY, ["bridge"])
    background.count("en", DAY + LAG_DAYS, [])
    assert background.table("en")("bridge") > before - 1


@pytest.mark.parametrize("language", ["en", "xx"])
def test_loading_counts_is_the_same_as_counting(language):
    counted, loaded = Background(), Background()
    for n in range(30):
        counted.count(language, DAY, ["bridge", "opens"] if n % 3 else ["bridge"])
    counted.count("sv", DAY + LAG_DAYS, ["lugnt"])
    loaded.load(language, 30, {"bridge": 30, "opens": 20})
    words = ["bridge", "opens", "the", "zyxquillon"]
    assert [counted.table(language)(w) for w in words] == [loaded.table(language)(w) for w in words]


def test_loading_twice_adds_up():
    once, twice = Background(), Background()
    once.load("en", 8, {"bridge": 6})
    for _ in range(2):
        twice.load("en", 4, {"bridge": 3})
    assert once.table("en")("bridge") == twice.table("en")("bridge")


def test_the_same_stream_gives_the_same_weights():
    def weights() -> list[float]:
        background = Background()
        for n in range(200):
            background.count("en" if n % 2 else "xx", DAY + n // 20, [f"w{n % 7}", f"v{n % 11}"])
        return [background.table(language)(f"w{n}") for language in ("en", "xx") for n in range(7)]

    assert weights() == weights()
