"""Ranking: separately written reports before copies, fresh before old, no source over its share."""

from datetime import UTC, datetime, timedelta

from newsloom.config import EditionsSettings
from newsloom.editions import rank, section
from newsloom.types import EditionSpec, ReportForRank, Story, StoryForRank

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
US = EditionSpec(id="us", name="United States", country="us", language="en")


def report(n, source, *, hours=1.0, copy=False, owner="", section="World"):
    return ReportForRank(
        article_id=f"a{n}", source_id=source, owner=owner or source, kind="newspaper", section=section,
        shown_at=NOW - timedelta(hours=hours), is_copy=copy, origin="page",
    )  # fmt: skip


def story(name, *reports):
    return StoryForRank(
        story=Story(id=name, founded_by=reports[0].article_id, lead_id=reports[0].article_id), reports=reports
    )


def ranked(*stories, **settings):
    return [p.story_id for p in rank(US, stories, EditionsSettings(**settings), NOW)]


def test_more_owners_stand_higher():
    assert ranked(story("one", report(1, "a")), story("two", report(2, "b"), report(3, "c"))) == ["two", "one"]


def test_copies_count_less_than_reports():
    wire = story("wire", report(1, "a"), *(report(n, f"s{n}", copy=True) for n in range(2, 9)))
    written = story("written", report(20, "x"), report(21, "y"), report(22, "z"))
    assert ranked(wire, written) == ["written", "wire"]


def test_one_owner_has_one_vote():
    chain = story("chain", *(report(n, f"s{n}", owner="one chain") for n in range(8)))
    two = story("two", report(20, "x"), report(21, "y"))
    assert ranked(chain, two) == ["two", "chain"]


def test_fresh_before_old_and_too_old_not_at_all():
    fresh, old = story("fresh", report(1, "a", hours=1)), story("old", report(2, "b", hours=30))
    assert ranked(old, fresh) == ["fresh", "old"]
    assert ranked(old, fresh, max_age_h=24.0) == ["fresh"]


def test_a_copy_does_not_make_a_story_fresh():
    revived = story("revived", report(1, "a", hours=40), report(2, "b", hours=0.1, copy=True))
    assert ranked(revived, story("fresh", report(3, "c", hours=20))) == ["fresh", "revived"]


def test_a_time_in_the_future_gains_nothing():
    ahead = rank(US, [story("s", report(1, "a", hours=-50))], EditionsSettings(), NOW)[0]
    now = rank(US, [story("s", report(1, "a", hours=0))], EditionsSettings(), NOW)[0]
    assert ahead.score == now.score


def test_no_source_leads_more_than_its_share():
    flood = [story(f"f{n}", report(n, "flood")) for n in range(40)]
    others = [story(f"o{n}", report(100 + n, f"other{n}", hours=20)) for n in range(10)]
    placed = ranked(*flood, *others, front_stories=20, source_share=0.2)
    assert sum(name.startswith("f") for name in placed) == 4


def test_ranks_count_from_one_and_give_reasons():
    placed = rank(US, [story("s", report(1, "a"), report(2, "b"), report(3, "c", copy=True))], EditionsSettings(), NOW)
    assert [p.rank for p in placed] == [1]
    assert placed[0].reasons["reports"] == 2
    assert placed[0].reasons["copies"] == 1
    assert placed[0].section == "World"


def test_section_is_the_commonest_in_the_outlets_words():
    assert section(["world", "World", "World/Europe", "Sport"]) == "World"
    assert section(["", ""]) == ""
