"""Stories over made-up streams: hundreds of reports, look-alikes beside them, weeks of them, and hostile outlets."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import cache

import pytest

from evals import made_up
from evals.made_up import START
from newsloom.annotate import Background, annotate
from newsloom.config import AnnotateSettings, SimilarSettings
from newsloom.pipeline.grouping import Grouper
from newsloom.types import AnnotatedArticle, Article


class Press(made_up.Press):
    """The same as articles that came in."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._table = Background().table("en")
        self.count = 0

    def report(
        self,
        topic: Sequence[str],
        event: Sequence[str],
        *,
        hours: float,
        source: str = "",
        title: str | None = None,
        text: str = "",
        name: str = "",
        words: int = 90,
    ) -> AnnotatedArticle:
        """One report; `text` where it is somebody else's."""
        self.count += 1
        at = START + timedelta(hours=hours)
        source = source or f"outlet{self.count % 97}"
        article = Article(
            id=name or f"a{self.count:05}",
            source_id=source,
            headline=self.headline(topic, event) if title is None else title,
            paragraphs=(text or self.prose(topic, event, words),),
            in_language="en",
            origin="import",
        )
        found = annotate(article, AnnotateSettings(), lambda _: self._table, passages=False)
        return AnnotatedArticle(
            seq=self.count, article=article, annotations=found, first_seen=at, shown_at=at, owner=source
        )


def grouper(days: float = 7) -> Grouper:
    return Grouper(SimilarSettings(window_days=days))


def feed(into: Grouper, articles: Iterable[AnnotatedArticle], batch: int = 25) -> None:
    """Let articles arrive, with looks at what is due from time to time, as the writer does."""
    coming = list(articles)
    for n in range(0, len(coming), batch):
        into.assign(coming[n : n + batch])
        into.second_look(coming[min(n + batch, len(coming)) - 1].first_seen)


def stories(of: Grouper, articles: Iterable[AnnotatedArticle]) -> Counter[str]:
    return Counter(of.stories.story_of(a.article.id) for a in articles)


def test_a_story_that_grows_to_three_hundred_reports_stays_one_and_two_on_one_topic_stay_two() -> None:
    press, desk = Press(2), grouper()
    topic, one, other = press.topic(), press.event(), press.event()
    here = [press.report(topic, one, hours=n / 6) for n in range(300)]
    there = [press.report(topic, other, hours=n / 6 + 0.05) for n in range(300)]
    feed(desk, (article for pair in zip(here, there, strict=True) for article in pair))
    assert len(stories(desk, here)) == len(stories(desk, there)) == 1
    desk.look_at_all()
    assert len(stories(desk, here)) == len(stories(desk, there)) == 1
    assert set(stories(desk, here)) != set(stories(desk, there))


