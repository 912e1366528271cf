"""Language of a text: the page's own word where it is credible, detection where it is not."""

from __future__ import annotations

import re
from functools import lru_cache

from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier
from py3langid.modelio import load_model

SHORT_CHARS = 60  # below this a detector guesses; the page knows better
SAMPLE_CHARS = 600  # more text costs time and changes nothing
LETTERS_SEEN = 120
LEAST_PROBABILITY = 0.2

_TAG = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")
_WORD = re.compile(r"[^\W\d_]+")

# One block of code points is enough to tell the scripts that newspapers print in.
_SCRIPTS = (
    (0x0370, 0x03FF, "Grek"), (0x0400, 0x052F, "Cyrl"), (0x0530, 0x058F, "Armn"), (0x0590, 0x05FF, "Hebr"),
    (0x0600, 0x077F, "Arab"), (0x0900, 0x097F, "Deva"), (0x0980, 0x09FF, "Beng"), (0x0A00, 0x0A7F, "Guru"),
    (0x0A80, 0x0AFF, "Gujr"), (0x0B80, 0x0BFF, "Taml"), (0x0C00, 0x0C7F, "Telu"), (0x0C80, 0x0CFF, "Knda"),
    (0x0D00, 0x0D7F, "Mlym"), (0x0D80, 0x0DFF, "Sinh"), (0x0E00, 0x0E7F, "Thai"), (0x10A0, 0x10FF, "Geor"),
    (0x1200, 0x139F, "Ethi"), (0x1780, 0x17FF, "Khmr"), (0x3040, 0x30FF, "Jpan"), (0x4E00, 0x9FFF, "Hans"),
    (0xAC00, 0xD7AF, "Kore"), (0xFB50, 0xFEFF, "Arab"),
)  # fmt: skip

_LANGUAGE_SCRIPTS = {
    "Grek": "el", "Armn": "hy", "Hebr": "he yi", "Arab": "ar fa ur ps ku ckb ug sd", "Deva": "hi mr ne sa",
    "Cyrl": "ru uk bg sr mk be kk ky mn tg tt ba uz az bs", "Beng": "bn as", "Guru": "pa", "Gujr": "gu",
    "Taml": "ta", "Telu": "te", "Knda": "kn", "Mlym": "ml", "Sinh": "si", "Thai": "th", "Geor": "ka",
    "Ethi": "am ti", "Khmr": "km", "Jpan": "ja", "Hans": "zh ja", "Kore": "ko",
    "Latn": "sr uz az kk bs ku",
}  # fmt: skip
_SCRIPTS_OF: dict[str, set[str]] = {}
for _name, _languages in _LANGUAGE_SCRIPTS.items():
    for _language in _languages.split():
        _SCRIPTS_OF.setdefault(_language, set()).add(_name)

# The commonest words of the languages whose pages most often carry another language's template.
_COMMON = {
    "en": "the of and to in is that for it with as was on by from at are this have be",
    "de": "der die das und ist zu den mit von nicht ein eine auf im dem des sich für als auch",
    "fr": "le la les et des est une dans que pour qui du pas sur au par plus avec ce il",
    "es": "el la los de que y en un una por con las para se del no es al lo más",
    "sv": "och att det som en på är av för med den till har inte om ett de var sig från",
    "it": "il di che la e per un una sono con non del della le si da nel anche come gli",
    "pt": "o de que e do da em um para com não uma os no se na por mais as dos",
    "nl": "de het een van en in is dat op te voor met zijn niet aan er om ook als bij",
    "da": "og det at en den til er som på de med af for ikke der var et har om fra",
    "no": "og det i at en på som er til av for med har de ikke den et om var fra",
    "pl": "w i na z do się nie to że jest o jak za po od przez dla są oraz ale",
}
_SPEAKERS: dict[str, list[str]] = {}  # a common word -> the languages it is common in
for _language, _words in _COMMON.items():
    for _common in set(_words.split()):
        _SPEAKERS.setdefault(_common, []).append(_language)
