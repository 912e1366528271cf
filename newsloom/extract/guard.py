"""What must be refused before any parser builds a tree: hostile depth and formatting that multiplies.

A cheap count over the tags. It errs on the safe side of real nesting: tags that HTML closes by itself are not
counted, scripts and comments are cut out before.
"""

from __future__ import annotations

import re

MAX_DEPTH = 500
MAX_REBUILT = 2_000_000

# What is never closed swallows the rest, as in a parser; it also keeps this linear.
_NOT_TREE = re.compile(r"<!--(?:-?>|.*?(?:--!?>|\Z))|<(script|style)\b.*?(?:</\1|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)")
_CLOSED_BY_ITSELF = frozenset(
    """area base br col embed hr img input link meta param source track wbr p li dt dd td th tr tbody thead tfoot
    option optgroup colgroup rp rt html head body path""".split()
)
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())


def hostile(markup: str) -> str:
    """Why `markup` must not be parsed, in one line; "" where it may."""
    if markup.count("<") <= MAX_DEPTH:
        return ""
    depth = deepest = formatting = open_most = blocks = 0
    for slash, tag in _TAG.findall(_NOT_TREE.sub("", markup)):
        name = tag.lower()
        if name in _CLOSED_BY_ITSELF:
            blocks += 1
            continue
        step = -1 if slash else 1
        depth = max(depth + step, 0)
        deepest = max(deepest, depth)
        if name in _FORMATTING:
            formatting = max(formatting + step, 0)
            open_most = max(open_most, formatting)
    if deepest > MAX_DEPTH:
        return f"elements nested {deepest} deep, at most {MAX_DEPTH} are read"
    if open_most > 20 and open_most * blocks > MAX_REBUILT:
        return f"{open_most} formatting elements left open over {blocks} blocks"
    return ""
