"""Text from outside made safe to keep: titles plain, HTML on an allow-list, links absolute http(s)."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

import nh3

MAX_TITLE, MAX_LINK, MAX_HTML, MAX_NAME = 1_000, 2_000, 200_000, 200

# Beyond this many tags in one field it is no text any more, and the HTML parser's own cost could grow with nesting.
_MAX_TAGS = 20_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_BARE = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])
_SPACE = re.compile(r"\s+")
# Most links are like this and need no taking apart.
_SIMPLE_LINK = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(?::\d{1,5})?(?:[/?#][!-~]*)?")
# Tags that would be dropped in any case: without them the sanitiser has half the work on highlighted code.
_WRAPPER = re.compile(
    r"""</?(?:span|font|section|article|aside|header|footer|main|nav)"""
    r"""(?:\s[^<>"']*(?:(?:"[^"<>]*"|'[^'<>]*')[^<>"']*)*)?>"""
)
_TAG = re.compile(
    r"<!--.*?-->|</?(?:a|abbr|b|big|blink|blockquote|br|center|cite|code|del|div|em|font|h[1-6]|hr|i|img|ins|kbd|li|mark"
    r"|nobr|ol|p|pre|q|s|script|small|span|strike|strong|style|sub|sup|svg|table|tbody|td|th|tr|tt|u|ul|wbr"
    r"|iframe|object|embed|form|input|button|video|audio|math|body|html|head|title|meta|link)(?=[\s/>])[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
_BREAK = re.compile(r"<(?:br|p|div|li|h[1-6]|td|tr)\b", re.IGNORECASE)
_SILENT = re.compile(r"<(script|style)\b[^<>]*>[^<]*(?:<(?!/\1)[^<]*)*</\1\s*>", re.IGNORECASE)
# Without their roots, drawings and formulas are unknown tags around words, and the words stay.
_FOREIGN = re.compile(r"</?(?:svg|math)\b[^<>]*>", re.IGNORECASE)
_PIXEL = re.compile(r'<img\b[^<>]*\b(?:width|height)="[01](?:px)?"[^<>]*>')
_ANY_TAG = re.compile(r"<[^<>]*>")

_TAGS = frozenset(
    "a abbr b blockquote br caption cite code dd del div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd "
    "li mark ol p pre q s samp small strong sub sup table tbody td tfoot th thead time tr u ul var".split()
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "time": {"datetime"},
}
_SILENT_TAGS = frozenset(("script", "style", "template", "noscript", "iframe", "object"))


def plain(text: str, limit: int = MAX_TITLE) -> str:
    """Text on one line without control characters, cut at `limit` characters."""
    text = text[: limit * 4]
    if not text.isprintable():
        text = _CONTROL.sub("", text)
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
    markup = _WRAPPER.sub("", markup[:MAX_HTML])
    if "<svg" in markup or "<math" in markup:
        markup = _FOREIGN.sub("", markup)
    if len(markup) > _MAX_TAGS and markup.count("<") > _MAX_TAGS:
        markup = html.escape(_ANY_TAG.sub(" ", markup), quote=False)
    cleaned = _cleaner(base).clean(markup)
    while len(cleaned) > MAX_HTML:
        markup = markup[: len(markup) // 2]
        cleaned = _cleaner(base).clean(markup)
    return _printable(_PIXEL.sub("", cleaned) if '="1' in cleaned or '="0' in cleaned else cleaned).strip()


def escaped(text: str) -> str:
    """Plain text as HTML."""
    return html.escape(_printable(text[:MAX_HTML]).strip(), quote=False)[:MAX_HTML]


def absolute(link: str, base: str = "") -> str:
    """The link as an absolute http(s) address, "" where it is none or longer than 2,000 characters."""
    link = link.strip() if len(link) <= 2 * MAX_LINK else ""
    if len(link) <= MAX_LINK and _SIMPLE_LINK.fullmatch(link):
        return link
    link = _SPACE.sub("%20", link)
    if not link or _CONTROL.search(link):
        return ""
    try:
        if base and not link[:8].lower().startswith(("http://", "https://")):
            link = urljoin(base, link)
        parts = urlsplit(link)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and len(link) <= MAX_LINK
    except ValueError:
        return ""
    return link if usable else ""


def joined(base: str, reference: str) -> str:
    """A base made from another and a reference (xml:base, Content-Location); the old one where they do not fit."""
    try:
        return urljoin(base, reference.strip()) if len(reference) <= MAX_LINK else base
    except ValueError:
        return base


def _printable(text: str) -> str:
    """The text without control characters; translate is several times faster where it can be used."""
    return text.translate(_BARE) if text.isascii() else _CONTROL.sub("", text)


def _spaced(tag: re.Match[str]) -> str:
    return " " if _BREAK.match(tag[0]) else ""


@lru_cache(maxsize=256)
def _cleaner(base: str) -> nh3.Cleaner:
    web = base.startswith(("http://", "https://")) and absolute(base)
    return nh3.Cleaner(
        tags=set(_TAGS),
        clean_content_tags=set(_SILENT_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes={"http", "https"},
        url_relative=("rewrite_with_base", web) if web else "deny",
        link_rel="noopener noreferrer nofollow",
    )