_SAME = {"nb": "no", "nn": "no", "iw": "he", "in": "id", "ji": "yi", "mo": "ro", "sh": "sr", "tl": "tl"}


def detect(text: str, hint: str = "", languages: tuple[str, ...] = ()) -> str:
    """The BCP 47 primary subtag of `text`, "und" where nothing can be said.

    `hint` is what the page says of itself ("en-GB", "sv_SE"); it wins if the text is short, or if script and common
    words do not speak against it. `languages` restricts the answer (any hint outside of it is ignored).
    """
    said = primary(hint)
    if languages and said not in languages:
        said = ""
    if said and (len(text) < SHORT_CHARS or _agrees(text, said)):
        return said
    return _guess(text, languages) or said or "und"


def primary(tag: str) -> str:
    """The primary language subtag in lower case ("nb" and "nn" as "no"); "" where the tag is not one."""
    found = _TAG.match(tag.strip())
    code = found.group().lower() if found else ""
    return "" if code in ("und", "mul", "zxx") else _SAME.get(code, code)


def script_of(text: str) -> str:
    """The ISO 15924 code of the script most letters of the beginning are in; Latn where none is another's."""
    sample = text[:SAMPLE_CHARS]
    if sample.isascii():
        return "Latn" if _WORD.search(sample) else ""
    letters = "".join(_WORD.findall(sample))[:LETTERS_SEEN]
    if letters and letters.isascii():
        return "Latn"
    votes: dict[str, int] = {}
    for char in letters:
        name = _script(ord(char))
        votes[name] = votes.get(name, 0) + 1
    if votes.get("Jpan", 0) * 10 > sum(votes.values()):
        return "Jpan"
    return max(votes, key=lambda name: votes[name]) if votes else ""


def _script(code: int) -> str:
    if code < 0x0370:
        return "Latn"
    for first, last, name in _SCRIPTS:
        if code <= last:
            return name if code >= first else "Latn"
    return "Latn"


def _agrees(text: str, language: str) -> bool:
    script = script_of(text)
    if script and script not in _SCRIPTS_OF.get(language, {"Latn"}):
        return False
    return script != "Latn" or not _contradicted(text, language)


def _contradicted(text: str, language: str) -> bool:
    """Whether the common words are another language's: a template's `lang="en"` over a Swedish text."""
    sample = text[:SAMPLE_CHARS]
    # "İ" is the one letter that becomes two.
    words = [word.lower() for word in _WORD.findall(sample)] if "İ" in sample else _WORD.findall(sample.lower())
    if len(words) < 20:
        return False
    counts = dict.fromkeys(_COMMON, 0)
    for word in [word for word in words if word in _SPEAKERS]:
        for name in _SPEAKERS[word]:
            counts[name] += 1
    best = max(counts.values())
    if language in counts:
        return best > 4 and counts[language] * 2 < best
    return best * 4 > len(words)


def _guess(text: str, languages: tuple[str, ...]) -> str:
    sample = text[:SAMPLE_CHARS]
    if not _WORD.search(sample):
        return ""
    if len(languages) == 1:
        return languages[0]
    language, probability = _identifier(languages).classify(sample)
    return primary(str(language)) if probability >= LEAST_PROBABILITY else ""


def warm_up(languages: str = "") -> None:
    """Loads the model for these languages (comma separated; all where there are none): 75 MB, half a second."""
    known = split_languages(languages)
    if len(known) != 1:
        _identifier(known)


def split_languages(languages: str) -> tuple[str, ...]:
    """The codes in a comma-separated setting."""
    return tuple(part.strip() for part in languages.split(",") if part.strip())


@lru_cache(maxsize=8)
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    """The model cut to these languages: the library's own `set_languages` would keep the columns of all the others."""
    shares, priors, labels, moves, rows, features = load_model(MODEL_DIR / MODEL_FILE)
    wanted = [n for n, label in enumerate(labels) if label in languages] or list(range(len(labels)))
    return LanguageIdentifier(
        shares[:, wanted],
        priors[wanted],
        [labels[n] for n in wanted],
        moves,
        features,
        norm_probs=True,
        tk_row=rows,
    )
