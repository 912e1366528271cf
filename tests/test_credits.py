"""Which agency a report credits, and what a story's page makes of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from newsloom import config
from newsloom.annotate.credits import credited
from newsloom.pipeline.stories_writer import StoriesWriter, put_editions
from newsloom.store import open_store
from newsloom.store.reading import Reading
from newsloom.types import Article, Source
from tests.store_kit import rows
from tests.test_similar_news import NOW, SIX, bring


def report(text: str, authors: tuple[str, ...] = (), outlet: str = "") -> Article:
    return Article(headline="Ferry aground", paragraphs=tuple(text.split("\n")), authors=authors, site_name=outlet)


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("LONDON (Reuters) - A ferry ran aground on Sunday.", "Reuters"),
        ("PELLMERE, England (AP) — A ferry ran aground.", "AP"),
        ("SYDNEY (AAP) - A ferry ran aground.", "AAP"),
        ("A ferry ran aground, a passenger told Reuters on Monday.", "Reuters"),
        ("A ferry ran aground, Agence France-Presse reported.", "AFP"),
        ("A ferry ran aground.\nEverybody is safe. (dpa)", "dpa"),
        ("En färja gick på grund, enligt TT.", "TT"),
        ("En färja gick på grund.\nAlla är i säkerhet. /TT", "TT"),
        ("Eine Fähre lief auf Grund, berichtet dpa.", "dpa"),
        ("Un ferri encalló, según EFE.", "EFE"),
        ("Un ferry s’est échoué, selon l’AFP.", "AFP"),
        ("The ferry had left Pellmere.\n© AFP", "AFP"),
    ],
)
def test_an_agency_that_is_credited_is_found(text: str, agency: str) -> None:
    assert credited(report(text)) == agency


@pytest.mark.parametrize(
    "text",
    [
        "Reuters shares rose after the company raised its forecast.",
        "The office of the AFP union in Pellmere was closed.",
        "He said the map of the harbour (APA style) was old and that nobody had told them.",
        "The apartment was for sale.",
        "",
    ],
)
def test_a_name_alone_is_no_credit(text: str) -> None:
    assert credited(report(text)) == ""


@pytest.mark.parametrize(
    "authors", [("Reuters",), ("Ada Brandt, Reuters",), ("Ada Brandt", "The Associated Press"), ("AFP/Ada Brandt",)]
)
def test_a_byline_credits(authors: tuple[str, ...]) -> None:
    assert credited(report("A ferry ran aground.", authors)) in ("Reuters", "AP", "AFP")


def test_a_byline_of_people_credits_nobody() -> None:
    assert credited(report("A ferry ran aground.", ("Ana Apaza", "Tass Lindqvist"))) == ""


def test_an_agency_does_not_credit_itself() -> None:
    assert credited(report("LONDON (Reuters) - A ferry ran aground.", outlet="Reuters")) == ""


def test_agencies_of_the_catalogue_count_too() -> None:
    text = "HARROW (Meridian Wire) - A ferry ran aground."
    assert credited(report(text)) == ""
    assert credited(report(text), more=("Meridian Wire",)) == "Meridian Wire"


def test_a_long_text_costs_no_more() -> None:
    assert credited(report("A ferry ran aground. " * 60_000 + "(Reuters)")) == "Reuters"


def test_a_story_says_who_credits_whom(tmp_path: Path) -> None:
    settings = config.load({"NEWSLOOM_DB": str(tmp_path / "news.db")})
    store = open_store(settings.store)
    put_editions(store, settings)
    ids = []
    for n, (title, text) in enumerate(SIX[:4]):
        store.put_source(Source(id=f"o{n}", name=f"Outlet {n}"), ["us"], NOW)
        ids.append(bring(store, n, (title, text + (" A passenger told Reuters so." if n in (1, 2) else ""))))
    writer = StoriesWriter(store, settings, lambda: NOW + timedelta(hours=3))
    assert writer.finish()
    [story] = {r[0] for r in rows(store, "SELECT story_id FROM articles")}
    record = Reading(store.reader).story(str(story))
    assert record is not None
    assert record.credits == {ids[1]: "Reuters", ids[2]: "Reuters"}
    store.forget("https://o1.example/1", NOW)
    assert rows(store, "SELECT article_id FROM credits") == [(ids[2],)]
    store.close()
