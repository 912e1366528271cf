"""Names in a text by its capital letters: people, places, organisations, most salient first.

A capital in mid-sentence is a name in most languages that have capitals; at the start of a sentence it proves nothing
unless the word is seen elsewhere. In German, where every noun has one, single words need better proof.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from newsloom.annotate.counting import KERNEL, classes

MOST = 40
LONGEST_WORDS = 6
HEADLINE_WEIGHT = 2.0
TITLE_CASE_SHARE = 0.7

_WORD = re.compile(r"[^\W_](?:[\w'’.&-]*[\w])?")
_BREAKS = re.compile(r"[.!?:…。！？\n•;|]")
_GAP = re.compile(r"[ \u00a0]{1,2}")
_POSSESSIVE = re.compile(r"(?:'s|’s|['’])$")

_JOINERS = frozenset(
    "de von van der den la le du da do dos del della di al el bin ibn ben ter ten zu af av of y e and".split()
)
# In German "der", "zu" and the like stand between any two nouns.
_GERMAN_JOINERS = frozenset("van de bin ibn al of".split())

_FUNCTION = frozenset(
    """the a an in on at it its he she they we i you but and this that these those there here after before when while
    as if for with from to by not no some many most more what who how why where which his her their our my your or so
    yet is are was were will would can could may might should has have had do does did be been all any each every both
    few other another such only also just even still then than now later since until during under over about against
    between among through because although though however meanwhile according despite monday tuesday wednesday
    thursday friday saturday sunday january february march april may june july august september october november
    december jan feb apr jun jul aug sep sept oct nov dec mr mrs ms dr sir read photo image video updated breaking live
    der die das ein eine einer eines einem einen und oder aber auch in im am an auf aus bei mit nach von vor zu zum zur
    für über unter durch gegen ohne um als wie wenn dass weil ob so es er sie wir ihr ich du man sein seine ihre nicht
    noch schon nur mehr sehr doch dann da hier dort heute gestern morgen nun bis seit während laut montag dienstag
    mittwoch donnerstag freitag samstag sonntag januar februar märz mai juni juli oktober dezember
    euro dollar prozent uhr jahr jahre jahren meter kilometer millionen
    milliarden
    el la los las un una unos unas y o pero en de del al con por para sin sobre entre desde hasta según que se su sus lo
    le les no ya como cuando donde este esta estos estas ese esa lunes martes miércoles jueves viernes sábado domingo
    le la les un une des et ou mais dans de du au aux avec pour par sans sur sous entre depuis selon que qui il elle ils
    elles on nous vous je ce cette ces son sa ses leur leurs ne pas plus comme quand si lundi mardi mercredi jeudi
    vendredi samedi dimanche
    och att det som en ett på är av för med den till har inte om de var från men vi jag han hon man när efter före där
    här nu också så enligt under över mot vid än måndag tisdag onsdag torsdag fredag lördag söndag
    и в на не но что это как по из от до для при он она они мы я а его её их так же уже или если
    """.split()
)
_TITLES = frozenset(
    """mr mrs ms dr prof sir lord lady dame president vice prime minister chancellor senator sen rep representative
    governor gov mayor pope gen colonel col capt sergeant sgt lieutenant lt secretary chairman ceo professor
    herr frau präsident präsidentin kanzler kanzlerin bundeskanzler minister ministerin
    presidente presidenta ministro ministra président présidente ministre monsieur madame
    president statsminister utrikesminister kung drottning""".split()
)
# Titles that are as often part of a name ("General Motors", "King County"): only before two more words.
_RANKS = frozenset("king queen prince princess general captain judge justice chief director coach detective".split())
_DETERMINERS = frozenset(
    """der die das den dem des ein eine einen einem einer eines kein keine keinen keiner sein seine seinen seiner ihr
    ihre ihren ihrer unser unsere dieser diese dieses diesen diesem jeder jede jedes jeden zum zur beim vom im am ins
    viele mehr alle einige mehrere zwei drei vier fünf sechs und oder ohne als""".split()
)


@dataclass(slots=True)
class _Seen:
    first: int
    count: int = 0
    sure: int = 0  # occurrences whose capital proves something
    bare: int = 0  # occurrences without a determiner or adjective before (German)
    headline: bool = False


def names(text: str, headline: str = "", language: str = "en") -> tuple[str, ...]:
    """Up to 40 names of the article as written, most salient first; the headline counts double.

    Texts in scripts without capitals give none.
    """
    seen: dict[str, _Seen] = {}
    lower: list[str] = []
    _collect(text, seen, lower, language)
    if headline:
        _read_headline(headline, seen, lower, language, alone=not text)
    lines = "\n".join(["", *lower, ""])
    kept = {name: what for name, what in seen.items() if _is_name(name, what, lines, language)}
    ranked = sorted(kept, key=lambda name: (-_salience(name, kept[name], len(text)), kept[name].first))
    return tuple(ranked[:MOST])


def _looked_at(text: str, lower: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Where words start and end that may be parts of names, and where the word before each does.

    That is what begins with a capital, and what follows it as long as it may join two parts. All others are put into
    `lower`.
    """
    if KERNEL:
        with suppress(UnicodeEncodeError):  # half of a surrogate pair
            if told := KERNEL.capitals(classes(), text):
                lower.append(told[1])
                places = array("I", told[0])
                yield from zip(places[::4], places[1::4], places[2::4], places[3::4], strict=True)
                return
    before, open_ = (0, 0), False
    for match in _WORD.finditer(text):
        word = match.group()
        capital = word[0].isupper()
        if capital or open_:
            yield (*match.span(), *before)
        else:
            lower.append(word)
        open_ = capital or (open_ and word in _JOINERS)
        before = match.span()


