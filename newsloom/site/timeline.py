"""A story's reports over time and by outlet: the figures behind its charts and their table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from newsloom.site.contexts import Bar, Link, Mark, OutletRow, Timeline, When
from newsloom.site.words import Words
from newsloom.store.reading.records import Line

# Fewer articles are told faster by the list itself.
LEAST = 3
BARS = 24
ROWS = 20
_STEPS_H = (1, 2, 3, 6, 12, 24, 48, 168, 720, 8760)


def timeline(
    lines: Sequence[Line], outlet: Callable[[Line], Link], when: Callable[[datetime], When], say: Words
) -> Timeline | None:
    """The charts of a story's articles, copies among them; None where there is too little to draw."""
    lines = sorted(lines, key=lambda line: line.shown_at)
    if len(lines) < LEAST or lines[0].shown_at == lines[-1].shown_at:
        return None
    start, end = lines[0].shown_at, lines[-1].shown_at
    step = _step(end - start)
    rows = _rows(lines, outlet, when)
    return Timeline(
        start=when(start),
        end=when(end),
        step=_words(step, say),
        bars=_bars(lines, step, when),
        rows=rows[:ROWS],
        more=max(0, len(rows) - ROWS),
    )


def _step(span: timedelta) -> timedelta:
    """The smallest step by which the span has few enough bars."""
    return next((s for s in map(_hours, _STEPS_H) if span / s < BARS), _hours(_STEPS_H[-1]))


def _bars(lines: Sequence[Line], step: timedelta, when: Callable[[datetime], When]) -> tuple[Bar, ...]:
    """Every step from the first article to the last, empty ones too."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    first = (lines[0].shown_at - epoch) // step
    counts = [[0, 0] for _ in range((lines[-1].shown_at - epoch) // step - first + 1)]
    for line in lines:
        counts[(line.shown_at - epoch) // step - first][bool(line.copy_of)] += 1
    return tuple(
        Bar(at=when(epoch + (first + n) * step), reports=reports, copies=copies)
        for n, (reports, copies) in enumerate(counts)
    )


def _rows(
    lines: Sequence[Line], outlet: Callable[[Line], Link], when: Callable[[datetime], When]
) -> tuple[OutletRow, ...]:
    """An outlet a row, in the order in which they came; unnamed outlets each for themselves."""
    start, span = lines[0].shown_at, lines[-1].shown_at - lines[0].shown_at
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.source_id if line.outlet else line.id, []).append(line)
    return tuple(
        OutletRow(
            outlet=outlet(each[0]),
            first=when(each[0].shown_at),
            reports=sum(1 for line in each if not line.copy_of),
            copies=sum(1 for line in each if line.copy_of),
            marks=tuple(Mark(place=round((line.shown_at - start) / span, 4), copy=bool(line.copy_of)) for line in each),
        )
        for each in found.values()
    )


def _hours(hours: int) -> timedelta:
    return timedelta(hours=hours)


def _words(step: timedelta, say: Words) -> str:
    hours = int(step.total_seconds()) // 3600
    if hours < 24:
        return say.count("Reports, each bar an hour", "Reports, each bar %(count)s hours", hours)
    return say.count("Reports, each bar a day", "Reports, each bar %(count)s days", hours // 24)
