"""What of a text may be quoted by its form: whole sentences, each quotation with who said it, nothing of the page."""

from __future__ import annotations

import re

from newsloom.annotate.sentences import sentence_spans

LEAST_CHARS = 40
LEAST_WORDS = 6
JOINED_CHARS = 200  # with a quotation that follows it; a sentence and more than that are shown nowhere

_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_FINAL = re.compile(r"[.!?…。！？؟۔।][\"'”’“»«)\]」』]*$")
_THAI_END = re.compile("[\u0e00-\u0e7f][\"'”’)]*$")
_OPENS = "\"'“”„«»‘’([¿¡「『"
_QUOTE = re.compile('["“”„«»「」『』]')
_WHOLE_QUOTE = re.compile('["“”„«「『][^"“”„«»「」『』]*["“”»」』]$')
_BOILERPLATE = re.compile(
    r"""^(?:photo|image|picture|video|file\ photo|credit|caption|getty|watch|listen|read\ (?:more|also|the\ full|next)
      |see\ also|related|click\ here|sign\ up|subscribe|follow\ us|download|copyright|©|all\ rights|advertisement
      |this\ (?:story|article|page|video|material)\ (?:was|has\ been|is|may|will)|updated?\b|published\b
      |first\ published
      |here\ (?:are|is|'s)\b.*\b(?:latest|key|what)|the\ latest\ on|editor'?s?['’]?\ note|correction|reporting\ by
      |(?:additional\ )?reporting\ by|edited\ by|by\ [A-Z]|with\ files\ from|our\ standards|sponsored|email\ us
      |foto:|bild:|läs\ (?:mer|också|även)|lesen\ sie|mehr\ zum|lire\ aussi|à\ lire|lea\ también|leer\ más|leggi\ anche
      |lees\ ook|les\ også|læs\ også|quelle:|source:|fuente:|weiterlesen|newsletter|abonnieren|prenumerera)""",
    re.VERBOSE | re.IGNORECASE,
)
_JUNK_INSIDE = re.compile(
    r"https?://|www\.|\S@\S|cookies?\b|all rights reserved|privacy policy|terms of (?:use|service)", re.I
)


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of all paragraphs; a quotation alone is joined to the sentence that says whose it is,
    or left out where the two are too long to be shown."""
    spans: list[tuple[int, int]] = []
    at = 0
    for paragraph in text.split("\n"):
        spans += _paragraph(text, at, at + len(paragraph))
        at += len(paragraph) + 1
    return spans


def quotable(piece: str) -> bool:
    """Whether a sentence can stand alone: long enough, whole, no call to read on, no credit, no address."""
    unspaced = bool(_UNSPACED.search(piece))
    if len(piece) < (LEAST_CHARS // 3 if unspaced else LEAST_CHARS):
        return False
    first = piece.lstrip(_OPENS)[:1]
    if not first.isalnum() or first.islower() or not (_FINAL.search(piece) or _THAI_END.search(piece)):
        return False
    if not unspaced and piece.count(" ") + 1 < LEAST_WORDS:
        return False
    if piece.count('"') % 2 or piece.count("(") != piece.count(")") or piece.count("«") != piece.count("»"):
        return False
    if len(_QUOTE.findall(piece)) % 2 or piece.isupper():
        return False
    return not _BOILERPLATE.match(piece) and not _JUNK_INSIDE.search(piece)


def quoted_share(piece: str) -> float:
    """How much of a sentence somebody else says, 0..1."""
    marks = [found.start() for found in _QUOTE.finditer(piece)]
    return sum(end - start for start, end in zip(marks[::2], marks[1::2], strict=False)) / max(len(piece), 1)


def _paragraph(text: str, start: int, end: int) -> list[tuple[int, int]]:
    units: list[tuple[int, int]] = []
    for begin, stop in sentence_spans(text, start, end):
        alone = bool(_WHOLE_QUOTE.match(text[begin:stop]))
        if alone and units and stop - units[-1][0] <= JOINED_CHARS and _QUOTE.search(text, *units[-1]):
            units[-1] = (units[-1][0], stop)
        elif not alone:
            units.append((begin, stop))
    return units
