"""The page's body as a flat run of text blocks, in one walk over the tree that leaves out what never is article text.

A block is what readers see as one paragraph, heading or list item. Each knows the element it stands in; the elements
are numbered in document order, so that a parent's number is smaller than its children's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from selectolax.lexbor import LexborNode

MAX_NODES = 120_000
MAX_CELL = 200
REMEMBERED = 300  # characters of names; longer ones are judged anew each time
LONG = 80  # letters of a paragraph that is more than a label
MAX_LOOKED = 200_000  # paragraphs, each time that one is counted
LARGE = 0.35  # of the body's running text: so much is no boilerplate, unless its class is plain about it

_INLINE = frozenset(
    """a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q s samp small span strike
    strong sub sup time tt u var wbr ruby rb rt rp amp-fit-text""".split()
)
_SKIPPED = frozenset(
    """script style svg template iframe object embed canvas math nav footer aside form button select textarea dialog
    noscript figure figcaption audio video picture img input option menu map head title amp-ad amp-social-share
    amp-img amp-video amp-iframe amp-carousel amp-sidebar amp-consent""".split()
)
_SKIPPED_UNLESS_LARGE = frozenset("form footer aside figure nav".split())
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_PARTS = re.compile(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]*")
_AWAY = frozenset(
    """share shares sharing sharebar sharethis addthis social socials newsletter newsletters sidebar sidebars
    nav navbar navigation navi menu breadcrumb breadcrumbs promo promos promotion promobox ad ads adv advert
    adverts advertisement advertising adbox adslot adsense dfp sponsor sponsored sponsors subscribe
    signup caption captions credit credits byline bylines bio biography tags tag taglist outbrain gdpr
    paywall upsell subscription popup modal overlay
    lightbox regwall pagination pager paging toolbar tooltip copyright disclaimer legal
    crosslink crosslinks gallery slideshow carousel slider login register poll quiz ratings rating banner
    masthead topbar printonly noprint utility metadata postmeta pubdate timestamp dateline kicker aside rail
    rightrail inread mgid player trc infobox factbox ticker footer hidden""".split()
)
_AWAY_PLAINLY = frozenset(
    """comment comments disqus respond related relateds recommend recommended recommendation recommendations recirc
    recirculation taboola popular trending cookie cookies consent readmore seealso mostread readalso lireaussi zergnet
    revcontent sronly""".split()
)
_NOT = frozenset("no non not has have with without is js hide w and show toggle label single post page".split())
_LAYOUT = frozenset("wrapper enabled disabled open closed container".split())
_AWAY_PAIRS = frozenset(
    tuple(pair.split())
    for pair in """most read|most popular|read more|read also|see also|more on|more from|you may|also like|right rail|
    right column|sr only|screen reader|visually hidden|author bio|author info|author box|author card|about author|
    article meta|entry meta|post meta|article info|article date|publish date|article footer|post footer|entry footer|
    article tags|post navigation|link list|further reading|read next|up next|whats next|editors picks|image source|
    photo credit|article tools|story tools|follow us|sign up|call to|inline link|article header|entry header|
    post header|skip link|back top|widget area|recent posts|latest posts|latest news|site header|page header|
    global header|widget recent|widget categories|widget archive|article author|post author|entry author|
    article title|entry title|post title""".split("|")
)
_HOME = re.compile(
    r"(?:article|story|entry|post|news|content|main|single|page|blog)[-_]{0,2}(?:(?:main|full|inner|detail)[-_]{0,2})?"
    r"(?:body|content|text|copy|entry)(?![a-z])|body[-_]?(?:text|copy|content)|articletext|(?:^|\s)(?:prose|richtext|rich-text)",
    re.IGNORECASE,
)
_ENTRY = re.compile(r"\b(?:hentry|type-post|status-publish)\b")
_EMPTY_LINE = re.compile(r"\n[ \t\r\xa0]*\n\s*")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_OPENED = re.compile(r"\bS:[0-9a-f]|accordion|collaps", re.IGNORECASE)  # React's late parts, folded sections


@dataclass(slots=True)
class Block:
    """`tag`: of the innermost block element; `linked`: characters inside links; `home`: the element's number.

    `weight`: how much running text it is, given by who chooses.
    """

    text: str
    tag: str
    linked: int
    home: int
    weight: float = 0.0


@dataclass(slots=True)
class Elements:
    """Columns about the block elements: parent's number, tag, and how plainly it says that it is the article."""

    parents: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    claims: list[int] = field(default_factory=list)

    def add(self, parent: int, tag: str, claim: int) -> int:
        self.parents.append(parent)
        self.tags.append(tag)
        self.claims.append(claim)
        return len(self.parents) - 1


