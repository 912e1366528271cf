"""How well stories of different languages are linked, on what we wrote ourselves.

    python -m evals.across

Right pairs are those of evals/sets/across.jsonl: six events in two to four languages. Wrong pairs are all others there
(some with the same people and places) and every pair of stories of different languages of the own sets, shifted into
one week. Bars and weights (newsloom/stories/across.py) are set on the own sets; `across.jsonl` is half of the right
pairs that there are, so take its figures as a check that the thing works, not as proof of how well.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from newsloom.annotate import Background, annotate
from newsloom.config import AnnotateSettings
from newsloom.pipeline.group_lines import line_article, line_time
from newsloom.stories.across import BAR, Across
from newsloom.types import AnnotatedArticle

HERE = Path(__file__).parent
WEEK = datetime(2026, 3, 2, tzinfo=UTC)


def lines(name: str) -> Iterator[dict[str, Any]]:
    place = HERE / "sets" / name
    for file in sorted(place.glob("*.jsonl")) if place.is_dir() else [place]:
        yield from map(json.loads, file.read_text("utf-8").splitlines())


def told() -> tuple[Across, dict[str, tuple[str, str]]]:
    """All stories by id, each with its language and the event it tells of."""
    across, background, stories = Across(), Background(), {}
    members: dict[str, list[str]] = defaultdict(list)
    for name in ("across.jsonl", "own_en", "own_de", "own_es"):
        for line in lines(name):
            at = line_time(line.get("date")) or WEEK
            article = line_article(line)
            found = annotate(article, AnnotateSettings(), background.table, passages=False)
            story = f"{name} {line['lang']} {line['story']}"
            across.note(AnnotatedArticle(seq=0, article=article, annotations=found, first_seen=at, shown_at=at))
            stories[story] = (line["lang"], line["story"])
            members[story].append(article.id)
    for story, ids in members.items():
        across.tell(story, ids)
    return across, stories


def measure() -> dict[str, Any]:
    """Right pairs found, wrong pairs linked, and how far they lie from the bar."""
    across, stories = told()
    linked = {(link.story_id, link.other_id) for story in stories for link in across.links(story)}
    pairs = {pair for pair in combinations(stories, 2) if stories[pair[0]][0] != stories[pair[1]][0]}
    right = {(a, b) for a, b in pairs if stories[a][1] == stories[b][1]}
    found = {(a, b) for a, b in pairs if (a, b) in linked or (b, a) in linked}
    return {
        "stories": len(stories),
        "pairs": len(pairs),
        "right": len(right),
        "found": len(right & found),
        "wrong": len(found - right),
        "lowest_right": round(min(across.logit(a, b) for a, b in right) - BAR, 2),
        "highest_wrong": round(max(across.logit(a, b) for a, b in pairs - right) - BAR, 2),
        "worst": sorted(((round(across.logit(a, b), 2), a, b) for a, b in pairs - right), reverse=True)[:5],
    }


if __name__ == "__main__":
    print(json.dumps(measure(), ensure_ascii=False, indent=2))
