"""What an outlet hangs on many headlines is left out of their words, once it has been seen to."""

from newsloom.annotate import Affixes, count
from newsloom.config import AnnotateSettings
from newsloom.types import Article


def counted(headline: str, text: str = "The council met in the old harbour hall on a wet Tuesday evening."):
    article = Article(headline=headline, paragraphs=(text,), in_language="en")
    return count(article, AnnotateSettings(), passages=False)


def stripped(affixes: Affixes, source: str, headline: str):
    return affixes.strip(source, counted(headline)).title


def test_a_part_printed_with_three_other_headlines_is_left_out_of_the_fourth():
    affixes = Affixes()
    for headline in ("Dredger sinks", "Ferry late", "Pier closed"):
        assert "live" in stripped(affixes, "gazette", f"Live harbour desk – {headline}")
    assert stripped(affixes, "gazette", "Live harbour desk – Crane falls") == ("crane", "fall")


def test_another_outlets_habit_is_its_own():
    affixes = Affixes()
    for headline in ("Dredger sinks", "Ferry late", "Pier closed"):
        stripped(affixes, "gazette", f"Live – {headline}")
    assert "live" in stripped(affixes, "herald", "Live – Crane falls")


def test_head_and_text_lose_the_part_and_keep_the_rest():
    affixes = Affixes()
    for headline in ("Dredger sinks", "Ferry late", "Pier closed"):
        affixes.strip("gazette", counted(f"{headline} – the latest from the docks"))
    whole = counted("Crane falls – the latest from the docks")
    bare = affixes.strip("gazette", whole)
    assert bare.head[:2] == bare.all[:2] == ("crane", "fall")
    assert bare.all[2:] == whole.all[len(whole.title) :]


def test_a_headline_of_worn_parts_alone_keeps_them():
    affixes = Affixes()
    for _ in range(6):
        found = stripped(affixes, "gazette", "Morning briefing – harbour desk")
    assert found == ("morning", "briefing", "harbour", "desk")


def test_an_unnamed_outlet_has_no_habits():
    affixes = Affixes()
    for headline in ("Dredger sinks", "Ferry late", "Pier closed", "Crane falls"):
        found = stripped(affixes, "", f"Live – {headline}")
    assert found[0] == "live"


def test_a_part_is_known_whatever_words_stand_before_it():
    affixes = Affixes()
    for headline in ("Sonne im Norden", "Regen im Süden", "Nebel am Rhein"):
        affixes.strip("gazette", counted(f"{headline} – Das Wetter heute"))
    assert stripped(affixes, "gazette", "Wetterwarnung für Bayern – Das Wetter heute") == (
        "wetterwarnung",
        "für",
        "bayern",
    )
