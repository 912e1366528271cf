"""Bytes -> text: what the bytes prove first, then what header and page claim, then what always works."""

from __future__ import annotations

import codecs
import re

from newsloom.extract.plain import without_controls

HEAD_BYTES = 4096

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w.:-]{2,40})", re.IGNORECASE)
# As the HTML standard has it: these names are read as their supersets; UTF-7 and the like are not read at all.
_SUPERSETS = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "iso8859-9": "cp1254",
    "euc_kr": "cp949", "shift_jis": "cp932", "iso8859-11": "cp874", "tis-620": "cp874",
}  # fmt: skip
_REFUSED = re.compile(r"utf-?7|punycode|idna|rot|hex|base64|bz2|zlib|quopri|uu|escape|undefined|mbcs|oem|cp037|cp500")


# What no text holds as bytes, whatever the encoding; where there is none, nothing needs to be taken out.
_CONTROLS = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])


def as_utf8(body: bytes, content_type: str = "") -> bytes:
    """`body` as UTF-8 without ASCII control characters: itself, unchanged, where it is just that."""
    if body.startswith(codecs.BOM_UTF8):
        body = body[3:]
    elif not any(body.startswith(mark) for mark, _ in _BOMS) and _may_be_utf8(_claims(body, content_type)):
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            return decode(body, content_type).encode("utf-8", "replace")
        return body.translate(None, _CONTROLS)
    return decode(body, content_type).encode("utf-8", "replace")


def decode(body: bytes, content_type: str = "") -> str:
    """The text of `body` without control characters; never raises, never yields surrogates or NUL.

    `content_type`: the HTTP header, whose charset outranks the page's own; valid UTF-8 outranks both.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return without_controls(body[len(mark) :].decode(encoding, "replace"))
    return without_controls(_decode(body, _claims(body, content_type)))


def _decode(body: bytes, claims: list[str]) -> str:
    if "utf-16-le" in claims or "utf-16-be" in claims:
        claims = [claim for claim in claims if not claim.startswith("utf-16") or b"\0" in body[:200]]
    for encoding in ["utf-8", *claims] if _may_be_utf8(claims) else claims:
        try:
            return body.decode(encoding)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    broken = body.decode("utf-8", "replace")
    # One cut or stray byte in a long UTF-8 page must not turn every accent into two letters.
    if broken.count("\ufffd") <= len(broken) // 500 + 1:
        return broken
    return body.decode(claims[0] if claims and claims[0] != "utf-8" else "cp1252", "replace")


def _may_be_utf8(claims: list[str]) -> bool:
    """Stateful encodings are pure ASCII bytes: valid UTF-8 proves nothing there."""
    return not any(claim.startswith(("iso2022", "utf-16", "hz")) for claim in claims)


def _claims(body: bytes, content_type: str) -> list[str]:
    head = body[:HEAD_BYTES]
    said = [found.group(1) for found in (_CHARSET.search(content_type),) if found]
    said += [found.group(1).decode("ascii", "ignore") for found in (_XML.match(head), _META.search(head)) if found]
    names = [_codec(name) for name in said]
    return [name for name in dict.fromkeys(names) if name]


def _codec(name: str) -> str:
    """Python's name of a text encoding; "" where it is unknown or none that a page may use."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    if _REFUSED.match(found.name):
        return ""
    return _SUPERSETS.get(found.name, found.name)
