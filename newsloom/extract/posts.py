"""The newest posts of a live blog, apart from its intro: as its data say (schema.org LiveBlogPosting), or marked up.

Without data, posts are what stands repeated, each with its time, in a list that is named as live and holds most of the
page's running text; so a ticker beside an article makes no live blog of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import takewhile

from selectolax.lexbor import LexborNode

from newsloom.extract.blocks import Block, blocks_of
from newsloom.extract.head import Head
from newsloom.extract.jsonld import texts
from newsloom.extract.moments import moment
from newsloom.extract.plain import line
from newsloom.extract.prose import paragraphs
from newsloom.types import Post

NEWEST = 10
MAX_POSTS = 500
MAX_LISTS = 40
MAX_INTRO = 12
POST_CHARS = 3_000
LEAST_POSTS = 3
LEAST_CHARS = 40
LONG = 80  # characters of a paragraph of running text
MOST_TEXT = 0.5  # of the page's running text, in the posts
LABEL = 25

_NAMED = re.compile(r"live[-_]*(?:blog|ticker|post|update|entr|event|feed|stream|coverage)", re.IGNORECASE)
_BREAK = re.compile(r"</p>|<br\s*/?>|</li>|\n", re.IGNORECASE)
_ENDS = re.compile(r"[.!?:;…。！？»”\"’')\]*]$")
_NOT_LETTERS = re.compile(r"[\W_]+")


def posts_of(head: Head, now: datetime) -> tuple[Post, ...]:
    """All posts, newest first; () where the page is no live blog. To be called while `head.tree` is whole."""
    found = list(_said(head, now))
    if len(found) < LEAST_POSTS:
        found = list(_marked(head, now))
    return tuple(sorted(found, key=lambda post: post.date_published, reverse=True)) if _is_live(found) else ()


def _is_live(found: list[Post]) -> bool:
    return len(found) >= LEAST_POSTS and len({post.date_published for post in found}) > 1


def with_intro(text: tuple[str, ...], posts: tuple[Post, ...], description: str) -> tuple[str, ...]:
    """The text up to its first post (else the description), then the newest posts; () where it is no live blog's."""
    said = "\n".join(_bare(f"{post.headline} {post.text}") for post in posts)
    headlines = {post.headline for post in posts}
    intro = list(takewhile(lambda row: not _in_post(row, said, headlines), text))
    if len(intro) > MAX_INTRO and len(intro) == len(text):
        return ()
    lead = intro[:MAX_INTRO] or ([description] if len(description) >= LEAST_CHARS else [])
    return tuple(lead) + tuple(row for post in posts[:NEWEST] for row in (post.headline, *post.text.split("\n")) if row)


def _in_post(row: str, said: str, headlines: set[str]) -> bool:
    bare = _bare(row)
    return row in headlines or (len(bare) >= LABEL and bare[: 2 * LABEL] in said)


def _bare(text: str) -> str:
    return _NOT_LETTERS.sub("", text).casefold()


def _said(head: Head, now: datetime) -> Iterator[Post]:
    """Posts of the page's own data."""
    updates = head.ld.get("liveBlogUpdate")
    for update in (updates if isinstance(updates, list) else [updates])[:MAX_POSTS]:
        if not isinstance(update, dict):
            continue
        times = [*texts(update.get("datePublished")), *texts(update.get("dateModified"))]
        words = "".join(texts(update.get("articleBody"))[:1]) or "".join(texts(update.get("description"))[:1])
        name = next(iter(texts(update.get("headline"))), "")
        post = _post(line(name, 300), times, _BREAK.split(words), now)
        if post:
            yield post


def _marked(head: Head, now: datetime) -> Iterator[Post]:
    """Posts of the page's markup."""
    body = head.tree.body
    if body is None:
        return
    nodes = body.css('[itemprop~="liveBlogUpdate"]')[:MAX_POSTS] or _repeated(body)
    posts = [post for node in nodes if (post := _read(node, now))]
    if not posts:
        return
    running = sum(size for node in body.css("p") if (size := len(node.text())) > LONG)
    if sum(len(post.text) for post in posts) >= MOST_TEXT * min(running, len(posts) * POST_CHARS):
        yield from posts


def _repeated(body: LexborNode) -> list[LexborNode]:
    """The most posts alike that stand in one element named as live, or beside one that is."""
    best: list[LexborNode] = []
    looked: set[int] = set()
    for named in body.css('[class*="live" i], [id*="live" i]'):
        attributes = named.attributes
        if not _NAMED.search(f"{attributes.get('class') or ''} {attributes.get('id') or ''}"):
            continue
        for place in (named, named.parent):
            if place is not None and place.mem_id not in looked and len(looked) < MAX_LISTS:
                looked.add(place.mem_id)
                best = max(best, _alike(place), key=len)
    return best


def _alike(place: LexborNode) -> list[LexborNode]:
    """The children of an element that hold a time and share tag and class."""
    children: list[LexborNode] = []
    child = place.child
    while child is not None and len(children) < MAX_POSTS:
        if child.is_element_node and child.css_first("time[datetime]") is not None:
            children.append(child)
        child = child.next
    kinds = Counter(_kind(each) for each in children)
    kind = max(kinds, key=lambda each: kinds[each], default=("", ""))
    return [each for each in children if _kind(each) == kind] if kinds[kind] >= LEAST_POSTS else []


def _kind(node: LexborNode) -> tuple[str, str]:
    return node.tag or "", " ".join((node.attributes.get("class") or "").split()[:1])


def _read(node: LexborNode, now: datetime) -> Post | None:
    marked = node.css('time[datetime], [itemprop~="datePublished"]')[:4]
    times = [each.attributes.get("datetime") or each.attributes.get("content") or "" for each in marked]
    title = node.css_first('[itemprop~="headline"], h2, h3, h4, h5')
    name = line(title.text(), 300) if title else ""
    blocks, _ = blocks_of(node)
    return _post(name, times, [block.text for block in blocks if _is_text(block, name)], now)


def _is_text(block: Block, headline: str) -> bool:
    """Whether it is no headline, link, clock or name of an author."""
    label = len(block.text) < LABEL and not _ENDS.search(block.text)
    return block.text != headline and block.linked <= 0.6 * len(block.text) and (block.tag == "li" or not label)


def _post(headline: str, times: list[str], lines: list[str], now: datetime) -> Post | None:
    at = next((each.at for text in times if (each := moment(text, now)) and each.certainty != "day"), None)
    text = "\n".join(_within(paragraphs(lines, headline)))
    long_enough = len(text) + len(headline) >= LEAST_CHARS
    return Post(headline=headline, date_published=at, text=text) if at and long_enough else None


def _within(rows: tuple[str, ...]) -> Iterator[str]:
    """Whole paragraphs within a post's room, the first in any case."""
    room = POST_CHARS
    for place, row in enumerate(rows):
        room -= len(row)
        if place and room < 0:
            return
        yield row[:POST_CHARS]
