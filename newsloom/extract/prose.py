"""Lines that stand in an article's body without being part of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from newsloom.extract.plain import line

MAX_PARAGRAPHS = 2_000
MAX_CHARS = 400_000
LONGEST_JUNK = 160

_JUNK = re.compile(
    r"""^\W*(?:
      advertis(?:e)?ments?|ads?|anzeige|annonce|annons|reklam[ae]?|publicidad|publicité|werbung|sponsored(?:\ content)?
     |(?:story|article)\ continues\ (?:below|after).*|continue\ reading.*|scroll\ (?:down\ )?to\ continue.*
     |read\ (?:more|also|next|full\ story|the\ full).{0,140}|see\ also\b.{0,140}|also\ read\b.{0,140}
     |related(?:\ (?:articles?|stories|topics|content|coverage|news))?:?|more\ on\ this(?:\ story)?|recommended:?
     |most\ (?:read|popular)|trending(?:\ now)?|you\ may\ also\ like.{0,40}|don't\ miss:?.{0,120}
     |share(?:\ (?:this|on|via|article))?\b.{0,60}|tweet|facebook|twitter|whatsapp|e-?mail|print|copy\ link|comments?
     |(?:click|tap)\ here\b.{0,140}|sign\ up\b.{0,140}|subscribe\b.{0,140}|follow\ (?:us|@).{0,120}|newsletter
     |image(?:\ source|\ caption|\ copyright)?:?.{0,60}|media\ caption.*|photo(?:graph)?s?(?:\ (?:by|credit))?:.{0,100}
     |getty\ images|(?:ap|afp|reuters)\ photo|hide\ caption|toggle\ caption|enlarge\ this\ image
     |load(?:ing)?(?:\ more)?\W*
     |for\ the\ latest\b.{0,120}\b(?:apps?|newsletters?)\b.{0,60}
     |(?:das|auch|dies)\ (?:thema\ )?(?:könnte|dürfte)\ (?:sie|dich|ihnen|dir)\b.{0,60}
     |weitere\ (?:artikel|themen|beiträge).{0,60}
     |(?:keine|noch\ keine|\d+)\ kommentare?.{0,60}|(?:no|\d+)\ comments?|kommentare?\ geschlossen
     |titelbild:?.{0,120}
     |(?:foto|bild|fotos|bilder|symbolbild|archivbild|bildquelle|fotocredit)s?\s*(?:[:©/]|\().{0,120}
     |(?:crédits?|source)\s?(?:photos?)?\s?:.{0,120}|(?:über\ den\ autor|über\ die\ autorin|about\ the\ authors?)
     |alle\ angaben\ ohne\ gewähr.{0,10}|(?:abonnez-vous|suscr[ií]base|prenumerera|abbonati|abonneer)\b.{0,140}
     |jetzt\ (?:abonnieren|anmelden|registrieren).{0,80}|bewerten:?
     |entdecken\ sie.{0,60}
     |(?:all|more)\ (?:stories|news|articles)\ (?:by|from|about)\b.{0,100}|(?:more|weiter)\ (?:from|in|zu)\b.{0,60}
     |lesen\ sie\ (?:auch|hier|dazu).{0,140}|mehr\ zum\ thema.{0,100}|lire\ aussi.{0,140}|à\ lire\ aussi.{0,140}
     |lea?er?\ (?:también|más).{0,140}|leggi\ anche.{0,140}|lees\ (?:ook|meer).{0,140}|läs\ (?:mer|också|även).{0,140}
     |les\ også.{0,140}|læs\ også.{0,140}|читайте\ также.{0,140}|читать\ также.{0,140}|czytaj\ także.{0,140}
     |all\ rights\ reserved.*|©.*|copyright\ (?:©|\d{4}).*
    )$""",
    re.VERBOSE | re.IGNORECASE,
)
_BARE_DATE = re.compile(r"\W*\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:,?\s+\d{1,2}[:.]\d\d(?:[:.]\d\d)?)?\W*")
_MARKS = frozenset("-*•#>")
_MARKER = re.compile(r"^(?:[-*•]\s+|#{1,6}\s+|>\s+)")


def paragraphs(lines: Iterable[str], headline: str = "") -> tuple[str, ...]:
    """Clean paragraphs in order: no junk lines, no headline on top, nothing twice in a row, bounded in all."""
    kept: list[str] = []
    room = MAX_CHARS
    for raw in lines:
        text = line(_MARKER.sub("", raw.strip()) if raw[:1] in _MARKS or raw[:1].isspace() else raw, 20_000)
        if not text or (not kept and text == headline) or (kept and text == kept[-1]) or is_junk(text):
            continue
        room -= len(text)
        if room < 0 or len(kept) >= MAX_PARAGRAPHS:
            break
        kept.append(text)
    return tuple(kept)


def is_junk(text: str) -> bool:
    """Whether a line is a share bar, an advertisement's label, a pointer to other articles or the like."""
    return len(text) <= LONGEST_JUNK and _is_junk(text)


@lru_cache(maxsize=1024)
def _is_junk(text: str) -> bool:
    return bool(_JUNK.match(text)) or not any(char.isalnum() for char in text) or bool(_BARE_DATE.fullmatch(text))
