"""The article's main image: an absolute address, never a logo or a placeholder, with its description."""

from __future__ import annotations

import re
from typing import Any

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
LEAST_WIDTH = 300
MAX_PICTURES = 400


def main_image(head: Head, base: str) -> tuple[str, str]:
    """(address, alt) of the lead image, ("", "") where the page has none.

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
    return (address, _alt(head, address)) if address else ("", "")


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
