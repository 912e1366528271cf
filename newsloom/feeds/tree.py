"""Text -> element tree without ever meeting a DTD: the declaration is cut out before the parser sees the text."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

# lxml has no types of its own.
Element = Any

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos);)(?:(?:#(\d{1,8}|[xX][0-9a-fA-F]{1,7})|([A-Za-z][A-Za-z0-9_.:-]{0,60}));)?"
)
_ATTRIBUTE = re.compile(r""""[^"]*"|'[^']*'|=\s{0,9}([^"'\s<>=]+)""")
_LONGEST_ROOT = 10_000
_CDATA = "<![CDATA["
_NAME = re.compile(r"<([A-Za-z_][\w.:-]{0,100})")
_CLOSED = re.compile(r"</[\w.:-]+\s*>\s*(?:<!--.*?-->\s*)*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Prolog:
    """Where the root element starts, its name as written, and whether a DTD stood before it."""

    start: int
    root: str
    doctype: str


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed document. `notes`: what had to be mended; `mended` whether it was not well-formed."""

    root: Element
    notes: tuple[str, ...]
    mended: bool


def prolog(text: str) -> Prolog:
    """Reads declarations, comments and a DTD up to the root; whatever else stands there is skipped."""
    at, doctype = 0, ""
    while (at := text.find("<", at)) >= 0:
        if text.startswith("<?", at):
            end = text.find("?>", at)
        elif text.startswith("<!--", at):
            end = text.find("-->", at + 4)
        elif text[at : at + 9].upper() == "<!DOCTYPE":
            end = _doctype_end(text, at)
            doctype = text[at : at + 200]
        else:
            found = _NAME.match(text, at)
            if found:
                return Prolog(at, found[1], doctype)
            at += 1
            continue
        if end < 0:
            break
        at = end + 1
    return Prolog(len(text), "", doctype)


def parse(text: str, start: int) -> Tree | None:
    """The tree of the text from its root on. What is not well-formed is mended; None where nothing can be read."""
    body = text[start:] if start else text
    root = _tree(body, recover=False)
    if root is not None:
        return Tree(root, (), False)
    root = _tree(_mend(body), recover=True)
    if root is None:
        return None
    note = "not well-formed: mended" if _CLOSED.search(body[-2_000:]) else "the document stops before its end"
    return Tree(root, (note,), True)


def parse_bytes(body: bytes, start: int) -> Tree | None:
    """The tree of well-formed UTF-8 from its root on; None for anything else."""
    root = _root(body[start:] if start else body, recover=False)
    return None if root is None else Tree(root, (), False)


def _tree(text: str, *, recover: bool) -> Element | None:
    return _root(text.encode("utf-8", "replace"), recover=recover)


def _root(body: bytes, *, recover: bool) -> Element | None:
    parser = etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _mend(text: str) -> str:
    """Illegal characters out, entities of HTML as characters, loose ampersands as themselves, the root's attributes
    in quotes: no parser gets beyond a root that it can't read."""
    text = _ILLEGAL.sub("", text)
    end = text.find(">", 0, _LONGEST_ROOT)
    if end > 0:
        text = _ATTRIBUTE.sub(_quoted, text[:end]) + text[end:]
    parts, at = [], 0
    while (start := text.find(_CDATA, at)) >= 0 and (end := text.find("]]>", start)) >= 0:
        parts += [_REFERENCE.sub(_character, text[at:start]), text[start : end + 3]]
        at = end + 3
    return "".join((*parts, _REFERENCE.sub(_character, text[at:])))


def _quoted(found: re.Match[str]) -> str:
    return f'="{found[1]}"' if found[1] else found[0]


def _character(found: re.Match[str]) -> str:
    if found[1]:
        code = int(found[1][1:], 16) if found[1][0] in "xX" else int(found[1])
        legal = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code <= 0x10FFFF
        return found[0] if legal else ""
    if not found[2]:
        return "&amp;"
    character = html.unescape(found[0])
    if character != found[0]:
        return html.escape(character)
    return ""


def _doctype_end(text: str, at: int) -> int:
    """The index of the declaration's closing ">", past its internal subset, quotes and comments; -1 where none."""
    at, inside = at + 9, False
    while found := _DOCTYPE_TOKEN.search(text, at):
        part = found[0]
        if part == ">" and not inside:
            return found.start()
        if part in _DOCTYPE_CLOSERS:
            closed = text.find(_DOCTYPE_CLOSERS[part], found.end())
            if closed < 0:
                return -1
            at = closed + len(_DOCTYPE_CLOSERS[part])
            continue
        inside = part == "[" or (inside and part != "]")
        at = found.end()
    return -1


_DOCTYPE_TOKEN = re.compile(r"""<!--|<\?|["'\[\]>]""")
_DOCTYPE_CLOSERS = {"<!--": "-->", "<?": "?>", '"': '"', "'": "'"}
