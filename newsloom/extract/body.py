"""The article's text: our own choice where the page leaves little doubt, else trafilatura's, or the page's articleBody.

Our own takes a twentieth of trafilatura's time and is better on news pages; see `choose`.
"""

from __future__ import annotations

import logging
import re
from collections import Counter

from newsloom.extract.choose import Choice, Hints, choose, hints
from newsloom.extract.guard import hostile
from newsloom.extract.head import Head
from newsloom.extract.jsonld import texts
from newsloom.extract.prose import paragraphs

ENOUGH_CHARS = 250
MAX_ENGINE_CHARS = 1_000_000  # without scripts; beyond this trafilatura can take seconds
LEAST_DESCRIPTION = 60
MAX_ENGINE_TAGS = 40_000
DROPPED = ["script", "style", "svg", "template", "iframe", "object", "embed", "canvas", "math"]
AGREED = 0.9

_WORD = re.compile(r"\w+")

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("htmldate").setLevel(logging.CRITICAL)


def body_text(head: Head, headline: str, description: str) -> tuple[str, ...]:
    """Paragraphs of the article in order; () where the page has no running text. May change `head.tree`."""
    known = hints(headline, description)
    choice = choose(head.tree.body, known)
    own = paragraphs(choice.lines, headline)
    if _size(own) < ENOUGH_CHARS:
        choice, own = _second_look(head, headline, known, choice, own)
    told = _told(head, headline)
    if _size(told) > max(2 * _size(own), ENOUGH_CHARS):
        return told
    if choice.sure or (own and _agree(own, told)):
        return own
    found = _slowly(head, headline)
    if _size(found) >= ENOUGH_CHARS:
        return found
    return own or _described(head, description) or found


def _second_look(
    head: Head, headline: str, known: Hints, choice: Choice, own: tuple[str, ...]
) -> tuple[Choice, tuple[str, ...]]:
    """With everything that the names of elements spoke against, where little was found without it."""
    other = choose(head.tree.body, known, lenient=True)
    more = paragraphs(other.lines, headline)
    return (other, more) if _size(more) > _size(own) else (choice, own)


def _slowly(head: Head, headline: str) -> tuple[str, ...]:
    """Trafilatura's text, where the page is within what it can take."""
    head.tree.strip_tags(DROPPED)
    markup = head.tree.html or ""
    bounded = len(markup) <= MAX_ENGINE_CHARS and markup.count("<") <= MAX_ENGINE_TAGS and not hostile(markup)
    return by_trafilatura(markup, headline) if bounded else ()


def _described(head: Head, description: str) -> tuple[str, ...]:
    """The description in place of a text, on pages that say they are an article, a video or a gallery."""
    told = bool(head.ld) or head.meta("og:type").casefold().startswith(("article", "video"))
    return (description,) if told and len(description) >= LEAST_DESCRIPTION else ()


def _size(lines: tuple[str, ...]) -> int:
    return sum(map(len, lines))


def _agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether both have nearly the same words."""
    ours, theirs = (Counter(_WORD.findall(" ".join(lines).lower())) for lines in (one, other))
    common = (ours & theirs).total()
    return common > 0 and common >= AGREED * max(ours.total(), theirs.total())


def by_trafilatura(markup: str, headline: str) -> tuple[str, ...]:
    """Paragraphs as trafilatura finds them; () where it fails."""
    from trafilatura import extract

    try:
        text = extract(markup, include_comments=False, include_tables=True, fast=True)
    except Exception:  # a parser's bug on one page must not cost the page
        return ()
    return paragraphs((text or "").split("\n"), headline)


def _told(head: Head, headline: str) -> tuple[str, ...]:
    said = texts(head.ld.get("articleBody"))
    return paragraphs(said[0].replace("</p>", "\n").replace("<br", "\n<br").split("\n"), headline) if said else ()
