"""Article -> Annotations: what we infer from one article alone.

>>> from newsloom.annotate import Background, annotate
>>> annotate(article, AnnotateSettings(), Background().table)
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

from newsloom.annotate.affixes import Affixes
from newsloom.annotate.background import Background, Table
from newsloom.annotate.counted import Counted
from newsloom.annotate.counting import tally
from newsloom.annotate.language import detect, split_languages, warm_up
from newsloom.annotate.names import names
from newsloom.annotate.numbers import numbers
from newsloom.annotate.passages import Told, key_passages, shares
from newsloom.annotate.terms import TEXT_CHARS, first_sentence, headline_parts
from newsloom.annotate.weighing import weigh
from newsloom.config import AnnotateSettings
from newsloom.types import Annotations, Article, Passage, Terms

__all__ = [
    "QUOTE_VERSION",
    "VERSION",
    "Affixes",
    "Background",
    "Counted",
    "Table",
    "annotate",
    "count",
    "quote_again",
    "warm_up",
    "weigh_counted",
]

VERSION = 3
QUOTE_VERSION = 1  # of weighing passages again by what a story's other reports state
NAMES_CHARS = 6_000
HEADLINE_CHARS = 500


def annotate(
    article: Article, settings: AnnotateSettings, table: Callable[[str], Table], *, passages: bool = True
) -> Annotations:
    """All annotations of an article; `table` gives a language's background (`Background().table`)."""
    counted = count(article, settings, passages=passages)
    return weigh_counted(article.id, counted, table(counted.language))


def count(article: Article, settings: AnnotateSettings, *, passages: bool = True) -> Counted:
    """Language, words, names, numbers, sketch and key passages. Pure; cost is bounded whatever the text's length."""
    text = article.text or article.description
    headline = article.headline[:HEADLINE_CHARS]
    language = detect(f"{headline}\n{text[:2_000]}", article.in_language, split_languages(settings.languages))
    start = text[:NAMES_CHARS]
    found_names = names(start, headline, language)
    found_numbers = numbers(f"{headline}\n{start}", language)
    quoted: tuple[Passage, ...] = ()
    if passages and article.text:
        told = Told(headline=headline, names=found_names, numbers=found_numbers)
        quoted = key_passages(article.text, told, settings, most_chars=article.rights.snippet_chars)
    return Counted(
        language=language,
        names=found_names,
        numbers=found_numbers,
        tally=tally(headline_parts(article), text[:TEXT_CHARS], first_sentence(text), found_names),
        passages=quoted,
    )


def weigh_counted(article_id: str, counted: Counted, table: Table) -> Annotations:
    """The annotations with term weights as of this background: the part that follows the stream's order."""
    tallied = counted.tally
    terms, head, title = weigh(tallied, table.many(tallied.hashes))
    return Annotations(
        article_id=article_id,
        version=VERSION,
        language=counted.language,
        names=counted.names,
        numbers=counted.numbers,
        terms=terms,
        head=head,
        title=title,
        passages=counted.passages,
        signature=tuple(array("I", tallied.signature)),
        shingles=tallied.shingles,
        skips=tuple(array("H", tallied.skips)),
    )


def quote_again(
    article: Article, annotations: Annotations, others: Sequence[Terms], settings: AnnotateSettings
) -> tuple[Passage, ...]:
    """The key passages once others report the same: `others` are the terms of independent reports in its language."""
    told = Told(headline=article.headline[:HEADLINE_CHARS], names=annotations.names, numbers=annotations.numbers)
    stated = shares([dict(terms) for terms in others])
    return key_passages(article.text, told, settings, most_chars=article.rights.snippet_chars, stated=stated)
