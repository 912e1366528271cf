"""Live blogs as outlets lay them out, each with more posts than are read; and an article beside a live ticker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import escape

from evals.layouts import chrome
from evals.layouts.bodies import Body
from evals.layouts.piece import Piece

READ = 10  # posts
POSTS = 24
MINUTES = 17


def live_pages(known: list[Piece]) -> Iterator[tuple[str, Piece, str, Body]]:
    """Name, piece, more of the head, and body; a body's text is what the page should come out as."""
    for piece, other, layout in (
        (known[0], known[1], said_in_data),
        (known[2], known[2], said_in_microdata),
        (known[1], known[11], named_alone),
        (known[4], known[4], oldest_first),
        (known[11], known[0], ticker_beside),
    ):
        yield layout.__name__, piece, *layout(piece, posts(piece, other))


def posts(piece: Piece, other: Piece) -> list[tuple[str, str, str]]:
    """Time, headline and text of a day's posts, the newest first, each with words of its own."""
    lines = [words for kind, words in (*piece.lines, *other.lines) if kind == "text"]
    day = datetime.fromisoformat(piece.published)
    return [
        (
            (day + timedelta(minutes=MINUTES * turn)).isoformat(),
            f"{other.headline.split()[0]} {turn}:{other.headline.partition(' ')[2]}",
            f"({turn}) {lines[turn % len(lines)]}",
        )
        for turn in range(POSTS, 0, -1)
    ]


def _text(piece: Piece, told: list[tuple[str, str, str]]) -> tuple[str, ...]:
    return (piece.lead, *(words for _, *both in told[:READ] for words in both))


def _page(piece: Piece, inside: str) -> str:
    return (
        f"{chrome.menu(piece.language)}<article><h1>{escape(piece.headline)}</h1><p>{escape(piece.lead)}</p>"
        f"{inside}</article>{chrome.teasers(piece.language)}{chrome.footer(piece.language)}"
    )


def said_in_data(piece: Piece, told: list[tuple[str, str, str]]) -> tuple[str, Body]:
    """JSON-LD, the oldest first; the page shows the first few alone and has the rest loaded."""
    updates = [
        {"@type": "BlogPosting", "headline": name, "datePublished": at, "articleBody": words}
        for at, name, words in reversed(told)
    ]
    node = {"@type": "LiveBlogPosting", "headline": piece.headline, "liveBlogUpdate": updates}
    head = f'<script type="application/ld+json">{json.dumps(node)}</script>'
    shown = "".join(f"<div><h2>{escape(name)}</h2><p>{escape(words)}</p></div>" for _, name, words in told[:4])
    return head, Body(_page(piece, shown), lead=False, text=_text(piece, told))


def said_in_microdata(piece: Piece, told: list[tuple[str, str, str]]) -> tuple[str, Body]:
    """Each post marked up, with share bars between."""
    shown = "".join(
        f'<div itemprop="liveBlogUpdate" itemscope><meta itemprop="datePublished" content="{at}">'
        f'<h3 itemprop="headline">{escape(name)}</h3><div itemprop="articleBody"><p>{escape(words)}</p></div>'
        f"{chrome.share(piece.language)}</div>"
        for at, name, words in told
    )
    return "", Body(_page(piece, shown), lead=False, text=_text(piece, told))


def named_alone(piece: Piece, told: list[tuple[str, str, str]]) -> tuple[str, Body]:
    """Class names alone, an author's name in each post."""
    shown = "".join(
        f'<li class="LiveBlog__Post n{n}"><time datetime="{at}">{at[11:16]}</time><h3>{escape(name)}</h3>'
        f"<div>Ada Holm</div><p>{escape(words)}</p></li>"
        for n, (at, name, words) in enumerate(told)
    )
    inside = f'<ol class="LiveBlog__Stream">{shown}</ol>'
    return "", Body(_page(piece, inside), lead=False, text=_text(piece, told))


def oldest_first(piece: Piece, told: list[tuple[str, str, str]]) -> tuple[str, Body]:
    """A day's log read from its morning on; the names stand at the posts, not at the list."""
    shown = "".join(
        f'<section class="live-update"><p class="clock"><time datetime="{at}">{at[11:16]}</time></p>'
        f"<h2>{escape(name)}</h2><p>{escape(words)}</p></section>"
        for at, name, words in reversed(told)
    )
    return "", Body(_page(piece, f"<div>{shown}</div>"), lead=False, text=_text(piece, told))


def ticker_beside(piece: Piece, told: list[tuple[str, str, str]]) -> tuple[str, Body]:
    """An article like any other, with the last posts of a live blog on other news at its side."""
    lines = "".join(f"<p>{escape(words)}</p>" for _, words in piece.lines)
    shown = "".join(
        f'<li><time datetime="{at}">{at[11:16]}</time><p><a href="/live#{at[11:13]}">{escape(name)}</a></p></li>'
        for at, name, _ in told[:5]
    )
    aside = f'<div class="rail"><ul class="live-ticker">{shown}</ul></div>'
    text = (piece.lead, *(words for _, words in piece.lines))
    return "", Body(_page(piece, lines) + aside, lead=False, text=text)
