"""An entry's own text as an article, for pages that can't be had."""

from __future__ import annotations

import re

from newsloom.extract.guard import hostile
from newsloom.extract.links import absolute
from newsloom.extract.plain import line
from newsloom.extract.prose import paragraphs
from newsloom.types import Article, Certainty, Entry, Rights

MAX_CHARS = 1_000_000

_BLOCK_END = re.compile(
    r"</?(?:p|div|br|li|ul|ol|h[1-6]|blockquote|tr|table|section|article|pre)\b[^>]*>", re.IGNORECASE
)
_HIDDEN = re.compile(r"<(script|style|figure|iframe|svg)\b.*?(?:</\1\s*>|$)", re.DOTALL | re.IGNORECASE)


def entry_article(entry: Entry, reason: str = "") -> Article:
    """The entry as an Article with origin "entry". `reason`: why its page did not serve, kept as evidence."""
    summary = paragraphs(_lines(entry.summary), entry.title)
    content = paragraphs(_lines(entry.content), entry.title)
    text = content if sum(map(len, content)) >= sum(map(len, summary)) else summary
    return Article(
        url=entry.link, canonical_url=entry.link, headline=line(entry.title, 500),
        description=line(" ".join(summary) or " ".join(text[:1])), paragraphs=text,
        authors=tuple(name for name in (line(author, 100) for author in entry.authors) if name),
        date_published=entry.published or entry.updated, published_certainty=_certainty(entry),
        date_modified=entry.updated, image=absolute(entry.image, entry.link),
        keywords=tuple(tag for tag in (line(tag, 100) for tag in entry.tags[:30]) if tag),
        in_language=entry.language.partition("-")[0].lower(), origin="entry",
        rights=Rights(evidence=(f"page not read: {reason}",) if reason else ()),
    )  # fmt: skip


def _certainty(entry: Entry) -> Certainty:
    """An entry that only says when it was changed (RDF, Atom) was published then or before."""
    if entry.published:
        return "exact"
    return "guessed" if entry.updated else ""


def _lines(markup: str) -> list[str]:
    markup = markup[:MAX_CHARS]
    if "<" not in markup:
        return markup.split("\n")
    if hostile(markup):
        return []
    flat = _HIDDEN.sub(" ", markup).replace("\n", " ")
    return _BLOCK_END.sub("\n", flat).split("\n")
