"""Archives, record by record: every place is one to go on from, and damage costs no more than what it hit."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path

import brotli
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newsloom.archive import START, Bad, Found, Item, Limits, Passed, ReadError, fingerprint, kind_of, open_archive
from newsloom.archive import lines as archive_lines
from newsloom.errors import WrongUse
from newsloom.pipeline.payload import decoded
from newsloom.types import Rejected
from tests import warcs

LINES = [{"id": n, "title": f"Title {n}"} for n in range(6)]


def read(path: Path, at=START, limits: Limits | None = None) -> list[Item]:
    return list(open_archive(str(path), at, limits or Limits()))


def shape(items: list[Item]) -> list[str]:
    return [
        each.name if isinstance(each, Found) else each.reason if isinstance(each, Passed) else each.error.split(":")[0]
        for each in items
    ]


def made(folder: Path, kind: str) -> Path:
    if kind.startswith("jsonl"):
        text = "\n\n".join(json.dumps(line) for line in LINES).replace('{"id": 3', 'broken"')
        path = folder / f"news.{kind}"
        path.write_bytes(gzip.compress(text.encode()) if kind.endswith("gz") else text.encode())
        return path
    if kind == "parquet":
        rows = {"article_id": [f"{n}" for n in range(300)], "headline": [f"Title {n}" for n in range(300)]}
        pq.write_table(pa.table(rows), folder / "news.parquet", row_group_size=130)
        return folder / "news.parquet"
    by = {"a.warc": "", "by-record.warc.gz": "record", "whole.warc.gz": "whole"}[kind]
    return warcs.write(folder / kind, warcs.news(3), by=by)


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "parquet", "a.warc", "by-record.warc.gz", "whole.warc.gz"])
def test_reading_goes_on_from_every_place(tmp_path: Path, kind: str) -> None:
    path = made(tmp_path, kind)
    whole = read(path)
    assert sum(isinstance(each, Found) for each in whole) == {"parquet": 300}.get(kind, 3 if "warc" in kind else 5)
    for n in range(0, len(whole), max(1, len(whole) // 12)):
        rest = read(path, whole[n].at)
        assert shape(rest) == shape(whole[n + 1 :])
        assert [each.at.items for each in rest] == [each.at.items for each in whole[n + 1 :]]


def test_several_records_in_one_member_are_not_skipped(tmp_path: Path) -> None:
    records = warcs.news(4)
    path = tmp_path / "pairs.warc.gz"
    path.write_bytes(b"".join(gzip.compress(b"".join(records[n : n + 2])) for n in range(0, len(records), 2)))
    whole = read(path)
    assert sum(isinstance(each, Found) for each in whole) == 4
    for n, item in enumerate(whole):
        assert shape(read(path, item.at)) == shape(whole[n + 1 :])


def test_what_a_crawler_writes_beside_the_pages_is_counted_and_passed_over(tmp_path: Path) -> None:
    url = "https://quay.example/"
    records = [
        *warcs.news(1),
        warcs.record(url + "gone", b"<html>", status="404 Not Found"),
        warcs.record(url + "logo", b"\x89PNG", headers="Content-Type: image/png\r\n"),
        warcs.record("dns:quay.example", b"20250304 127.0.0.1", kind="response", headers=""),
        warcs.record("ftp://quay.example/file", warcs.page("Ftp")),
    ]
    items = read(warcs.write(tmp_path / "a.warc", records))
    assert shape(items)[:4] == ["warcinfo", "request", "https://quay.example/news/0", "metadata"]
    assert shape(items)[4:6] == ["status-404", "not-html"]
    assert shape(items)[7] == "no-url"
    found = next(each for each in items if isinstance(each, Found))
    assert found.content.when == datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert found.content.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("by", ["", "record"])
def test_damage_costs_what_it_hit(tmp_path: Path, by: str) -> None:
    records = warcs.news(4)
    path = warcs.write(tmp_path / ("a.warc.gz" if by else "a.warc"), records, by=by)
    whole = bytearray(path.read_bytes())
    begin = sum(len(gzip.compress(each) if by else each) for each in records[:5])
    whole[begin : begin + 40] = b"x" * 40
    path.write_bytes(bytes(whole))
    items = read(path)
    assert sum(isinstance(each, Bad) for each in items) == 1
    names = [each.name for each in items if isinstance(each, Found)]
    assert names == [f"https://quay.example/news/{n}" for n in (0, 2, 3)]


def test_a_cut_archive_keeps_what_is_whole(tmp_path: Path) -> None:
    for by, name in (("", "a.warc"), ("record", "a.warc.gz")):
        path = warcs.write(tmp_path / name, warcs.news(3)[:-1], by=by)
        path.write_bytes(path.read_bytes()[:-60])
        items = read(path)
        assert [each.name for each in items if isinstance(each, Found)] == [
            f"https://quay.example/news/{n}" for n in (0, 1)
        ]
        assert items[-1].error.startswith("cut"), items[-1]


def test_what_a_page_holds_is_never_read_as_a_record(tmp_path: Path) -> None:
    forged = warcs.record("https://bank.example/forged", warcs.page("Forged"))
    for length in (None, 9_999_999_999, 50_000_000):
        host = warcs.record("https://quay.example/host", warcs.page("Host") + forged, length=length)
        items = read(warcs.write(tmp_path / "a.warc", [*warcs.news(1), host]))
        assert all("bank.example" not in (each.name if isinstance(each, Found) else "") for each in items)
    damaged = warcs.record("https://quay.example/2").replace(b"WARC/1.1", b"XXXX/1.1")
    whole = warcs.record("https://quay.example/host", warcs.page("Host") + forged)
    items = read(warcs.write(tmp_path / "a.warc", [whole, damaged, *warcs.news(1)]))
    assert [each.name for each in items if isinstance(each, Found)] == [
        "https://quay.example/host",
        "https://quay.example/news/0",
    ]


def test_hostile_lengths_end(tmp_path: Path) -> None:
    for length in (-5, 0, 10**30):
        records = [*warcs.news(1), warcs.record("https://quay.example/x", b"<p>", length=length), *warcs.news(1)]
        try:
            items = read(warcs.write(tmp_path / "a.warc", records))
        except ReadError:
            continue
        assert isinstance(items[2], Found)
    assert shape(read(warcs.write(tmp_path / "b.warc", [b"\0garbage" * 50_000]))) == ["damaged"]
    with pytest.raises(ReadError, match="given up"):
        read(warcs.write(tmp_path / "c.warc", [warcs.record("https://quay.example/x") + b"junk"] * 1_200))


def test_pages_have_a_largest_size(tmp_path: Path) -> None:
    records = [warcs.record("https://quay.example/big", b"<p>" + b"x" * 5_000), *warcs.news(1)]
    items = read(warcs.write(tmp_path / "a.warc", records), limits=Limits(page_bytes=3_000))
    assert shape(items) == ["too-large", "warcinfo", "request", "https://quay.example/news/0", "metadata"]
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(b"x" * 5_000))
    assert shape(read(tmp_path / "a.html.gz", limits=Limits(page_bytes=3_000))) == ["too-large"]


def test_lines_of_any_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_lines, "MAX_LINE", 1_000)
    path = tmp_path / "a.jsonl"
    long = json.dumps({"id": 1, "text": "x" * 3_000_000})
    path.write_text(f'\ufeff{{"id": "a"}}\n{long}\n[]\n{{"title": "no id"}}\n{{"id": "b"}}', "utf-8")
    items = read(path)
    assert shape(items) == ["line 1", "too-large", "not-an-object", "no-id", "line 5"]
    assert shape(read(path, items[1].at)) == ["not-an-object", "no-id", "line 5"]


def test_parquet_under_other_peoples_names(tmp_path: Path) -> None:
    rows = pa.table(
        {
            "headline": ["A", "", None],
            "maintext": ["Text.", " ", "Only text."],
            "published_at": [datetime(2025, 1, 2, 3, tzinfo=UTC), None, None],
            "domain": ["quay.example", "b", "c"],
            "link": ["https://quay.example/1", "x", None],
            "vector": [[0.1], [0.2], [0.3]],
        }
    )
    pq.write_table(rows, tmp_path / "a.parquet")
    first, second, third = read(tmp_path / "a.parquet")
    assert first.content == {
        "id": "https://quay.example/1", "title": "A", "text": "Text.", "date": "2025-01-02T03:00:00+00:00",
        "source": "quay.example", "url": "https://quay.example/1",
    }  # fmt: skip
    assert second.error.startswith("empty")
    assert third.content["id"] == "row 3"
    pq.write_table(pa.table({"title": ["A"], "date": [date(2025, 1, 2)]}), tmp_path / "b.parquet")
    assert read(tmp_path / "b.parquet")[0].content["date"] == "2025-01-02"


def test_parquet_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + b"\0" * 400 + b"PAR1")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "b.parquet")
    for name, reason in (("a", "unreadable"), ("b", "no-articles"), ("c", "not-found|unreadable")):
        with pytest.raises(ReadError, match=reason):
            read(tmp_path / f"{name}.parquet")


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    one.write_text('{"id": 1}\n' * 20_000)
    other.write_bytes(one.read_bytes())
    assert fingerprint(str(one)) == fingerprint(str(other))
    with one.open("a") as file:
        file.write('{"id": 2}\n')
    assert fingerprint(str(one)) != fingerprint(str(other))
    with pytest.raises(WrongUse, match="docx"):
        kind_of("a.docx")


HTML = b"<html><p>Hello there</p></html>"
CODED = {
    "gzip": gzip.compress(HTML),
    "br": brotli.compress(HTML),
    "gzip,lie": HTML,  # saved decoded, the header left as it was
}


@pytest.mark.parametrize("coding", CODED)
def test_codings_are_undone(coding: str) -> None:
    assert decoded(CODED[coding], {"content-encoding": coding.partition(",")[0]}, 1_000) == HTML


def test_chunks_are_joined() -> None:
    chunked = b"6\r\n<html>\r\n5;x=y\r\nhello\r\n0\r\n\r\n"
    assert decoded(chunked, {"transfer-encoding": "chunked"}, 1_000) == b"<html>hello"
    assert decoded(HTML, {"transfer-encoding": "chunked"}, 1_000) == HTML


@pytest.mark.parametrize(
    ("coding", "body", "reason"),
    [
        ("gzip", gzip.compress(b"\0" * 50_000_000), "too-large"),
        ("br", brotli.compress(b"\0" * 50_000_000), "too-large"),
        ("gzip", gzip.compress(HTML * 99)[:-20], "cut"),
        ("br", brotli.compress(HTML * 9)[:-6], "cut"),
        ("br", b"no brotli at all", "coding"),
        ("zstd", b"(\xb5/\xfd", "coding"),
    ],
)
def test_bombs_and_damage_are_declined(coding: str, body: bytes, reason: str) -> None:
    result = decoded(body, {"content-encoding": coding}, 1_000_000)
    assert isinstance(result, Rejected)
    assert result.reason == reason
