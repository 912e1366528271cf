"""The two or three passages that tell the event best: whole sentences of the article, in its order.

1. The text is cut into sentences; what can't be quoted drops out (see `quotable`), and so does what says the headline
   again, which stands above the passages, and what no page could show.
2. The rest is scored: position, what the article comes back to, names, figures, a day, and, once a story has reports of
   others, what those state too; less for what is mostly quotation or says little.
3. The best are taken one by one, each adding something to those before, within what the outlet lets us show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from newsloom.annotate.quotable import quotable, quoted_share, sentences
from newsloom.annotate.terms import words
from newsloom.config import AnnotateSettings
from newsloom.hashing import key
from newsloom.types import Passage

READ_CHARS = 12_000  # the event is told before this; the rest of a long read only costs time
SENTENCES = 120
EASY_CHARS = 200  # what is shown where the outlet says nothing
FULL_CHARS = 110  # a sentence of this length has room for who, what and when
REPEATS = 0.6  # share of words in common that makes two sentences one
LEAST = 0.1  # a passage less telling than this share of the best is left out, but for the first two

# How much each reason counts; see the decisions for what each gives alone.
POSITION, DECAY = 0.40, 0.25
CENTRALITY, STATED = 0.10, 0.20
NAMES, FIGURES, DAY = 0.08, 0.15, 0.08
QUOTED = 0.6  # off for what is nothing but quotation

_FIGURE = re.compile(r"\d+")
# The days of the week: reports say when it happened where they say what happened.
_DAYS = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday lunes martes miércoles jueves viernes sábado domingo
    lundi mardi mercredi jeudi vendredi samedi dimanche måndag måndagen tisdag tisdagen onsdag onsdagen torsdag
    torsdagen fredag fredagen lördag lördagen söndag söndagen mandag tirsdag lørdag søndag lunedì martedì mercoledì
    giovedì venerdì sabato domenica segunda-feira terça-feira quarta-feira quinta-feira sexta-feira maandag dinsdag
    woensdag donderdag vrijdag zaterdag zondag poniedziałek wtorek środę środa czwartek piątek sobotę niedzielę
    понедельник вторник среду четверг пятницу субботу воскресенье الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة
    السبت الأحد""".split()
)
_WORD = re.compile(r"[\w-]+")
_DAY_INSIDE = re.compile(
    "(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend"
    "|[一二三四五六日月火水木金土]曜|(?:星期|周|週)[一二三四五六日天]|วัน(?:จันทร์|อังคาร|พุธ|พฤหัส|ศุกร์|เสาร์|อาทิตย์)"
)


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    order: int  # among the sentences of the article, from 0
    text: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known of the article as a whole."""

    headline: str
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


def key_passages(
    text: str,
    told: Told,
    settings: AnnotateSettings,
    *,
    most_chars: int = -1,
    stated: Callable[[frozenset[str]], float] | None = None,
) -> tuple[Passage, ...]:
    """At most `settings.passages` spans of `text`, each of at most `settings.passage_chars` code points.

    Every span is an exact slice that begins and ends with a sentence. `most_chars` is the outlet's own limit on the sum
    (-1: none said). `stated` says of a sentence's words how much other reports of the story state them, 0..1. Empty
    where nothing can be quoted.
    """
    budget = most_chars if most_chars > 0 else settings.passages * EASY_CHARS
    longest = min(settings.passage_chars, most_chars) if most_chars > 0 else settings.passage_chars
    title = frozenset(_matter(words(told.headline)))
    candidates = [each for each in _candidates(text, longest) if not _says_again(title, each)]
    easy = [each for each in candidates if len(each.text) <= EASY_CHARS]
    if len(easy) > 1:
        candidates = easy
    scores = _scores(candidates, title, told, stated)
    chosen = _best(candidates, scores, settings.passages, budget)
    return tuple(
        Passage(text=candidates[i].text, start=candidates[i].start, end=candidates[i].end, score=round(scores[i], 4))
        for i in sorted(chosen)
    )


def _candidates(text: str, longest: int) -> list[_Candidate]:
    read = text[:READ_CHARS]
    if len(text) > READ_CHARS:
        read = read.rpartition("\n")[0]
    found = []
    for order, (start, end) in enumerate(sentences(read)[:SENTENCES]):
        piece = text[start:end]
        if len(piece) <= longest and quotable(piece):
            found.append(_Candidate(start, end, order, piece, frozenset(_matter(words(piece)))))
    return found


def _matter(said: Sequence[str]) -> list[str]:
    """Words that are more than grammar, as far as their length tells; all where a script has no spaces."""
    return [word for word in said if len(word) > 3 or word[0].isdigit() or not word.isascii()]


def _says_again(title: frozenset[str], candidate: _Candidate) -> bool:
    """Whether a sentence holds most of the headline and little beyond it."""
    if not title or not candidate.words:
        return False
    common = len(title & candidate.words)
    return common >= 0.6 * len(title) and len(candidate.words) - common <= max(2, 0.45 * len(candidate.words))


def _repeats(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sentences say the same: most of the smaller's words, and not much beyond them."""
    if not one or not other:
        return False
    common = len(one & other)
    return common >= REPEATS * min(len(one), len(other)) and common >= REPEATS * 0.6 * max(len(one), len(other))


