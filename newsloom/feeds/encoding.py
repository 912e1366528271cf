"""Bytes -> text: byte order mark, then what is valid UTF-8, then what server and document claim."""

from __future__ import annotations

import codecs
import re
import zlib

GZIP = b"\x1f\x8b"

_STEP = 65_536
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BARE = ((b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_UTF_16_OR_32 = tuple(start for start, _ in _BARE)
_DECLARED = re.compile(rb"""<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
# What people mean by these names, as the HTML standard has it.
_MEANT = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030",
    "shift_jis": "cp932", "euc_kr": "cp949", "tis-620": "cp874", "iso8859-11": "cp874",
}  # fmt: skip
_STATEFUL = ("iso2022", "hz")
_REFUSED = {"utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}


def decode(body: bytes, content_type: str = "") -> tuple[str, str]:
    """The text without its byte order mark, and the name of the encoding that it was read in."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name, "replace").removeprefix("\ufeff"), name
    for start, name in _BARE:
        if body.startswith(start):
            return body.decode(name, "replace"), name
    claims = _claims(body, content_type)
    if not any(claim.startswith(_STATEFUL) for claim in claims):
        # Text in another encoding is next to never valid UTF-8, so this overrules any claim.
        claims.insert(0, "utf-8")
    for claim in claims:
        try:
            return body.decode(claim), claim
        except (UnicodeError, ValueError, LookupError):
            continue
    fallback = next((claim for claim in claims if claim != "utf-8"), "utf-8" if _mostly_utf8(body) else "cp1252")
    return body.decode(fallback, "replace"), fallback


def unpacked(body: bytes, most: int) -> bytes:
    """The contents of a gzip file, `most` bytes of them; the file as it is where nothing comes out."""
    stream, out = zlib.decompressobj(31), bytearray()
    try:
        while body and len(out) < most and not stream.eof:
            out += stream.decompress(body, min(_STEP, most - len(out)))
            body = stream.unconsumed_tail
    except zlib.error:
        pass
    return bytes(out) or body


def may_be_utf8(body: bytes, content_type: str = "") -> bool:
    """Whether `decode` would read it as UTF-8 if that is what its bytes are."""
    if any(body.startswith(mark) for mark, name in _MARKS if name != "utf-8") or body.startswith(_UTF_16_OR_32):
        return False
    return not any(claim.startswith(_STATEFUL) for claim in _claims(body, content_type))


def _claims(body: bytes, content_type: str) -> list[str]:
    declared = _DECLARED.search(body[:1024])
    spoken = _CHARSET.search(content_type)
    names = (spoken[1] if spoken else "", declared[1].decode("ascii") if declared else "")
    return [codec for codec in map(_codec, names) if codec]


def _codec(name: str) -> str:
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    if (
        not getattr(info, "_is_text_encoding", True)
        or info.name in _REFUSED
        or info.name.startswith(("utf-16", "utf-32"))
    ):
        return ""
    return _MEANT.get(info.name, info.name)


def _mostly_utf8(body: bytes) -> bool:
    text = body[:100_000].decode("utf-8", "replace")
    return text.count("\ufffd") * 20 < sum(not c.isascii() for c in text)
