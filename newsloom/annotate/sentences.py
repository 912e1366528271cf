"""Sentences of a paragraph as spans, without a model and for any script.

A break needs a final mark, and nothing that speaks against it: an abbreviation or initial before, a number around,
an open quotation, a following word in lower case, or the attribution of a quotation that has just closed.
"""

from __future__ import annotations

import re
from bisect import bisect_right

LONGEST_QUOTE = 600  # a quotation longer than this is read as running text

_END = re.compile(r"[.!?…。！？؟۔।]+")
_CLOSERS = "\"'”’“»«)]›」』）】"
_CJK_ENDS = "。！？"
_QUOTES = re.compile('["“”„«»「」『』]')
_NEXT = re.compile(r"""\s*["'“”„«»‘’(\[¿¡—–\-「『]*\s*(\S?)""")
_LAST_WORD = re.compile(r"[^\s\"'“”„«»(\[]+$")
_SPACES = re.compile(r"\s+")
_THAI = re.compile("[\u0e01-\u0e2e]")
THAI_LEAST = 30
# "and", "or", "but", "which", "by", "for", "since", "that", "so"; figures, marks and other scripts.
_THAI_GOES_ON = re.compile(
    "และ|หรือ|แต่|ซึ่ง|ที่|โดย|เพื่อ|เนื่อง|เพราะ|ว่า|จึง|ก็|ทั้ง|รวม|พร้อม|หลัง|ก่อน|เมื่อ|ขณะ|จาก|ใน|กับ|ของ|คน|ราย|บาท|ผู้อำนวย|รัฐมนตรี|ประธาน"
    '|โฆษก|อธิบดี|กล่าว|เผย|ระบุ|ๆ|[^\u0e01-\u0e4e"“«(]'
)
_THAI_HANGS = re.compile("(?:ว่า|คือ|ได้แก่|และ|หรือ|นาย|นาง|นางสาว|[0-9๐-๙,:;])$")
_DIGITS = re.compile(r"\d{1,2}")

