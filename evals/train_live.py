"""What is told at each arrival beside what all of it says in the end: `python -m evals.train_live [--shared DIR]`.

BCubed F1 of the streams of `evals.train`, each under numbers that were fitted without its fold: grouped as a whole, as
the stories stand when the last article has come, and as `newsloom group --live` told them on the way. Copies are left
out.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from evals import train as training
from evals.train import FIXED, Matrix, Stream
from newsloom.pipeline.group_lines import EPOCH
from newsloom.stories import Bars, Stories, Told
from newsloom.types import AnnotatedArticle, Annotations, Article, Match


def told(stream: Stream, pairs: Matrix, asked: Bars) -> tuple[dict[str, str], dict[str, str]]:
    """Each article's story as it was named when the article arrived, and as it is known when all have come."""
    logits = pairs[0] + stream.features @ pairs[1:] - FIXED["crowd_weight"] * stream.crowding
    near: dict[int, list[Match]] = {n: [] for n in stream.gold}
    for (other, n), logit in zip(stream.pairs, logits, strict=True):
        if logit > FIXED["floor"]:
            near[n].append(Match(other_id=str(other), logit=float(logit)))
    stories, names, at = Stories(asked, timedelta(days=stream.window_days)), Told(), EPOCH
    said = {}
    for n in stream.gold:
        if n in stream.hours:
            at = datetime.fromtimestamp(stream.hours[n] * 3_600, UTC)
        article = AnnotatedArticle(
            seq=n,
            article=Article(id=str(n), source_id=stream.outlets[n]),
            annotations=Annotations(article_id=str(n)),
            first_seen=EPOCH + timedelta(seconds=n),
            shown_at=at,
            dated=n in stream.hours,
        )
        matches = sorted(near[n], key=lambda match: -match.logit)
        story, _ = stories.place(article, matches, lambda ids: [FIXED["floor"]] * len(ids), bare=n in stream.bare)
        said[str(n)] = names.name(str(n), stories.members(story))
    return said, {i: stories.story_of(i) for i in said}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    args = parser.parse_args(arguments)
    known, rows = training.training(args.shared), []
    print(f"{'':28} final stand live")
    for fold in dict.fromkeys(each.fold for each in known):
        rest = [each for each in known if each.fold != fold]
        pairs = training.fit_pairs(rest)
        numbers = training.fit_stories(rest, pairs)
        for each in (each for each in known if each.fold == fold):
            asked = training.bars(numbers, each.window_days)
            live, stand = told(each, pairs, asked)
            rows.append([training.f1(each, story) for story in (training.grouped(each, pairs, asked), stand, live)])
            print(f"{each.name:28}", *(f"{value:.3f}" for value in rows[-1]), flush=True)
    print(f"{'mean':28}", *(f"{value:.4f}" for value in np.mean(rows, axis=0)))


if __name__ == "__main__":
    main()