def _best(candidates: Sequence[_Candidate], scores: Sequence[float], most: int, budget: int) -> list[int]:
    chosen: list[int] = []
    for index in sorted(range(len(candidates)), key=lambda i: -scores[i]):
        if len(chosen) >= most or (len(chosen) > 1 and scores[index] < LEAST * scores[chosen[0]]):
            break
        each = candidates[index]
        if len(each.text) <= budget and not any(_repeats(each.words, candidates[i].words) for i in chosen):
            chosen.append(index)
            budget -= len(each.text)
    return chosen


def _scores(
    candidates: Sequence[_Candidate],
    title: frozenset[str],
    told: Told,
    stated: Callable[[frozenset[str]], float] | None,
) -> list[float]:
    """One score in 0..1 for each candidate."""
    central = _centralities(candidates)
    common = _stated(candidates, title, stated)
    names = told.names[:8]
    scores = []
    for n, each in enumerate(candidates):
        score = POSITION / (1 + DECAY * each.order) + CENTRALITY * central[n] + STATED * common[n]
        score += NAMES * min(1.0, sum(name in each.text for name in names) / 2)
        score += FIGURES * min(1.0, len(_FIGURE.findall(each.text)) / 2) + DAY * _is_dated(each.text)
        scores.append(score * (1 - QUOTED * quoted_share(each.text)) * _room(each.text))
    return scores


def _is_dated(piece: str) -> bool:
    """Whether a sentence names a day of the week."""
    low = piece.lower()
    if not _DAYS.isdisjoint(_WORD.findall(low)):
        return True
    return ("ta" in low or not low.isascii() or "mittw" in low) and _DAY_INSIDE.search(low) is not None


def _centralities(candidates: Sequence[_Candidate]) -> list[float]:
    """How much of what the other sentences speak of each one holds; words in half of all are grammar, not matter."""
    df: dict[str, int] = {}
    for each in candidates:
        for word in each.words:
            df[word] = df.get(word, 0) + 1
    count = len(candidates)
    found = [
        sum(df[word] - 1 for word in each.words if df[word] * 2 <= count or count < 4) / (len(each.words) + 8)
        for each in candidates
    ]
    top = max(found, default=0.0) or 1.0
    return [value / top for value in found]


def _stated(
    candidates: Sequence[_Candidate], title: frozenset[str], stated: Callable[[frozenset[str]], float] | None
) -> list[float]:
    if stated is None:
        return [0.0] * len(candidates)
    found = [stated(each.words - title) for each in candidates]
    top = max(found, default=0.0) or 1.0
    return [value / top for value in found]


def _room(piece: str) -> float:
    """Below 1 for what is too short to tell much, or too long to be shown whole under the usual limit."""
    unspaced = len(piece) > 3 * (piece.count(" ") + 1) * 8
    full = FULL_CHARS // 3 if unspaced else FULL_CHARS
    if len(piece) > EASY_CHARS:
        return max(0.7, 1.0 - (len(piece) - EASY_CHARS) / 600)
    return min(1.0, 0.6 + 0.4 * len(piece) / full)


def shares(others: Sequence[Mapping[str, float]]) -> Callable[[frozenset[str]], float]:
    """How much of some words other reports state: each word counts by the share of the reports that hold it."""
    weight: dict[str, float] = {}
    for terms in others:
        for word in set(map(key, terms)):
            weight[word] = weight.get(word, 0.0) + 1 / len(others)

    def stated(said: frozenset[str]) -> float:
        return sum(weight.get(key(word), 0.0) for word in said) / (len(said) + 4)

    return stated
