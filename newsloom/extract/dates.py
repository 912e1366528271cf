"""When the article was published and modified: said in data, then marked on the page, then in the address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import islice

from newsloom.extract.head import Head
from newsloom.extract.jsonld import texts
from newsloom.extract.moments import Moment, moment
from newsloom.extract.zones import zone_of

MAX_SEARCHED = 600_000
MAX_MARKS = 12
_MINUTE_S, _DAY_S = 60, 86_400

_PUBLISHED = (
    "article:published_time", "og:published_time", "datepublished", "article:published", "parsely-pub-date",
    "sailthru.date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "pubdate", "publish-date",
    "publish_date", "publishdate", "publication_date", "published-date", "dc.date.issued", "dcterms.created",
    "dc.date.created", "dc.date", "dcterms.date", "dc.created", "article.published", "citation_publication_date",
    "originalpublicationdate", "date.created", "datecreated", "last-published", "date", "article:publicationdate",
    "bt:pubdate", "og:article:published_time", "og:pubdate", "published_time", "vr:published_time",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:updated_time", "datemodified", "article:modified", "lastmod", "last-modified",
    "dcterms.modified", "dc.date.modified", "modified_time", "cxenseparse:modifiedtime", "date.updated",
)  # fmt: skip
_MARKED = (
    'time[itemprop~="datePublished"]', '[itemprop~="datePublished"]', "time[pubdate]", "header time",
    "article time", "main time", "time[datetime]", ".published", ".entry-date", ".post-date", ".article-date",
    '[class*="publish" i]',
)  # fmt: skip
_IN_URL = re.compile(
    r"/((?:19|20)\d{2})[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?=[/_.-]|$|[^\d])"
    r"|/((?:19|20)\d{2})/([1-9])/([1-9]|[12]\d|3[01])/"
)
_WHEN = rb"""["']?\s*[:=]\s*\\?["'](\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?)"""
_IN_SCRIPTS = tuple(
    re.compile(rb"\b(?:" + names + rb")\\?" + _WHEN, re.IGNORECASE)
    for names in (rb"date_?published", rb"published?_?(?:at|on|date|time)|first_?published?(?:_?at)?", rb"created_?at")
)
_IN_URL_TAIL = re.compile(r"[-_]((?:19|20)\d{2})[-_]?(0[1-9]|1[0-2])[-_]?(0[1-9]|[12]\d|3[01])(?=[/_.-]|$)")


def published(head: Head, now: datetime) -> Moment | None:
    """When the page says it was published, the most exact of the sources that agree on the day."""
    found = [each for text in _said_published(head) if (each := moment(text, now))]
    if not found:
        return in_url(head.url, now) or _marked(head, now)
    first = found[0]
    if first.certainty != "exact":
        near = (each for each in found if each.certainty == "exact" and abs(_apart(each, first)) < 1.5 * _DAY_S)
        first = next(near, first)
    named = in_url(head.url, now)
    if named and first.at.date() - named.at.date() > timedelta(days=2):  # the data then tell of a later edit
        return named
    if first.certainty != "exact":
        return first
    if not first.at.utcoffset():
        shown = [each for text in islice(_marks(head), MAX_MARKS) if (each := moment(text, now))]
        first = _in_own_zone(first, found + shown)
        named = named or next((each for each in shown if each.certainty == "day"), None)
    return _on_own_day(_at_midnight(first, head.url), named)


def _at_midnight(said: Moment, url: str) -> Moment:
    """A UTC time that is midnight where the outlet is: it meant the day that begins there."""
    zone = zone_of(url) if not said.at.utcoffset() else None
    local = said.at.astimezone(zone) if zone else said.at
    return Moment(local, said.certainty) if not any((local.hour, local.minute, local.second)) else said


def _on_own_day(said: Moment, day: Moment | None) -> Moment:
    """The same instant on the day that the address names, where UTC alone puts it on the day before or after.

    The offset is then the smallest one that does: the outlet's own is further that way.
    """
    if day is None or said.at.utcoffset() or abs((said.at.date() - day.at.date()).days) != 1:
        return said
    east = said.at.date() < day.at.date()
    hours = 24 - said.at.hour if east else -(said.at.hour + 1)
    return Moment(said.at.astimezone(timezone(timedelta(hours=hours))), "exact") if -12 <= hours <= 14 else said


def _in_own_zone(said: Moment, others: list[Moment]) -> Moment:
    """The same instant with the outlet's own offset, where another of its dates shows it.

    Either one that is written with the offset, or a clock without one that is off by whole quarters of an hour.
    """
    if said.at.utcoffset():
        return said
    for other in others:
        apart = round(_apart(other, said))
        if other.certainty == "exact" and other.at.utcoffset() and abs(apart) < _MINUTE_S:
            return other
        if other.certainty == "guessed" and apart and apart % (15 * _MINUTE_S) == 0 and abs(apart) <= _DAY_S // 2:
            return Moment(said.at.astimezone(timezone(timedelta(seconds=apart))), "exact")
    return said


def _apart(one: Moment, other: Moment) -> float:
    return (one.at - other.at).total_seconds()


def modified(head: Head, now: datetime) -> Moment | None:
    """When the page says it was changed last, None where it does not say."""
    said = texts(head.ld.get("dateModified")) + head.all_metas(*_MODIFIED)
    return next((each for text in said[:10] if (each := moment(text, now))), None)


def in_url(url: str, now: datetime) -> Moment | None:
    """The day in an address such as /2022/12/19/putin-in-minsk."""
    found = _IN_URL.search(url) or _IN_URL_TAIL.search(url)
    parts = [part.zfill(2) for part in found.groups() if part] if found else []
    return moment("-".join(parts), now) if parts else None


def _said_published(head: Head) -> list[str]:
    said = texts(head.ld.get("datePublished")) + head.all_metas(*_PUBLISHED)
    return (said or texts(head.ld.get("dateCreated")) + texts(head.ld.get("uploadDate")))[:20]


def _marked(head: Head, now: datetime) -> Moment | None:
    for text in _marks(head):
        found = moment(text, now)
        if found:
            return found
    return None


def _marks(head: Head) -> Iterator[str]:
    for selector in _MARKED:
        for node in head.tree.css(selector)[:2]:
            attributes = node.attributes
            for name in ("datetime", "content", "title"):
                yield attributes.get(name) or ""
            yield node.text()[:100]


def in_scripts(markup: bytes, now: datetime) -> Moment | None:
    """The time that the page's own scripts carry as the publication's, guessed: it may be another article's."""
    for pattern in _IN_SCRIPTS:
        found = pattern.search(markup)
        at = moment(found.group(1).decode("ascii"), now) if found else None
        if at:
            return Moment(at.at, "guessed")
    return None


def searched(markup: bytes, url: str, now: datetime) -> Moment | None:
    """The day that htmldate finds anywhere on the page: the last resort, slow on large pages and so bounded."""
    from htmldate import find_date

    try:
        text = markup[:MAX_SEARCHED].decode("utf-8", "replace")
        day = find_date(
            text, url=url or None, original_date=True, extensive_search=False, max_date=now.strftime("%Y-%m-%d")
        )
    except Exception:  # a library's bug on one page must not cost the page
        return None
    found = moment(day, now) if day else None
    return Moment(found.at, "guessed") if found else None
