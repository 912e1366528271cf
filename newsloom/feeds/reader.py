"""Elements -> what a feed says: one table of element names for RSS, RDF, Atom and CDF alike.

Feeds mix their vocabularies freely, so the table does not ask which format the document claims to be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from newsloom.feeds import markup
from newsloom.feeds.clean import MAX_NAME, plain
from newsloom.feeds.dates import parse_date
from newsloom.feeds.links import absolute, joined
from newsloom.feeds.names import name_of
from newsloom.feeds.said import MAX_ENTRIES, EntrySaid, FeedSaid, Raw, sanitised
from newsloom.feeds.tree import Element, Tree
from newsloom.types import Enclosure

ROOTS = ("rss", "rdf", "feed", "channel", "entry")
_FORMATS = {"channel": "cdf", "entry": "feed"}

_MOST = 50
_HTML_TYPES = ("", "text/html", "application/xhtml+xml", "html", "text/plain")
_MAIL = re.compile(r"[^\s@<>()]+@[^\s@<>()]+")
_PERIODS = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}


class Table(dict[Any, "Callable[[Said, Element], None] | None"]):
    """Which reader takes an element, by its tag as the parser gives it; looked up once a document."""

    def __init__(self, own: str) -> None:
        super().__init__()
        self._own = own

    def name(self, tag: Any) -> str:
        """The tag's name; "" for what is no element."""
        return name_of(tag, self._own) if isinstance(tag, str) else ""

    def __missing__(self, tag: Any) -> Callable[[Said, Element], None] | None:
        name = self.name(tag)
        reader = self[tag] = _item if name in ("item", "entry") else _READERS.get(name)
        return reader


