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
    r"|fallback|/share[-_]image|blank\.(?:gif|png)|1x1|spacer|avatar|gravatar|no[-_]?image",
    re.IGNORECASE,
)


def main_image(head: Head, base: str) -> tuple[str, str]:
    """(address, alt) of the lead image, ("", "") where the page names none."""
    metas = head.all_metas("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
    for link in [*metas, *_structured(head.ld.get("image")), *texts(head.ld.get("thumbnailUrl")), head.meta("image")]:
        address = absolute(link, base)
        if address and not _NO_PICTURE.search(address):
            return address, _alt(head, address)
    return "", ""


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