def blocks_of(body: LexborNode, lenient: bool = False) -> tuple[list[Block], Elements]:
    """Every text block under `body` that may be article text, in order, with the elements they stand in.

    `lenient`: only what is plainly none is left out, for pages whose names or markup mislead.
    """
    elements = Elements()
    blocks: list[Block] = []
    large = -1.0 if lenient else _running(body, [MAX_LOOKED]) * LARGE
    looked = [MAX_LOOKED]
    parts: list[str] = []
    linked = 0
    tag = "body"
    stack: list[tuple[LexborNode | None, int, bool, bool]] = [(body.child, elements.add(-1, "body", 0), False, True)]
    nodes = 0

    def flush(home: int, tag: str) -> None:
        nonlocal linked
        if parts:
            _emit(blocks, "".join(parts), elements.tags[home] if home >= 0 else tag, linked, home)
            parts.clear()
            linked = 0

    while stack:
        node, home, in_link, is_block = stack.pop()
        if node is None:
            if is_block:
                flush(home, tag)
            continue
        nodes += 1
        if nodes > MAX_NODES:
            break
        stack.append((node.next, home, in_link, is_block))
        tag = node.tag or ""
        if tag == "-text":
            text = node.text_content or ""
            parts.append(text)
            if in_link:
                linked += len(text.strip())
        elif tag in _INLINE:
            inline = None if tag == "a" else node.attributes
            if not inline or not _dropped(
                node, tag, inline, large, looked, small=elements.tags[home] in ("p", "li", "tr")
            ):
                stack.append((node.child, home, in_link or tag == "a", False))
        elif tag == "br":
            parts.append("\n")
        elif tag == "hr":
            flush(home, tag)
        elif tag and tag[0] != "-" and tag[0] != "!":
            if tag in _SKIPPED and (tag not in _SKIPPED_UNLESS_LARGE or _running(node, looked) <= large):
                if tag not in ("img", "script", "input", "noscript", "style", "svg", "button"):
                    flush(home, tag)
                continue
            if tag in ("td", "th") and home >= 0 and elements.tags[home] == "tr":
                parts.append(" ")
                stack.append((node.child, home, in_link, False))
                continue
            flush(home, tag)
            if tag == "tr" and not _is_data(node):
                tag = "div"
            attributes = node.attributes
            if not attributes or not _dropped(node, tag, attributes, large, looked, small=False):
                claim = _claim(attributes, tag) if attributes else 2 * (tag == "article")
                number = elements.add(home, tag, claim)
                stack.append((node.child, number, in_link, True))
    flush(0, "body")
    return blocks, elements


def _is_data(row: LexborNode) -> bool:
    """Whether a table's row holds short cells, to be read as one line, and not a page's columns."""
    cells = 0
    cell = row.child
    while cell is not None:
        if cell.tag in ("td", "th"):
            cells += 1
            if len(cell.text()) > MAX_CELL:
                return False
        cell = cell.next
    return cells > 1


