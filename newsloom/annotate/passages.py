"""The two or three passages that tell the event best: whole sentences of the article, in its order.

1. Every paragraph is cut into sentences; a quotation that stands alone joins the sentence that says whose it is.
2. What can't be quoted drops out: fragments, calls to read on, credits, what repeats the headline, what is too long.
3. The rest is scored by position, centrality in the article, names and numbers, and length that a page can show.
4. The best are taken one by one, each adding something to those before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsloom.annotate.sentences import sentence_spans
from newsloom.config import AnnotateSettings
from newsloom.types import Passage

READ_CHARS = 12_000  # the event is told before this; the rest of a long read only costs time
LEAST_CHARS = 40
LEAST_WORDS = 6
EASY_CHARS = 200  # what is shown where the outlet says nothing
REPEATS = 0.6  # share of words in common that makes two sentences one
HEADLINE_REPEATS = 0.75

# How much each reason counts; position leads since reporters put the event first.
POSITION, CENTRALITY, NAMES, NUMBERS, HEADLINE = 0.45, 0.25, 0.12, 0.06, 0.12

_WORD = re.compile(r"[^\W\d_]{3,}|\d+")
_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_FINAL = re.compile(r"[.!?…。！？؟۔।][\"'”’“»«)\]」』]*$")
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


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    order: int  # among the sentences of the article, from 0
    text: str
    words: frozenset[str]


def key_passages(
    text: str,
    headline: str,
    language: str,
    names: tuple[str, ...],
    numbers: tuple[str, ...],
    settings: AnnotateSettings,
) -> tuple[Passage, ...]:
    """At most `settings.passages` spans of `text`, each of at most `settings.passage_chars` code points.

    Every span is an exact slice that begins and ends with a sentence. Empty where nothing can be quoted.
    """
    title = _words(headline)
    candidates = [
        each for each in _candidates(text, settings.passage_chars) if not _repeats(title, each.words, HEADLINE_REPEATS)
    ]
    if not candidates:
        return ()
    scores = _scores(candidates, title, names, numbers)
    chosen: list[int] = []
    for index in sorted(range(len(candidates)), key=lambda i: -scores[i]):
        if len(chosen) >= settings.passages:
            break
        if not any(_repeats(candidates[index].words, candidates[i].words, REPEATS) for i in chosen):
            chosen.append(index)
    return tuple(
        Passage(text=c.text, start=c.start, end=c.end, score=round(scores[i], 4))
        for i, c in sorted(((i, candidates[i]) for i in chosen), key=lambda pair: pair[1].start)
    )


def _candidates(text: str, longest: int) -> list[_Candidate]:
    found: list[_Candidate] = []
    order = at = 0
    for paragraph in text[:READ_CHARS].split("\n"):
        end = at + len(paragraph)
        whole = end < READ_CHARS or end == len(text)
        for start, stop in _units(text, at, end) if whole else []:
            piece = text[start:stop]
            if len(piece) <= longest and _quotable(piece):
                found.append(_Candidate(start, stop, order, piece, _words(piece)))
            order += 1
        at = end + 1
    return found


def _units(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Sentences, with a quotation that has no speaker of its own joined to the one before it."""
    units: list[tuple[int, int]] = []
    for begin, stop in sentence_spans(text, start, end):
        alone = bool(_WHOLE_QUOTE.match(text[begin:stop]))
        if alone and units and _QUOTE.search(text, *units[-1]):
            units[-1] = (units[-1][0], stop)
        elif not alone:
            units.append((begin, stop))
    return units


def _quotable(piece: str) -> bool:
    if len(piece) < LEAST_CHARS and not (len(piece) >= LEAST_CHARS // 3 and _IDEOGRAPHS.search(piece)):
        return False
    first = piece.lstrip(_OPENS)[:1]
    if not first.isalnum() or first.islower() or not _FINAL.search(piece):
        return False
    if piece.count(" ") + 1 < LEAST_WORDS and not _IDEOGRAPHS.search(piece):
        return False
    if piece.count('"') % 2 or piece.count("(") != piece.count(")") or piece.count("«") != piece.count("»"):
        return False
    if len(_QUOTE.findall(piece)) % 2 or piece.isupper():
        return False
    return not _BOILERPLATE.match(piece) and not _JUNK_INSIDE.search(piece)


def _words(text: str) -> frozenset[str]:
    lowered = text.lower()
    words = set(_WORD.findall(lowered))
    if _IDEOGRAPHS.search(lowered):
        words = {lowered[i : i + 2] for i in range(len(lowered) - 1)}
    return frozenset(words)


def _repeats(words: frozenset[str], others: frozenset[str], share: float) -> bool:
    """Whether one of the two says what the other says: most of the smaller's words, and not much beyond them."""
    if not words or not others:
        return False
    common = len(words & others)
    return common >= share * min(len(words), len(others)) and common >= share * 0.6 * max(len(words), len(others))


def _scores(
    candidates: list[_Candidate], title: frozenset[str], names: tuple[str, ...], numbers: tuple[str, ...]
) -> list[float]:
    """One score in 0..1 for each candidate."""
    df: dict[str, int] = {}
    for candidate in candidates:
        for word in candidate.words:
            df[word] = df.get(word, 0) + 1
    central = [_centrality(candidate, df, len(candidates)) for candidate in candidates]
    top = max(central) or 1.0
    leading, figures = names[:8], frozenset(numbers[:12])
    scores = []
    for candidate, centrality in zip(candidates, central, strict=True):
        named = min(1.0, sum(name in candidate.text for name in leading) / 3)
        counted = 1.0 if figures & candidate.words else 0.0
        told = len(candidate.words & title) / len(title) if title else 0.0
        score = POSITION / (1 + 0.35 * candidate.order) + CENTRALITY * centrality / top
        score += NAMES * named + NUMBERS * counted + HEADLINE * told
        scores.append(score * _ease(len(candidate.text)))
    return scores


def _centrality(candidate: _Candidate, df: dict[str, int], sentences: int) -> float:
    """How much of what the other sentences speak of this one holds; words in half of all are grammar, not matter."""
    shared = sum(df[word] - 1 for word in candidate.words if df[word] * 2 <= sentences or sentences < 4)
    return shared / (len(candidate.words) + 8)


def _ease(chars: int) -> float:
    """Below 1 for what is too long to be shown whole under the usual limit, or too short to tell much."""
    if chars > EASY_CHARS:
        return max(0.7, 1.0 - (chars - EASY_CHARS) / 600)
    return 1.0 if chars >= 2 * LEAST_CHARS else 0.85
