"""Sealed files of arrays: whole or not at all, and only for who made them."""

import mmap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsloom import segments
from newsloom.segments import Unusable

ARRAYS = {
    "times": np.array([1.5, -np.inf]),
    "places": np.arange(1_000, dtype=np.uint32),
    "weights": np.array([7, 255], dtype=np.uint8),
    "nothing": np.zeros(0, dtype=np.uint16),
}


def written(folder: Path, made_by: str = "us") -> Path:
    path = folder / "one.segment"
    segments.write(path, "run", made_by, {"base": 7, "name": "Zoë"}, ARRAYS)
    return path


def test_what_was_written_is_read(tmp_path: Path) -> None:
    found = segments.read(written(tmp_path), "run", "us")
    assert found.told == {"base": 7, "name": "Zoë"}
    for name, array in ARRAYS.items():
        assert found.arrays[name].tolist() == array.tolist()
        assert found.arrays[name].dtype == array.dtype
    assert [path.name for path in tmp_path.iterdir()] == ["one.segment"]


def test_what_is_mapped_can_not_be_changed(tmp_path: Path) -> None:
    found = segments.read(written(tmp_path), "run", "us")
    with pytest.raises(ValueError, match="read-only"):
        found.arrays["places"][0] = 1


def test_a_file_that_is_gone_can_still_be_used(tmp_path: Path) -> None:
    path = written(tmp_path)
    found = segments.read(path, "run", "us")
    path.unlink()
    assert found.arrays["places"].sum() == 499_500


def test_every_damaged_byte_is_told(tmp_path: Path) -> None:
    path = written(tmp_path)
    whole = path.read_bytes()
    for at in [*range(0, 400), *range(400, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        with pytest.raises(Unusable):
            segments.read(path, "run", "us")


@pytest.mark.parametrize("length", [0, 10, 47, 48, 300, -1])
def test_a_file_that_was_cut_is_told(tmp_path: Path, length: int) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(Unusable) as told:
        segments.read(path, "run", "us")
    assert told.value.reason == "damaged"


def test_another_makers_file_is_foreign(tmp_path: Path) -> None:
    path = written(tmp_path, made_by="them")
    with pytest.raises(Unusable) as told:
        segments.read(path, "run", "us")
    assert told.value.reason == "foreign"
    with pytest.raises(Unusable) as told:
        segments.read(path, "state", "them")
    assert told.value.reason == "foreign"
    path.write_bytes(b"something else altogether, and long enough to be looked at")
    with pytest.raises(Unusable) as told:
        segments.read(path, "run", "us")
    assert told.value.reason == "foreign"


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unusable) as told:
        segments.read(tmp_path / "none", "run", "us")
    assert told.value.reason == "missing"


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = written(tmp_path)
    with pytest.raises(TypeError):
        segments.write(path, "run", "us", {"bad": object()}, {})
    assert segments.read(path, "run", "us").told["base"] == 7
    assert [each.name for each in tmp_path.iterdir()] == ["one.segment"]


def test_a_nameless_file_leaves_nothing(tmp_path: Path) -> None:
    found = segments.write_nameless(tmp_path, {}, ARRAYS)
    assert found.arrays["places"].sum() == 499_500
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("advice", [segments._POPULATE_READ, 12_345])  # the second is one that no system knows
def test_what_is_mapped_whole_at_once_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, advice: int) -> None:
    asked = []

    class Mapped(mmap.mmap):
        def madvise(self, *said: int) -> None:
            asked.append(said)
            super().madvise(*said)

    monkeypatch.setattr(segments, "_POPULATE_READ", advice)
    monkeypatch.setattr(segments.mmap, "mmap", Mapped)
    named = segments.read(written(tmp_path), "run", "us", at_hand=True)
    for found in (named, segments.write_nameless(tmp_path, {}, ARRAYS, at_hand=True)):
        assert {name: array.tolist() for name, array in found.arrays.items()} == {
            name: array.tolist() for name, array in ARRAYS.items()
        }
    assert asked == [(advice,), (advice,)]


def test_a_journal_is_read_up_to_what_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    parts = [segments.packed("step", "us", {"n": n}, {"at": np.arange(n, dtype=np.uint32)}) for n in range(5)]
    path.write_bytes(b"".join(parts))
    found = list(segments.journal(path, "step", "us"))
    assert [(each.told["n"], each.arrays["at"].tolist()) for each, _ in found] == [(n, [*range(n)]) for n in range(5)]
    ends = [end for _, end in found]
    assert ends[-1] == path.stat().st_size
    for length in range(path.stat().st_size):
        path.write_bytes(b"".join(parts)[:length])
        assert sum(1 for _ in segments.journal(path, "step", "us")) == sum(end <= length for end in ends)
    assert not list(segments.journal(path, "step", "them"))


@given(st.lists(st.text(st.characters(), max_size=8), max_size=20))
def test_words_come_back(words: list[str]) -> None:
    assert segments.words_of(segments.word_arrays("ids", words), "ids") == words


def test_words_have_one_number() -> None:
    words = segments.Words(["a", "b"])
    assert [words.number(word) for word in ("b", "a", "c", "c")] == [1, 0, 2, 2]
    assert segments.words_of(words.arrays("w"), "w") == ["a", "b", "c"]


def test_other_code_is_another_maker() -> None:
    assert segments.made_by("newsloom.similar") == segments.made_by("newsloom.similar")
    assert segments.made_by("newsloom.similar") != segments.made_by("newsloom.similar", "newsloom.segments")
