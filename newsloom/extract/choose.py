"""Which blocks of a page are its article, and how sure that is.

1. Blocks of running text give weight to every element above them.
2. From the element that claims to be the article, or the body, go down while one child holds nearly all of the weight.
3. Of the blocks in there, keep running text, its headings and lists; drop pointers, bars and what follows the end.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from newsloom.extract.blocks import Block, Elements, blocks_of, width
from newsloom.extract.prose import is_junk

GOOD_CHARS = 40
MAX_LEAD = 3
SURE_CHARS = 250
SURE_SHARE = 0.8
SURE_DENSE = 0.6
LEAST_ROWS = 3
DESCENT = 0.85  # of the weight that one child must hold for the rest to be given up
LIST = frozenset(("li", "dd", "dt", "ul", "ol"))
TITLES = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
PLAIN = frozenset(("div", "span", "section", "td", "body", "article", "main"))

_NOT_LETTERS = re.compile(r"[\W_]+")
_ENDS = re.compile(r"[.!?:;…。！？»”\"’')\]*]$")


@dataclass(frozen=True, slots=True)
class Choice:
    """`lines`: the article's text in order; `sure`: the page itself leaves little doubt about it.

    `claim`: how plainly an element says it is the article; `share`: of the page's running text that stands in it;
    `dense`: share of the text in it that was kept; `good`: share of running text in what was kept.
    """

    lines: tuple[str, ...] = ()
    sure: bool = False
    claim: int = 0
    share: float = 0.0
    dense: float = 0.0
    good: float = 0.0


@dataclass(frozen=True, slots=True)
class Hints:
    """What the page says elsewhere of the text to be found: bare letters of its headline and its description."""

    headline: str = ""
    description: str = ""


def hints(headline: str, description: str) -> Hints:
    """`Hints` from the words of a headline and a description."""
    return Hints(_bare(headline), _bare(description))


def _bare(text: str) -> str:
    return _NOT_LETTERS.sub("", text).casefold()


def choose(body: LexborNode | None, known: Hints = Hints(), lenient: bool = False) -> Choice:
    """The article's blocks under `body`; `lenient` as in `blocks_of`."""
    if body is None:
        return Choice()
    blocks, elements = blocks_of(body, lenient)
    weights = [0.0] * len(elements.parents)
    for block in blocks:
        block.weight = _weight(block)
        weights[block.home] += block.weight
    for number in range(len(weights) - 1, 0, -1):
        weights[elements.parents[number]] += weights[number]
    if not weights[0]:
        return Choice()
    start = _headed(blocks, weights, elements) or _start(weights, elements)
    start = _under_title(blocks, weights, elements, start, known.headline) or start
    top = _descend(start, weights, elements)
    inside = _inside(top, elements)
    within = [block for block in blocks if inside[block.home]]
    kept = _lead(blocks, inside, known.description) + _kept(within, elements, known.description)
    chars = sum(len(block.text) for block in kept)
    claim = max((elements.claims[number] for number in _up(top, elements)), default=0)
    share = weights[top] / weights[0]
    dense = chars / max(1, sum(len(block.text) for block in within))
    good = sum(block.weight for block in kept) / max(chars, 1)
    sure = chars >= SURE_CHARS and share >= SURE_SHARE and dense >= SURE_DENSE
    return Choice(tuple(block.text for block in kept), sure, claim, share, dense, good)


def _weight(block: Block) -> float:
    """Characters of running text; 0 for headings, links, labels."""
    size = width(block.text)
    if size < GOOD_CHARS or block.linked > 0.4 * len(block.text) or block.tag in TITLES:
        return 0.0
    if block.tag in LIST:
        return 0.5 * size if size > 80 else 0.0
    if block.tag != "p" and size < 80 and not _ENDS.search(block.text):
        return 0.0
    return float(size)


def _headed(blocks: list[Block], weights: list[float], elements: Elements) -> int:
    """The one `article` element with the page's main heading in it, 0 where there is no such or it is small."""
    found = set()
    for block in blocks:
        if block.tag == "h1":
            found.add(next((n for n in _up(block.home, elements) if elements.tags[n] == "article"), 0))
    best = found.pop() if len(found) == 1 else 0
    return best if weights[best] >= 0.15 * weights[0] and weights[best] > 300 else 0


def _under_title(blocks: list[Block], weights: list[float], elements: Elements, start: int, headline: str) -> int:
    """The part of `start` that holds the headline and some text, where the rest is other articles' teasers; else 0."""
    at = next((n for n, b in enumerate(blocks) if b.tag in TITLES and headline and _bare(b.text) == headline), -1)
    if at < 0:
        return 0
    path = _up(blocks[at].home, elements)
    part = next((number for number in path if weights[number] > max(300.0, 0.15 * weights[start])), 0)
    if part == start or start not in path[path.index(part) :] or weights[part] > DESCENT * weights[start]:
        return 0
    inside, there = _inside(part, elements), _inside(start, elements)
    rest = [b for b in blocks if there[b.home] and not inside[b.home]]
    teasers = sum(1 for b in rest if b.tag in TITLES and b.linked > 0.6 * len(b.text))
    return part if teasers >= 2 else 0


