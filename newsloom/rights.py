"""What may be shown of an article: one filter before everything that leaves.

The strictest of all that spoke wins; where nothing is said the operator's limits stand (200 characters a passage,
three passages), and an outlet's image is shown only where the outlet allows large or standard previews.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from newsloom.config import RightsSettings
from newsloom.types import Passage, Rights


def strictest(rights: Iterable[Rights]) -> Rights:
    """One Rights that none of the given would object to. No input: nothing said."""
    analyse, archive, image = True, True, None
    chars = -1
    evidence: list[str] = []
    checked: datetime | None = None
    for each in rights:
        analyse = analyse and each.analyse
        archive = archive and each.archive
        if each.image is not None:
            image = each.image if image is None else image and each.image
        if each.snippet_chars >= 0:
            chars = each.snippet_chars if chars < 0 else min(chars, each.snippet_chars)
        evidence.extend(line for line in each.evidence if line not in evidence)
        if each.checked is not None:
            checked = each.checked if checked is None else max(checked, each.checked)
    return Rights(
        analyse=analyse, snippet_chars=chars, image=image, archive=archive, evidence=tuple(evidence), checked=checked
    )


def shown_passages(passages: Sequence[Passage], rights: Rights, limits: RightsSettings) -> tuple[Passage, ...]:
    """The passages that may leave, in the article's order, each whole and within the limit.

    A passage over the limit is left out rather than cut in mid-sentence, unless nothing would remain: then the first
    one is cut at a word with an ellipsis. `snippet_chars` said by the outlet is a limit on the sum, ours on each.
    """
    if not rights.analyse or rights.snippet_chars == 0:
        return ()
    budget = rights.snippet_chars if rights.snippet_chars > 0 else limits.passage_chars * limits.passages
    each = min(limits.passage_chars, budget)
    kept: list[Passage] = []
    for passage in sorted(passages, key=lambda p: -p.score):
        if len(passage.text) <= min(each, budget) and len(kept) < limits.passages:
            kept.append(passage)
            budget -= len(passage.text)
    if not kept and passages:
        first = passages[0]
        text = shorten(first.text, each)
        return (Passage(text=text, start=first.start, end=first.end, score=first.score),) if text else ()
    return tuple(sorted(kept, key=lambda p: p.start))


def shown_lead(lead: str, rights: Rights, limits: RightsSettings) -> str:
    """The lead within what may be shown: the outlet's own limit, else two of our passages."""
    if not rights.analyse or rights.snippet_chars == 0:
        return ""
    return shorten(lead, rights.snippet_chars if rights.snippet_chars > 0 else 2 * limits.passage_chars)


def image_allowed(rights: Rights) -> bool:
    """Whether a lead image may be shown: only where the outlet's page allows image previews."""
    return rights.image is True


def shorten(text: str, chars: int) -> str:
    """`text` within `chars` code points, cut at a space and closed with an ellipsis; "" where nothing fits."""
    if len(text) <= chars:
        return text
    head = text[: max(chars - 1, 0)]
    cut = head.rsplit(" ", 1)[0].rstrip(" ,;:–—-") if " " in head else head
    return cut + "…" if cut else ""
