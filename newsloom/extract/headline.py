"""The article's headline: never the site's name, without the outlet's tail."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from newsloom.extract.head import Head
from newsloom.extract.jsonld import texts
from newsloom.extract.plain import line

_SEPARATOR = re.compile(r"\s+(?:[|·•»«›‹:/–—-]|::|\|\|)\s+|\s*[|｜]\s*")
_WORD = re.compile(r"\w+")
SAME_WORDS = 0.6
MOST_SHOWN = 3  # times as long as the title for search engines: then it is no heading
_CUT = re.compile(r"(?:\.\.\.|…)$")
_NOT_LETTERS = re.compile(r"[\W_]+")


def site_name(head: Head) -> str:
    """The outlet's name as the page gives it, "" where it does not."""
    said = head.meta("og:site_name", "application-name")
    published = texts(head.ld.get("publisher"), "name")
    name = said or (line(published[0], 200) if published else "")
    return "" if name.startswith(("http:", "https:")) else name[:200]


def headline(head: Head, site: str) -> str:
    """The headline of the page, "" where nothing on it can be one."""
    told = [line(text, 500) for text in texts(head.ld.get("headline"))[:1]]
    metas = [head.meta(name) for name in ("og:title", "twitter:title", "dc.title", "title", "headline")]
    rest = [strip_site(text, site, head) for text in [*told, *metas] if text]
    candidates = [text for text in rest if text and not _is_site(text, site, head.url)]
    if candidates:
        return _seen(head, candidates) or _on_page(head, candidates) or _whole(candidates[0], candidates[1:])
    named = _front(head, strip_site(head.title, site, head))
    within = [text for text in head.h1s if _bare(text) and _bare(text) in _bare(head.title)]
    fallback = [*within, named, *head.h1s] if named and not _is_site(named, site, head.url) else head.h1s
    return next((text for text in fallback if text and not _is_site(text, site, head.url)), "")


def _front(head: Head, title: str) -> str:
    """The part of the title before its last separator, where the page's text has that and not the whole."""
    cuts = list(_SEPARATOR.finditer(title))
    if not cuts or head.tree.body is None:
        return title
    shown = " ".join(head.tree.body.text(separator=" ").split())
    front = title[: cuts[-1].start()].strip()
    return front if title not in shown and len(front) > 10 and front in shown else title


def _on_page(head: Head, candidates: list[str]) -> str:
    """The page's one main heading, where it is the headline in other words than search engines were given."""
    if len(head.h1s) != 1 or texts(head.ld.get("headline")) or head.meta("og:type") == "article":
        return ""
    shown = head.h1s[0]
    words = set(_WORD.findall(shown.casefold()))
    told = set(_WORD.findall(candidates[0].casefold()))
    if _bare(shown).endswith(_bare(candidates[0])):  # a kicker stands before it
        return candidates[0]
    alike = len(words) >= 3 and len(words & told) >= SAME_WORDS * min(len(words), len(told))
    return shown if alike and len(shown) <= MOST_SHOWN * len(candidates[0]) else ""


def strip_site(title: str, site: str, head: Head) -> str:
    """`title` without the outlet's name before or after the title's own separators."""
    for _ in range(3):
        cuts = list(_SEPARATOR.finditer(title))
        if not cuts:
            break
        tail, front = title[cuts[-1].end() :], title[: cuts[0].start()]
        if _is_site(tail, site, head.url) or title[: cuts[-1].start()] in head.h1s:
            title = title[: cuts[-1].start()].strip()
        elif _is_site(front, site, head.url) or title[cuts[0].end() :] in head.h1s:
            title = title[cuts[0].end() :].strip()
        else:
            break
    return title


def _seen(head: Head, candidates: list[str]) -> str:
    """The candidate that readers see on top; "" where none is. Search engines are often given another one."""
    shown = {_bare(text) for text in head.h1s}
    return next((told for told in candidates if _bare(told) in shown), "")


def _whole(title: str, others: list[str]) -> str:
    """The longer form where `title` was cut for a search engine."""
    if not _CUT.search(title):
        return title
    start = _CUT.sub("", title).strip()
    return next((other for other in others if other.startswith(start) and not _CUT.search(other)), title)


def _is_site(text: str, site: str, url: str) -> bool:
    bare = _bare(text)
    if not bare or bare in ("home", "homepage", "news", "untitled", "index", "article"):
        return True
    name = _bare(site)
    if name and (bare == name or (len(name) > 3 and bare.startswith(name) and len(bare) - len(name) < 12)):
        return True
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return False
    return bool(host) and (
        bare == _bare(host)
        or bare in (_bare(part) for part in host.split(".")[:-1] if len(part) > 2)
        or host in text.lower()
    )


def _bare(text: str) -> str:
    return _NOT_LETTERS.sub("", text).lower()