def _collect(text: str, seen: dict[str, _Seen], lower: list[str], language: str) -> None:
    """Puts every capitalised span of `text` into `seen` and every other word into `lower`."""
    span: list[str] = []
    at = 0
    before_start = True
    before = ""
    joiners = _GERMAN_JOINERS if language == "de" else _JOINERS
    for start, end, previous_start, previous_end in _looked_at(text, lower):
        word, previous = text[start:end], text[previous_start:previous_end]
        capital = word[0].isupper()
        if previous_end == 0:
            sentence, near = True, False
        elif (gap := text[previous_end:start]) == " ":  # most words, and nothing more to ask
            sentence, near = False, True
        else:
            sentence = bool(_BREAKS.search(gap)) and previous.lower() not in _TITLES and len(previous) > 1
            near = not sentence and bool(_GAP.fullmatch(gap))
        joined = near and bool(span) and len(span) < LONGEST_WORDS
        if span and not (joined and (capital or word in joiners)):
            _put(seen, span, at, before_start, before, language)
            span = []
        if capital:
            if not span:
                at, before, before_start = start, "" if sentence else previous, sentence
            span.append(_POSSESSIVE.sub("", word) if "'" in word or "’" in word else word)
            if len(span[-1]) < len(word):  # a possessive ends the name: "Belarus' President"
                _put(seen, span, at, before_start, before, language)
                span = []
        elif span:
            span.append(word)
        else:
            lower.append(word)
    if span:
        _put(seen, span, at, before_start, before, language)


def _put(seen: dict[str, _Seen], span: list[str], at: int, start: bool, before: str, language: str) -> None:
    """Counts the names in `span`, without what only stands around them: joiners, articles, titles."""
    words = span if "." not in "".join(span) else [w.replace(".", "") if w[1:2] == "." else w for w in span]
    while words and words[-1] in _JOINERS:
        words.pop()
    proved = not start
    while words and words[0].lower() in _FUNCTION:
        words.pop(0)
        proved = True
    for part in _parts(words) if len(words) != 1 else (words,):
        several = len(part) > 1 and (language != "de" or not _inflected(part[0]))
        _count(seen, part, at, proved or several, before, language)
        before, proved = "", True


def _parts(words: list[str]) -> list[list[str]]:
    """Several names where a title or conjunction stood between them ("Russian President Vladimir Putin")."""
    parts: list[list[str]] = [[]]
    for place, word in enumerate(words):
        left = len(words) - place - 1
        title = (word.lower() in _TITLES and left > 0) or (word.lower() in _RANKS and left > 1)
        if title or word in ("and", "y", "e"):
            parts.append([])
        else:
            parts[-1].append(word)
    return [part for part in (_without_joiners(part) for part in parts) if part]


def _without_joiners(words: list[str]) -> list[str]:
    while words and words[0] in _JOINERS:
        words = words[1:]
    while words and words[-1] in _JOINERS:
        words = words[:-1]
    return words


def _inflected(word: str) -> bool:
    """Whether a German word at the start of a sentence may be an adjective or article ("Schnellere Integration")."""
    return word.lower() in _DETERMINERS or word[-1:] == "e" or word[-2:] in ("er", "en", "es", "em")


def _count(seen: dict[str, _Seen], words: list[str], at: int, proved: bool, before: str, language: str) -> None:
    name = " ".join(words) if len(words) > 1 else words[0]
    if len(name) < 2 or words[-1].lower() in _FUNCTION:
        return
    what = seen.get(name)
    if what is None:
        what = seen[name] = _Seen(at)
    what.count += 1
    what.sure += proved
    if language == "de":  # no other asks
        what.bare += not (before and before[0].islower() and _inflected(before))


def _read_headline(headline: str, seen: dict[str, _Seen], lower: list[str], language: str, *, alone: bool) -> None:
    """Marks the names of the text that the headline has; adds its own where its capitals mean something."""
    for name, what in seen.items():
        what.headline = name in headline
    words = [word for word in _WORD.findall(headline) if len(word) > 3]
    capitals = sum(word[0].isupper() for word in words)
    if headline.isupper() or (len(words) > 2 and capitals >= TITLE_CASE_SHARE * len(words) and language != "de"):
        found = {word for word in _WORD.findall(headline) if _is_acronym(word) and not headline.isupper()}
        own = {word: _Seen(first=0, count=1, sure=1, headline=True) for word in sorted(found)}
    else:
        own = {}
        _collect(headline, own, lower, language)
    for name, what in own.items():
        if name not in seen and (what.sure or alone):
            seen[name] = _Seen(first=what.first, count=1, sure=what.sure, bare=what.bare, headline=True)


def _is_acronym(word: str) -> bool:
    return 2 <= len(word) <= 6 and word.isupper() and word.isalpha()


def _is_name(name: str, what: _Seen, lower: str, language: str) -> bool:
    if _is_acronym(name):
        return True
    if " " in name:
        return language != "de" or what.sure > 0
    if len(name) < 3 or f"\n{name.lower()}\n" in lower:
        return False
    if language == "de":
        return what.count >= 2 and what.sure > 0 and what.bare == what.count
    return what.sure > 0


def _salience(name: str, what: _Seen, length: int) -> float:
    early = 1.0 - what.first / (length + 1)
    return what.count + early + (HEADLINE_WEIGHT if what.headline else 0.0) + (0.5 if " " in name else 0.0)
