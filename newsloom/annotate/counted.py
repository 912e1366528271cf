"""An article's words, names and numbers before they are weighed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from newsloom.annotate.counting import Tally
from newsloom.types import Passage


@dataclass(frozen=True, slots=True)
class Counted:
    """The part of annotating that needs no background and so can be done in any process, in any order."""

    language: str
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    tally: Tally
    passages: tuple[Passage, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        told = self.language, self.names, self.numbers, self.tally, self.passages
        return Counted, told  # many are sent from process to process

    @property
    def all(self) -> tuple[str, ...]:
        """Terms of headline and text in order."""
        return self.tally.words(self.tally.spans[0])

    @property
    def head(self) -> tuple[str, ...]:
        """Terms of the headline and the first words of the text in order."""
        return self.tally.words(self.tally.spans[1])

    @property
    def title(self) -> tuple[str, ...]:
        """Terms of the headline in order, of the text's first sentence where there is none."""
        return self.tally.words(self.tally.spans[2])
