"""The window: who is found, how a pair is scored, what is told as the reason."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsloom.annotate import Background, annotate
from newsloom.config import AnnotateSettings, SimilarSettings
from newsloom.sample import load
from newsloom.similar import Model, Similar, probability
from newsloom.similar.coding import BUCKET_BITS, BUCKETS
from newsloom.similar.index import GROWING, NEWEST, Window
from newsloom.similar.match import CANDIDATES, vector_of
from newsloom.similar.model import FEATURES
from newsloom.similar.pairs import Comparer
from newsloom.similar.vectors import FIELDS, bucket, vector
from newsloom.types import AnnotatedArticle, Annotations, Article, Evidence, Match

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
DAY = 86_400.0
SYMMETRIC = ("title", "head", "terms", "more_within", "less_within", "numbers", "head_within", "title_within")
EVERYDAY = [f"everyday{n}" for n in range(300)]
ROUNDED = 2e-3  # weights in the window have half precision


COMPARER = Comparer()  # one for all: it holds an array over all buckets


def weighed(*terms: str) -> tuple[tuple[str, float], ...]:
    """The terms as weights of unit length, everyday words light."""
    weights = {term: 1.0 if term.startswith("everyday") else 4.0 for term in terms}
    length = sum(weight**2 for weight in weights.values()) ** 0.5
    return tuple((term, weights[term] / length) for term in sorted(terms, key=lambda term: -weights[term]))


def article(
    name: str, *terms: str, hours: float = 0.0, language: str = "en", names: tuple[str, ...] = ()
) -> AnnotatedArticle:
    """An article of these terms, `hours` after NOW."""
    field = weighed(*terms)
    annotations = Annotations(
        article_id=name,
        language=language,
        terms=field,
        head=field[:40],
        title=field[:16],
        names=names,
        numbers=tuple(term for term in terms if term.isdigit()),
    )
    at = NOW + timedelta(hours=hours)
    return AnnotatedArticle(
        seq=0, article=Article(id=name, source_id="s" + name), annotations=annotations, first_seen=at, shown_at=at
    )


def window(*articles: AnnotatedArticle, **said: float) -> Similar:
    similar = Similar(SimilarSettings(**said))
    for each in articles:
        similar.add(each, vector_of(each))
    return similar


def matches(similar: Similar, asking: AnnotatedArticle) -> list[Match]:
    return similar.matches(asking, vector_of(asking))


def found(similar: Similar, asking: AnnotatedArticle) -> list[str]:
    return [match.other_id for match in matches(similar, asking)]


def logit(similar: Similar, one: AnnotatedArticle, other: str) -> float:
    return similar.logits(one.annotations.language, vector_of(one), [other])[0]


@pytest.fixture(scope="module")
def crowded() -> Similar:
    """3,000 articles of everyday words, and one in their midst that has rare ones too."""
    rng = random.Random(7)
    many = [article(f"a{n}", *rng.sample(EVERYDAY, 30), hours=n / 100) for n in range(3_000)]
    many[1_234] = article("sought", *rng.sample(EVERYDAY, 28), "quillhaven", "ostermark", hours=12)
    return window(*many)


def test_the_article_that_shares_rare_words_is_found_among_three_thousand(crowded):
    asking = article("new", *EVERYDAY[:10], "quillhaven", "ostermark", hours=30)
    assert "sought" in found(crowded, asking)


def test_what_shares_more_of_the_words_stands_first(crowded):
    asking = article("new", *EVERYDAY[:2], "quillhaven", "ostermark", hours=30)
    assert found(crowded, asking)[0] == "sought"


def test_no_more_candidates_than_are_asked_for(crowded):
    assert len(matches(crowded, article("new", *EVERYDAY[:30]))) == CANDIDATES


def test_matches_come_best_first(crowded):
    logits = [match.logit for match in matches(crowded, article("new", *EVERYDAY[:30]))]
    assert logits == sorted(logits, reverse=True)


def test_the_same_window_gives_the_same_matches(crowded):
    asking = article("new", *EVERYDAY[40:70], hours=3)
    assert matches(crowded, asking) == matches(crowded, asking)


def test_alike_articles_stand_in_the_order_of_arrival():
    similar = window(*(article(name, "bridge", "harbour") for name in ("c", "a", "b")))
    assert found(similar, article("new", "bridge", "harbour")) == ["c", "a", "b"]


def test_rows_are_found_in_whichever_run_they_lie():
    similar = window(*(article(f"a{n}", f"rare{n}", "bridge") for n in range(5 * GROWING + 5)))
    for n in (3, GROWING, 4 * GROWING + 1, 5 * GROWING - 1, 5 * GROWING + 2):
        assert found(similar, article("new", f"rare{n}")) == [f"a{n}"]


def test_a_term_that_all_have_finds_the_newest():
    rows = Window()
    common = vector(Annotations(terms=weighed("bridge")))
    for _ in range(NEWEST + 10):
        rows.add(common, 0.0)
    assert rows.candidates(common, 0.0, DAY, NEWEST * 2).min() == 10


def test_nothing_in_common_is_not_found():
    assert found(window(article("old", "bridge")), article("new", "orchestra")) == []


def test_an_article_without_terms_finds_and_is_found_by_nobody():
    similar = window(article("empty"), article("old", "bridge"))
    assert found(similar, article("new")) == []
    assert found(similar, article("new", "bridge")) == ["old"]


def test_an_empty_window_has_no_matches():
    assert found(window(), article("new", "bridge")) == []


@pytest.mark.parametrize(
    ("hours", "expected"), [(47.9, ["old"]), (48.0, ["old"]), (48.1, []), (-47.9, ["old"]), (-49, [])]
)
def test_the_window_reaches_so_many_days_either_way(hours, expected):
    similar = window(article("old", "bridge", "harbour"), window_days=2.0)
    assert found(similar, article("new", "bridge", "harbour", hours=hours)) == expected


def test_another_language_is_never_matched():
    similar = window(article("svensk", "bro", "hamn", language="sv"), article("old", "bro", "hamn"))
    assert found(similar, article("new", "bro", "hamn")) == ["old"]
    assert found(similar, article("new", "bro", "hamn", language="xx")) == []


def test_an_article_is_not_its_own_match():
    own = article("own", "bridge", "harbour")
    assert found(window(own, article("old", "bridge", "harbour")), own) == ["old"]


def test_an_edited_article_keeps_its_place():
    similar = window(article("first", "bridge"), article("second", "bridge"))
    edited = article("first", "bridge", "harbour")
    similar.add(edited, vector_of(edited))
    assert found(similar, article("new", "bridge")) == ["second", "first"]
    assert found(similar, edited) == ["second"]
    assert "first" in similar


def test_an_edited_article_is_found_by_its_new_words():
    similar = window(article("live", "bridge", "harbour"))
    edited = article("live", "orchestra", "piano")
    similar.add(edited, vector_of(edited))
    assert found(similar, article("new", "orchestra", "piano")) == ["live"]


def test_an_edited_article_is_scored_by_its_new_words():
    similar = window(article("live", "bridge", "harbour"))
    before = logit(similar, article("new", "bridge", "harbour"), "live")
    edited = article("live", "orchestra", "piano")
    similar.add(edited, vector_of(edited))
    assert logit(similar, article("new", "bridge", "harbour"), "live") < before - 5


def test_an_edit_that_changes_nothing_changes_no_match():
    old = article("old", "bridge", "harbour", "ferry")
    similar, asking = window(old, article("other", "bridge", "ferry")), article("new", "bridge", "harbour", "ferry")
    before = matches(similar, asking)
    similar.add(old, vector_of(old))
    assert matches(similar, asking) == before


def test_an_article_whose_language_changed_is_found_in_its_new_one_only():
    similar = window(article("moved", "bro", "hamn"), article("svensk", "bro", language="sv"))
    edited = article("moved", "bro", "hamn", language="sv")
    similar.add(edited, vector_of(edited))
    assert found(similar, article("new", "bro", "hamn")) == []
    assert found(similar, article("new", "bro", "hamn", language="sv")) == ["moved", "svensk"]


def test_an_article_of_another_language_is_infinitely_unlike():
    similar = window(article("svensk", "bro", language="sv"), article("old", "bro"))
    asked = similar.logits("en", vector_of(article("new", "bro")), ["svensk", "old"])
    assert asked[0] == -inf
    assert asked[1] > 0


def test_nobody_asked_nobody_scored():
    assert window().logits("en", vector_of(article("new", "bridge")), []) == []


_TERMS = st.lists(
    st.tuples(st.sampled_from([f"w{n}" for n in range(30)] + [f"word{c}" for c in "abcdefghij"]), st.floats(0.001, 1)),
    max_size=16,
    unique_by=lambda pair: pair[0],
).map(
    lambda pairs: tuple(sorted(((t, w / sum(v * v for _, v in pairs) ** 0.5) for t, w in pairs), key=lambda p: -p[1]))
)
_ANNOTATIONS = st.builds(Annotations, terms=_TERMS, head=_TERMS, title=_TERMS)


def features(one: Annotations, *others: Annotations) -> dict[str, list[float]]:
    rows = Window()
    for other in others:
        rows.add(vector(other), 0.0)
    columns = COMPARER.features(vector(one), rows, np.arange(len(others)))
    return {name: column.tolist() for name, column in columns.items()}


@settings(max_examples=40, deadline=None)
@given(_ANNOTATIONS, st.lists(_ANNOTATIONS, min_size=1, max_size=4))
def test_features_lie_between_nothing_and_all(one, others):
    for column in features(one, *others).values():
        assert all(0.0 <= value <= 1.0 + ROUNDED for value in column)


@settings(max_examples=40, deadline=None)
@given(_ANNOTATIONS, _ANNOTATIONS)
def test_features_are_the_same_from_either_side(one, other):
    there, back = features(one, other), features(other, one)
    for name in SYMMETRIC:
        assert there[name] == pytest.approx(back[name], abs=ROUNDED)


@settings(max_examples=40, deadline=None)
@given(_ANNOTATIONS)
def test_an_article_is_wholly_like_itself(one):
    own = features(one, one)
    for name, field in (("terms", one.terms), ("head", one.head), ("title", one.title), ("less_within", one.terms)):
        assert own[name][0] == pytest.approx(1.0 if field else 0.0, abs=ROUNDED)


@settings(max_examples=40, deadline=None)
@given(_ANNOTATIONS, st.lists(_ANNOTATIONS, min_size=2, max_size=4))
def test_a_pair_is_scored_alike_in_any_company(one, others):
    together = features(one, *others)
    for place, other in enumerate(others):
        assert {name: column[place] for name, column in together.items()} == pytest.approx(
            {name: column[0] for name, column in features(one, other).items()}
        )


def test_the_comparer_gives_what_the_model_asks_for():
    assert set(features(Annotations(), Annotations())) == set(FEATURES) == set(Model.shipped().weights)


def test_numbers_count_apart_from_words():
    one = features(Annotations(terms=weighed("bridge", "41")), Annotations(terms=weighed("harbour", "41")))
    assert one["numbers"] == [1.0]
    assert features(Annotations(terms=weighed("bridge")), Annotations(terms=weighed("bridge")))["numbers"] == [0.0]


def test_headline_words_in_the_others_text_count():
    mine, theirs = weighed("bridge", "harbour"), weighed("bridge", "harbour", "ferry", "quay")
    pair = features(Annotations(terms=mine, title=mine), Annotations(terms=theirs, title=weighed("ferry")))
    assert pair["title"] == [0.0]
    assert pair["title_within"][0] == pytest.approx(0.5, abs=ROUNDED)


def test_fields_longer_than_a_row_are_cut():
    many = weighed(*(f"w{n}" for n in range(500)))
    own = vector(Annotations(terms=many, head=many, title=many, signature=tuple(n << 16 for n in range(500))))
    held = [int((own.places >> (BUCKET_BITS + field) & 1).sum()) for field in range(len(FIELDS))]
    assert (held, len(own.weights), len(own.signature)) == ([100, 40, 16], 156, 96)


@given(st.text(min_size=1))
def test_a_bucket_tells_numbers_from_words(term):
    place = bucket(term)
    assert 0 < place < BUCKETS
    assert (place % 2 == 0) == any(char.isdigit() for char in term)


def test_no_shared_word_ever_speaks_against_a_pair():
    model = Model.shipped()
    assert all(weight >= 0 for weight in model.weights.values())
    assert model.bias < 0


def test_the_models_bars_stand_in_order():
    model = Model.shipped()
    assert model.floor < model.related <= model.same < model.ceiling
    assert model.floor < model.join < model.ceiling


def test_more_shared_words_score_higher():
    similar = window(article("old", "bridge", "harbour", "ferry", "quay"))
    asking = [article("new", *"bridge harbour ferry quay".split()[:n], *EVERYDAY[n:4]) for n in range(5)]
    logits = [logit(similar, each, "old") for each in asking]
    assert logits == sorted(logits)
    assert logits[0] < Model.shipped().related < Model.shipped().same < logits[4]


def test_a_probability_is_one():
    assert probability(0.0) == 0.5
    assert 0.0 <= probability(-40) < probability(-1) < probability(1) < probability(40) <= 1.0


def test_evidence_names_what_both_share():
    similar = window(article("old", "ellery", "bridge", "41", "orchestra", hours=-3))
    new = article("new", "ellery", "bridge", "41", "piano", names=("Ellery", "Piano"))
    assert similar.evidence(new, "old") == Evidence(names=("Ellery",), numbers=("41",), terms=("bridge",), hours=3.0)


def test_a_name_is_evidence_only_as_a_whole():
    similar = window(article("old", "port", "bridge"))
    new = article("new", "port", "ellery", "bridge", names=("Port Ellery",))
    assert similar.evidence(new, "old").names == ()


def test_a_name_with_a_folded_plural_is_evidence():
    similar = window(article("old", "ranger", "bridge"))
    assert similar.evidence(article("new", "ranger", names=("Rangers",)), "old").names == ("Rangers",)


def test_a_name_with_a_curly_apostrophe_is_evidence():
    similar = window(article("old", "o'hara", "bridge"))
    assert similar.evidence(article("new", "o'hara", names=("O’Hara",)), "old").names == ("O’Hara",)


def test_nothing_shared_is_no_evidence():
    similar = window(article("old", "bridge"))
    assert similar.evidence(article("new", "piano", names=("Piano",)), "old") == Evidence(hours=0.0)


def test_evidence_is_short():
    shared = [f"word{c}" for c in "abcdefghijklmnop"]
    told = window(article("old", *shared)).evidence(article("new", *shared, names=tuple(shared[:9])), "old")
    assert (len(told.names), len(told.terms)) == (6, 6)


def test_a_word_of_little_weight_explains_nothing():
    terms = (("bridge", 0.99), ("the", 0.1))
    new = AnnotatedArticle(
        seq=0, article=Article(id="new"), annotations=Annotations(terms=terms), first_seen=NOW, shown_at=NOW
    )
    assert window(article("old", "bridge", "the")).evidence(new, "old").terms == ("bridge",)


def test_evidence_on_real_articles_stands_in_both_texts():
    background = Background()
    pair = []
    for a in [a for a in load().events[0].articles if not a.copy_of and not a.broken][:2]:
        told = Article(id=a.id, headline=a.headline, paragraphs=a.paragraphs, in_language="en")
        pair.append(
            AnnotatedArticle(
                seq=0,
                article=told,
                annotations=annotate(told, AnnotateSettings(), background.table),
                first_seen=NOW,
                shown_at=NOW,
            )
        )
    old, new = pair
    evidence = window(old).evidence(new, old.article.id)
    assert evidence.names
    assert evidence.terms
    for word in " ".join((*evidence.names, *evidence.terms)).lower().split():
        for side in pair:
            assert word.removesuffix("y") in f"{side.article.headline} {side.article.text}".lower()