@dataclass(slots=True)
class Said:
    """What was read of one feed or entry so far; of each field the value of the lowest rank is kept."""

    base: str
    table: Table
    atom: bool
    bases: bool = False
    texts: dict[str, str] = field(default_factory=dict)
    raws: dict[str, Raw] = field(default_factory=dict)
    dates: dict[str, datetime] = field(default_factory=dict)
    ranks: dict[str, int] = field(default_factory=dict)
    people: list[tuple[int, str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    enclosures: list[Enclosure] = field(default_factory=list)

    def wants(self, name: str, rank: int) -> bool:
        """Whether a value of this rank would be kept."""
        return rank < self.ranks.get(name, 99)

    def put(self, name: str, value: str, rank: int = 0) -> None:
        """Keeps the value unless it is empty or a better one is there."""
        if value and self.wants(name, rank):
            self.texts[name], self.ranks[name] = value, rank

    def put_markup(self, name: str, element: Element, rank: int) -> None:
        """Keeps an element's markup, to be sanitised when somebody asks for it."""
        raw = markup.raw(element, self.near(element), atom=self.atom)
        if raw[0] and not raw[0].isspace():
            self.raws[name], self.ranks[name] = raw, rank

    def put_date(self, name: str, value: str, rank: int = 0) -> None:
        """Keeps a date; of two of one rank the later one in the document."""
        moment = parse_date(value)
        if moment and rank <= self.ranks.get(name, 99):
            self.dates[name], self.ranks[name] = moment, rank

    def put_tag(self, text: str) -> None:
        """Keeps a tag once, up to fifty."""
        tag = plain(text, MAX_NAME)
        if tag and len(self.tags) < _MOST and tag not in self.tags:
            self.tags.append(tag)

    def near(self, element: Element) -> str:
        """The base address of the element."""
        return markup.base_of(element, self.base) if self.bases else self.base

    def author(self) -> tuple[str, tuple[str, ...]]:
        """The author line and the names in it."""
        if not self.people:
            return "", ()
        best = min((rank for rank, _ in self.people), default=0)
        lines = dict.fromkeys(line for rank, line in self.people if rank == best)
        names = dict.fromkeys(filter(None, map(_name, lines)))
        return ", ".join(lines)[:1_000], tuple(names)


def read(tree: Tree, base: str, headers: Mapping[str, str], *, bases: bool) -> FeedSaid:
    """The feed of a parsed document. `base`: its address; `headers`: lower-case names, as served; `bases`: whether
    elements say their own."""
    root = tree.root
    own = str(root.tag)[1:].partition("}")[0] if str(root.tag).startswith("{") else ""
    kind, table = name_of(str(root.tag), own), Table(own)
    base = joined(base, headers.get("content-location", ""))
    said = Said(base, table, kind in ("feed", "entry"), bases)
    holder = _holder(root, kind, table)
    items = [root] if kind == "entry" else _collect(said, holder)
    items += [child for child in root if holder is not root and table[child.tag] is _item]
    # Without an address of its own, what a feed says of itself is the best base for its relative links.
    base = base or said.texts.get("link", "") or said.texts.get("topic", "")
    entries = [_entry(item, Said(base, table, said.atom, bases)) for item in items[:MAX_ENTRIES]]
    cut = (f"more than {MAX_ENTRIES} entries, {MAX_ENTRIES} taken",) if len(items) > MAX_ENTRIES else ()
    said.put("language", markup.language_of(holder) or markup.language_of(root), 2)
    said.put("language", markup.language(headers.get("content-language", "").partition(",")[0]), 3)
    return _feed(said, _FORMATS.get(kind, kind), tuple(entries), tree.notes + cut)


def _holder(root: Element, kind: str, table: Table) -> Element:
    """The element that speaks of the feed: RSS and RDF have it inside."""
    if kind not in ("rss", "rdf"):
        return root
    return next((child for child in root if table.name(child.tag) == "channel"), root)


def _feed(said: Said, kind: str, entries: tuple[EntrySaid, ...], notes: tuple[str, ...]) -> FeedSaid:
    texts = said.texts
    return FeedSaid(
        id=texts.get("id", ""),
        title=texts.get("title", ""),
        link=texts.get("link", ""),
        subtitle=sanitised(said.raws.get("summary")),
        language=texts.get("language", ""),
        updated=said.dates.get("updated"),
        published=said.dates.get("published"),
        author=said.author()[0],
        tags=tuple(said.tags),
        format=kind,
        ttl_s=_ttl(texts),
        hub=texts.get("hub", ""),
        topic=texts.get("topic", ""),
        entries=entries,
        notes=notes,
    )


def _entry(item: Element, said: Said) -> EntrySaid:
    _collect(said, item)
    texts = said.texts
    line, names = said.author()
    return EntrySaid(
        id=texts.get("id", ""),
        link=texts.get("link", ""),
        title=texts.get("title", ""),
        published=said.dates.get("published"),
        updated=said.dates.get("updated"),
        authors=names,
        author=line,
        tags=tuple(said.tags),
        enclosures=tuple(said.enclosures),
        image=texts.get("image", ""),
        language=texts.get("language", "") or markup.language_of(item),
        point=_point(texts),
        raw=said.raws,
    )


def _collect(said: Said, holder: Element) -> list[Element]:
    """Reads the children of a feed or an entry; gives back the entries among them."""
    if holder.keys():
        _attributes(said, holder)
    items, table = [], said.table
    for child in holder:
        reader = table[child.tag]
        if reader is _item:
            items.append(child)
        elif reader is not None:
            reader(said, child)
    return items


def _attributes(said: Said, holder: Element) -> None:
    """CDF says address and date in attributes, RDF the id."""
    said.put("link", absolute(markup.attribute(holder, "href"), said.near(holder)), 2)
    said.put_date("updated", markup.attribute(holder, "lastmod"), 2)
    about = markup.attribute(holder, "about")
    said.put("id", plain(about, 2_000), 2)
    said.put("link", absolute(about), 5)


def _children(element: Element) -> list[Element]:
    return [child for child in element if isinstance(child.tag, str)]


def _item(said: Said, element: Element) -> None:
    """Marks entries in the table; they are read by `_entry`."""


def _title(rank: int) -> Callable[[Said, Element], None]:
    return lambda said, element: said.put("title", markup.title(element), rank) if said.wants("title", rank) else None


def _date(name: str, rank: int) -> Callable[[Said, Element], None]:
    return lambda said, element: said.put_date(name, markup.words(element), rank)


def _dc_date(said: Said, element: Element) -> None:
    """The one date of RSS 1.0: when an item was published, and last changed."""
    words = markup.words(element)
    said.put_date("updated", words, 1)
    said.put_date("published", words, 3)


def _text(name: str, rank: int = 0) -> Callable[[Said, Element], None]:
    return lambda said, element: said.put(name, plain(markup.words(element)), rank)


def _summary(rank: int) -> Callable[[Said, Element], None]:
    def read_summary(said: Said, element: Element) -> None:
        if said.wants("summary", rank):
            said.put_markup("summary", element, rank)
        elif rank == 0 and said.wants("content", 2):
            # A second summary is what the feed has instead of a content element.
            said.put_markup("content", element, 2)

    return read_summary


def _content(rank: int) -> Callable[[Said, Element], None]:
    def read_content(said: Said, element: Element) -> None:
        if said.wants("content", rank):
            said.put_markup("content", element, rank)

    return read_content


def _link(said: Said, element: Element) -> None:
    href = markup.attribute(element, "href")
    base = said.near(element)
    if not href:
        said.put("link", absolute(markup.words(element), base))
        return
    relation, kind = markup.attribute(element, "rel").lower() or "alternate", markup.attribute(element, "type").lower()
    relation = relation.removeprefix("http://www.iana.org/assignments/relation/")
    address = absolute(href, base)
    if relation == "alternate":
        said.put("link", address, 0 if kind in _HTML_TYPES else 3)
    elif relation == "hub":
        said.put("hub", address)
    elif relation == "self":
        said.put("topic", address)
    elif relation == "enclosure":
        _enclose(said, Enclosure(url=address, type=kind, length=markup.attribute(element, "length")))


def _guid(said: Said, element: Element) -> None:
    text = plain(markup.words(element), 2_000)
    permanent = markup.attribute(element, "ispermalink").lower() != "false"
    if text.startswith("/") and permanent:
        text = absolute(text, said.near(element)) or text
    said.put("id", text)
    if permanent:
        said.put("link", absolute(text), 4)


def _author(rank: int) -> Callable[[Said, Element], None]:
    def read_author(said: Said, element: Element) -> None:
        parts = {said.table.name(c.tag): plain(markup.words(c), MAX_NAME) for c in _children(element)[:10]}
        name, mail = parts.get("name", ""), parts.get("email", "")
        line = f"{name} ({mail})" if name and mail else name or mail or plain(markup.words(element), MAX_NAME)
        if line and len(said.people) < _MOST:
            said.people.append((rank, line))

    return read_author


def _name(line: str) -> str:
    """The person in an author line: what is left without the mail address."""
    if "@" not in line:
        return line
    return _MAIL.sub("", line).replace("mailto:", "").strip(" ()<>[],;\"'")


def _category(said: Said, element: Element, depth: int = 0) -> None:
    terms = (markup.attribute(element, name) for name in ("term", "text"))
    said.put_tag(next(filter(None, terms), "") or element.text or markup.attribute(element, "label"))
    for child in _children(element)[:_MOST] if depth < 3 else []:
        _category(said, child, depth + 1)


def _keywords(said: Said, element: Element) -> None:
    for word in markup.words(element)[:10_000].split(",")[:_MOST]:
        said.put_tag(word)


def _enclosure(said: Said, element: Element) -> None:
    address = markup.attribute(element, "url") or markup.attribute(element, "href")
    kind, length = markup.attribute(element, "type"), markup.attribute(element, "length")
    _enclose(
        said, Enclosure(url=absolute(address, said.near(element)), type=plain(kind, 100), length=plain(length, 20))
    )


def _enclose(said: Said, enclosure: Enclosure) -> None:
    if enclosure.url and len(said.enclosures) < _MOST:
        said.enclosures.append(enclosure)
        if enclosure.type.startswith("image/"):
            said.put("image", enclosure.url, 2)


def _media(said: Said, element: Element) -> None:
    kind, medium = markup.attribute(element, "type"), markup.attribute(element, "medium")
    address = absolute(markup.attribute(element, "url"), said.near(element))
    if medium == "image" or kind.startswith("image/") or address.lower().endswith((".jpg", ".jpeg", ".png", ".webp")):
        said.put("image", address)
    _group(said, element)


def _group(said: Said, element: Element) -> None:
    for child in _children(element)[:_MOST]:
        name = said.table.name(child.tag)
        if name.startswith("media:") and name in _READERS and name != "media:group":
            _READERS[name](said, child)


def _image(rank: int, key: str) -> Callable[[Said, Element], None]:
    return lambda said, e: said.put("image", absolute(markup.attribute(e, key), said.near(e)), rank)


def _place(said: Said, element: Element) -> None:
    """What GeoRSS says in GML: the first position inside."""
    for inside in element.iterdescendants():
        if said.table.name(inside.tag) == "gml:pos":
            said.put("point", plain(markup.words(inside), 100), 1)
            return


def _geo(said: Said, element: Element) -> None:
    for child in _children(element)[:10]:
        name = said.table.name(child.tag)
        if name in ("geo:lat", "geo:long"):
            said.put(name, plain(markup.words(child), 40))


def _point(texts: Mapping[str, str]) -> tuple[float, float] | None:
    """Latitude and longitude, None where they are no place on Earth."""
    said = texts.get("point", "").replace(",", " ").split() or [texts.get("geo:lat", ""), texts.get("geo:long", "")]
    try:
        north, east = map(float, said[:2])
    except ValueError:
        return None
    return (north, east) if -90 <= north <= 90 and -180 <= east <= 180 else None


def _ttl(texts: Mapping[str, str]) -> int:
    minutes = texts.get("ttl", "")
    if minutes.isascii() and minutes.isdigit() and len(minutes) < 8:
        return min(int(minutes) * 60, 7 * 86_400)
    period, times = _PERIODS.get(texts.get("period", "").lower(), 0), texts.get("frequency", "1")
    often = int(times) if times.isascii() and times.isdigit() and len(times) < 6 else 1
    return min(period // max(1, often), 7 * 86_400)


_READERS: dict[str, Callable[[Said, Element], None]] = {
    "title": _title(0),
    "dc:title": _title(1),
    "itunes:title": _title(2),
    "media:title": _title(3),
    "link": _link,
    "guid": _guid,
    "id": _guid,
    "enclosure": _enclosure,
    "description": _summary(0),
    "summary": _summary(0),
    "abstract": _summary(0),
    "subtitle": _summary(0),
    "tagline": _summary(0),
    "dc:description": _summary(1),
    "itunes:subtitle": _summary(2),
    "itunes:summary": _summary(2),
    "media:description": _summary(3),
    "content:encoded": _content(0),
    "content": _content(0),
    "xhtml:body": _content(1),
    "body": _content(1),
    "fullitem": _content(1),
    "xhtml:div": _content(1),
    "pubdate": _date("published", 0),
    "published": _date("published", 0),
    "issued": _date("published", 0),
    "dcterms:issued": _date("published", 1),
    "dcterms:created": _date("published", 2),
    "created": _date("published", 2),
    "updated": _date("updated", 0),
    "modified": _date("updated", 0),
    "lastbuilddate": _date("updated", 0),
    "dcterms:modified": _date("updated", 1),
    "dc:date": _dc_date,
    "date": _dc_date,
    "dc:creator": _author(0),
    "dc:author": _author(0),
    "author": _author(1),
    "creator": _author(1),
    "managingeditor": _author(2),
    "itunes:author": _author(3),
    "category": _category,
    "dc:subject": _category,
    "itunes:category": _category,
    "media:category": _category,
    "keywords": _keywords,
    "itunes:keywords": _keywords,
    "tags": _keywords,
    "language": lambda said, e: said.put("language", markup.language(markup.words(e)[:60])),
    "dc:language": lambda said, e: said.put("language", markup.language(markup.words(e)[:60]), 1),
    "ttl": _text("ttl"),
    "sy:updateperiod": _text("period"),
    "sy:updatefrequency": _text("frequency"),
    "georss:point": _text("point"),
    "georss:where": _place,
    "geo:lat": _text("geo:lat"),
    "geo:long": _text("geo:long"),
    "geo:point": _geo,
    "media:content": _media,
    "media:group": _group,
    "media:thumbnail": _image(1, "url"),
    "itunes:image": _image(3, "href"),
}
