"""Where a request goes: a URL made canonical, so that nobody can write one host in two ways."""

from __future__ import annotations

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address

from yarl import URL

from newsloom.fetch.refusal import Refusal

MAX_URL = 8_192

_EDGES = "".join(map(chr, range(0x21))) + "\x7f\xa0"
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.-])?")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")


def parse_target(text: str, base: URL | None = None) -> URL:
    """The address to ask, without fragment, host canonical. `base` is what a redirect is relative to.

    Raises Refusal: `bad-url`, or `scheme` where it is neither http nor https.
    """
    text = re.sub(r"[\t\r\n]", "", text.strip(_EDGES))
    if not text or len(text) > MAX_URL:
        raise Refusal("bad-url", "empty" if not text else f"longer than {MAX_URL} characters")
    try:
        url = URL(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
        url = base.join(url) if base is not None else url
        return _checked(url)
    except (ValueError, TypeError, IndexError) as error:
        raise Refusal("bad-url", str(error)) from error


def authority(url: URL) -> str:
    """The host as its robots.txt counts it (RFC 9309): `host:port`."""
    return f"{url.host_subcomponent}:{url.port}"


def host_key(url: URL) -> str:
    """The host as politeness counts it: http and https of one name are one server."""
    return str(url.host_subcomponent) if url.port in (80, 443) else authority(url)


def _checked(url: URL) -> URL:
    if url.scheme and url.scheme not in ("http", "https"):
        raise Refusal("scheme", f"{url.scheme[:20]} is not http or https")
    if not url.scheme or not url.raw_host or not url.port:
        raise Refusal("bad-url", "no host" if url.scheme else "not an absolute address")
    if url.raw_user is not None or url.raw_password is not None:
        raise Refusal("bad-url", "carries a user name or password")
    host = _canonical(url.host or "")
    if host != url.raw_host:
        url = url.with_host(host)
    if ":" not in host and not _HOST.fullmatch(url.raw_host or ""):
        raise Refusal("bad-url", "not a host name")
    return url.with_fragment(None)


def _canonical(host: str) -> str:
    if ":" in host:
        return str(IPv6Address(host.partition("%")[0])) if "%" not in host else ""
    name = unicodedata.normalize("NFKC", host).replace("。", ".").lower()
    labels = name.removesuffix(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return str(_numeric(labels))
    return URL.build(scheme="http", host=name).raw_host or ""


def _numeric(labels: list[str]) -> IPv4Address:
    """inet_aton's reading: one to four parts, decimal, octal or hex, the last filling what is left."""
    if len(labels) > 4 or not all(_NUMBER.fullmatch(label) for label in labels):
        raise ValueError("not an IPv4 address")
    parts = [_number(label) for label in labels]
    if any(part > 255 for part in parts[:-1]) or parts[-1] >= 256 ** (5 - len(parts)):
        raise ValueError("not an IPv4 address")
    return IPv4Address(sum(part << 8 * (3 - at) for at, part in enumerate(parts[:-1])) + parts[-1])


def _number(label: str) -> int:
    if len(label) > 40:
        raise ValueError("not an IPv4 address")
    if label[:2] in ("0x", "0X"):
        return int(label[2:] or "0", 16)
    return int(label, 8 if label[0] == "0" and len(label) > 1 else 10)
