"""How addresses and guids become keys, and how ids are minted from them: once, at first sight, never again.

Two spellings of one address give one key: http or https, www or m., with or without tracking, AMP or not. A key
serves only to recognise; what is fetched and shown is the address as it was given.
"""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

LONGEST = 400  # a longer address is kept by its beginning and a digest

_BREAKS = re.compile(r"[\t\r\n]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_FRONT = re.compile(r"^(?:www\d?|m|mobile|amp|touch|wap)\.(?=[^.]+\.)")
_AMP = re.compile(r"(?:/amp(?:\.html?)?/?|\.amp)$|\.amp(?=\.html?$)|^/amp(?:/s)?(?=/.)", re.IGNORECASE)
# Copies that AMP caches and viewers keep under their own address name the outlet's page in their path.
_AMP_CACHE = re.compile(
    r"^https?://(?:[^/]+\.cdn\.ampproject\.org/(?:c|v|wp/c)|(?:www\.)?google\.[a-z.]{2,6}/amp)/(?:(s)/)?(?=[^/]+\.[^/]+)",
    re.IGNORECASE,
)
# Names that carry a session only where their value is one: `sid=12` may well be an article.
_SESSION_NAME = re.compile(
    r"s|sid|ssid|sess|sessid|session(?:_?id|_?key)?|token|auth|ticket|visit(?:or)?_?id|rnd|rand(?:om)?|nonce|_|ts|cb"
    r"|cache_?bust(?:er)?|nocache",
    re.IGNORECASE,
)
_OPAQUE = re.compile(r"(?=[^\d]*\d)[A-Za-z0-9_.~-]{16,}|[0-9a-f]{12,}|0?\.\d{6,}|1\d{9}(?:\d{3})?")
_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)
_TRACKING = re.compile(
    r"utm_.*|(?:fb|g|dc|y|tw|ms|tt|li_fat_)cl(?:id|kid)|fbclid|gbraid|wbraid|igsh(?:id)?|mc_[ce]id|mkt_tok|_ga|_gl"
    r"|_hs(?:enc|mi)|at_(?:medium|campaign|custom\d|link.*|ptr.*|bbc.*|format)|ito|cmp(?:id)?|ncid|ocid|icid|smid|smtyp"
    r"|wt_mc|wt\.mc_id|xtor|spm|sr_share|s_cid|ns_(?:mchannel|source|campaign|linkname|fee)|rss(?:id)?|traffic_?source"
    r"|phpsessid|jsessionid|aspsessionid.*|session_?id|cfid|cftoken|li_fat_id",
    re.IGNORECASE,
)
_FROM = re.compile(r"ref|src|source|from|via|output|outputtype|amp", re.IGNORECASE)
_FROM_FEED = re.compile(r"rss.*|feeds?|atom|amp|1|true|twitter|facebook|newsletter|email", re.IGNORECASE)


def link_key(url: str) -> str:
    """The alias key of an address: "l:" and its normalised form."""
    return "l:" + _short(_normal(url))


def guid_key(guid: str) -> str:
    """The alias key of a feed's guid: "g:" and the guid; one that is an address is normalised like a link."""
    guid = guid.strip()
    return "g:" + _short(_normal(guid) if guid.lower().startswith(("http://", "https://")) else guid)


def said_key(*words: str) -> str:
    """The alias key of what an item says, for items whose address and guid are made anew at every fetch."""
    return "s:" + _digest("\n".join(words), b"said", 20)


def loose_link(url: str) -> str:
    """The address without parameters whose values look like made for one visit; "" where there are none such."""
    parts = _split(url)
    pairs = _telling(parts.query) if parts is not None else []
    kept = [(name, value) for name, value in pairs if not _OPAQUE.fullmatch(value)]
    return f"{url.partition('?')[0]}?{urlencode(sorted(kept))}" if len(kept) < len(pairs) else ""


def is_front_page(url: str) -> bool:
    """Whether the address is a site's first page, which is no article."""
    parts = _split(url)
    if parts is None or parts.path not in ("", "/"):
        return False
    return not _telling(parts.query) and not parts.fragment.startswith("!")


def tombstone_key(url: str) -> str:
    """The key under which a forgotten address is remembered without naming it."""
    return tombstone_of("", link_key(url))


