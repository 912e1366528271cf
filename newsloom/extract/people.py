"""Authors as people: no "By", no agency, no address, no desk."""

from __future__ import annotations

import re
from collections.abc import Callable

from selectolax.lexbor import LexborNode

from newsloom.extract.head import Head
from newsloom.extract.jsonld import texts
from newsloom.extract.links import site_of
from newsloom.extract.plain import line

MOST = 12

_METAS = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl",
          "cxenseparse:author", "citation_author", "twitter:data1", "vr:author")  # fmt: skip
_MARKED = (
    '[itemprop~="author"], [rel~="author"], [class*="author" i], [class*="byline" i], a[href*="/author"]'
    ', a[href*="/autor"], [class*="posted-by" i], [class*="writer" i], [class*="reporter" i]'
)
MAX_MARKED = 40
MAX_NAMED = 4  # elements of one kind
_BY = re.compile(
    r"^(?:(?:written|posted|reported|story|words|text|foto|photos?|reporting|analysis|opinion|interview|alles|mehr|artikel"
    r"|(?:zeige\s+)?(?:alle\s+)?beiträge|(?:all\s+)?(?:posts?|articles?|stories)|more|review|reviewed|author)\s+)?"
    r"(?:by|von|vom|par|por|di|da|av|af|door|przez|de|about|from)\b[:\s]+"
    r"|^(?:text|author|autor|autore|auteur|skribent|interview)s?\s*:\s*|^authors?\s+(?=\w+\s+\w)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*(?:[,;|/•·]|\s(?:and|und|et|och|og|en|e|y|i|with|mit|&)\s|\s[–—-]\s)\s*")
_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]{0,40}[)\]]")
_JUNK = re.compile(r"^(?:admin.*|root|unknown|none|null|n/a|anonymous|guest|author|editor|staff)$", re.IGNORECASE)
_ADDRESS = re.compile(r"https?:|www\.|@|\.(?:com|org|net|de|fr|co)\b", re.IGNORECASE)
_NOBODY = re.compile(
    r"""^(?:reuters|thomson\ reuters|ap|a\.p\.|the\ associated\ press|associated\ press|afp|agence\ france-presse|dpa.*
    |apa|sda|tt|ntb|ritzau|efe|ansa|pa|pa\ media|press\ association|ani|pti|ians|xinhua|tass|interfax|upi|bloomberg
    |belga|anp|europa\ press|agencia.*|agencies|agence.*|agenturen|agerpres|lusa|kyodo|yonhap|unian|sid|kna|epd
    |bloomberg\ news|canadian\ press|the\ canadian\ press|wire\ (?:reports?|services?)|admin.*|root|editor|editors
    |unknown|none|null|n/a|anonymous|guest|redacci[oó]n|redaktion(?:en)?|redaktion\ .*|r[eé]daction.*|la\ r[eé]daction.*
    |redazione.*|redac[aã]o|redakcja|redaksi|news\ ?desk|web\ ?desk|online|author|autor
    |nachrichten|noticias|actualit[eé]s?|news|staff.*|our\ .*|the\ newsroom
    |.*nachrichtenagentur|skip\ to.*|written|posted|text|newsroom|newsdesk|contributors?
    |correspondents?|reporters?|journalists?|updated?.*|published.*
    |follow.*|posted.*)$""",
    re.VERBOSE | re.IGNORECASE,
)
_AGENCIES = {
    written: name
    for name, all_written in {
        "Reuters": "reuters|thomson reuters", "AP": "ap|associated press|the associated press",
        "AFP": "afp|agence france-presse", "dpa": "dpa|deutsche presse-agentur", "APA": "apa|austria presse agentur",
        "Keystone-SDA": "sda|keystone-sda|ats", "TT": "tt|tt nyhetsbyrån", "NTB": "ntb", "Ritzau": "ritzau",
        "STT": "stt", "EFE": "efe|agencia efe", "ANSA": "ansa", "PA Media": "pa media|press association|pa",
        "ANI": "ani", "PTI": "pti|press trust of india", "IANS": "ians", "Xinhua": "xinhua", "TASS": "tass",
        "Interfax": "interfax", "UPI": "upi", "Bloomberg": "bloomberg|bloomberg news", "Belga": "belga", "ANP": "anp",
        "Europa Press": "europa press", "Agerpres": "agerpres", "Lusa": "lusa", "Kyodo": "kyodo|kyodo news",
        "Yonhap": "yonhap", "UNIAN": "unian", "SID": "sid|sid nachrichtenagentur", "KNA": "kna", "epd": "epd",
        "The Canadian Press": "canadian press|the canadian press", "AAP": "aap", "CTK": "čtk|ctk", "PAP": "pap",
        "MTI": "mti", "Anadolu": "aa|anadolu|anadolu agency|anadolu ajansı", "DHA": "dha", "IHA": "iha",
    }.items()
    for written in all_written.split("|")
}  # fmt: skip
_ROLE = re.compile(
    r"""\b(?:editor|reporter|correspondent|journalist|columnist|producer|writer|staff|desk|team|bureau|redaktion
    |redakteur(?:in)?|korrespondent(?:in)?|newspaper|magazine|media|press|agency|news|service|contributor|minutes?|ago
    |read|comments?|university|professor|founder|director|manager|photograph(?:er|y|s)|images|subscribe|email|twitter
    |monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|june|july|august|september
    |october|november|december|gmt|utc|est)\b""",
    re.VERBOSE | re.IGNORECASE,
)


