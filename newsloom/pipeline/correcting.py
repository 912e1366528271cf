"""What a person's correction moves, from the stories as the store has them: they may have left the window long ago."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from newsloom.store.protocol import Standing
from newsloom.types import Correction, Grouped, Story

Free = Callable[[str], str]


def apply(correction: Correction, articles: Sequence[Standing], free: Free) -> Grouped:
    """The step that puts a correction into the stories; an empty one where they are so already, or it was withdrawn.

    `articles`: all members of every story that holds one of the correction's articles. `free`: a new story's id, from
    the article that founds it.
    """
    if correction.withdrawn is not None:
        return Grouped(corrected=(correction.seq,))
    if correction.kind == "merge":
        return _merged(correction, articles)
    return _parted(correction, articles, free)


def _merged(correction: Correction, articles: Sequence[Standing]) -> Grouped:
    """All stories of these articles in the largest of them."""
    sizes = Counter(a.story_id for a in articles)
    if len(sizes) < 2:
        return Grouped(corrected=(correction.seq,))
    kept = min(sizes, key=lambda story: (-sizes[story], story))
    return Grouped(
        members={a.article_id: kept for a in articles if a.story_id != kept},
        redirects={story: kept for story in sizes if story != kept},
        corrected=(correction.seq,),
    )


def _parted(correction: Correction, articles: Sequence[Standing], free: Free) -> Grouped:
    """The named articles, with what carries their text, out of the stories that they share with the others."""
    other = set(correction.other)
    shared = {a.story_id for a in articles if a.article_id in other}
    one = set(correction.one)
    leaving = [
        a
        for a in articles
        if a.story_id in shared and (a.article_id in one or (a.copy_of in one and a.article_id not in other))
    ]
    if not leaving or len(leaving) == sum(a.story_id in shared for a in articles):
        return Grouped(corrected=(correction.seq,))
    founder = min(leaving, key=lambda a: (a.first_seen, a.article_id))
    story = free(founder.article_id)
    names = {a.article_id for a in leaving}
    return Grouped(
        members=dict.fromkeys(sorted(names), story),
        uncopied=tuple(a.article_id for a in leaving if a.copy_of and a.copy_of not in names),
        stories=(Story(id=story, founded_by=founder.article_id, split_from=founder.story_id),),
        corrected=(correction.seq,),
    )
