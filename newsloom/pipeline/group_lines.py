"""`newsloom group`: article lines in, the story, the original and the similar articles of each out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from newsloom.annotate import Affixes, Background, Counted, count, weigh_counted
from newsloom.config import AnnotateSettings, Settings
from newsloom.pipeline.grouping import Grouper
from newsloom.pipeline.spool import Spool
from newsloom.stories import Told
from newsloom.types import AnnotatedArticle, Article, Evidence

LATEST = datetime(9990, 1, 1, tzinfo=UTC)  # a date from here on stands for "never"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # where no line has said a date yet

Line = dict[str, Any]
CountMany = Callable[[Iterable[Article], AnnotateSettings], Iterator[Counted]]


def group_lines(
    lines: Iterable[Line], settings: Settings, *, live: bool = False, count_many: CountMany | None = None
) -> Iterator[Line]:
    """For each line `{id, title, text?, url?, source?, date?, lang?}` one `{id, story, copy_of, similar}`, in order.

    Time is the largest date read so far; a line without one takes the previous line's. `live`: each answer is given
    as its article is assigned and names earlier articles only; else all are looked at again as a whole at the end.
    `count_many` may count words in other processes; it must keep the order.
    """
    grouper = Grouper(settings.similar)
    articles = _annotated(lines, settings, Background(), count_many or _count_here)
    yield from _live(articles, grouper) if live else _final(articles, grouper)


def _live(articles: Iterable[AnnotatedArticle], grouper: Grouper) -> Iterator[Line]:
    told = Told()
    for article in articles:
        article_id = article.article.id
        evidence = {link.other_id: link.evidence for link in grouper.take(article)}
        story = told.name(article_id, grouper.stories.members(grouper.stories.story_of(article_id)))
        yield {**_record(grouper, article_id, evidence.get), "story": story}


def _final(articles: Iterable[AnnotatedArticle], grouper: Grouper) -> Iterator[Line]:
    ids: list[str] = []
    numbers: dict[str, int] = {}
    with Spool() as spool:
        for article in articles:
            numbers[article.article.id] = len(ids)
            ids.append(article.article.id)
            spool.add({link.other_id: link.evidence for link in grouper.take(article)})
        grouper.look_at_all()
        for article_id in ids:

            def why(other: str, own: str = article_id) -> Evidence | None:
                """From the one of the two that came later: it was compared with the other."""
                return spool.of(numbers[own], other) or spool.of(numbers[other], own)

            yield _record(grouper, article_id, why)


def line_article(line: Line) -> Article:
    """An article line as an Article; missing fields are empty. `text` has its paragraphs apart by newlines."""
    text = str(line.get("text") or "")
    language = str(line.get("lang") or line.get("language") or "")
    return Article(
        id=str(line["id"]),
        source_id=str(line.get("source") or ""),
        url=str(line.get("url") or ""),
        headline=str(line.get("title") or "").strip(),
        description=str(line.get("description") or "").strip(),
        paragraphs=tuple(part.strip() for part in text.split("\n") if part.strip()),
        in_language="" if language == "und" else language,
        site_name=str(line.get("source") or ""),
        origin="import",
    )


def line_time(value: Any) -> datetime | None:
    """The `date` of a line as an aware UTC time; no zone means UTC, None where it is none (or the year 9999)."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(str(value).strip())
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment if moment < LATEST else None
    except (ValueError, OverflowError):
        return None


def _count_here(articles: Iterable[Article], settings: AnnotateSettings) -> Iterator[Counted]:
    return (count(article, settings, passages=False) for article in articles)


def _annotated(
    lines: Iterable[Line], settings: Settings, background: Background, count_many: CountMany
) -> Iterator[AnnotatedArticle]:
    waiting: deque[tuple[Article, datetime]] = deque()

    def articles() -> Iterator[Article]:
        time = EPOCH
        for line in lines:
            article = line_article(line)
            time = line_time(line.get("date")) or time
            waiting.append((article, time))
            yield article

    affixes = Affixes()
    clock = datetime.min.replace(tzinfo=UTC)
    for n, counted in enumerate(count_many(articles(), settings.annotate)):
        article, time = waiting.popleft()
        clock = max(clock, time)
        counted = affixes.strip(article.source_id, counted)
        annotations = weigh_counted(article.id, counted, background.table(counted.language))
        background.count_hashes(counted.language, clock.toordinal(), counted.tally.hashes_of(counted.tally.spans[0]))
        yield AnnotatedArticle(
            seq=n,
            article=article,
            annotations=annotations,
            first_seen=clock + timedelta(microseconds=n),
            shown_at=time,
            owner=article.source_id,
        )


def _record(grouper: Grouper, article_id: str, evidence: Callable[[str], Evidence | None]) -> Line:
    copy = grouper.stories.copy_of(article_id)
    similar = []
    for other, score, kind in grouper.listed(article_id):
        why = evidence(other) or Evidence()
        similar.append({"id": other, "score": round(score, 4), "kind": kind, "why": _why(why)})
    return {
        "id": article_id,
        "story": grouper.stories.story_of(article_id),
        "copy_of": copy.original_id if copy else None,
        "similar": similar,
    }


def _why(evidence: Evidence) -> Line:
    return {
        "names": list(evidence.names),
        "numbers": list(evidence.numbers),
        "terms": list(evidence.terms),
        "hours": evidence.hours,
    }
