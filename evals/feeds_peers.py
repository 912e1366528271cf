"""What other parsers' own fixtures expect of core fields, and how much of it our reader says.

    python -m evals.feeds_peers [--data ../shared/data] [--json] [--show PEER]

gofeed, feed-rs, miniflux, rss-parser and fastfeedparser ship documents with the JSON that they make of them. Each is
turned into checks of the same fields as feeds/feedparser/core.jsonl: title, link, id, published, updated, author,
summary, content, tags, enclosures, language and the number of entries. Values are equal as in `evals.feeds_core`.
Ids that a peer makes up from a digest are not checked. Where ours differs by a convention of the peer's alone, which
makes up what the document leaves out (a title from the address, an update from the publication, the content from the
summary), the value is counted apart.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from evals.feeds_core import equal, visible
from newsloom.feeds import feed_record, parse_feed
from newsloom.types import Rejected

Record = dict[str, Any]
Expected = Iterator[tuple[int, str, Any]]
"""(entry number, -1 for the feed; field; value). Lists are compared in order, "entries" by number."""


@dataclass(frozen=True, slots=True)
class Case:
    """One document with what its parser makes of it."""

    name: str
    body: bytes
    url: str
    checks: list[tuple[int, str, Any]]


def gofeed(folder: Path) -> Iterator[Case]:
    """The shapes of its universal feed and of its RSS, Atom and JSON parsers are read by one table of names."""
    for file in sorted(folder.rglob("*.json")):
        source = file.with_suffix(".xml")
        if file.stem.endswith("_expected"):
            source = file.with_name(file.name.replace("_expected", ""))
        if source.exists() and source != file and "invalid" not in str(file.parent):
            expected = json.loads(file.read_bytes() or b"null")
            if isinstance(expected, dict):
                yield Case(str(source.relative_to(folder)), source.read_bytes(), "", list(_gofeed(expected)))


def _gofeed(feed: Record) -> Expected:
    items = feed.get("items") or feed.get("entries") or []
    yield -1, "entries", len(items)
    for n, item in ((-1, feed), *enumerate(items)):
        yield n, "title", _value(item.get("title"))
        yield n, "link", item.get("link") or item.get("url") or _alternate(item.get("links"))
        guid = item.get("guid") or item.get("id")
        yield n, "id", guid.get("value") if isinstance(guid, dict) else guid
        published = item.get("publishedParsed") or item.get("pubDateParsed") or item.get("date_published")
        yield n, "published", published
        yield n, "updated", item.get("updatedParsed") or item.get("lastBuildDateParsed") or item.get("date_modified")
        yield n, "summary", _value(item.get("description") or item.get("summary") or item.get("subtitle"))
        if n >= 0:
            yield n, "content", _value(item.get("content") or item.get("content_html"))
        yield n, "language", item.get("language")
        yield n, "tags", [_value(tag, "value", "term", "label") for tag in item.get("categories") or []] or None
        if n >= 0:
            files = item.get("enclosures") or [each for each in (item.get("enclosure"),) if each]
            yield n, "enclosures", [file.get("url") for file in files if isinstance(file, dict)] or None
        people = item.get("authors") or [each for each in (item.get("author"),) if each]
        yield n, "author", _person(people[0]) if people else None


def feed_rs(folder: Path) -> Iterator[Case]:
    """Ids that it makes up itself are not in the document, and left out."""
    for file in sorted(folder.rglob("*.serde.json")):
        stem = file.name.removesuffix(".serde.json")
        source = next(s for s in (file.with_name(stem + ".xml"), file.with_name(stem + ".json")) if s.exists())
        body = source.read_bytes()
        yield Case(str(source.relative_to(folder)), body, "", list(_feed_rs(json.loads(file.read_bytes()), body)))


def _feed_rs(feed: Record, body: bytes) -> Expected:
    text = body.decode("utf-8", "replace")
    yield -1, "entries", len(feed["entries"])
    for n, item in ((-1, feed), *enumerate(feed["entries"])):
        yield n, "title", _value(item["title"], "content")
        yield n, "link", _alternate(item["links"])
        yield n, "id", item["id"] if item["id"] in text else None
        yield n, "published", item["published"]
        yield n, "updated", item["updated"]
        yield n, "summary", _value(item.get("description") or item.get("summary"), "content")
        content = item.get("content") or {}
        yield n, "content", content.get("body") if n >= 0 else None
        yield n, "language", item["language"]
        yield n, "tags", [tag["term"] for tag in item["categories"]] or None
        yield n, "author", _person(item["authors"][0]) if item["authors"] else None


def miniflux(folder: Path) -> Iterator[Case]:
    """Of its unit tests, those that check values of a feed."""
    for row in json.loads((folder / "expectations.json").read_bytes()):
        file = folder / row["file"]
        if file.exists() and not row["file"].startswith(("opml", "subscription")):
            checks = list(_miniflux(row["expect_equal"]))
            if checks:
                yield Case(row["file"], file.read_bytes(), row["base_url"], checks)


_MINIFLUX = {
    "Title": "title", "URL": "link", "SiteURL": "link", "Language": "language", "Description": "summary",
    "Content": "content", "Author": "author",
}  # fmt: skip


def _miniflux(pairs: list[list[str]]) -> Expected:
    for what, written in pairs:
        found = re.fullmatch(r"feed\.(?:Entries\[(\d+)\]\.)?(\w+)", what)
        if what == "len(feed.Entries)" and written.isdigit():
            yield -1, "entries", int(written)
        elif found and found[2] in _MINIFLUX and written.startswith(('"', "`")):
            value = written[1:-1] if written[0] == "`" else json.loads(written)
            yield int(found[1]) if found[1] else -1, _MINIFLUX[found[2]], value


def rss_parser(folder: Path) -> Iterator[Case]:
    """One output a document; `isoDate` is what it takes for the time."""
    for file in sorted((folder / "output").glob("*.json.gz")):
        stem = file.name.removesuffix(".json.gz")
        for source in (folder / "input").glob(stem + ".*"):
            feed = json.loads(gzip.decompress(file.read_bytes()).decode("utf-8", "replace")).get("feed") or {}
            yield Case(source.name, gzip.decompress(source.read_bytes()), "", list(_rss_parser(feed)))


def _rss_parser(feed: Record) -> Expected:
    yield -1, "entries", len(feed.get("items", []))
    yield -1, "title", feed.get("title")
    yield -1, "link", feed.get("link")
    for n, item in enumerate(feed.get("items", [])):
        yield n, "title", item.get("title")
        yield n, "link", item.get("link")
        yield n, "id", item.get("guid") or item.get("id")
        yield n, "either date", item.get("isoDate")
        yield n, "author", item.get("creator") or item.get("author")
        yield n, "either text", item.get("content:encoded") or item.get("content")


def fastfeedparser(folder: Path) -> Iterator[Case]:
    """Its integration tests."""
    for file in sorted(folder.glob("*.json.gz")):
        stem = file.name.removesuffix(".json.gz").removesuffix(".expected")
        source = folder / (stem + (".json.gz" if "expected" in file.name else ".xml.gz"))
        if source.exists():
            expected = json.loads(gzip.decompress(file.read_bytes()).decode("utf-8", "replace"))
            if "entries" in expected:
                yield Case(source.name, gzip.decompress(source.read_bytes()), "", list(_fastfeedparser(expected)))


def _fastfeedparser(found: Record) -> Expected:
    yield -1, "entries", len(found["entries"])
    for n, item in ((-1, found["feed"]), *enumerate(found["entries"])):
        for field in ("title", "link", "id", "published", "updated", "author", "language"):
            yield n, field, item.get(field)
        contents = item.get("content") or [{}]
        yield n, "content", contents[0].get("value") if n >= 0 else None
        files = [file.get("url") for file in item.get("enclosures") or []]
        yield n, "enclosures", files or None


PEERS: dict[str, tuple[str, Callable[[Path], Iterator[Case]]]] = {
    "gofeed": ("gofeed", gofeed),
    "feed-rs": ("feed-rs", feed_rs),
    "miniflux": ("miniflux", miniflux),
    "rss-parser": ("rss-parser", rss_parser),
    "fastfeedparser": ("fastfeedparser-integration", fastfeedparser),
}


def peers(data: Path) -> tuple[Record, dict[str, list[Record]]]:
    """For each peer: documents and values right, values right by field; and what differs."""
    result: dict[str, Record] = {}
    differing: dict[str, list[Record]] = {}
    for name, (folder, cases) in PEERS.items():
        if (data / "feeds" / folder).is_dir():
            result[name], differing[name] = _measured(cases(data / "feeds" / folder))
    return result, differing


def _measured(cases: Iterator[Case]) -> tuple[Record, list[Record]]:
    right, total, made_up, documents, whole, differing = Counter[str](), Counter[str](), Counter[str](), 0, 0, []
    for case in cases:
        found = parse_feed(case.body, url=case.url)
        record = {"feed": {}, "entries": []} if isinstance(found, Rejected) else feed_record(found)
        checks = [check for check in case.checks if check[2] not in (None, "", [])]
        wrong = [check for check in checks if not _is_right(record, *check)]
        made_up.update(field for n, field, wanted in wrong if _is_made_up(record, n, field, wanted, case.url))
        wrong = [check for check in wrong if not _is_made_up(record, *check, case.url)]
        total.update(field for _, field, _ in checks)
        right.update(field for _, field, _ in checks)
        right.subtract(field for _, field, _ in wrong)
        documents += 1
        whole += not wrong
        differing += [
            {"file": case.name, "entry": n, "field": field, "wanted": wanted, "got": _got(record, n, field)}
            for n, field, wanted in wrong
        ]
    right.subtract(made_up)
    total.subtract(made_up)
    told = {field: f"{right[field]}/{count}" for field, count in sorted(total.items()) if count}
    values = {"values_right": sum(right.values()), "values": sum(total.values()), "made_up": sum(made_up.values())}
    share = {"percent": round(100 * values["values_right"] / max(1, values["values"]), 2)}
    return {**values, **share, "documents": documents, "documents_right": whole, "by_field": told}, differing


def _is_made_up(record: Record, n: int, field: str, wanted: Any, url: str) -> bool:
    """Whether what is wanted is nothing that the document says of this field."""
    feed, entries = record["feed"], record["entries"]
    if n >= len(entries) or not feed or field == "entries":
        return False
    if isinstance(wanted, str) and "\ufffd" in wanted:
        return True  # the peer read the document in the wrong encoding
    holder = entries[n] if n >= 0 else feed
    if field in ("published", "updated"):
        other = holder["updated" if field == "published" else "published"]
        return holder[field] is None and other is not None and datetime.fromisoformat(other) == _moment(wanted)
    if holder.get(field) or not isinstance(wanted, str):
        return False
    texts = [visible(holder.get(name) or "") for name in ("summary", "content")]
    if field == "content":
        return visible(wanted) == texts[0]
    if field == "title":
        return wanted in (url, holder["link"], feed["link"]) or any(text.startswith(visible(wanted)) for text in texts)
    if field == "link":
        places = (url, feed["link"], *(file["url"] for file in holder.get("enclosures", [])))
        return _address(wanted) in [_address(place) for place in places if place]
    return field == "language" and wanted.lower() == feed["language"].lower()


def _is_right(record: Record, n: int, field: str, wanted: Any) -> bool:
    got = _got(record, n, field)
    if field in ("published", "updated"):
        return isinstance(got, str) and datetime.fromisoformat(got) == _moment(wanted)
    if field == "either date":
        return _moment(wanted) in [datetime.fromisoformat(each) for each in got if each]
    if field == "either text":
        return any(equal(each, wanted) or visible(each) == visible(wanted) for each in got)
    if field == "link":
        return isinstance(got, str) and _address(got) == _address(wanted)
    if field == "author":
        return isinstance(got, str) and (visible(wanted) in visible(got) or visible(got) in visible(wanted))
    if field == "language":
        return str(got).lower() == str(wanted).strip().lower().replace("_", "-")
    if isinstance(wanted, list):
        return [visible(str(each)) for each in wanted] == [visible(each) for each in got or []]
    if field in ("summary", "content"):
        return equal(got, wanted) or visible(got or "") == visible(wanted)
    return bool(equal(got, wanted.strip() if isinstance(wanted, str) else wanted))


def _got(record: Record, n: int, field: str) -> Any:
    entries = record["entries"]
    if field == "entries":
        return len(entries)
    if n >= len(entries):
        return [] if field.startswith("either") else None
    holder = entries[n] if n >= 0 else record["feed"]
    if field == "either date":
        return [holder["published"], holder["updated"]]
    if field == "either text":
        return [holder["content"], holder["summary"]]
    if field == "enclosures":
        return [each["url"] for each in holder.get("enclosures", [])]
    return holder.get(field)


def _address(link: str) -> str:
    """An address as any client asks for it: a host has no capitals, a bare one a path."""
    parts = urlsplit(link.strip())
    return urlunsplit(parts._replace(netloc=parts.netloc.lower(), path=parts.path or "/"))


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).replace(microsecond=0)


def _value(said: Any, *keys: str) -> Any:
    if not isinstance(said, dict):
        return said
    return next((said[key] for key in (*keys, "value", "content") if said.get(key)), None)


def _person(said: Any) -> Any:
    return said.get("name") or said.get("email") if isinstance(said, dict) else said


def _alternate(links: Any) -> Any:
    if links and isinstance(links[0], str):
        return links[0]
    mine = [each for each in links or [] if each.get("rel") in (None, "", "alternate")]
    return mine[0].get("href") if mine else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", choices=sorted(PEERS), help="print what differs of one peer")
    options = parser.parse_args()
    if not (options.data / "feeds").is_dir():
        print(f"skipped: no data at {options.data / 'feeds'}; name its folder with --data", file=sys.stderr)
        return 0
    result, differing = peers(options.data)
    if options.show:
        for row in differing[options.show]:
            print(json.dumps(row, ensure_ascii=False))
    elif options.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        for name, found in result.items():
            print(name, json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