def _emit(blocks: list[Block], raw: str, tag: str, linked: int, home: int) -> None:
    raw = raw.strip()
    if tag == "p" or "\n" not in raw:
        if raw:
            text = " ".join(raw.split())
            blocks.append(Block(text, tag, min(linked, len(text)), home))
        return
    pieces = _EMPTY_LINE.split(raw)
    for piece in pieces:
        text = " ".join(piece.split())
        if text:
            blocks.append(Block(text, tag, min(linked, len(text)) if len(pieces) == 1 else 0, home))


def _dropped(
    node: LexborNode, tag: str, attributes: Mapping[str, str | None], large: float, looked: list[int], small: bool
) -> bool:
    """Whether the element's own words say that it is not the article's text."""
    named = f"{attributes.get('class') or ''} {attributes.get('id') or ''} {attributes.get('role') or ''}"
    hidden = "hidden" in attributes or attributes.get("aria-hidden") == "true"
    style = attributes.get("style")
    if (hidden or (style and _HIDDEN.search(style))) and not _OPENED.search(named):
        return _running(node, looked) <= large
    says = judged(named[:600]) if named != "  " else 0
    if says == MAYBE and tag == "header":  # a lead may stand in it
        return _running(node, looked) <= 0
    if says == TEASER:
        return node.css_first("a") is not None and _running(node, looked) <= large
    return says == PLAINLY or (says == MAYBE and not small and _running(node, looked) <= large)


TEASER, PLAINLY, MAYBE = 3, 2, 1


def judged(named: str) -> int:
    """What class, id and role say against an element: as `says_away`, but 0 where they also name the article's body."""
    return _judged(named) if len(named) <= REMEMBERED else _judged.__wrapped__(named)


@lru_cache(maxsize=8192)
def _judged(named: str) -> int:
    says = says_away(named)
    if says == MAYBE and _HOME.search(named):
        return 0
    return TEASER if not says and "teaser" in named.lower() else says


def width(text: str) -> int:
    """How much a text says in letters of an alphabet: a character of Chinese, Japanese or Korean says two."""
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def _running(node: LexborNode, looked: list[int]) -> float:
    """Characters in paragraphs of some length; without end once as many paragraphs were looked at as may be."""
    if looked[0] <= 0:
        return math.inf
    sizes = [width(each.text()) for each in node.css("p")]
    looked[0] -= len(sizes) + 1
    return sum(size for size in sizes if size > LONG)


def says_away(named: str) -> int:
    """How plainly class, id and role name a place without article text: 2 plainly, 1 unless it is large, 0 not.

    >>> says_away("ArticleShare-bar"), says_away("story-body"), says_away("has-comments"), says_away("comments")
    (1, 0, 0, 2)
    """
    found = 0
    if _ENTRY.search(named):  # WordPress then lists the entry's own tags and categories
        return 0
    for name in named.split():
        words = [word.lower() for word in _PARTS.findall(name)]
        for place, word in enumerate(words):
            if word == "hidden" and len(words) > 1:
                continue
            away = 2 if word in _AWAY_PLAINLY else int(word in _AWAY)
            if away and not (place and words[place - 1] in _NOT) and words[0] not in _NOT and words[-1] not in _LAYOUT:
                found = max(found, away)
            if place and (words[place - 1], word) in _AWAY_PAIRS:
                found = max(found, 1)
    return found


def _claim(attributes: Mapping[str, str | None], tag: str) -> int:
    """How plainly an element claims to hold the article: 3 marked up, 2 by its tag, 1 by its name, 0 not at all."""
    if "articlebody" in (attributes.get("itemprop") or "").lower():
        return 3
    if tag == "article":
        return 2
    named = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    return int(named != " " and _names_a_home(named))


def _names_a_home(named: str) -> bool:
    return _has_home(named) if len(named) <= REMEMBERED else _has_home.__wrapped__(named)


@lru_cache(maxsize=8192)
def _has_home(named: str) -> bool:
    return bool(_HOME.search(named))
