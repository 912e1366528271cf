"""`newsloom group` as a function: lines in, story, original and similar articles out (design, section 4)."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest

from newsloom.config import Settings, SimilarSettings
from newsloom.pipeline.group_lines import group_lines, line_time
from newsloom.sample import Sample, load
from newsloom.types import SURE

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
BRIDGE = "Swing bridge at Port Ellery reopens after nine months of repairs"
BRIDGE_TEXT = """The swing bridge at Port Ellery carried its first cars since February on Tuesday morning.
The harbour board closed it in the winter, when divers found cracks in two of the four bearings on which it turns.
New bearings were cast in Ostermark and came by barge. The work cost 41 million crowns, six million more than planned.
Mina Quillhaven, who runs the bakery on the north quay, stood with her flour sacks in the first lorry."""
BRIDGE_OTHERS = [
    (
        "Port Ellery bridge open again after bearings are replaced",
        "Traffic moved over the Port Ellery swing bridge again on Tuesday.\nThe bridge had been shut since February, "
        "when cracks were found in its bearings. The harbour board paid 41 million crowns for new ones from Ostermark.",
    ),
    (
        "Cars back on Ellery swing bridge nine months on",
        "After nine months of detours drivers can use the swing bridge at Port Ellery once more.\nIts cracked bearings "
        "were replaced at a cost of 41 million crowns, said the harbour board, which had planned for 35 million.",
    ),
    (
        "Harbour board reopens Port Ellery's swing bridge",
        "The harbour board of Port Ellery opened the town's swing bridge to cars on Tuesday.\nDivers had found cracks "
        "in two bearings in February. A foundry in Ostermark cast new bearings for the bridge.",
    ),
    (
        "First lorries cross the repaired bridge at Port Ellery",
        "Flour was among the first goods over the swing bridge at Port Ellery when it reopened on Tuesday.\nBaker Mina "
        "Quillhaven had driven a detour since the bridge closed in February with cracked bearings.",
    ),
    (
        "Port Ellery swing bridge: 41 million crowns and nine months later",
        "The repair of the swing bridge in Port Ellery is done. Two of four bearings had cracked; Ostermark cast new "
        "ones.\nThe harbour board says the 41 million crowns spent were well spent, and cars are crossing again.",
    ),
]

Line = dict[str, Any]


def line(name: str, title: str = BRIDGE, text: str = BRIDGE_TEXT, **more: Any) -> Line:
    return {"id": name, "title": title, "text": text, "source": "ferry.example", "date": "2026-03-01", **more}


def grouped(*lines: Line, live: bool = False, **said: float) -> list[Line]:
    return list(group_lines(lines, Settings(similar=SimilarSettings(**said)), live=live))


def six_reports() -> list[Line]:
    """Six reports on one bridge, among them reports on other things."""
    reports = [(BRIDGE, BRIDGE_TEXT), *BRIDGE_OTHERS]
    others = [a for event in load().events[3:9] for a in event.articles[:1]]
    lines: list[Line] = []
    for n, ((title, text), other) in enumerate(zip(reports, others, strict=True)):
        lines.append(line(f"b{n}", title, text, source=f"s{n}.example", date=f"2026-03-01T{6 + n:02}:00:00"))
        lines.append(line(f"o{n}", other.headline, other.text, source="o.example", date=f"2026-03-01T{6 + n:02}:30:00"))
    return lines


def listed(record: Line) -> set[str]:
    return {item["id"] for item in record["similar"]}


@pytest.fixture(scope="module")
def newsroom() -> Sample:
    return load()


@pytest.fixture(scope="module")
def sample_lines(newsroom) -> list[Line]:
    articles = sorted(newsroom.articles, key=lambda a: (-a.hours_ago, a.id))
    return [
        line(a.id, a.headline, a.text, source=a.outlet, date=(NOW - timedelta(hours=a.hours_ago)).isoformat())
        for a in articles
    ]


@pytest.fixture(scope="module")
def final(sample_lines) -> dict[str, Line]:
    return {record["id"]: record for record in grouped(*sample_lines)}


@pytest.fixture(scope="module")
def live(sample_lines) -> dict[str, Line]:
    return {record["id"]: record for record in grouped(*sample_lines, live=True)}


# The sample newsroom


def bcubed(gold: Mapping[str, str], found: Mapping[str, str]) -> float:
    """F1 of BCubed (Amigó et al. 2009) over the articles of `gold`."""
    there, here = defaultdict(set), defaultdict(set)
    for name in gold:
        there[gold[name]].add(name)
        here[found[name]].add(name)
    both = {name: len(there[gold[name]] & here[found[name]]) for name in gold}
    precision = sum(both[name] / len(here[found[name]]) for name in gold) / len(gold)
    recall = sum(both[name] / len(there[gold[name]]) for name in gold) / len(gold)
    return 2 * precision * recall / (precision + recall)


def families(original: Mapping[str, str | None]) -> set[frozenset[str]]:
    """Pairs of articles that carry one text."""
    by_root = defaultdict(list)
    for name in original:
        root = name
        while original[root]:
            root = str(original[root])
        by_root[root].append(name)
    return {frozenset(pair) for family in by_root.values() for pair in combinations(family, 2)}


@pytest.mark.parametrize(("language", "least"), [("en", 0.85), ("sv", 0.78)])
def test_stories_of_the_sample_are_found(newsroom, final, language, least):
    spoken = {outlet.id: outlet.language[:2] for outlet in newsroom.outlets}
    gold = {a.id: a.story for a in newsroom.articles if spoken[a.outlet] == language}
    assert len(gold) > 40
    assert bcubed(gold, {name: record["story"] for name, record in final.items()}) >= least


def test_most_look_alikes_of_the_sample_are_kept_apart(newsroom, final):
    events = {event.story: event for event in newsroom.events}
    apart = [
        final[a.id]["story"] != final[b.id]["story"]
        for event in newsroom.events
        if event.look_alike_of
        for a in event.articles
        for b in events[event.look_alike_of].articles
    ]
    assert sum(apart) > len(apart) / 2


def test_copies_of_the_sample_are_found(newsroom, final):
    gold = families({a.id: a.copy_of for a in newsroom.articles})
    found = families({name: record["copy_of"] for name, record in final.items()})
    assert len(gold & found) >= 0.95 * len(found)
    assert len(gold & found) >= 0.85 * len(gold)


def test_most_original_reports_of_the_sample_are_called_so(newsroom, final):
    originals = [a.id for a in newsroom.articles if a.copy_of is None]
    assert sum(final[name]["copy_of"] is None for name in originals) >= 0.95 * len(originals)


def test_no_language_of_the_sample_is_mixed_with_another(newsroom, final):
    spoken = {a.id: o.language[:2] for o in newsroom.outlets for a in newsroom.articles if a.outlet == o.id}
    mixed = [name for name, record in final.items() for other in listed(record) if spoken[name] != spoken[other]]
    assert len(mixed) <= 0.01 * len(final)


def test_most_articles_of_the_sample_know_why(final):
    same = [item for record in final.values() for item in record["similar"] if item["kind"] != "related"]
    told = [item for item in same if item["why"]["names"] or item["why"]["terms"] or item["why"]["numbers"]]
    assert len(told) >= 0.9 * len(same)


# The contract


@pytest.mark.parametrize("how", ["final", "live"])
def test_one_record_a_line_in_the_order_of_the_lines(request, sample_lines, how):
    assert list(request.getfixturevalue(how)) == [each["id"] for each in sample_lines]


@pytest.mark.parametrize("how", ["final", "live"])
def test_records_have_the_contracts_fields(request, how):
    for record in request.getfixturevalue(how).values():
        assert list(record) == ["id", "story", "copy_of", "similar"]
        assert record["story"]
        for item in record["similar"]:
            assert list(item) == ["id", "score", "kind", "why"]
            assert list(item["why"]) == ["names", "numbers", "terms", "hours"]
            assert 0.0 <= item["score"] <= 1.0


@pytest.mark.parametrize("how", ["final", "live"])
def test_every_kind_is_one_of_three(request, how):
    kinds = {item["kind"] for record in request.getfixturevalue(how).values() for item in record["similar"]}
    assert kinds == {"copy", "same", "related"}


def test_kinds_agree_with_story_and_original(final):
    def family(name: str) -> str:
        return final[name]["copy_of"] or name

    for name, record in final.items():
        for item in record["similar"]:
            other = item["id"]
            same = "same" if final[other]["story"] == record["story"] else "related"
            assert item["kind"] == ("copy" if family(other) == family(name) else same)


BARE = [
    "Harbour bridge in Ostermark closed after crack is found",
    "Ostermark harbour bridge closed as divers find crack",
    "Drivers face detours as Ostermark bridge stays shut",
    "Cracked bearings shut the swing bridge at Ostermark harbour",
]


def _of_headlines(texts: list[str]) -> list[dict]:
    lines = [
        {
            "id": f"h{n}",
            "title": title,
            "text": text,
            "source": f"outlet{n}",
            "lang": "en",
            "date": f"2026-01-05T1{n}:00Z",
        }
        for n, (title, text) in enumerate(zip(BARE, texts, strict=True))
    ]
    return list(group_lines(lines, Settings()))


def test_of_two_bare_headlines_in_one_story_only_the_likely_pair_is_told_as_the_same_event():
    records = {record["id"]: record for record in _of_headlines(["", "", "", ""])}
    same_story = [
        (item["kind"], item["score"])
        for record in records.values()
        for item in record["similar"]
        if records[item["id"]]["story"] == record["story"]
    ]
    assert {kind for kind, _ in same_story} == {"same", "related"}
    assert all((kind == "same") == (score >= SURE) for kind, score in same_story)


def test_two_bare_headlines_of_one_outlet_are_not_told_as_the_same_event():
    lines = [
        {"id": f"h{n}", "title": title, "source": source, "lang": "en", "date": f"2026-01-05T1{n}:00Z"}
        for n, (title, source) in enumerate(zip(BARE, ["one", "one", "two", "three"], strict=True))
    ]
    records = {record["id"]: record for record in group_lines(lines, Settings())}
    assert records["h0"]["story"] == records["h1"]["story"] == records["h3"]["story"]
    kinds = {item["id"]: item["kind"] for item in records["h0"]["similar"]}
    assert (kinds["h1"], kinds["h3"]) == ("related", "same")


def test_what_has_a_text_is_of_the_same_event_as_all_of_its_story():
    records = {record["id"]: record for record in _of_headlines(["The bridge was closed."] * 4)}
    for record in records.values():
        for item in record["similar"]:
            assert (item["kind"] != "related") == (records[item["id"]]["story"] == record["story"])


@pytest.mark.parametrize("how", ["final", "live"])
def test_an_original_is_no_copy_itself(request, how):
    records = request.getfixturevalue(how)
    originals = {record["copy_of"] for record in records.values()} - {None}
    assert originals
    if how == "final":
        assert {records[name]["copy_of"] for name in originals} == {None}
    assert originals <= set(records)


def test_copies_stand_in_the_story_of_their_original(final):
    copies = [record for record in final.values() if record["copy_of"]]
    assert all(record["story"] == final[record["copy_of"]]["story"] for record in copies)


@pytest.mark.parametrize("how", ["final", "live"])
def test_no_article_is_similar_to_itself_or_named_twice(request, how):
    for name, record in request.getfixturevalue(how).items():
        assert name not in listed(record)
        assert len(listed(record)) == len(record["similar"])


@pytest.mark.parametrize("how", ["final", "live"])
def test_similar_articles_stand_best_first_and_related_ones_last(request, how):
    for record in request.getfixturevalue(how).values():
        order = [(item["kind"] == "related", -item["score"]) for item in record["similar"]]
        assert order == sorted(order)


def test_no_more_similar_articles_than_are_set(sample_lines):
    assert max(len(record["similar"]) for record in grouped(*sample_lines[:60], max_similar=3)) == 3


def test_live_names_earlier_articles_only(sample_lines, live):
    earlier: set[str] = set()
    for each in sample_lines:
        assert listed(live[each["id"]]) <= earlier
        assert live[each["id"]]["copy_of"] in {None, *earlier}
        earlier.add(each["id"])


def test_live_answers_before_the_next_line_is_read():
    read: list[str] = []

    def lines() -> Any:
        for name in "abc":
            read.append(name)
            yield line(name)

    answers = group_lines(lines(), Settings(), live=True)
    assert next(answers)["id"] == "a"
    assert read == ["a"]


def test_the_first_of_six_reports_lists_the_other_five():
    record = grouped(*six_reports())[0]
    assert {f"b{n}" for n in range(1, 6)} <= {i["id"] for i in record["similar"] if i["kind"] == "same"}


def test_six_reports_are_one_story():
    records = {record["id"]: record["story"] for record in grouped(*six_reports())}
    assert len({records[f"b{n}"] for n in range(6)}) == 1
    assert records["b0"] not in {records[f"o{n}"] for n in range(6)}


def test_the_first_of_six_knows_no_other_live():
    assert grouped(*six_reports(), live=True)[0]["similar"] == []


def test_similarity_is_the_same_from_either_side(final):
    scores = {(n, item["id"]): item["score"] for n, record in final.items() for item in record["similar"]}
    assert all(scores.get((b, a), score) == score for (a, b), score in scores.items())


@pytest.mark.parametrize("how", [False, True])
def test_the_same_lines_give_the_same_answers_bit_for_bit(sample_lines, how):
    one, other = (json.dumps(grouped(*sample_lines[:80], live=how)) for _ in range(2))
    assert one == other


def test_no_lines_no_records():
    assert grouped() == grouped(live=True) == []


# Times


def nine_days_apart(**second: Any) -> list[Line]:
    """A bridge report, one on something else nine days later, and a bridge report again."""
    return [
        line("a", date="2026-03-01"),
        line("other", "Choir wins prize", "The choir of Dale won.", date="2026-03-10"),
        line("b", BRIDGE_OTHERS[0][0], BRIDGE_OTHERS[0][1], **second),
    ]


def test_no_date_takes_the_previous_lines():
    assert "a" not in listed(grouped(*nine_days_apart(date=None))[2])
    assert "a" in listed(grouped(*nine_days_apart(date="2026-03-02"))[2])


@pytest.mark.parametrize("date", ["", "soon", "2026-13-45", 17, "9999-12-31T23:59:59.999999"])
def test_what_is_no_date_counts_as_none(date):
    assert "a" not in listed(grouped(*nine_days_apart(date=date))[2])


def test_lines_before_the_first_date_are_grouped():
    records = grouped(line("a", date=None), line("b", *BRIDGE_OTHERS[0], date=None))
    assert listed(records[0]) == {"b"}
    assert records[0]["similar"][0]["why"]["hours"] == 0.0


def test_the_window_is_set_in_days():
    lines = line("a", date="2026-03-01"), line("b", *BRIDGE_OTHERS[0], date="2026-03-04")
    assert listed(grouped(*lines, window_days=2.0)[0]) == set()
    assert listed(grouped(*lines, window_days=4.0)[0]) == {"b"}


def test_a_time_without_zone_is_utc():
    assert (
        line_time("2026-03-01T12:00:00")
        == line_time("2026-03-01T14:00:00+02:00")
        == datetime(2026, 3, 1, 12, tzinfo=UTC)
    )


def test_hours_apart_are_told():
    records = grouped(line("a", date="2026-03-01T06:00:00Z"), line("b", *BRIDGE_OTHERS[0], date="2026-03-01T09:30:00Z"))
    assert records[1]["similar"][0]["why"]["hours"] == 3.5


def test_an_earlier_copy_that_is_read_late_becomes_the_original():
    records = grouped(
        line("late", date="2026-03-02"), line("later", date="2026-03-03"), line("first", date="2026-03-01")
    )
    assert [record["copy_of"] for record in records] == ["first", "first", None]


def test_of_copies_with_one_date_the_first_line_is_the_original():
    filler = [line(f"f{n}", f"zq{n}", "", lang="en") for n in range(1_004)]
    records = {r["id"]: r for r in grouped(*filler[:999], line("a"), *filler[999:], line("b", source="dale.example"))}
    assert (records["a"]["copy_of"], records["b"]["copy_of"]) == (None, "a")


def test_a_wrong_date_far_ahead_stops_nothing():
    records = grouped(line("a", date="2999-01-01"), line("b"), line("c", *BRIDGE_OTHERS[0]))
    assert [listed(record) for record in records] == [set(), {"c"}, {"b"}]


# Languages


@pytest.mark.parametrize("said", ["", "und", None])
def test_a_missing_language_is_detected(said):
    records = grouped(line("a", lang="en"), line("b", *BRIDGE_OTHERS[0], lang=said))
    assert listed(records[1]) == {"a"}


def test_another_language_is_never_similar():
    swedish = "Svängbron i Port Ellery öppnar igen efter nio månader, och bilarna kan åter köra över den till hamnen."
    records = grouped(line("a"), line("b", "Port Ellery: bron öppen igen", swedish, lang="und"))
    assert listed(records[0]) == listed(records[1]) == set()


# Awkward lines


def test_an_empty_title_does_no_harm():
    records = grouped(line("a"), line("b", "", BRIDGE_OTHERS[0][1]))
    assert listed(records[1]) == {"a"}


def test_an_empty_text_does_no_harm():
    records = grouped(line("a", text=""), line("b", "Port Ellery swing bridge reopens after repairs", ""))
    assert records[0]["story"] == records[1]["story"]
    assert [record["copy_of"] for record in records] == [None, None]


def test_nothing_but_an_id_stands_alone():
    records = grouped({"id": "a"}, {"id": "b"}, {"id": "c", "title": None, "text": None, "source": None, "lang": None})
    assert len({record["story"] for record in records}) == 3
    assert [record["similar"] for record in records] == [[], [], []]


def test_the_same_line_twice_is_one_article():
    records = grouped(line("a"), line("a"))
    assert records[0] == records[1]
    assert (records[0]["copy_of"], records[0]["similar"]) == (None, [])


def test_the_same_text_under_two_ids_is_a_copy():
    records = grouped(line("a"), line("b", source="dale.example"))
    assert [record["copy_of"] for record in records] == [None, "a"]
    assert [[item["kind"] for item in record["similar"]] for record in records] == [["copy"], ["copy"]]


def test_an_edited_line_that_turns_out_a_copy_leaves_no_chain():
    choir = "The choir of Dale won the autumn prize in Westmere. " + "It sang four songs by Alma Trelawney. " * 2
    records = grouped(line("z"), line("x", "Choir wins", choir), line("y", "Choir wins", choir), line("x"))
    assert {record["id"]: record["copy_of"] for record in records} == {"z": None, "x": "z", "y": "z"}


def test_unknown_fields_are_passed_over():
    plain, more = (grouped(line("a"), line("b", *BRIDGE_OTHERS[0], **extra)) for extra in ({}, {"story": 7, "x": [{}]}))
    assert plain == more


@pytest.mark.parametrize("odd", [{"title": ["a"]}, {"text": 5}, {"source": 3}, {"date": {}}, {"lang": 7}, {"url": 1}])
def test_a_field_of_another_kind_stops_nothing(odd):
    assert [record["id"] for record in grouped({**line("a"), **odd}, line("b"))] == ["a", "b"]


@pytest.mark.parametrize("field", ["title", "text"])
@pytest.mark.parametrize("unit", ["Harbour bridge opens. ", "a ", "1,", "aあ", "\ud800", "A.B.", "x\n"])
def test_a_megabyte_is_grouped_in_time(field, unit):
    start = time.perf_counter()
    records = grouped({"id": "a", field: unit * (1_000_000 // len(unit)), "lang": "en"}, line("b"))
    assert len(records) == 2
    assert time.perf_counter() - start < 3


def test_missing_outlets_do_not_make_copies():
    records = grouped(line("a", source=""), line("b", *BRIDGE_OTHERS[0], source=""))
    assert [record["copy_of"] for record in records] == [None, None]
    assert [item["kind"] for item in records[0]["similar"]] == ["same"]


def test_articles_without_an_outlet_are_grouped_as_those_of_as_many_outlets(sample_lines):
    unknown, different = (
        grouped(*({**each, "source": source(n)} for n, each in enumerate(sample_lines)))
        for source in (lambda n: "", "outlet {}".format)
    )
    assert [(r["story"], r["copy_of"]) for r in unknown] == [(r["story"], r["copy_of"]) for r in different]


def test_an_outlets_name_at_the_end_of_its_headlines_makes_nothing_alike():
    name = "Ferry Post of Greater Quillhaven"
    titles = ["Choir wins prize", "Bakery closes", "Snow in Westmere"]
    records = grouped(*(line(t, f"{t} | {name}", "", source=name, lang="en") for t in titles))
    assert [record["similar"] for record in records] == [[], [], []]


SPANISH = {
    "El alcalde de Morales inaugura la nueva biblioteca": "El alcalde inauguró este lunes la biblioteca de la ciudad, "
    "que tiene dos plantas y abrirá todos los días hasta las ocho de la tarde.",
    "Un incendio destruye un almacén de muebles en Brenes": "Los bomberos trabajaron durante la noche para apagar el "
    "fuego, que no dejó heridos según los servicios de emergencia de la provincia.",
    "La selección femenina gana por tres a uno en Oslo": "El equipo ganó con goles en la segunda parte y se clasifica "
    "para la final, que se jugará el próximo domingo en Berlín.",
    "Los precios suben un 2,1 % en el mes de octubre": "La inflación sube por la electricidad y los alimentos, según "
    "los datos que publicó este viernes el instituto de estadística.",
}


def test_the_first_articles_of_a_language_without_a_table_share_no_story_for_its_small_words():
    lines = [
        {"id": str(n), "lang": "es", "source": f"o{n}", "title": title, "text": text}
        for n, (title, text) in enumerate(SPANISH.items())
    ]
    assert len({line["story"] for line in group_lines(lines, Settings())}) == len(lines)
