"""The page parsed once: its meta tags, JSON-LD, links, headings, ready for the files that judge them."""

from __future__ import annotations

from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsloom.extract.jsonld import Node, article_node
from newsloom.extract.plain import line

MAX_METAS = 600


@dataclass(slots=True)
class Head:
    """What stands around the text. `metas`: lower-case name, property or itemprop -> contents in order."""

    url: str
    tree: LexborHTMLParser
    metas: dict[str, list[str]] = field(default_factory=dict)
    ld: Node = field(default_factory=dict)
    title: str = ""
    h1s: list[str] = field(default_factory=list)
    canonical: str = ""
    base: str = ""
    language: str = ""

    def meta(self, *names: str) -> str:
        """The first content that is not empty under the first of `names` that has one."""
        return next((content for name in names for content in self.metas.get(name, ()) if content), "")

    def all_metas(self, *names: str) -> list[str]:
        """Every content under all `names`, in the order of the names."""
        return [content for name in names for content in self.metas.get(name, ())]


def read_head(tree: LexborHTMLParser, url: str) -> Head:
    """Gathers what the page says outside of its text; `url` is the page's own address."""
    head = Head(url=url, tree=tree)
    for node in tree.css("meta")[:MAX_METAS]:
        _take_meta(node, head.metas)
    head.ld = article_node([script.text() for script in tree.css('script[type*="ld+json" i]')])
    title = tree.css_first("title")
    head.title = line(title.text()) if title else ""
    head.h1s = [text for text in (line(node.text(), 500) for node in tree.css("h1")[:8]) if text]
    head.canonical = _attribute(tree, 'link[rel~="canonical" i]', "href")
    head.base = _attribute(tree, "base[href]", "href")
    head.language = _attribute(tree, "html", "lang") or _attribute(tree, "html", "xml:lang")
    return head


def _attribute(tree: LexborHTMLParser, selector: str, name: str) -> str:
    node = tree.css_first(selector)
    return (node.attributes.get(name) or "").strip() if node else ""


def _take_meta(node: LexborNode, metas: dict[str, list[str]]) -> None:
    attributes = node.attributes
    content = attributes.get("content")
    if content is None:
        return
    for key in ("property", "name", "itemprop", "http-equiv"):
        name = (attributes.get(key) or "").strip().lower()
        if name:
            metas.setdefault(name, []).append(line(content, 4_000))