def authors(head: Head, site: str) -> tuple[str, ...]:
    """The people who wrote the article, as named, in the page's order; () where it names none.

    Where the page's data name an organisation alone (an agency, the outlet itself), that is the byline.
    """
    site = f"{site} {host_name(head.url)}"
    sources: tuple[Callable[[], list[str]], ...] = (
        lambda: _structured(head),
        lambda: head.all_metas(*_METAS),
        lambda: _visible(head, site),
    )
    for source in sources:
        people = list(dict.fromkeys(name for text in source()[:20] for name in people_in(text, site)))
        if people:
            return _distinct(people)[:MOST]
    return _distinct([name for text in _structured(head)[:3] if (name := _organisation(text))])


def agencies(head: Head) -> tuple[str, ...]:
    """The news agencies that the page's data or byline name, each once, by their usual names."""
    said = [*_structured(head), *head.all_metas(*_METAS), *texts(head.ld.get("sourceOrganization"), "name")]
    parts = [part.strip(" .:()[]") for text in said[:20] for part in _BETWEEN.split(line(text, 300).replace("(", "/"))]
    named = (_AGENCIES.get(part.casefold().replace(".", "")) for part in parts)
    return tuple(dict.fromkeys(name for name in named if name))


def host_name(url: str) -> str:
    """The telling part of an address's host: "mdr" of www.mdr.de."""
    return site_of(url).partition(".")[0]


def people_in(text: str, site: str = "") -> list[str]:
    """The people named in a byline such as "By Jane Doe and John Roe, Reuters"; `site`: the outlet's names."""
    text = _BY.sub("", _BRACKETS.sub("", line(text, 300))).strip()
    return [
        name for name in (_BY.sub("", part).strip(" .:'\"()*") for part in _BETWEEN.split(text)) if _person(name, site)
    ]


def _person(name: str, site: str) -> bool:
    if not 3 <= len(name) <= 60 or len(name.split()) > 6 or any(char.isdigit() for char in name):
        return False
    if _ADDRESS.search(name) or _NOBODY.match(name) or _ROLE.search(name):
        return False
    first = name[0]
    return (first.isupper() or not first.islower()) and not _outlet(name.casefold(), site.casefold())


def _outlet(name: str, site: str) -> bool:
    """Whether a byline is the outlet itself, or a part of it: MDR THÜRINGEN of mdr.de."""
    words, names = name.split(), site.split()
    return bool(names) and (name == " ".join(names[:-1]) or words[0] == names[-1] or (len(words) == 1 and name in site))


def _organisation(text: str) -> str:
    name = line(text, 80)
    return "" if len(name) < 2 or _ADDRESS.search(name) or _JUNK.match(name) else name


def _structured(head: Head) -> list[str]:
    return texts(head.ld.get("author"), "name") or texts(head.ld.get("creator"), "name")


def _visible(head: Head, site: str) -> list[str]:
    """What the page marks as its byline, of the plainest kind that holds somebody's name."""
    kinds: list[list[LexborNode]] = [[] for _ in range(KINDS)]
    for node in head.tree.css(_MARKED)[:MAX_MARKED]:
        _sort(node, kinds)
    for nodes in kinds:
        found = [line(node.text(separator=" "), 200) for node in nodes[:MAX_NAMED]]
        named = [text for text in found if len(text) < 120 and any(" " in name for name in people_in(text, site))]
        if named:
            return named
    return []


KINDS = 7


def _sort(node: LexborNode, kinds: list[list[LexborNode]]) -> None:
    attributes = node.attributes
    named = (attributes.get("class") or "").casefold()
    if "author" in (attributes.get("itemprop") or ""):
        kinds[0].extend(node.css('[itemprop~="name"]')[:2])
        kinds[1].append(node)
    elif "author" in (attributes.get("rel") or ""):
        kinds[2].append(node)
    elif "author" in named or "byline" in named:
        kinds[3].extend(node.css("a")[:2])
        kinds[4 if "author" in named else 5].append(node)
    else:
        kinds[6].append(node)


def _distinct(people: list[str]) -> tuple[str, ...]:
    """Without names that differ in case alone from one before."""
    kept: dict[str, str] = {}
    for name in people:
        kept.setdefault(name.casefold(), name)
    return tuple(kept.values())
