"""OPML in and out: lists of feeds with folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]

from newsloom.feeds import markup, tree
from newsloom.feeds.clean import plain
from newsloom.feeds.encoding import decode
from newsloom.feeds.links import absolute
from newsloom.feeds.said import rejected
from newsloom.types import FeedLink, Rejected

MAX_FEEDS = 20_000

_MAX_DEPTH = 20
_MAX_BYTES = 10_000_000
_MAX_MARKS = 200_000
_MAX_SKIPPED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Opml:
    """The feeds of a list, and what its other outlines with an address said (a line each, a hundred at most)."""

    links: tuple[FeedLink, ...]
    skipped: tuple[str, ...] = ()


def parse_opml(body: bytes) -> tuple[FeedLink, ...] | Rejected:
    """The feeds of an OPML list; see `read_opml`."""
    found = read_opml(body)
    return found if isinstance(found, Rejected) else found.links


def read_opml(body: bytes) -> Opml | Rejected:
    """The feeds of an OPML list in its order, each address once, with folder ("News/World"). Never raises.

    Rejected reasons: empty, not-opml, damaged, too-large. At most 20,000 feeds; no entities, http(s) addresses only.
    """
    try:
        return _parse(body)
    except Exception as error:
        return rejected("damaged", f"could not be read: {type(error).__name__}")


def write_opml(title: str, rows: Iterable[FeedLink]) -> bytes:
    """An OPML 2.0 list of the feeds, folders as nested outlines, in the order of first appearance."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = plain(title)
    folders = {"": etree.SubElement(root, "body")}
    for row in rows:
        text = plain(row.title) or row.url
        said = {"type": "rss", "text": text, "title": text, "xmlUrl": row.url}
        said |= {"htmlUrl": row.homepage} if row.homepage else {}
        said |= {"language": row.language} if row.language else {}
        etree.SubElement(_folder(folders, plain(row.folder)), "outline", said)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


def _folder(folders: dict[str, tree.Element], path: str) -> tree.Element:
    path = "/".join(filter(None, (part.strip() for part in path.split("/")[:_MAX_DEPTH])))
    if path not in folders:
        above, _, name = path.rpartition("/")
        folders[path] = etree.SubElement(_folder(folders, above), "outline", {"text": name, "title": name})
    return folders[path]


def _parse(body: bytes) -> Opml | Rejected:
    if not body.strip():
        return rejected("empty", "no outlines")
    if len(body) > _MAX_BYTES:
        return rejected("too-large", f"{len(body)} bytes, {_MAX_BYTES} read at most")
    text, _ = decode(body)
    if text.count("<") + text.count("=") > _MAX_MARKS:
        return rejected("too-large", f"more than {_MAX_MARKS} elements and attributes")
    prolog = tree.prolog(text)
    if prolog.root.lower() not in ("opml", "outline", "body"):
        return rejected("not-opml", f"its root is {prolog.root[:40] or 'missing'}, not opml")
    parsed = tree.parse(text, prolog.start)
    if parsed is None:
        return rejected("damaged", "XML that can't be read")
    found: dict[str, FeedLink] = {}
    skipped: list[str] = []
    for link in _outlines(parsed.root, skipped):
        found.setdefault(link.url, link)
        if len(found) > MAX_FEEDS:
            return rejected("too-large", f"more than {MAX_FEEDS} feeds")
    return Opml(links=tuple(found.values()), skipped=tuple(skipped[:_MAX_SKIPPED]))


def _outlines(root: tree.Element, skipped: list[str]) -> Iterator[FeedLink]:
    for outline in root.iter("{*}outline", "{*}OUTLINE", "{*}Outline"):
        written = markup.attribute(outline, "xmlurl") or markup.attribute(outline, "url")
        url = absolute(_web(written))
        if not url and written and len(skipped) <= _MAX_SKIPPED:
            skipped.append(f"{_label(outline)[:80]}: no address of the web: {plain(written, 100)}")
        if url:
            yield FeedLink(
                url=url,
                title=_label(outline),
                homepage=absolute(markup.attribute(outline, "htmlurl")),
                folder=_path(outline),
                language=markup.language(markup.attribute(outline, "language")),
            )


def _web(written: str) -> str:
    """The address itself where it is written as some readers do, with feed: before it."""
    if written[:5].lower() != "feed:":
        return written
    rest = written[5:].lstrip("/")
    return rest if rest[:4].lower() == "http" else f"http://{rest}"


def _label(outline: tree.Element) -> str:
    return plain(markup.attribute(outline, "text") or markup.attribute(outline, "title"))


def _path(outline: tree.Element) -> str:
    labels: list[str] = []
    for above in outline.iterancestors():
        if str(above.tag).rpartition("}")[2].lower() != "outline" or len(labels) == _MAX_DEPTH:
            break
        labels.append(_label(above).replace("/", "-"))
    return "/".join(filter(None, reversed(labels)))
