"""The article's main image: an absolute address, never a logo or a placeholder, with its description."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborNode

from newsloom.extract.head import Head
from newsloom.extract.jsonld import texts
from newsloom.extract.links import absolute
from newsloom.extract.plain import line

_NO_PICTURE = re.compile(
    r"\.svg(?:$|\?)|/(?:site-?)?logo|[-_/]logo[-_.]|placeholder|default[-_](?:image|img|share|og|social)|favicon"
    r"|fallback|/share[-_]image|blank\.(?:gif|png)|1x1|spacer|avatar|gravatar|no[-_]?image|/profiles?/|banner|/authors?/|byline|[-_/](?:icon|badge|button|sprite)[-_/.]",
    re.IGNORECASE,
)


_SOCIAL = re.compile(
    r"social|og[-_](?:thumb|image)|/ogp?/|facebook|watermark|branded|overlay[-_=]|[-_]teaser[-_]|share[-_]?card",
    re.IGNORECASE,
)
_SHOWN = "[itemprop~=image] img, figure img, picture img, article img"
_SOURCES = ("src", "data-src", "data-original", "data-lazy-src")
_SMALL = re.compile(
    r"[-_/=](?:w(?:idth)?[-_=]?)?([1-9]\d|[12]\d\d)(?:x[1-9]\d|x[12]\d\d|(?=[&,]|$))(?!\d)", re.IGNORECASE
)
_RUN = re.compile(r"[\w-]{6,}")
_SIZE = re.compile(r"[-_]?\d{2,4}x\d{2,4}|[-_]scaled")
_CREDITS = ("creditText", "creator", "author", "copyrightHolder", "copyrightNotice")
_LABEL = re.compile(
    r"^\W*(?:photo(?:graph)?|foto|image|bild|picture|credit|quelle|crédit)s?(?:\s+(?:by|credit))?\s*[:©]\s*", re.I
)
_CREDITED = re.compile(
    r"(?:\b(?:photo(?:graph)?|foto|image|bild|picture|credit|quelle|crédit)s?(?:\s+(?:by|credit))?\s*[:©]|©)\s*([^|]{2,120}?)\W*$",
    re.IGNORECASE,
)
MAX_FIGURES = 12
LEAST_WIDTH = 300
MAX_PICTURES = 400


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's address, its description and whose it is."""

    address: str = ""
    alt: str = ""
    credit: str = ""


def main_image(head: Head, base: str) -> Picture:
    """The lead image, its address empty where the page has none.

    Of those that the page names, the one that it also shows; what was made for social networks, with the outlet's
    sign in it, comes after a plain picture.
    """
    metas = head.all_metas("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
    links = [*metas, *_structured(head.ld.get("image")), *texts(head.ld.get("thumbnailUrl")), head.meta("image")]
    said = [each for link in links if (each := absolute(link, base)) and not _NO_PICTURE.search(each)]
    shown = _sources(head)
    seen = next((each for each in said if _stem(each) in shown), "")
    plain = next((each for each in said if not _SOCIAL.search(each)), "")
    address = seen or _shown(head, base) or plain or next(iter(said), "")
    return Picture(address, _alt(head, address), _credit(head, address)) if address else Picture()


def _sources(head: Head) -> str:
    """The addresses of all pictures that the page shows, in one text."""
    found: list[str] = []
    for node in head.tree.css("img, source")[:MAX_PICTURES]:
        attributes = node.attributes
        found.extend((attributes.get(name) or "")[:4_000] for name in (*_SOURCES, "srcset", "data-srcset"))
    return " ".join(found)


def _stem(address: str) -> str:
    """What two sizes of one picture have in common: the longest run of letters and digits in its path."""
    runs = _RUN.findall(address.partition("//")[2].partition("/")[2].partition("?")[0])
    return _SIZE.sub("", max(runs, key=len, default=address))


def _shown(head: Head, base: str) -> str:
    """The first picture of some width that the article itself shows."""
    for node in head.tree.css(_SHOWN)[:12]:
        attributes = node.attributes
        width = attributes.get("width") or ""
        if width.isdecimal() and len(width) < 6 and int(width) < LEAST_WIDTH:
            continue
        for name in _SOURCES:
            address = absolute(attributes.get(name), base)
            if address and not _NO_PICTURE.search(address) and not _SMALL.search(address[-80:]):
                return address
    return ""


def _structured(image: Any) -> list[str]:
    return texts(image, "url", "contentUrl", "@id")


def _alt(head: Head, address: str) -> str:
    said = head.meta("og:image:alt", "twitter:image:alt")
    if said:
        return said[:500]
    name = address.split("?")[0].rsplit("/", 1)[-1]
    for node in head.tree.css("img[alt]")[:60]:
        attributes = node.attributes
        if len(name) > 6 and name in (attributes.get("src") or ""):
            return line(attributes.get("alt"), 500)
    return ""


def _credit(head: Head, address: str) -> str:
    """Whose picture it is, as the page's data or the caption under it say."""
    image = head.ld.get("image")
    for node in image if isinstance(image, list) else [image]:
        if isinstance(node, dict):
            told = next((said for key in _CREDITS for said in texts(node.get(key), "name") if said), "")
            if told:
                return line(told, 200)
    figure = _figure(head, address)
    caption = figure.css_first("figcaption, [class*=caption i], [class*=credit i]") if figure else None
    if figure is None or caption is None:
        return ""
    marked = figure.css_first("[class*=credit i], [class*=copyright i], [itemprop~=copyrightHolder], small, cite")
    if marked:
        return line(_LABEL.sub("", line(marked.text(), 200)), 200)
    found = _CREDITED.search(line(caption.text(separator=" "), 600))
    return line(found.group(1), 200) if found else ""


def _figure(head: Head, address: str) -> LexborNode | None:
    stem = _stem(address)
    for figure in head.tree.css("figure")[:MAX_FIGURES]:
        for node in figure.css("img, source")[:6]:
            if any(stem in (value or "") for value in node.attributes.values()):
                return figure
    return None
