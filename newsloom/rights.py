"""What may be shown of an article: one filter before everything that leaves.

The strictest of all that spoke wins; where nothing is said the operator's limits stand (200 characters a passage,
three passages), and an outlet's image is shown only where the outlet allows large or standard previews.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from newsloom.config import RightsSettings
from newsloom.types import Article, Entry, Passage, Rights


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


WITHDRAWN = (404, 410)
"""What a server answers for a page that its outlet took back."""

RESERVED = "reserved"
"""The reason of whatever was not asked for or not kept because its outlet reserves text and data mining."""


def headline_only(article: Article, rights: Rights) -> Article:
    """All that may be kept where mining is reserved: the feed's headline, link and time."""
    return Article(
        id=article.id,
        source_id=article.source_id,
        url=article.url,
        headline=article.headline,
        date_published=article.date_published,
        published_certainty=article.published_certainty,
        in_language=article.in_language,
        origin="entry",
        rights=Rights(analyse=False, image=False, evidence=rights.evidence, checked=rights.checked),
    )


def bare_entry(entry: Entry) -> Entry:
    """The same of what a feed said of an item."""
    return Entry(
        id=entry.id,
        link=entry.link,
        title=entry.title,
        published=entry.published,
        updated=entry.updated,
        language=entry.language,
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
