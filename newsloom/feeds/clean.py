"""Text from outside made safe to keep: titles plain, HTML on an allow-list, links absolute http(s)."""

from __future__ import annotations

import html
import re
from functools import lru_cache

import nh3

from newsloom.feeds.links import SEEN, UNSEEN, absolute
from newsloom.feeds.quick import ATTRIBUTES, GENERIC, REL, TAGS, tidy

MAX_TITLE, MAX_HTML, MAX_NAME = 1_000, 200_000, 200

# Beyond this many tags in one field it is no text any more, and the HTML parser's own cost could grow with nesting.
_MAX_TAGS = 20_000
_TAG = re.compile(
    r"<!--.*?-->|</?(?:a|abbr|b|big|blink|blockquote|br|center|cite|code|del|div|em|font|h[1-6]|hr|i|img|ins|kbd|li|mark"
    r"|nobr|ol|p|pre|q|s|script|small|span|strike|strong|style|sub|sup|svg|table|tbody|td|th|tr|tt|u|ul|wbr"
    r"|iframe|object|embed|form|input|button|video|audio|math|body|html|head|title|meta|link)(?=[\s/>])[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
_BREAK = re.compile(r"<(?:br|p|div|li|h[1-6]|td|tr)\b", re.IGNORECASE)
_SILENT = re.compile(r"<(script|style)\b[^<>]*>[^<]*(?:<(?!/\1)[^<]*)*</\1\s*>", re.IGNORECASE)
# Drawings and formulas leave their words behind; the sanitiser would drop what is inside with the tags.
_FOREIGN = re.compile(
    r"</?(?:svg|math|semantics|annotation(?:-xml)?|m(?:i|n|o|s|row|sup|sub|subsup|frac|sqrt|root|text|space|over|under"
    r"|underover|table|tr|td|style|padded|phantom|fenced|enclose|error|action|multiscripts|prescripts))\b[^<>]*>",
    re.IGNORECASE,
)
_PIXEL = re.compile(r'<img\b[^<>]*\b(?:width|height)="[01](?:px)?"[^<>]*>')
_ANY_TAG = re.compile(r"<[^<>]*>")

_SILENT_TAGS = frozenset(("script", "style", "template", "noscript", "iframe", "object"))


def plain(text: str, limit: int = MAX_TITLE) -> str:
    """Text on one line without control characters, cut at `limit` characters."""
    text = text[: limit * 4]
    if not text.isprintable():
        text = UNSEEN.sub("", text)
    return " ".join(text.split())[:limit].rstrip()


def title_text(markup: str) -> str:
    """A title that may carry HTML: its tags taken out, its entities decoded once."""
    markup = markup[: MAX_TITLE * 8]
    if "<" in markup:
        markup = _TAG.sub(_spaced, _SILENT.sub("", markup))
    if "&" in markup:
        markup = html.unescape(markup)
    return plain(markup)


def html_text(markup: str, base: str = "") -> str:
    """HTML of tags on the allow-list, links absolute against `base` (http(s), "" for none), at most 200,000
    characters."""
    markup = markup.strip()
    if "<" not in markup and "&" not in markup:
        return _printable(markup[:MAX_HTML])
    if len(markup) > MAX_HTML:
        markup = markup[:MAX_HTML]
    made = _ordinary(markup, base)
    return _printable(made if made is not None and len(made) <= MAX_HTML else _sanitised(markup, base)).strip()


def _ordinary(markup: str, base: str) -> str | None:
    """By the fast lane, with drawings and formulas taken apart where it stumbles over them."""
    if len(markup) > _MAX_TAGS and markup.count("<") > _MAX_TAGS:
        return None
    made = tidy(markup, base)
    if made is None and (plainer := _FOREIGN.sub("", markup)) != markup:
        return tidy(plainer, base)
    return made


def _sanitised(markup: str, base: str) -> str:
    """By the full sanitiser, which reads HTML as browsers do."""
    markup = _FOREIGN.sub("", markup)
    if len(markup) > _MAX_TAGS and markup.count("<") > _MAX_TAGS:
        markup = html.escape(_ANY_TAG.sub(" ", markup), quote=False)
    cleaned = _cleaner(base).clean(markup)
    while len(cleaned) > MAX_HTML:
        markup = markup[: len(markup) // 2]
        cleaned = _cleaner(base).clean(markup)
    return _PIXEL.sub("", cleaned)


def escaped(text: str) -> str:
    """Plain text as HTML."""
    return html.escape(_printable(text[:MAX_HTML]).strip(), quote=False)[:MAX_HTML]


def _printable(text: str) -> str:
    """The text without control characters."""
    return text if SEEN.fullmatch(text) else UNSEEN.sub("", text)


def _spaced(tag: re.Match[str]) -> str:
    return " " if _BREAK.match(tag[0]) else ""


@lru_cache(maxsize=256)
def _cleaner(base: str) -> nh3.Cleaner:
    web = base.startswith(("http://", "https://")) and absolute(base)
    return nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags=set(_SILENT_TAGS),
        attributes={"*": set(GENERIC)} | {tag: set(names) for tag, names in ATTRIBUTES.items()},
        generic_attribute_prefixes=None,
        url_schemes={"http", "https"},
        url_relative=("rewrite_with_base", web) if web else "deny",
        link_rel=REL,
    )
