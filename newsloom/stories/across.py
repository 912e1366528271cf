"""Stories of different languages on one event: names, numbers and days are what translations have in common.

A story's profile is what most of its reports name. Two stories of different languages are linked where the names and
numbers that both have are rare enough among all stories of the window; the weights and the bar are calibrated apart
from those within a language (evals/across.py). Between the bar and `GREY` under it, vectors may decide (`judge`).
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp, log

import numpy as np

from newsloom.segments import AnyArray, Words, word_arrays, words_of
from newsloom.types import AnnotatedArticle, Evidence, StoryLink

NEAR = timedelta(hours=72)  # between the first reports of two stories
NAMES, NUMBERS = 12, 8  # of a story
LEAST_SHARE = 1 / 3  # of a story's reports that must have a name or number
ASKED = 20  # reports of a story that its profile is made of
PRIOR = 200  # stories that a window is taken to have at least
MOST_HAVING = 200  # stories with a name beyond which it finds nothing of use
MOST_LINKS = 6  # of a story

BIAS, NAMES_WEIGHT, NUMBERS_WEIGHT, SHARE_WEIGHT = -9.0, 0.4, 0.35, 6.0
HOURS_WEIGHT = 0.03  # log-odds lost for each hour between the first reports
BAR = 0.0
GREY = 2.0  # log-odds under the bar where vectors are asked
VECTORS_WEIGHT = 8.0  # log-odds for each 1.0 of cosine over `VECTORS_USUAL`
VECTORS_USUAL = 0.55

Judge = Callable[[str, str], float | None]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What is kept of an article or a story, packed: that is a fifth of the memory, and it is seldom wanted."""

    language: str
    at: datetime
    names: dict[str, str]  # key -> as it was written
    numbers: tuple[str, ...]
    text: str


def _packed(said: _Said) -> str:
    since = (said.at - _EPOCH) // timedelta(microseconds=1)
    return _encode([said.language, since, said.names, said.numbers, said.text])


def _unpacked(packed: str) -> _Said:
    language, since, names, numbers, text = json.loads(packed)
    at = _EPOCH + timedelta(microseconds=since)
    return _Said(language=language, at=at, names=names, numbers=tuple(numbers), text=text)


def _language(packed: str) -> str:
    return packed[2 : packed.index('"', 2)]


