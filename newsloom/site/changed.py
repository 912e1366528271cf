"""An article's changes as readers see them: that and when it changed, and the headlines before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from newsloom.site.contexts import ChangeLine
from newsloom.site.present import Presenter
from newsloom.store.reading.records import Revision

SHOWN = 10


def change_lines(presenter: Presenter, revisions: Sequence[Revision]) -> tuple[ChangeLine, ...]:
    """The latest changes, newest first. What feed and page both say is told once."""
    lines = [
        ChangeLine(
            when=presenter.when(each.at),
            old_headline=each.old_headline if headline else "",
            headline=each.headline if headline else "",
            lead=each.by_page and each.lead_changed,
            text=each.words_in + each.words_out > 0,
        )
        for each, headline in _told(revisions)
    ]
    return tuple(lines[::-1][:SHOWN])


def _told(revisions: Sequence[Revision]) -> Iterator[tuple[Revision, bool]]:
    """Each revision of which there is something to tell, and whether its headline is."""
    seen: set[tuple[str, str]] = set()
    for each in revisions:
        pair = (each.old_headline, each.headline)
        headline = pair[0] != pair[1] and pair not in seen
        seen.add(pair)
        if headline or each.words_in + each.words_out or (each.by_page and each.lead_changed):
            yield each, headline
