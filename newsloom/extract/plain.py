"""Plain text: one line, no markup, no character that a store, a feed or a terminal would choke on."""

from __future__ import annotations

import html
import re

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]")
_SPACE = re.compile(r"\s+")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")


def without_controls(text: str) -> str:
    """`text` without control characters, surrogates, soft hyphens and zero-width marks; line ends stay."""
    return _FORBIDDEN.sub("", text)


def line(text: object, most: int = 2_000) -> str:
    """Anything a page put where words belong as one clean line of at most `most` code points; "" for non-strings."""
    if not isinstance(text, str) or not text:
        return ""
    if len(text) <= most and text.isprintable() and "&" not in text and "<" not in text:
        return " ".join(text.split())
    text = html.unescape(text[: 4 * most])
    if "<" in text:
        text = html.unescape(_TAG.sub(" ", text))
    return _SPACE.sub(" ", without_controls(text)).strip()[:most].strip()
