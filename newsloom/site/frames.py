"""How a page gets its frame: the handler knows the site, the page knows its title."""

from __future__ import annotations

from typing import Protocol

from newsloom.site.contexts import Frame, Link
from newsloom.types import EditionSpec


class EditionFrame(Protocol):
    """Makes the frame of a page of an edition."""

    def __call__(
        self,
        edition: EditionSpec,
        *,
        title: str,
        description: str = "",
        canonical: str = "",
        feed: str = "",
        query: str = "",
        sections: tuple[Link, ...] = (),
        again: int = 0,
    ) -> Frame: ...