def unfolding(press: Press, topic: Sequence[str], event: Sequence[str], reports: int) -> list[AnnotatedArticle]:
    """Reports as an event brings them: what it is about shifts, some are a few lines, some long, one in six carried."""
    rng, told = random.Random(reports + len(topic) + press.count), list[AnnotatedArticle]()
    core, aspects = list(event[:10]), [press.event() for _ in range(5)]
    for n in range(reports):
        aspect = aspects[min(n * len(aspects) // reports + rng.choice((0, 0, 1)), len(aspects) - 1)]
        about = core + rng.sample(list(event[10:]), 10) + rng.sample(aspect, 8)
        text = press.prose(topic, about, rng.choice((25, 40, 90, 150, 400)))
        if told and rng.random() < 1 / 6:
            carried = rng.choice(told[-40:]).article.text.split()
            text = " ".join(carried[: max(20, int(len(carried) * rng.uniform(0.5, 1)))])
        told.append(press.report(topic, about, hours=n / 7 + rng.random() / 10, text=text))
    return told


Told = tuple[Counter[str], Counter[str], Counter[str], Counter[str]]


@cache
def two_large(seed: int) -> tuple[Told, Told]:
    """Two unfolding stories on one topic, and other news, live and after a last look at all.

    Where the reports of the one stand, of the other, of lone events on their topic, and on other topics.
    """
    press, desk = Press(seed), grouper()
    topic = press.topic()
    here, there = (unfolding(press, topic, press.event(), 300) for _ in range(2))
    near, far = (
        [
            press.report(topic if on_it else press.topic(), press.event(), hours=n * 43 / count, words=n % 90 + 30)
            for n in range(count)
        ]
        for on_it, count in ((True, 40), (False, 160))
    )
    sides = (here, there, near, far)
    feed(desk, sorted((article for side in sides for article in side), key=lambda a: a.first_seen))
    live = tuple(stories(desk, side) for side in sides)
    desk.look_at_all()
    return live, tuple(stories(desk, side) for side in sides)  # type: ignore[return-value]


@pytest.mark.parametrize("seed", [20, 21])
def test_two_large_stories_that_unfold_on_one_topic_stay_two_amid_other_news(seed: int) -> None:
    for here, there, _, far in two_large(seed):
        [(one, count)], [(other, count_there)] = here.most_common(1), there.most_common(1)
        assert one != other
        assert count + count_there >= 594
        assert not {one, other} & far.keys()
        assert len(far) >= 155


@pytest.mark.xfail(
    reason="measured: up to 23 of 40 lone events on the topic are taken into the large stories", strict=True
)
@pytest.mark.parametrize("seed", [20, 21])
def test_large_stories_take_in_no_lone_event_of_their_topic(seed: int) -> None:
    for here, there, near, _ in two_large(seed):
        assert sum(near[story] for story in {*here, *there}) <= 2


def test_a_saga_of_weeks_stays_together_and_swallows_no_look_alike() -> None:
    press, desk = Press(3), grouper()
    topic, event, other = press.topic(), press.event(), press.event()
    saga = [press.report(topic, event, hours=10 * n) for n in range(60)]  # 25 days, a window is seven
    alike = [press.report(topic, other, hours=10 * n + 5) for n in range(20, 40)]
    named: dict[str, str] = {}
    for article in sorted([*saga, *alike], key=lambda a: a.first_seen):
        named.update(desk.assign([article]).members)
        desk.let_go(article.first_seen)
        named.update(desk.second_look(article.first_seen).members)
    assert len({named[a.article.id] for a in saga}) == 1
    assert len({named[a.article.id] for a in alike}) == 1
    assert named[saga[0].article.id] != named[alike[0].article.id]


def test_a_story_closes_when_it_leaves_the_window_and_a_later_report_founds_another() -> None:
    press, desk = Press(4), grouper(days=2)
    topic, event = press.topic(), press.event()
    early = [press.report(topic, event, hours=n) for n in range(5)]
    feed(desk, early)
    reopened = press.report(topic, event, hours=40)
    feed(desk, [reopened])
    assert len(stories(desk, [*early, reopened])) == 1
    long_after = press.report(topic, event, hours=24 * 14)
    desk.let_go(long_after.first_seen)
    feed(desk, [long_after])
    assert desk.stories.story_of(long_after.article.id) != desk.stories.story_of(reopened.article.id)


# Outlets that do not behave


def test_an_outlet_that_floods_makes_one_report_of_a_story() -> None:
    press, desk = Press(5), grouper()
    topic, event = press.topic(), press.event()
    others = [press.report(topic, event, hours=n, source=f"paper{n}") for n in range(4)]
    flood = [press.report(topic, event, hours=4 + n / 60, source="flood") for n in range(150)]
    elsewhere = [press.report(press.topic(), press.event(), hours=5) for _ in range(30)]
    feed(desk, [*others, *flood, *elsewhere])
    assert len(stories(desk, [*others, *flood])) == 1
    told = desk.stories.describe(desk.stories.story_of(others[0].article.id))
    assert told.reports == 5
    assert len(stories(desk, elsewhere)) == 30


def test_a_story_stuffed_with_copies_counts_one_report_and_draws_nobody_else_in() -> None:
    press, desk = Press(6), grouper()
    topic, event, other = press.topic(), press.event(), press.event()
    honest = [press.report(topic, event, hours=n, source=f"paper{n}") for n in range(3)]
    text = press.prose(topic, event)
    stuffed = [press.report(topic, event, hours=4 + n / 60, source=f"mill{n}", text=text) for n in range(120)]
    alike = [press.report(topic, other, hours=8 + n, source=f"paper{n}") for n in range(3)]
    feed(desk, [*honest, *stuffed, *alike])
    desk.look_at_all()
    [story] = stories(desk, [*honest, *stuffed])
    told = desk.stories.describe(story)
    assert (told.reports, told.copies) == (4, 119)
    assert {desk.stories.copy_of(a.article.id).original_id for a in stuffed[1:]} == {stuffed[0].article.id}  # type: ignore[union-attr]
    assert told.lead_id in {a.article.id for a in (*honest, stuffed[0])}
    assert len(stories(desk, alike)) == 1
    assert set(stories(desk, alike)) != {story}


def test_the_same_article_twice_is_one_article() -> None:
    press, desk = Press(7), grouper()
    report = press.report(press.topic(), press.event(), hours=1)
    feed(desk, [report, report, report])
    story = desk.stories.story_of(report.article.id)
    assert desk.stories.members(story) == (report.article.id,)
    assert desk.stories.near(report.article.id) == {}


def test_an_article_edited_into_another_event_moves_at_the_next_look() -> None:
    press, desk = Press(8), grouper()
    one, other, topic = press.event(), press.event(), press.topic()
    here = [press.report(topic, one, hours=n) for n in range(4)]
    there = [press.report(topic, other, hours=n) for n in range(4)]
    feed(desk, [*here, *there])
    edited = press.report(topic, other, hours=2, name=here[2].article.id, source="outlet2")
    desk.assign([edited])
    assert len(stories(desk, here)) == 1
    desk.second_look(None)
    assert desk.stories.story_of(edited.article.id) == desk.stories.story_of(there[0].article.id)
    assert len(stories(desk, [here[0], here[1], here[3]])) == 1


@pytest.mark.parametrize("title", ["", "   ", "–"])
def test_an_article_without_a_title_joins_by_its_text(title: str) -> None:
    press, desk = Press(9), grouper()
    topic, event = press.topic(), press.event()
    reports = [press.report(topic, event, hours=n) for n in range(4)]
    feed(desk, reports)
    bare = press.report(topic, event, hours=5, title=title)
    empty = press.report(topic, event, hours=6, title=title, text=" ")
    feed(desk, [bare, empty])
    assert desk.stories.story_of(bare.article.id) == desk.stories.story_of(reports[0].article.id)
    assert desk.stories.members(desk.stories.story_of(empty.article.id)) == (empty.article.id,)


def test_a_text_of_a_megabyte_is_one_report_like_any_other() -> None:
    press, desk = Press(10), grouper()
    topic, event = press.topic(), press.event()
    reports = [press.report(topic, event, hours=n) for n in range(4)]
    feed(desk, reports)
    long = press.report(topic, event, hours=5, text=" ".join(press.prose(topic, event, 2_000) for _ in range(90)))
    assert len(long.article.text) > 1_000_000
    feed(desk, [long])
    assert desk.stories.story_of(long.article.id) == desk.stories.story_of(reports[0].article.id)
    assert len(long.annotations.terms) <= 100


def test_reports_that_come_in_late_and_out_of_order_find_their_story() -> None:
    press, desk = Press(11), grouper()
    topic, one, other = press.topic(), press.event(), press.event()
    reports = [press.report(topic, event, hours=n) for n in range(12) for event in (one, other)]
    late = sorted(reports, key=lambda a: (hash(a.seq * 7919) % 24, a.seq))
    feed(desk, late)
    desk.look_at_all()
    assert sorted(stories(desk, reports).values()) == [12, 12]
