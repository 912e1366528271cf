"""`newsloom group`: article lines in, the story, the original and the similar articles of each out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from newsloom.annotate import Affixes, Background, Counted, count, weigh_counted
from newsloom.config import AnnotateSettings, Settings
from newsloom.pipeline.grouping import Grouper
from newsloom.pipeline.spool import Spool
from newsloom.similar.keeping import nameless
from newsloom.stories import Told
from newsloom.types import AnnotatedArticle, Article, Evidence

LATEST = datetime(9990, 1, 1, tzinfo=UTC)  # a date from here on stands for "never"
LEAD_CHARS = 100
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # where no line has said a date yet

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """What grouping asks of a line: whose article, when (None where it does not say), its counted words.

    `lead`: how its text begins, "" where there is none.
    """

    id: str
    source: str
    lead: str
    time: datetime | None
    counted: Counted

    def __reduce__(self) -> tuple[Any, ...]:
        told = self.id, self.source, self.lead, self.time, self.counted
        return Read, told  # many are sent from process to process


def group_lines(lines: Iterable[Line], settings: Settings, *, live: bool = False) -> Iterator[Line]:
    """For each line `{id, title, text?, url?, source?, date?, lang?}` one `{id, story, copy_of, similar}`, in order.

    Time is the largest date read so far; a line without one takes the previous line's. `live`: each answer is given
    as its article is assigned and names earlier articles only; else all are looked at again as a whole at the end.
    """
    return group_read((read_line(line, settings.annotate) for line in lines), settings, live=live)


def group_read(lines: Iterable[Read], settings: Settings, *, live: bool = False) -> Iterator[Line]:
    """The same of lines that were read elsewhere, in their order."""
    grouper = Grouper(settings.similar, nameless)
    articles = _annotated(lines, Background())
    yield from _live(articles, grouper) if live else _final(articles, grouper)


def read_line(line: Line, settings: AnnotateSettings) -> Read:
    """Count an article line's words."""
    article = line_article(line)
    counted = count(article, settings, passages=False)
    lead = (article.description or next(iter(article.paragraphs), ""))[:LEAD_CHARS]
    return Read(article.id, article.source_id, lead, line_time(line.get("date")), counted)


def _live(articles: Iterable[AnnotatedArticle], grouper: Grouper) -> Iterator[Line]:
    told = Told()
    for article in articles:
        article_id = article.article.id
        evidence = {link.other_id: link.evidence for link in grouper.take(article)}
        story = told.name(article_id, grouper.stories.members(grouper.stories.story_of(article_id)))
        yield {**_record(grouper, article_id, evidence.get), "story": story}


def _final(articles: Iterable[AnnotatedArticle], grouper: Grouper) -> Iterator[Line]:
    ids: list[str] = []
    with Spool() as spool:
        for links in grouper.take_all(_numbered(articles, ids)):
            spool.add({link.other_id: link.evidence for link in links})
        numbers = {article_id: n for n, article_id in enumerate(ids)}
        grouper.look_at_all()
        for article_id in ids:

            def why(other: str, own: str = article_id) -> Evidence | None:
                """From the one of the two that came later: it was compared with the other."""
                return spool.of(numbers[own], other) or spool.of(numbers[other], own)

            yield _record(grouper, article_id, why)


def _numbered(articles: Iterable[AnnotatedArticle], ids: list[str]) -> Iterator[AnnotatedArticle]:
    for article in articles:
        ids.append(article.article.id)
        yield article


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


def _annotated(lines: Iterable[Read], background: Background) -> Iterator[AnnotatedArticle]:
    affixes, time = Affixes(), EPOCH
    clock = datetime.min.replace(tzinfo=UTC)
    for n, line in enumerate(lines):
        time = line.time or time
        clock = max(clock, time)
        counted = affixes.strip(line.source, line.counted)
        annotations = weigh_counted(line.id, counted, background.table(counted.language))
        every = counted.tally.spans[0]
        background.count_hashes(counted.language, clock.toordinal(), counted.tally.hashes_of(every))
        yield AnnotatedArticle(
            seq=n,
            article=Article(id=line.id, source_id=line.source, description=line.lead, origin="import"),
            annotations=annotations,
            first_seen=clock + timedelta(microseconds=n),
            shown_at=time,
            owner=line.source,
            dated=line.time is not None,
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