_ABBREVIATIONS = frozenset(
    """mr mrs ms mx dr prof rev hon sen rep gov gen lt col maj sgt capt cmdr adm pres st jr sr inc ltd co corp no nos vs
    cf e.g i.e etc jan feb mar apr jun jul aug sep sept oct nov dec mt ft dept univ est approx al ave blvd rd fig vol
    hr fr bzw z.b d.h u.a ca nr bl.a t.ex d.v.s dvs m.fl osv kl mme mlle m me sra srta dña ud uds ee pág av dra art
    ing avv dott sig sigg im akt ul tzw mgr inż tel т.е т.д т.п г гг тыс млн млрд руб им ул
    abg mio mrd präs stv vors insb evtl ggf bspw milj mln mrd gral cnel lic excmo""".split()
)
_NUMBERED = frozenset("núm num al art abs kap nr no pos fig vol pag pág par str § kl cap".split())
# After an acronym ("in the U.S.") only a word that begins sentences and no name is taken for a new one.
_STARTERS = frozenset(
    """the a an in on at it its he she they we i you but and this that these those there after before when while as if
    for with from to by not no some many most more officials police what who how why meanwhile however""".split()
)
_SAYS = frozenset(
    """said says say asked asks told tells added adds wrote writes replied replies tweeted posted insisted warned
    recalled explained shouted sagte sagt fragte schrieb erklärte säger sa sade frågade dijo dice preguntó dit
    ha déclaré demandé""".split()
)
_SAID_ZH = re.compile("[^“”「」。！？，,]{1,12}(?:说|說|表示|指出|强调|強調|坦言|补充|回答|写道|称)")
_ORDINAL_NEXT = re.compile(
    r"\s+(?:Jan|Feb|Mär|Apr|Mai|Juni|Juli|Aug|Sep|Okt|Nov|Dez|Jahrhundert|Bundes|Klasse|Spieltag|Minute|Tag|Platz)"
)


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Spans (start, end) in code points of the sentences of `text[start:end]`, one paragraph, white space outside."""
    stop = len(text) if end is None else end
    if _THAI.search(text, start, min(stop, start + 200)):
        return _thai_spans(text, start, stop)
    quotes = _quotations(text, start, stop)
    spans: list[tuple[int, int]] = []
    begin = _skip_space(text, start, stop)
    for found in _END.finditer(text, start, stop):
        if found.end() <= begin:
            continue
        after = _break_after(text, begin, found, stop, quotes)
        if after:
            spans.append((begin, after))
            begin = _skip_space(text, after, stop)
    tail = begin + len(text[begin:stop].rstrip())
    if tail > begin:
        spans.append((begin, tail))
    return spans


def _thai_spans(text: str, start: int, stop: int) -> list[tuple[int, int]]:
    """Thai ends a sentence with a space, but has spaces inside too: a piece must be long enough to be one, and what
    follows must not be a continuation, a figure or a name."""
    spans: list[tuple[int, int]] = []
    begin = _skip_space(text, start, stop)
    quotes = _quotations(text, start, stop)
    for space in _SPACES.finditer(text, begin, stop):
        if space.start() - begin < THAI_LEAST or stop - space.end() < THAI_LEAST:
            continue
        if _closing(quotes, space.start()) >= 0 or _THAI_HANGS.search(text, begin, space.start()):
            continue
        if not _THAI_GOES_ON.match(text, space.end(), stop):
            spans.append((begin, space.start()))
            begin = space.end()
    tail = begin + len(text[begin:stop].rstrip())
    return [*spans, (begin, tail)] if tail > begin else spans


def _skip_space(text: str, at: int, stop: int) -> int:
    while at < stop and text[at].isspace():
        at += 1
    return at


def _quotations(text: str, start: int, stop: int) -> list[tuple[int, int]]:
    """Pairs of positions (opening mark, closing mark), without those left open and those too long to be one."""
    pairs: list[tuple[int, int]] = []
    opened = -1
    for found in _QUOTES.finditer(text, start, stop):
        at = found.start()
        if opened < 0:
            inches = found.group() == '"' and at > start and text[at - 1].isdigit()
            opened = -1 if inches else at
        elif found.group() == "„":
            opened = at
        else:
            if at - opened <= LONGEST_QUOTE:
                pairs.append((opened, at))
            opened = -1
    return pairs


def _break_after(text: str, begin: int, found: re.Match[str], stop: int, quotes: list[tuple[int, int]]) -> int:
    """Where the sentence that `found` may close ends, 0 where it goes on."""
    after = found.end()
    closing = _closing(quotes, found.start())
    if closing >= 0 and closing != after:
        return 0
    after = _past_closers(text, after, stop, quotes)
    if after >= stop:
        return stop
    quoted = closing >= 0
    if found.group()[-1] in _CJK_ENDS:
        return 0 if quoted and (text[after] in "とって、,，" or _SAID_ZH.match(text, after, stop)) else after
    follows = text[after]
    if not follows.isspace() and not _starts_unspaced(text, after, quoted, quotes):
        return 0
    if _goes_on(text, after, stop, quoted):
        return 0
    single = found.group() == "." and after == found.end()
    return 0 if single and _is_abbreviation(text, begin, found.start(), after, stop) else after


def _closing(quotes: list[tuple[int, int]], at: int) -> int:
    """Where the quotation around `at` closes, -1 outside of one."""
    place = bisect_right(quotes, (at, -1)) - 1
    if place >= 0 and quotes[place][0] < at < quotes[place][1]:
        return quotes[place][1]
    return -1


def _past_closers(text: str, at: int, stop: int, quotes: list[tuple[int, int]]) -> int:
    openings = {pair[0] for pair in quotes}
    while at < stop and text[at] in _CLOSERS and at not in openings:
        at += 1
    return at


def _starts_unspaced(text: str, after: int, quoted: bool, quotes: list[tuple[int, int]]) -> bool:
    """`said."I believe` and `over.”The`: an editor lost the space, at an opening quotation or after a closed one."""
    if any(opening == after for opening, _ in quotes):
        return True
    return quoted and text[after].isupper()


def _goes_on(text: str, after: int, stop: int, quoted: bool) -> bool:
    """Whether what follows belongs to the sentence: lower case, or who said the quotation that has just closed."""
    found = _NEXT.match(text, after, stop)
    first = found.group(1) if found else ""
    if first.islower():
        return True
    if not quoted or not first or _QUOTES.match(text[after:].lstrip()[:1]):
        return False
    words = [word.lower() for word in re.findall(r"[\w'’-]+", text[after : after + 60])[:5]]
    # A full stop inside ends a quotation for good ("... in mine." The company said that); a question does not.
    told = words[:1] if text[max(0, after - 4) : after].rstrip(_CLOSERS).endswith(".") else words
    return any(word in _SAYS for word in told)


def _is_abbreviation(text: str, begin: int, dot: int, after: int, stop: int) -> bool:
    found = _LAST_WORD.search(text, max(begin, dot - 24), dot)
    word = found.group() if found else ""
    if not word:
        return False
    if _DIGITS.fullmatch(word):
        return bool(_ORDINAL_NEXT.match(text, after))
    if (word.lower() in _NUMBERED or word.endswith("str")) and re.match(r"\s*\d", text[after : after + 4]):
        return True
    if word.lower() in _ABBREVIATIONS or word.rpartition("-")[2].lower() in _ABBREVIATIONS:
        return not (word.lower() in ("no", "st", "me", "im", "mar", "sig", "art", "al") and word.islower())
    initial = len(word) == 1 and word.isalpha() and word != "I"
    acronym = len(word) <= 7 and word[-2:-1] == "." and word[-1:].isalpha()
    if not initial and not acronym:
        return False
    following = re.compile(r"\s*([^\W\d_]+)").match(text, after, stop)
    return not (following and following.group(1).lower() in _STARTERS and following.group(1) != "I")