def _start(weights: list[float], elements: Elements) -> int:
    """The element that claims most plainly to be the article and holds enough of the text; the body where none does."""
    best, best_score = 0, 0.0
    for number, claim in enumerate(elements.claims):
        if not claim or not weights[number]:
            continue
        score = weights[number] * (1, 1.0, 1.15, 1.3)[claim]
        if score > 1.001 * best_score or (score > 0.98 * best_score and elements.claims[best] <= claim):
            best, best_score = number, score
    floor = (1, 0.5, 0.35, 0.2)[elements.claims[best]]
    return best if weights[best] >= floor * weights[0] else 0


def _descend(top: int, weights: list[float], elements: Elements) -> int:
    children: dict[int, list[int]] = {}
    for number, parent in enumerate(elements.parents):
        children.setdefault(parent, []).append(number)
    while True:
        best = max(children.get(top, ()), key=lambda number: weights[number], default=-1)
        if best < 0 or weights[best] < DESCENT * weights[top]:
            return top
        if elements.tags[best] in ("p", "li", "blockquote", "pre", "td"):
            return top
        top = best


def _inside(top: int, elements: Elements) -> list[bool]:
    inside = [False] * len(elements.parents)
    inside[top] = True
    for number in range(top + 1, len(inside)):
        inside[number] = inside[elements.parents[number]]
    return inside


def _lead(blocks: list[Block], inside: list[bool], description: str) -> list[Block]:
    """Up to three paragraphs between the main heading and the chosen element: a lead that stands apart."""
    first = next((n for n, block in enumerate(blocks) if inside[block.home]), 0)
    told = [b for b in blocks[max(0, first - 30) : first] if _tells(b, description)][:1]
    heading = next((n for n in range(first - 1, -1, -1) if blocks[n].tag == "h1"), first)
    found = [b for b in blocks[heading + 1 : first] if b.weight and b.linked < 0.2 * len(b.text)]
    return found if found and len(found) <= MAX_LEAD and first - heading < 20 else told


def _tells(block: Block, description: str) -> bool:
    """Whether a block says what the page gives as its description."""
    if len(description) < 40 or not 40 <= len(block.text) < 2 * len(description) + 80:
        return False
    bare = _bare(block.text)
    return bare.startswith(description[:60]) or (len(bare) > 40 and description.startswith(bare[:60]))


def _up(number: int, elements: Elements) -> list[int]:
    path = []
    while number >= 0:
        path.append(number)
        number = elements.parents[number]
    return path


def _kept(within: list[Block], elements: Elements, description: str) -> list[Block]:
    lists: dict[int, list[Block]] = {}
    for block in within:
        if block.tag in LIST:
            lists.setdefault(elements.parents[block.home], []).append(block)
    linked_lists = {
        home for home, items in lists.items()
        if sum(item.linked for item in items) > 0.5 * sum(len(item.text) for item in items)
    }  # fmt: skip
    first = next((n for n, block in enumerate(within) if block.weight), len(within))
    last = next((n for n in range(len(within) - 1, -1, -1) if within[n].weight), -1)
    columns = Counter(elements.parents[block.home] for block in within if block.weight)
    rows = Counter(elements.parents[block.home] for block in within if block.tag == "tr")
    kept: list[Block] = []
    for place, block in enumerate(within):
        size = len(block.text)
        if is_junk(block.text) or (block.tag == "h1" and place < first):
            continue
        if place < first and _tells(block, description):
            kept.append(block)
            continue
        if block.tag in LIST and elements.parents[block.home] in linked_lists:
            continue
        if block.linked > 0.6 * size and not (block.tag in TITLES and first < place < last):
            continue
        outside = place < first or place > last
        if (
            outside
            and not (block.tag in ("p", "li", "blockquote") and size > 20)
            and (block.tag != "tr" or rows[elements.parents[block.home]] < LEAST_ROWS)
        ):
            continue
        if block.tag in PLAIN and not block.weight and (size < 25 or not _ENDS.search(block.text)) and (
            columns[elements.parents[block.home]] < 3
        ):  # fmt: skip
            continue
        kept.append(block)
    return _without_bare_titles(kept)


def _without_bare_titles(kept: list[Block]) -> list[Block]:
    """Without titles that nothing follows, or that are links and have no text under them."""
    good: list[Block] = []
    under = ""
    for block in reversed(kept):
        if block.tag in TITLES:
            if not under or (block.linked > 0.6 * len(block.text) and under == "title"):
                continue
            under = "title"
        else:
            under = "text"
        good.append(block)
    return good[::-1]
