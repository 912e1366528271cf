"""Tools that read articles from pages, ours and others', each as a function from bytes and address to a Read."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec

from newsloom.extract import extract, warm_up
from newsloom.types import Article, Page

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(slots=True)
class Read:
    """What one tool read from one page."""

    text: str = ""
    title: str = ""
    authors: tuple[str, ...] = ()
    day: str = ""
    image: str = ""


def ours(body: bytes, url: str) -> Read:
    page = Page(requested_url=url, url=url, status=200, headers={}, body=body, fetched=NOW)
    article = extract(page)
    if not isinstance(article, Article):
        return Read()
    day = article.date_published.date().isoformat() if article.date_published else ""
    return Read(article.text, article.headline, article.authors, day, article.image)


def trafilatura(body: bytes, url: str) -> Read:
    from trafilatura import bare_extraction

    document = bare_extraction(body, url=url, with_metadata=True, include_comments=False)
    if document is None:
        return Read()
    told = document.as_dict()
    authors = tuple(name.strip() for name in (told.get("author") or "").split(";") if name.strip())
    return Read(
        told.get("text") or "", told.get("title") or "", authors, told.get("date") or "", told.get("image") or ""
    )


def newspaper4k(body: bytes, url: str) -> Read:
    from newspaper import Article as Their
    from newspaper import Config

    config = Config()
    config.fetch_images = config.follow_meta_refresh = False
    read = Their(url or "https://x.example/", config=config)
    read.download(input_html=body.decode("utf-8", "replace"))
    read.parse()
    day = read.publish_date.date().isoformat() if read.publish_date else ""
    return Read(read.text or "", read.title or "", tuple(read.authors or ()), day, read.top_image or "")


def readability(body: bytes, url: str) -> Read:
    from lxml import html
    from readability import Document

    document = Document(body.decode("utf-8", "replace"))
    return Read(html.fromstring(document.summary()).text_content(), document.short_title())


def resiliparse(body: bytes, url: str) -> Read:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    tree = HTMLTree.parse_from_bytes(body, "utf-8")
    return Read(extract_plain_text(tree, main_content=True), tree.title or "")


READERS: dict[str, tuple[Callable[[bytes, str], Read], str]] = {
    "newsloom": (ours, "newsloom"),
    "trafilatura": (trafilatura, "trafilatura"),
    "newspaper4k": (newspaper4k, "newspaper"),
    "readability-lxml": (readability, "readability"),
    "resiliparse": (resiliparse, "resiliparse"),
}
NOT_BESIDE = {
    "fundus": "its own parsers made the gold of the fundus set, and it wants an lxml that trafilatura refuses"
}


def there(names: list[str]) -> tuple[dict[str, Callable[[bytes, str], Read]], dict[str, str]]:
    """The readers that are installed, warmed up; and why the others are left out."""
    warm_up()
    found = {name: read for name, (read, module) in READERS.items() if name in names and find_spec(module)}
    missing = {name: "not installed: pip install '.[peers]'" for name in names if name in READERS and name not in found}
    return found, missing | {name: why for name, why in NOT_BESIDE.items() if name in names}


def offline() -> None:
    """From here on no tool of this process reaches the network: what it read must stand on the page."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no tool that is measured may ask the network")

    socket.socket.connect = refuse  # type: ignore[assignment,method-assign]


def safely(read: Callable[[bytes, str], Read]) -> Callable[[bytes, str], Read]:
    """A reader that fails on a page read nothing there; ours never may."""

    def one(body: bytes, url: str) -> Read:
        try:
            return read(body, url)
        except Exception:  # others' failures are theirs
            return Read()

    return read if read is ours else one
