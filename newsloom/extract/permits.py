"""What a page permits: robots meta and X-Robots-Tag, noai, tdm-reservation -> Rights with the words that said so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from newsloom.extract.head import Head
from newsloom.types import Page, Rights

_AGENT = re.compile(r"^\s*([a-z][\w.-]*)\s*:\s*(.*)$", re.IGNORECASE)
_VALUED = frozenset(("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"))
_OURS = ("robots", "newsloom")


def rights_of(head: Head, page: Page) -> Rights:
    """The strictest of all rules that address everybody or us; `evidence` has one line for each that limits."""
    return _strictest(_rules(head.metas, page.headers), page)


def header_rights(page: Page) -> Rights:
    """The same of the headers alone, for what is no page: a feed."""
    return _strictest(_rules({}, page.headers), page)


def _strictest(rules: Iterator[tuple[str, str]], page: Page) -> Rights:
    analyse, archive, image = True, True, None
    chars = -1
    evidence: list[str] = []
    for origin, rule in rules:
        name, _, value = (part.strip() for part in rule.partition(":"))
        if name in ("none", "noindex"):  # not to be found by its words: headline and link are all that is left
            chars, image, archive = 0, False, False
        elif name == "nosnippet":
            chars = 0
        elif name == "max-snippet" and re.fullmatch(r"-?\d{1,9}", value):
            chars = _fewest(chars, int(value))
        elif name == "noarchive":
            archive = False
        elif name in ("noimageindex", "noimageai") or (name == "max-image-preview" and value == "none"):
            image = False
        elif name == "max-image-preview" and value in ("standard", "large"):
            image = image is not False
        elif name == "noai" or (name == "tdm-reservation" and value == "1"):
            analyse = False
        else:
            continue
        evidence.append(f"{origin}: {rule}")
    return Rights(
        analyse=analyse, snippet_chars=chars, image=image, archive=archive,
        evidence=tuple(dict.fromkeys(evidence)), checked=page.fetched,
    )  # fmt: skip


def _fewest(chars: int, said: int) -> int:
    if said < 0:
        return chars
    return said if chars < 0 else min(chars, said)


def _rules(metas: Mapping[str, list[str]], headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in _OURS:
        for content in metas.get(name, ()):
            yield from ((f"meta {name}", rule) for rule in _split(content))
    yield from (("header X-Robots-Tag", rule) for rule in _addressed(headers.get("x-robots-tag", "")))
    for content in metas.get("tdm-reservation", ()):
        yield "meta", f"tdm-reservation: {content.strip()}"
    if "tdm-reservation" in headers:
        yield "header", f"tdm-reservation: {headers['tdm-reservation'].strip()}"


def _split(content: str) -> list[str]:
    rules = (" ".join(part.split()).lower() for part in content.split(","))
    return [re.sub(r"\s*:\s*", ": ", rule, count=1) for rule in rules if rule][:40]


def _addressed(header: str) -> list[str]:
    """The rules of the header that speak to everybody or to us; a name before a colon addresses what follows it."""
    kept: list[str] = []
    addressed = True
    for part in header.split(","):
        found = _AGENT.match(part)
        if found and found.group(1).lower() not in _VALUED:
            addressed = found.group(1).lower() in ("*", *_OURS)
            part = found.group(2)
        if addressed:
            kept.extend(_split(part))
    return kept