class Across:
    """The profiles of all stories in the window. Not safe between threads.

    Which stories have a name is only found out once there are stories in two languages.
    """

    def __init__(self, judge: Judge | None = None) -> None:
        """`judge` gives the cosine of two texts, None where it can't."""
        self._judge = judge
        self._said: dict[str, str] = {}
        self._profiles: dict[str, str] = {}
        self._languages: Counter[str] = Counter()  # of the profiles
        self._indexed = False
        self._having: dict[str, dict[str, None]] = {}  # name or number -> the stories that have it

    def note(self, article: AnnotatedArticle) -> None:
        """Remember what an article names."""
        found = article.annotations
        text = f"{article.article.headline}. {article.article.description or article.article.text[:300]}"
        self._said[article.article.id] = _packed(
            _Said(
                language=found.language.partition("-")[0],
                at=article.shown_at,
                names={key: name for name in reversed(found.names[:NAMES]) for key in _keys(name)},
                numbers=tuple(dict.fromkeys(n for n in map(_number, found.numbers) if n))[:NUMBERS],
                text=text if self._judge else "",
            )
        )

    def noted(self, article_id: str) -> str:
        """What is remembered of an article, for `note_again`."""
        return self._said[article_id]

    def note_again(self, article_id: str, noted: str) -> None:
        """Remember what was remembered before."""
        self._said[article_id] = noted

    def saved(self) -> dict[str, AnyArray]:
        """All that is remembered, for `restore`."""
        said = Words()
        arrays: dict[str, AnyArray] = {}
        for name, words in (("noted", self._said), ("stories", self._profiles)):
            arrays |= word_arrays(f"{name}.ids", list(words)) | {name: said.numbers(list(words.values()))}
        arrays["languages.of"] = np.array(list(self._languages.values()), dtype=np.int64)
        return arrays | said.arrays("said") | word_arrays("languages", list(self._languages))

    def restore(self, kept: Mapping[str, AnyArray], same: Callable[[list[str]], list[str]] = list) -> None:
        """Go on, empty so far, from what was saved. Raises KeyError, ValueError or IndexError where it is not that.

        `same`: the words that are at hand for these words, which saves memory.
        """
        said = words_of(kept, "said")
        noted, stories = ([said[n] for n in kept[name].tolist()] for name in ("noted", "stories"))
        self._said = dict(zip(same(words_of(kept, "noted.ids")), noted, strict=True))
        self._profiles = dict(zip(words_of(kept, "stories.ids"), stories, strict=True))
        languages = words_of(kept, "languages")
        self._languages = Counter(dict(zip(languages, kept["languages.of"].tolist(), strict=True)))

    def leave(self, article_ids: Iterable[str]) -> None:
        """Let go of articles that left the window."""
        for article_id in article_ids:
            self._said.pop(article_id, None)

    def drop(self, story_id: str) -> None:
        """The story is no more."""
        packed = self._profiles.pop(story_id, None)
        if packed is None:
            return
        self._languages[_language(packed)] -= 1
        if self._indexed:
            for key in _keys_of(packed):
                having = self._having[key]
                having.pop(story_id, None)
                if not having:
                    del self._having[key]

    def tell(self, story_id: str, members: Sequence[str]) -> None:
        """The story's reports as of now."""
        self.drop(story_id)
        packed = [self._said[i] for i in members[:ASKED] if i in self._said]
        said = [_unpacked(each) for each in packed]
        if not said:
            return
        if len(said) == 1 and len(said[0].names) <= NAMES:  # it is what its one report says
            self._keep(story_id, said[0].language, packed[0])
            return
        least = LEAST_SHARE * len(said)
        names = Counter(pair for each in said for pair in each.names.items())
        keys = Counter(key for each in said for key in each.names)
        numbers = Counter(n for each in said for n in each.numbers)
        written = {key: name for (key, name), _ in reversed(names.most_common())}
        self._put(
            story_id,
            _Said(
                language=Counter(each.language for each in said).most_common(1)[0][0],
                at=min(each.at for each in said),
                names={key: written[key] for key, n in keys.most_common(NAMES) if n >= least},
                numbers=tuple(n for n, count in numbers.most_common(NUMBERS) if count >= least),
                text=said[0].text,
            ),
        )

    def _put(self, story_id: str, profile: _Said) -> None:
        self._keep(story_id, profile.language, _packed(profile))

    def _keep(self, story_id: str, language: str, packed: str) -> None:
        self._profiles[story_id] = packed
        self._languages[language] += 1
        if self._indexed:
            self._index(story_id, packed)

    def _index(self, story_id: str, packed: str) -> None:
        for key in _keys_of(packed):
            self._having.setdefault(key, {})[story_id] = None

    def _index_all(self) -> None:
        if not self._indexed:
            self._indexed = True
            for story_id, packed in self._profiles.items():
                self._index(story_id, packed)

    def links(self, story_id: str) -> list[StoryLink]:
        """The stories of other languages on the same event, best first."""
        packed = self._profiles.get(story_id)
        if packed is None or len(+self._languages) < 2:
            return []
        self._index_all()
        own = _unpacked(packed)
        found = []
        for other_id, other in self._candidates(story_id, own):
            logit, evidence = self._compared(own, other)
            if logit >= BAR:
                found.append(
                    StoryLink(story_id=story_id, other_id=other_id, score=_probability(logit), evidence=evidence)
                )
        return sorted(found, key=lambda link: (-link.score, link.other_id))[:MOST_LINKS]

    def logit(self, story_id: str, other_id: str) -> float:
        """Log-odds that two stories tell of one event."""
        self._index_all()
        return self._compared(*(_unpacked(self._profiles[name]) for name in (story_id, other_id)))[0]

    def _candidates(self, story_id: str, own: _Said) -> list[tuple[str, _Said]]:
        """Stories of other languages that share a name, or two numbers, and began at about the same time."""
        shared: Counter[str] = Counter()
        for weight, keys in ((2, own.names), (1, own.numbers)):
            for key in keys:
                having = self._having[key]
                if len(having) <= MOST_HAVING:
                    shared.update(dict.fromkeys(having, weight))
        others = [
            (other, _unpacked(packed))
            for other, weight in shared.items()
            if weight > 1 and _language(packed := self._profiles[other]) != own.language
        ]
        return [(name, other) for name, other in others if abs(other.at - own.at) <= NEAR]

    def _compared(self, own: _Said, other: _Said) -> tuple[float, Evidence]:
        names = [key for key in own.names if key in other.names]
        numbers = [n for n in own.numbers if n in other.numbers]
        shared = sum(map(self._rarity, names))
        fewer = min(sum(map(self._rarity, profile.names)) for profile in (own, other))
        logit = (
            BIAS
            + NAMES_WEIGHT * shared
            + NUMBERS_WEIGHT * sum(map(self._rarity, numbers))
            + SHARE_WEIGHT * (shared / fewer if fewer else 0.0)
        )
        hours = abs((own.at - other.at).total_seconds()) / 3600
        logit -= HOURS_WEIGHT * hours
        if self._judge and BAR - GREY <= logit < BAR:
            cosine = self._judge(own.text, other.text)
            logit += VECTORS_WEIGHT * (cosine - VECTORS_USUAL) if cosine is not None else 0.0
        named = tuple(dict.fromkeys(own.names[key] for key in names))
        return logit, Evidence(names=named, numbers=tuple(n[1:] for n in numbers), hours=round(hours, 1))

    def _rarity(self, key: str) -> float:
        return log((len(self._profiles) + PRIOR) / max(1, len(self._having.get(key, ()))))


def _keys_of(packed: str) -> tuple[str, ...]:
    """The names and numbers of a profile."""
    _, _, names, numbers, _ = json.loads(packed)
    return (*names, *numbers)


def _keys(name: str) -> list[str]:
    """The words of a name as other languages may write them: without accents, case and a genitive's s."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    words = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split()
    return [word.removesuffix("s") for word in words if len(word) > 3 and not word.isdigit()]


def _number(number: str) -> str:
    """A number that tells something: of two digits or more, no year; "" for others. 2,400 and 2.400 are 2400."""
    head, mark, tail = number.rpartition("." if "." in number else ",")
    digits = head + tail if mark and len(tail) == 3 else f"{head}.{tail}" if mark else number
    digits = digits.replace(" ", "").replace("\u00a0", "")
    plain = digits.replace(".", "")
    if len(plain) < 2 or not plain.isdigit() or (len(digits) == 4 and digits[:2] in ("19", "20")):
        return ""
    return "#" + digits


def _probability(logit: float) -> float:
    return round(1.0 / (1.0 + exp(-logit)), 4)
