"""Stories, EditionSpec -> placements: which stories an edition shows, in what order, and why.

A story's weight is how many outlets report it separately, and how fresh its latest report is. One owner adds one
vote however many articles it prints, and copies add a tenth of one: a wire text that all outlets carry says that it
matters, but less than that six newsrooms wrote about it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from math import exp, log1p

from newsloom.config import EditionsSettings
from newsloom.types import EditionSpec, Placement, ReportForRank, StoryForRank

COPY_VOTE = 0.1
MOST_COPY_VOTES = 2.0
HALF_LIFE_H = 10.0
ENTRY_ONLY = 0.8  # a story of which no page could be read stands a little lower


def rank(
    spec: EditionSpec, stories: Sequence[StoryForRank], settings: EditionsSettings, now: datetime
) -> tuple[Placement, ...]:
    """The edition's front page, best first: at most `settings.front_stories`, none older than `settings.max_age_h`.

    No source leads more than `settings.source_share` of the places (at least one). Ties are broken by story id.
    """
    scored = [(*_score(story, now), story) for story in stories if _age_h(story, now) <= settings.max_age_h]
    scored.sort(key=lambda row: (-row[0], row[2].story.id))
    places: list[Placement] = []
    most = max(1, int(settings.source_share * min(len(scored), settings.front_stories)))
    led: Counter[str] = Counter()
    for score, reasons, story in scored:
        source = _lead_source(story)
        if source and led[source] >= most:
            continue
        led[source] += 1
        places.append(
            Placement(
                edition_id=spec.id,
                story_id=story.story.id,
                rank=len(places) + 1,
                score=round(score, 4),
                section=section(report.section for report in story.reports),
                reasons=reasons,
            )
        )
        if len(places) == settings.front_stories:
            break
    return tuple(places)


def section(said: Iterable[str]) -> str:
    """The section that most reports name, in the outlets' own word; "" where fewer than one names any."""
    words: dict[str, Counter[str]] = {}
    for each in said:
        word = re.split(r"[/|>,;]", each, maxsplit=1)[0].strip()
        if 2 <= len(word) <= 30:
            words.setdefault(word.lower(), Counter())[word] += 1
    if not words:
        return ""
    best = max(sorted(words), key=lambda word: words[word].total())
    return max(sorted(words[best]), key=lambda word: words[best][word])


def _score(story: StoryForRank, now: datetime) -> tuple[float, dict[str, float]]:
    owners = {_owner(report) for report in story.reports if not report.is_copy}
    copiers = {_owner(report) for report in story.reports if report.is_copy} - owners
    copies = min(COPY_VOTE * len(copiers), MOST_COPY_VOTES)
    hours = _age_h(story, now)
    freshness = exp(-hours * 0.6931 / HALF_LIFE_H)
    read = 1.0 if any(report.origin != "entry" for report in story.reports) else ENTRY_ONLY
    score = log1p(max(len(owners), 1) + copies) * freshness * read
    return score, {
        "reports": float(len(owners)),
        "copies": float(len(copiers)),
        "hours": round(hours, 1),
        "freshness": round(freshness, 3),
    }


def _owner(report: ReportForRank) -> str:
    return report.owner or report.source_id or "article:" + report.article_id


def _age_h(story: StoryForRank, now: datetime) -> float:
    """Hours since the latest report that was written separately; a time in the future counts as now."""
    times = [r.shown_at for r in story.reports if not r.is_copy] or [r.shown_at for r in story.reports]
    latest = max(times, default=story.story.last_seen or now)
    return max((now - latest).total_seconds() / 3600, 0.0)


def _lead_source(story: StoryForRank) -> str:
    return next((r.source_id for r in story.reports if r.article_id == story.story.lead_id), "")
