"""What a page says of itself in JSON-LD: the one node that is the article, with its references followed."""

from __future__ import annotations

import html
import json
import re
from typing import Any

MAX_CHARS = 600_000
MAX_SCRIPTS = 40
MAX_NODES = 3_000
MAX_DEPTH = 6

Node = dict[str, Any]

_RANKS = {
    "newsarticle": 9, "reportagenewsarticle": 9, "liveblogposting": 8, "analysisnewsarticle": 9, "article": 7,
    "opinionnewsarticle": 9, "backgroundnewsarticle": 9, "reviewnewsarticle": 9, "askpublicnewsarticle": 9,
    "blogposting": 6, "techarticle": 6, "scholarlyarticle": 5, "report": 5, "advertisercontentarticle": 4,
    "socialmediaposting": 3, "videoobject": 1, "webpage": 0, "itempage": 0, "medicalwebpage": 0,
}  # fmt: skip
_WRAP = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|//\s*\]\]>|\]\]>|;)\s*$")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_DOWN = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart")


def article_node(scripts: list[str]) -> Node:
    """The node that describes the article, {} where there is none.

    References by `@id` to other nodes of the page are replaced by those nodes, one level deep.
    """
    nodes: list[Node] = []
    for script in scripts[:MAX_SCRIPTS]:
        _gather(_load(script), nodes, 0)
    named = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    ranked = [(_rank(node), -place, node) for place, node in enumerate(nodes)]
    best = max((each for each in ranked if each[0] > 0), default=None, key=lambda each: each[:2])
    if not best:
        return {}
    updates = _updates(best[2], nodes)
    return {key: _follow(value, named) for key, value in best[2].items()} | {"liveBlogUpdate": updates}


def _updates(best: Node, nodes: list[Node]) -> Any:
    """The posts of the article's own node, or of a live blog's beside it that has its headline."""
    live = (node for node in nodes if node.get("liveBlogUpdate") and node.get("headline") == best.get("headline"))
    return best.get("liveBlogUpdate") or next((node["liveBlogUpdate"] for node in live), [])


def texts(value: Any, *keys: str) -> list[str]:
    """The strings in `value`: itself, its items, or what its nodes hold under the first of `keys` that is there."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for item in value[:50] if not isinstance(item, list) for text in texts(item, *keys)]
    if isinstance(value, dict):
        for key in keys:
            if value.get(key):
                return [text for text in texts(value[key]) if text]
    return []


def _load(script: str) -> Any:
    if len(script) > MAX_CHARS:
        return None
    stripped = _WRAP.sub("", script).strip()
    for attempt in (lambda s: s, lambda s: _TRAILING_COMMA.sub(r"\1", s), html.unescape):
        try:
            return json.loads(attempt(stripped), strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _gather(value: Any, nodes: list[Node], depth: int) -> None:
    if depth > MAX_DEPTH or len(nodes) > MAX_NODES:
        return
    if isinstance(value, list):
        for item in value[:500]:
            _gather(item, nodes, depth + 1)
    elif isinstance(value, dict):
        nodes.append(value)
        for key in _DOWN:
            if isinstance(value.get(key), (dict, list)):
                _gather(value[key], nodes, depth + 1)


def _rank(node: Node) -> int:
    kinds = [str(kind).rsplit("/", 1)[-1].lower() for kind in _as_list(node.get("@type"))]
    rank = max((_RANKS.get(kind, 0) for kind in kinds), default=0)
    if rank == 0:
        return 0
    said = sum(bool(node.get(key)) for key in ("headline", "datePublished", "author", "articleBody"))
    return rank * 2 + min(said * 2, 8)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _follow(value: Any, named: dict[str, Node]) -> Any:
    if isinstance(value, list):
        return [_follow(item, named) if isinstance(item, dict) else item for item in value[:100]]
    if isinstance(value, dict) and set(value) <= {"@id", "@type"} and isinstance(value.get("@id"), str):
        return named.get(value["@id"], value)
    return value
