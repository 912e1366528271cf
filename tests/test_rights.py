"""The one filter before everything that leaves: the strictest wins, passages are whole, limits hold."""

from hypothesis import given
from hypothesis import strategies as st

from newsloom.config import RightsSettings
from newsloom.rights import image_allowed, shorten, shown_lead, shown_passages, strictest
from newsloom.types import Passage, Rights

LIMITS = RightsSettings()


def passage(text, start=0, score=0.5):
    return Passage(text=text, start=start, end=start + len(text), score=score)


def test_the_strictest_wins():
    said = strictest(
        [
            Rights(snippet_chars=120, image=True, evidence=("meta",)),
            Rights(snippet_chars=50, image=False, evidence=("header",)),
            Rights(),
        ]
    )
    assert (said.snippet_chars, said.image, said.evidence) == (50, False, ("meta", "header"))
    assert not strictest([Rights(), Rights(analyse=False)]).analyse
    assert not strictest([Rights(archive=False), Rights()]).archive


def test_nothing_said_limits_nothing_but_shows_no_image():
    assert strictest([]) == Rights()
    assert not image_allowed(Rights())
    assert image_allowed(Rights(image=True))


def test_passages_stand_in_the_articles_order_and_best_ones_are_kept():
    found = [passage("a" * 90 + ".", 0, 0.2), passage("b" * 90 + ".", 100, 0.9), passage("c" * 90 + ".", 200, 0.8)]
    kept = shown_passages(found, Rights(snippet_chars=190), LIMITS)
    assert [p.start for p in kept] == [100, 200]


def test_a_passage_over_the_limit_is_left_out_rather_than_cut():
    long, short = passage("x" * 300 + ".", 0, 0.9), passage("It rained.", 400, 0.1)
    assert [p.text for p in shown_passages([long, short], Rights(), LIMITS)] == ["It rained."]


def test_only_where_nothing_would_remain_is_one_cut_and_says_so():
    kept = shown_passages([passage("word " * 100)], Rights(), LIMITS)
    assert len(kept) == 1
    assert kept[0].text.endswith("…")
    assert len(kept[0].text) <= LIMITS.passage_chars


def test_nosnippet_and_reserved_mining_show_no_text():
    for rights in (Rights(snippet_chars=0), Rights(analyse=False)):
        assert shown_passages([passage("It rained.")], rights, LIMITS) == ()
        assert shown_lead("It rained.", rights, LIMITS) == ""


@given(
    st.lists(st.text(min_size=1, max_size=400), max_size=6),
    st.integers(-1, 500),
)
def test_what_leaves_is_never_more_than_may(texts, chars):
    kept = shown_passages(
        [passage(t, n * 500, n / 10) for n, t in enumerate(texts)], Rights(snippet_chars=chars), LIMITS
    )
    assert len(kept) <= LIMITS.passages
    assert all(len(p.text) <= LIMITS.passage_chars for p in kept)
    if chars >= 0:
        assert sum(len(p.text) for p in kept) <= chars


@given(st.text(max_size=300), st.integers(0, 200))
def test_shorten_keeps_within(text, chars):
    assert len(shorten(text, chars)) <= chars
