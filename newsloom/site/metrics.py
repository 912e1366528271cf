"""Figures for a monitoring system, in Prometheus' text format."""

from __future__ import annotations

from datetime import datetime

from newsloom.store.reading.records import Counts, Latency

TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(counts: Counts, latency: Latency, last_round: datetime | None, next_round: datetime | None) -> bytes:
    """How much is in the store, how the feeds do, and when the rounds are; a time that is not known stays out."""
    said = [
        _gauge("newsloom_articles", "Articles in the store.", {"": counts.articles}),
        _gauge("newsloom_stories", "Stories in the store.", {"": counts.stories}),
        _gauge("newsloom_sources", "Sources that are collected.", {"": counts.sources}),
        _gauge(
            "newsloom_feeds",
            "Feeds by how their last poll ended.",
            {'{state="ok"}': counts.feeds - counts.feeds_failing, '{state="failing"}': counts.feeds_failing},
        ),
    ]
    if latency.p50_s is not None and latency.p95_s is not None:
        help = "From publication to the stored article, over the last day's articles."
        quantiles = {'{quantile="0.5"}': latency.p50_s, '{quantile="0.95"}': latency.p95_s}
        said.append(_gauge("newsloom_latency_seconds", help, quantiles))
    if last_round:
        help = "When the last round ended, in seconds since 1970."
        said.append(_gauge("newsloom_last_round_timestamp_seconds", help, {"": last_round.timestamp()}))
    if next_round:
        help = "When the next round starts, in seconds since 1970."
        said.append(_gauge("newsloom_next_round_timestamp_seconds", help, {"": next_round.timestamp()}))
    return "".join(said).encode()


def _gauge(name: str, help: str, values: dict[str, float]) -> str:
    lines = [f"# HELP {name} {help}", f"# TYPE {name} gauge", *(f"{name}{tags} {v}" for tags, v in values.items())]
    return "\n".join(lines) + "\n"
