"""What must be refused before any parser builds a tree: hostile depth and formatting that multiplies.

Most pages have too few tags to hurt, whatever their order; the rest is walked tag by tag. Both err on the safe side
of real nesting: tags that HTML closes by itself are not counted, scripts and comments are cut out before.
"""

from __future__ import annotations

import re

MAX_DEPTH = 800
MAX_REBUILT = 250_000  # elements that the parser may make of formatting left open: 360 bytes each
HARMLESS_TAGS = 8_000  # nested in each other they take the parser 0.06 s

_OPENS = re.compile(r"<(?:!--(-?>)?|script\b|style\b)")
_CLOSED_BY_ITSELF = frozenset(
    """area base br col embed hr img input link meta param source track wbr p li dt dd td th tr tbody thead tfoot
    option optgroup colgroup rp rt html head body path""".split()
)
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())


# Of `a` and `nobr` the parser keeps one open; of the others, as many as differ.
_MULTIPLIES = re.compile(rb"<(?:b|big|code|em|font|i|s|small|strike|strong|tt|u)[\s>/]", re.IGNORECASE)
_NAMES = "|".join(sorted(_CLOSED_BY_ITSELF))
_TAG = re.compile(rf"<(/?)(?!(?:{_NAMES})(?![a-z0-9-]))([a-z][a-z0-9-]*)")
_ALONE = re.compile(rf"</?(?:{_NAMES})(?![a-z0-9-])")


def hostile_bytes(markup: bytes, tags: int) -> str:
    """Why UTF-8 `markup` with so many opening tags must not be parsed, in one line; "" where it may."""
    if tags <= HARMLESS_TAGS and len(_MULTIPLIES.findall(markup)) * tags <= MAX_REBUILT:
        return ""
    return hostile(markup.decode("utf-8", "replace"))


def hostile(markup: str) -> str:
    """Why `markup` must not be parsed, told from the order of its tags; "" where it may."""
    if markup.count("<") <= MAX_DEPTH:
        return ""
    tags = _only_tree(markup.lower())
    depth = deepest = formatting = open_most = 0
    for slash, name in _TAG.findall(tags):
        step = -1 if slash else 1
        depth += step
        if depth < 0:
            depth = 0
        elif depth > deepest:
            deepest = depth
        if name in _FORMATTING:
            formatting = max(formatting + step, 0)
            open_most = max(open_most, formatting)
    if deepest > MAX_DEPTH:
        return f"elements nested {deepest} deep, at most {MAX_DEPTH} are read"
    if open_most > 20:
        blocks = len(_ALONE.findall(tags))
        if open_most * blocks > MAX_REBUILT:
            return f"{open_most} formatting elements left open over {blocks} blocks"
    return ""


def _only_tree(markup: str) -> str:
    """`markup` (lower-case) without scripts, styles and comments; what is never closed swallows the rest."""
    kept: list[str] = []
    place = 0
    ends = {"-->": 0, "--!>": 0}  # where each stands next, looked for once for all comments before it
    while found := _OPENS.search(markup, place):
        kept.append(markup[place : found.start()])
        place = found.end()
        if found.group(1):
            continue
        if found.group() == "<!--":
            for written, at in ends.items():
                if 0 <= at < place:
                    ends[written] = markup.find(written, place)
            nearest = [at for at in ends.values() if at >= 0]
            place = min(nearest) + 3 if nearest else len(markup)
        else:
            end = markup.find("</" + found.group()[1:], place)
            place = end if end >= 0 else len(markup)
    kept.append(markup[place:])
    return "".join(kept)
