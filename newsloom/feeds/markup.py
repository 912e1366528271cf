"""What an element holds: its words, its HTML, its base address."""

from __future__ import annotations

import base64
import binascii
import html
import re

from lxml import etree  # type: ignore[import-untyped]

from newsloom.feeds.clean import MAX_HTML, plain, title_text
from newsloom.feeds.links import joined
from newsloom.feeds.said import Raw
from newsloom.feeds.tree import Element

_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_LOOKS_HTML = re.compile(
    r"</(?:a|b|i|p|em|strong|div|span|ul|ol|li|h[1-6]|blockquote|table|figure|code|pre)>|<(?:br|img|hr|p)\b[^<>]*>",
    re.IGNORECASE,
)
_FOREIGN = re.compile(r"\{http://www\.w3\.org/(?:2000/svg|1998/Math/MathML)\}")
_MOST_ATTRIBUTES = 30
_PLAIN_TYPES = ("text", "text/plain", "plain")


def words(element: Element) -> str:
    """All text inside the element, tags left out."""
    if not len(element):
        return element.text or ""
    return "".join(map(str, element.itertext()))


def title(element: Element) -> str:
    """The element as a title: plain text."""
    kind = _type(element)
    raw = _unpacked(element, kind) or words(element)
    if kind in _PLAIN_TYPES or len(element):
        return plain(raw)
    return title_text(raw)


def raw(element: Element, base: str, *, atom: bool) -> Raw:
    """The element's markup as it came. `atom`: without a type, text that looks plain is plain."""
    if len(element):
        return _inner(element)[:MAX_HTML], base, True
    kind = _type(element)
    text = (_unpacked(element, kind) if kind or element.get("mode") else "") or element.text or ""
    if len(text) > MAX_HTML:
        text = text[:MAX_HTML]
    is_text = kind in _PLAIN_TYPES or (atom and not kind and not _LOOKS_HTML.search(text))
    return text, base, not is_text


def base_of(element: Element, base: str) -> str:
    """The element's own base address, by the xml:base of it and what holds it."""
    chain = [held.get(_BASE) for held in (element, *element.iterancestors())]
    for reference in reversed(chain):
        if reference:
            base = joined(base, reference)
    return base


def language_of(element: Element) -> str:
    """The element's xml:lang as a language tag."""
    return language(element.get(_LANG) or "")


def language(text: str) -> str:
    """A language tag as BCP 47 writes it: hyphens, nothing else."""
    tag = text.strip().replace("_", "-")
    return tag if re.fullmatch(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}", tag) else ""


def attribute(element: Element, name: str) -> str:
    """An attribute by its local name in lower case, whatever the feed's capitals; "" where there is none."""
    value = element.get(name)
    if value is None:
        keys = element.keys()
        if not keys:
            return ""
        value = element.get(next((k for k in keys[:_MOST_ATTRIBUTES] if k.rpartition("}")[2].lower() == name), name))
    return str(value).strip() if value else ""


def _type(element: Element) -> str:
    return (element.get("type") or "").strip().lower()


def _unpacked(element: Element, kind: str) -> str:
    """The text of an element in base64 (Atom 0.3's mode, Atom 1.0's media types that are not text), "" where it is
    none: types are often wrong."""
    media = "/" in kind and not kind.startswith("text/") and not kind.endswith(("/xml", "+xml"))
    if not media and element.get("mode") != "base64":
        return ""
    try:
        packed = "".join((element.text or "")[: 2 * MAX_HTML].split())
        return base64.b64decode(packed, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""


def _inner(element: Element) -> str:
    """The markup inside an element; the div that Atom wraps XHTML in is left out."""
    holder = element
    if len(element) == 1 and not (element.text or "").strip() and _local(element[0]) == "div":
        holder = element[0]
    for inside in holder.iterdescendants(etree.Element):
        # Drawings and formulas leave their words behind, nothing else.
        inside.tag = "span" if _FOREIGN.match(inside.tag) else _local(inside)
    pieces = [html.escape(holder.text or "", quote=False)]
    length = 0
    for child in holder:
        piece = etree.tostring(child, encoding="unicode", method="html")
        length += len(piece)
        pieces.append(piece)
        if length > MAX_HTML:
            break
    return "".join(pieces)


def _local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2] or "span" if isinstance(tag, str) else ""
