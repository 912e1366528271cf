"""Grouping from Python: lists of dicts, DataFrames, and the worked example of the documents."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import newsloom
from newsloom.errors import WrongUse
from tests.test_similar_news import OTHER, SIX

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


def articles(**more: Any) -> list[dict[str, Any]]:
    return [
        {"id": f"a{n}", "title": title, "text": text, "source": f"o{n}", "date": NOW + timedelta(hours=n), **more}
        for n, (title, text) in enumerate((*SIX, OTHER))
    ]


class FakeFrame:
    """A stand-in for a DataFrame: what Newsloom uses of one."""

    def __init__(self, records: list[dict[str, Any]], index: Any = None) -> None:
        self.records, self.index = records, index

    def to_dict(self, orient: str) -> list[dict[str, Any]]:
        assert orient == "records"
        return self.records


def test_a_list_of_dicts_gives_a_record_for_each_in_its_order() -> None:
    found = newsloom.group_articles(articles())
    assert [record["id"] for record in found] == [f"a{n}" for n in range(7)]
    assert len({record["story"] for record in found[:6]}) == 1
    assert found[6]["story"] != found[0]["story"]
    assert {each["id"] for each in found[0]["similar"]} >= {f"a{n}" for n in range(1, 6)}


def test_live_answers_name_earlier_articles_only() -> None:
    found = newsloom.group_articles(articles(), live=True)
    assert found[0]["similar"] == []
    assert {each["id"] for each in found[2]["similar"]} == {"a0", "a1"}


def test_the_window_keeps_far_articles_apart() -> None:
    far = articles()
    far[1]["date"] = NOW + timedelta(days=30)
    near, apart = (newsloom.group_articles(far[:2], window_days=days) for days in (60, 7))
    assert near[0]["story"] == near[1]["story"]
    assert apart[0]["story"] != apart[1]["story"]


def test_a_frame_gives_a_frame_of_the_same_index() -> None:
    missing = float("nan")
    frame = FakeFrame([{**line, "url": missing, "lang": None} for line in articles()], index=list("abcdefg"))
    found = newsloom.group_articles(frame)
    assert isinstance(found, FakeFrame)
    assert found.index == list("abcdefg")
    assert found.records == newsloom.group_articles(articles())


def test_a_pandas_frame() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(articles()).set_index(pandas.Index(range(10, 17)))
    found = newsloom.group_articles(frame)
    assert list(found.index) == list(range(10, 17))
    assert list(found["story"]) == [record["story"] for record in newsloom.group_articles(articles())]


def test_articles_without_ids_go_by_their_numbers() -> None:
    bare = [{"title": line["title"], "text": line["text"]} for line in articles()]
    assert [record["id"] for record in newsloom.group_articles(bare)] == [str(n) for n in range(7)]


def test_similar_articles_of_one_that_is_not_among_them() -> None:
    *known, asked = articles()[:6]
    found = newsloom.find_similar(asked, known)
    assert {each["id"] for each in found} == {line["id"] for line in known}
    assert found[0]["kind"] == "same"
    assert found == sorted(found, key=lambda each: -each["score"])
    assert {each["title"] for each in found} == {line["title"] for line in known}
    assert newsloom.find_similar(asked, known, limit=2) == found[:2]


def test_similar_articles_of_one_by_its_id() -> None:
    assert {each["id"] for each in newsloom.find_similar("a0", articles())} >= {"a1", "a2", "a3", "a4", "a5"}
    assert newsloom.find_similar("a6", articles()) == []


@pytest.mark.parametrize(
    ("wrong", "said"), [(["text"], "must be a dict"), ([{"id": 1}, {"id": "1"}], "two articles have the id")]
)
def test_what_are_no_articles_is_told(wrong: Any, said: str) -> None:
    with pytest.raises(WrongUse, match=said):
        newsloom.group_articles(wrong)


def test_an_unknown_id_is_told() -> None:
    with pytest.raises(WrongUse, match="no article has the id 'zz'"):
        newsloom.find_similar("zz", articles())


def test_nothing_is_no_stories() -> None:
    assert newsloom.group_articles([]) == []


def test_the_example_of_the_documents_runs(capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(__file__).parent.parent / "docs/python.md").read_text("utf-8")
    names: dict[str, Any] = {}
    for number, block in enumerate(re.findall(r"```python\n(.*?)```", text, re.DOTALL)):
        exec(compile(block, f"docs/python.md block {number}", "exec"), names)
    told = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r".+: \d+ separately written, \d+ copies", told[0])
    assert told[3].startswith(("same ", "copy "))


def test_importing_newsloom_stays_cheap() -> None:
    script = "import sys, newsloom; print([m for m in sys.modules if m.startswith('newsloom.') or m == 'numpy'])"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


@pytest.mark.parametrize("days", [float("nan"), -1.0])
def test_a_window_that_is_no_number_of_days_is_refused(days):
    with pytest.raises(WrongUse, match="window_days must be a number of days"):
        newsloom.group_articles([{"title": "Bridge closed"}], window_days=days)
