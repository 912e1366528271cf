"""The sitemap: the pages that search engines may keep. All others are other people's news, and say noindex."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from xml.etree import ElementTree as ET

_NS = "http://www.sitemaps.org/schemas/sitemap/0.9"


def sitemap(base: str, ranked: Iterable[datetime | None]) -> bytes:
    """The choice of editions, with when one of them last changed, and the page about the site."""
    root = ET.Element("urlset", xmlns=_NS)
    newest = max(filter(None, ranked), default=None)
    for path, changed in (("/", newest), ("/about", None)):
        url = ET.SubElement(root, "url")
        ET.SubElement(url, "loc").text = base + path
        if changed:
            ET.SubElement(url, "lastmod").text = changed.isoformat()
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