def tombstone_of(source_id: str, key: str) -> str:
    """The tombstone of an alias key: an address is forgotten everywhere, a guid at its source."""
    if key.startswith("l:"):
        return "u:" + _digest(key, b"tombstone", 26)
    return "g:" + _digest(f"{source_id}\n{key}", b"tombstone", 26)


def source_tombstone_key(source_id: str) -> str:
    """The key of a source that must not be collected again."""
    return "s:" + source_id


def article_id(source_id: str, key: str) -> str:
    """The id of the article that `key` names at its source; `key` is its link's, else its guid's."""
    return _digest(f"{source_id}\n{key}", b"article")


def story_id(founder_id: str, generation: int = 0) -> str:
    """The id of the story that an article founds; split-off stories count generations."""
    return _digest(f"{founder_id}\n{generation}" if generation else founder_id, b"story")


def feed_id(url: str) -> str:
    """The id of the feed at an address, the same for http and https."""
    parts = _split(url.strip())
    if parts is None:
        return _digest(url.strip(), b"feed")
    return _digest(f"{_host(parts)}{parts.path or '/'}?{parts.query}", b"feed")


def source_id_for(url: str) -> str:
    """A readable id for the outlet at a homepage: its host, and its path where it has one."""
    parts = _split(url.strip())
    if parts is None:
        return _digest(url.strip(), b"source")
    name = _FRONT.sub("", _host(parts)) + "/" + unquote(parts.path)
    slug = re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.")
    return slug if slug and len(slug) <= 80 and name.isascii() else _digest(name, b"source")


def host_of(url: str) -> str:
    """The host of an address with its port where that is not the usual one; "" where there is none."""
    parts = _split(url)
    return _host(parts) if parts is not None else ""


def same_site(one: str, other: str) -> bool:
    """Whether two addresses stand on one host, www and m. apart."""
    hosts = {_FRONT.sub("", host_of(url)) for url in (one, other)}
    return len(hosts) == 1 and hosts != {""}


def _normal(url: str) -> str:
    url = _SURROGATE.sub("\ufffd", _BREAKS.sub("", url.strip()))
    if "amp" in url[:60]:
        url = _AMP_CACHE.sub("https://", url)
    parts = _split(url)
    if parts is None:
        return url
    host = _FRONT.sub("", _host(parts))
    path = _AMP.sub("", _SESSION.sub("", _spelled(parts.path)).rstrip("/")).rstrip("/")
    query = urlencode(sorted(_telling(parts.query)))
    fragment = "#" + parts.fragment if parts.fragment.startswith("!") else ""
    return host + path + ("?" + query if query else "") + fragment


def _split(url: str) -> SplitResult | None:
    """The parts of an http address, None for anything else."""
    try:
        parts = urlsplit(url)
        known = parts.scheme.lower() in ("http", "https") and parts.hostname
        return parts if known and (parts.port is None or parts.port >= 0) else None
    except ValueError:
        return None


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in (None, 80, 443) else f"{host}:{parts.port}"


def _spelled(path: str) -> str:
    """One spelling of a path's percent-encoding."""
    return quote(unquote(path, errors="surrogateescape"), safe="/:@!$&'()*+,;=~-._", errors="surrogateescape")


def _telling(query: str) -> list[tuple[str, str]]:
    """The parameters that tell one page from another."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=100, errors="surrogateescape")
    except ValueError:
        return [(query, "")]
    return [
        (_clean(name), _clean(value))
        for name, value in pairs
        if not _TRACKING.fullmatch(name) and not _is_of_the_visit(name, value)
    ]


def _is_of_the_visit(name: str, value: str) -> bool:
    """Whether a parameter says where the reader comes from or which visit it is, not which page it is."""
    if _FROM.fullmatch(name):
        return _FROM_FEED.fullmatch(value) is not None
    return _SESSION_NAME.fullmatch(name) is not None and _OPAQUE.fullmatch(value) is not None


def _clean(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _short(text: str) -> str:
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    return text if len(text) <= LONGEST else text[: LONGEST - 27] + "~" + _digest(text, b"long", 26)


def _digest(text: str, person: bytes, chars: int = 12) -> str:
    raw = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=20, person=person).digest()
    return base64.b32encode(raw).decode("ascii").lower()[:chars]
