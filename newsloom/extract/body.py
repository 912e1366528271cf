"""The article's text: trafilatura for most pages, the page's own articleBody or the densest block where it fails."""

from __future__ import annotations

import logging

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsloom.extract.head import Head
from newsloom.extract.jsonld import texts
from newsloom.extract.plain import line
from newsloom.extract.prose import paragraphs

ENOUGH_CHARS = 250
MAX_ENGINE_CHARS = 1_500_000  # beyond this trafilatura can take seconds
DROPPED = ["script", "style", "svg", "template", "iframe", "object", "embed", "canvas", "math"]

_AWAY = "nav, footer, aside, form, header nav, figure, figcaption, noscript, button, select, dialog"
_BLOCKS = "p, h2, h3, h4, li, blockquote, pre"

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("htmldate").setLevel(logging.CRITICAL)


def body_text(head: Head, headline: str) -> tuple[str, ...]:
    """Paragraphs of the article in order; () where the page has no running text. Changes `head.tree`."""
    head.tree.strip_tags(DROPPED)
    markup = head.tree.html or ""
    found = _by_trafilatura(markup, headline) if len(markup) <= MAX_ENGINE_CHARS else ()
    size = sum(map(len, found))
    told = _told(head, headline)
    if sum(map(len, told)) > max(2 * size, ENOUGH_CHARS):
        return told
    if size >= ENOUGH_CHARS:
        return found
    return max(found, densest(head.tree, headline), key=lambda lines: sum(map(len, lines)))


def _by_trafilatura(markup: str, headline: str) -> tuple[str, ...]:
    from trafilatura import extract

    try:
        text = extract(markup, include_comments=False, include_tables=True, include_formatting=False)
    except Exception:  # a parser's bug on one page must not cost the page
        return ()
    return paragraphs((text or "").split("\n"), headline)


def _told(head: Head, headline: str) -> tuple[str, ...]:
    said = texts(head.ld.get("articleBody"))
    return paragraphs(said[0].replace("</p>", "\n").replace("<br", "\n<br").split("\n"), headline) if said else ()


def densest(tree: LexborHTMLParser, headline: str) -> tuple[str, ...]:
    """The paragraphs under the element that holds the most running text in its own paragraphs."""
    for node in tree.css(_AWAY):
        node.decompose()
    weights: dict[int, tuple[int, LexborNode]] = {}
    for node in tree.css("p")[:3_000]:
        parent = node.parent
        size = len(node.text(strip=True))
        if parent is not None and size > 40:
            weights[parent.mem_id] = (weights.get(parent.mem_id, (0, parent))[0] + size, parent)
    if not weights:
        return ()
    best = max(weights.values(), key=lambda each: each[0])[1]
    return paragraphs((line(node.text(separator=" "), 20_000) for node in best.css(_BLOCKS)), headline)
