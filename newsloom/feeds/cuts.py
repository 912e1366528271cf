"""Parts of HTML that nobody reads, cut out in one pass however many of them never end."""

from __future__ import annotations

import re

_START = re.compile(r"<(script|style|iframe|object|noscript|template)\b[^<>]*>", re.IGNORECASE)
_ENDS = {
    name: re.compile(rf"</{name}\s{{0,9}}>", re.IGNORECASE)
    for name in ("script", "style", "iframe", "object", "noscript", "template")
}


def without_comments(markup: str) -> str:
    """The HTML without its comments; one that never ends stays."""
    kept, at = [], 0
    while (start := markup.find("<!--", at)) >= 0 and (end := markup.find("-->", start + 4)) >= 0:
        kept.append(markup[at:start])
        at = end + 3
    return "".join((*kept, markup[at:])) if kept else markup


def without_silent(markup: str) -> str:
    """The HTML without scripts, styles and frames and all that they hold; one that never ends stays."""
    kept, at, looked, endless = [], 0, 0, set[str]()
    while found := _START.search(markup, looked):
        name = found[1].lower()
        end = None if name in endless else _ENDS[name].search(markup, found.end())
        if end is None:
            endless.add(name)
            looked = found.end()
            continue
        kept.append(markup[at : found.start()])
        at = looked = end.end()
    return "".join((*kept, markup[at:])) if kept else markup
