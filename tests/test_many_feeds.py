"""Many feeds at once, half of them unchanged, some slow, broken or hostile: nothing lost, and manners kept."""

from __future__ import annotations

from typing import Any

import pytest

from evals.many_feeds import measure


def holds(found: dict[str, Any], feeds: int) -> None:
    """What must hold for any number of feeds."""
    assert (found["lost"], found["invented"]) == (0, 0)
    assert found["most_open_per_host"] == 1
    assert [found[name]["polled"] for name in ("first_round", "round_with_news", "round_without")] == [feeds] * 3
    assert found["round_without"]["requests"] == {"feed.xml": feeds}, "unchanged feeds cost one request each"
    assert found["round_with_news"]["pages"] == found["round_with_news"]["requests"]["page"]
    assert 0 < found["failing"] <= found["broken_or_hostile"]
    # 400 MB for a process that begins with ninety; the tests' own begins with whatever ran before.
    assert found["peak_rss_mb"] - found["rss_before_mb"] < 310


def test_two_hundred_feeds_and_nothing_lost() -> None:
    holds(measure(200, timeout_s=4.0), 200)


@pytest.mark.long
def test_five_thousand_feeds_and_nothing_lost() -> None:
    found = measure(5_000)
    holds(found, 5_000)
    assert found["peak_of_all_processes_mb"] < 400
