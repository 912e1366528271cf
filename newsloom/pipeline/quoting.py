"""Passages of a story's articles weighed again by what the other reports state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from newsloom.annotate import QUOTE_VERSION, quote_again
from newsloom.config import AnnotateSettings
from newsloom.store.protocol import Quoted, ToQuote

__all__ = ["QUOTE_VERSION", "quoted"]


def quoted(told: ToQuote, settings: AnnotateSettings) -> Iterator[Quoted]:
    """The due articles with their passages as the story has it; those of whom nobody else reports stay as they are."""
    for each in told.due:
        language = each.annotations.language
        others = [v for v in told.voices if v.owner != each.owner and v.annotations.language == language]
        passages = each.annotations.passages
        if others:
            terms = [voice.annotations.terms for voice in others]
            passages = quote_again(each.article, each.annotations, terms, settings) or passages
        yield Quoted(article=each, passages=passages, annotations=replace(each.annotations, passages=passages))
