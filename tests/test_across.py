"""Stories of other languages on the same event: profiles, the bar, the store, and vectors where names leave doubt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evals.across import lines, measure
from newsloom import config
from newsloom.annotate import Background, annotate
from newsloom.config import AnnotateSettings, Settings, SimilarSettings
from newsloom.errors import WrongUse
from newsloom.pipeline.group_lines import line_article
from newsloom.pipeline.stories_writer import StoriesWriter, put_editions
from newsloom.similar.dense import Encoder, judge
from newsloom.store import SqlStore, open_store
from newsloom.store.keys import article_id, link_key
from newsloom.store.protocol import NewEntry
from newsloom.store.reading import Reading
from newsloom.stories import Across
from newsloom.types import AnnotatedArticle, Annotations, Article, Entry, Source
from tests.store_kit import group, rows, story

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def told(across: Across, name: str, language: str, names: str, numbers: str = "", *, hours: float = 0) -> None:
    """A story of one report that names these."""
    found = Annotations(
        article_id=name, language=language, names=tuple(names.split(", ")), numbers=tuple(numbers.split())
    )
    at = AT + timedelta(hours=hours)
    article = Article(id=name, headline=name)
    across.note(AnnotatedArticle(seq=0, article=article, annotations=found, first_seen=at, shown_at=at))
    across.tell(name, [name])


def linked(across: Across, name: str) -> list[str]:
    return [link.other_id for link in across.links(name)]


def test_names_and_numbers_tie_languages() -> None:
    across = Across()
    told(across, "en", "en", "Kestrel, Pellmere, Corrowby", "84")
    told(across, "sv", "sv", "Kestrels, Pellmere, Corrowby", "84", hours=2)
    [link] = across.links("en")
    assert link.other_id == "sv"
    assert link.score > 0.5
    assert link.evidence.numbers == ("84",)
    assert set(link.evidence.names) == {"Kestrel", "Pellmere", "Corrowby"}
    assert link.evidence.hours == 2
    assert linked(across, "sv") == ["en"]


def test_stories_of_one_language_are_not_linked_here() -> None:
    across = Across()
    told(across, "a", "en", "Kestrel, Pellmere, Corrowby", "84")
    told(across, "b", "en-GB", "Kestrel, Pellmere, Corrowby", "84")
    assert linked(across, "a") == []


@pytest.mark.parametrize(
    ("names", "numbers", "hours"),
    [
        ("Pellmere, Quill, Marden, Orvane", "", 1.0),  # one place in common
        ("Valdane, Ostrava", "84", 1.0),  # a number in common
        ("Kestrel, Pellmere, Corrowby", "84", 100.0),  # days apart
    ],
)
def test_little_in_common_links_nothing(names: str, numbers: str, hours: float) -> None:
    across = Across()
    told(across, "en", "en", "Kestrel, Pellmere, Corrowby, Gannet", "84")
    told(across, "de", "de", names, numbers, hours=hours)
    assert linked(across, "en") == []


def test_a_name_that_every_story_has_ties_nothing() -> None:
    across = Across()
    for n in range(150):
        told(across, f"s{n}", "en" if n % 2 else "de", f"Parliament, Speaker{n}, Minister{n}")
    assert linked(across, "s0") == []


def test_a_story_that_is_gone_is_linked_no_more() -> None:
    across = Across()
    told(across, "en", "en", "Kestrel, Pellmere, Corrowby", "84")
    told(across, "sv", "sv", "Kestrel, Pellmere, Corrowby", "84")
    across.drop("sv")
    assert linked(across, "en") == []


def test_vectors_are_asked_in_the_grey_zone_alone() -> None:
    asked: list[tuple[str, str]] = []

    def cosine(one: str, other: str) -> float:
        asked.append((one, other))
        return 0.95

    across = Across(cosine)
    told(across, "en", "en", "Kestrel, Pellmere, Corrowby", "84")
    told(across, "sv", "sv", "Kestrel, Pellmere, Corrowby", "84")
    told(across, "es", "es", "Pellmere, Quill, Marden, Orvane")
    assert linked(across, "en") == ["sv"]
    assert asked == []
    told(across, "de", "de", "Kestrel, Pellmere, Marden, Orvane")
    assert linked(across, "en") == ["sv", "de"]
    assert [sorted(pair) for pair in asked] == [["de. ", "en. "]]


def test_what_we_wrote_is_found_without_a_wrong_link() -> None:
    found = measure()
    assert found["pairs"] > 20_000
    assert found["wrong"] == 0
    assert found["found"] >= found["right"] - 1


# In the store and on the page


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return config.load({"NEWSLOOM_DB": str(tmp_path / "news.db")})


@pytest.fixture
def store(settings: Settings) -> Iterator[SqlStore]:
    opened = open_store(settings.store)
    put_editions(opened, settings)
    yield opened
    opened.close()


def bring(store: SqlStore, line: dict[str, Any]) -> str:
    source = line["source"].replace(" ", "").lower()
    store.put_source(Source(id=source, name=line["source"]), ["us"], AT)
    url = f"https://{line['id']}.example/"
    at = datetime.fromisoformat(line["date"])
    named = article_id(source, link_key(url))
    article = replace(line_article(line), id=named, source_id=source, url=url, date_published=at)
    entry = NewEntry(id=named, keys=(link_key(url),), entry=Entry(link=url), article=article)
    annotations = annotate(article, AnnotateSettings(), Background().table)
    assert store.import_articles([(entry, annotations)], at) == 1
    return named


def test_the_story_page_reads_its_other_languages(store: SqlStore, settings: Settings) -> None:
    by_event: dict[tuple[str, str], str] = {}
    for line in (line for line in lines("across.jsonl") if line["story"] in ("ferry", "bank") and line["lang"] != "es"):
        by_event[line["story"], line["lang"]] = bring(store, line)
    writer = StoriesWriter(store, settings, lambda: datetime(2026, 3, 7, tzinfo=UTC))
    assert writer.finish()
    stories = dict(rows(store, "SELECT id, story_id FROM articles"))
    ferry = Reading(store.reader).story(stories[by_event["ferry", "en"]])
    assert ferry is not None
    assert {each.story.language for each in ferry.elsewhere} == {"sv", "de"}
    assert {each.story.id for each in ferry.elsewhere} == {stories[by_event["ferry", x]] for x in ("sv", "de")}
    assert "Pellmere" in ferry.elsewhere[0].evidence.names
    both = rows(store, "SELECT story_id, other_id FROM story_links")
    assert {(b, a) for a, b in both} == set(both)
    writer.release()
    sv, de = (stories[by_event["ferry", x]] for x in ("sv", "de"))
    group(store, story(de, by_event["ferry", "de"], by_event["ferry", "sv"]), redirects={sv: de})
    assert sv not in {name for pair in rows(store, "SELECT story_id, other_id FROM story_links") for name in pair}


# Vectors


def tiny_model(folder: Path) -> Path:
    """A model of four words and three dimensions, and its tokenizer."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    tokenizers = pytest.importorskip("tokenizers")
    words = {"[UNK]": 0, "ferry": 1, "färja": 2, "bank": 3}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    table = [[0.0, 0.0, 1.0], [1.0, 0.1, 0.0], [0.9, 0.2, 0.0], [0.0, 1.0, 0.0]]
    helper, kind = onnx.helper, onnx.TensorProto
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["vectors"])],
        "tiny",
        [helper.make_tensor_value_info("input_ids", kind.INT64, ["batch", "tokens"])],
        [helper.make_tensor_value_info("vectors", kind.FLOAT, ["batch", "tokens", 3])],
        [helper.make_tensor("table", kind.FLOAT, [4, 3], [x for row in table for x in row])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(folder / "model.onnx"))
    return folder / "model.onnx"


def test_a_model_named_by_its_path_gives_cosines(tmp_path: Path) -> None:
    asked = judge(SimilarSettings(dense_model=str(tiny_model(tmp_path))))
    assert asked is not None
    near, far = asked("ferry", "färja"), asked("ferry", "bank")
    assert near is not None
    assert far is not None
    assert near > 0.95 > 0.2 > far
    assert asked("ferry ferry bank", "ferry ferry bank") == pytest.approx(1.0)
    assert asked("", "ferry") is None
    assert asked("ferry", "färja") == near


def test_without_a_model_nothing_is_asked() -> None:
    assert judge(SimilarSettings()) is None


def test_a_model_that_is_not_there_or_is_none_is_told(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    with pytest.raises(WrongUse, match="there is no"):
        Encoder(tmp_path / "model.onnx")
    model = tiny_model(tmp_path)
    model.write_bytes(b"no model")
    with pytest.raises(WrongUse, match="can't be read"):
        Encoder(model)
    (tmp_path / "tokenizer.json").write_text(json.dumps({"no": "tokenizer"}))
    with pytest.raises(WrongUse, match="can't be read"):
        Encoder(model)
