"""Sixty-nine layouts: every body with two heads, and pages of their own kinds; with what a reader would take from each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from evals.layouts import chrome
from evals.layouts.bodies import BODIES, Body
from evals.layouts.heads import HEADS, Head
from evals.layouts.live import live_pages
from evals.layouts.piece import Piece, pieces


@dataclass(frozen=True, slots=True)
class Laid:
    """A page and its gold; `knows`: the fields that the page says somewhere, `noise`: what must not be in its text."""

    name: str
    url: str
    html: str
    text: tuple[str, ...]
    piece: Piece
    knows: frozenset[str]
    noise: tuple[str, ...]


def pages() -> Iterator[Laid]:
    """All pages, the same every time."""
    known = pieces()
    for place, body in enumerate(BODIES):
        for turn in (0, 1):
            piece = known[(place + turn * 5) % len(known)]
            head = HEADS[(place * 3 + turn * 7) % len(HEADS)]
            yield _laid(f"{body.__name__}+{head.__name__}+{piece.language}", piece, head(piece), body(piece))
    yield from _of_their_own(known)


def _laid(name: str, piece: Piece, head: Head, body: Body) -> Laid:
    said, knows = head
    html = (
        f'<!doctype html><html lang="{piece.language}" dir="{piece.direction}"><head><meta charset="utf-8">\n'
        f"{said}</head><body>{body.html}<script>var a = '<p>No text of ours.</p>';</script></body></html>"
    )
    lines = body.text or tuple(words for _, words in piece.lines)
    text = (piece.lead, *lines) if body.lead else lines
    return Laid(name, piece.url, html, text, piece, knows | body.knows, chrome.noise(piece.language))


def _of_their_own(known: list[Piece]) -> Iterator[Laid]:
    """Live blogs; videos and galleries, whose description is all there is."""
    for name, piece, more, body in live_pages(known):
        said, knows = HEADS[0](piece)
        yield _laid(f"{name}+{piece.language}", piece, (said + more, knows), body)
    for piece, kind, markup in (
        (known[0], "video.other", "<video src='/v.mp4'></video>"),
        (known[2], "video", "<div class='player'></div>"),
        (
            known[3],
            "article",
            "<div class='gallery'><figure><img src='/1.jpg'><figcaption>1/9</figcaption></figure></div>",
        ),
        (known[5], "article", "<ul class='slideshow'><li><img src='/1.jpg'></li></ul>"),
    ):
        said, knows = HEADS[0](piece)
        said = said.replace('content="article"', f'content="{kind}"')
        html = (
            f"<h1>{escape(piece.headline)}</h1>{markup}{chrome.teasers(piece.language)}{chrome.footer(piece.language)}"
        )
        knows -= {"image"}
        yield _laid(
            f"{kind}+{markup[1:6]}+{piece.language}", piece, (said, knows), Body(html, lead=False, text=(piece.lead,))
        )
