"""Sealed files of arrays: written once and whole, known by a checksum and by what made them, mapped and not read.

A file is a cache of what can be made again. One that is damaged, or was made by something else, is `Unusable`, with
the reason; it is never half used. Nothing is forced to the disk: what a power cut tears, the checksum tells.

    preamble   magic, length of the header, length of the whole file, checksum of header and body
    header     JSON: kind, made_by, told (the caller's), arrays as [name, dtype, count, offset]
    body       the arrays, each at a multiple of 64 bytes
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import struct
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import xxhash

MAGIC = b"newsloom segment 1\n\0"
_PREAMBLE = struct.Struct("<20sIQ16s")
_ALIGNED = 64
_BLOCK = 1 << 22  # bytes checked at a time
_POPULATE_READ = 22  # of Linux since 5.14; the module `mmap` doesn't name it
_ALLOWED = {"|u1", "<u2", "<u4", "<u8", "<i4", "<i8", "<f8"}

AnyArray = npt.NDArray[Any]
Told = dict[str, Any]


class Unusable(Exception):
    """A file that can't be used. `reason`: missing, damaged, or foreign (made by another release or installation)."""

    def __init__(self, path: Path, reason: str, detail: str) -> None:
        super().__init__(f"{path.name}: {reason}: {detail}")
        self.path, self.reason, self.detail = path, reason, detail


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segment:
    """A file as it was written. The arrays are read-only views of the mapped file."""

    told: Told
    arrays: dict[str, AnyArray]


def write(path: Path, kind: str, made_by: str, told: Told, arrays: Mapping[str, AnyArray]) -> None:
    """Write a file in the place of any that is there; others see the old one or the new one, whole. Raises OSError."""
    parts = list(_parts(kind, made_by, told, arrays))
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            for part in parts:
                file.write(part)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def write_nameless(
    folder: Path | None, told: Told, arrays: Mapping[str, AnyArray], *, at_hand: bool = False
) -> Segment:
    """Arrays moved into a file without a name, that goes with them: for what is large and only lives as long as we.

    `at_hand`: all pages are mapped now, not one by one by who first reads there.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        for part in _parts("nameless", "", told, arrays):
            file.write(part)
        file.flush()
        return _mapped(file, Path("nameless"), "nameless", "", checked=False, at_hand=at_hand)


def read(path: Path, kind: str, made_by: str, *, at_hand: bool = False) -> Segment:
    """Map a file that was written as this kind by this maker. Raises Unusable. `at_hand`: see `write_nameless`."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise Unusable(path, "missing", error.strerror or "can't be read") from error
    with file:
        try:
            return _mapped(file, path, kind, made_by, checked=True, at_hand=at_hand)
        except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
            raise Unusable(path, "damaged", str(error) or type(error).__name__) from error


def packed(kind: str, made_by: str, told: Told, arrays: Mapping[str, AnyArray]) -> bytes:
    """The bytes of a file, to be put behind others in a journal."""
    return b"".join(_parts(kind, made_by, told, arrays))


def journal(path: Path, kind: str, made_by: str) -> Iterator[tuple[Segment, int]]:
    """What was packed into a journal, each with where it ends, up to the first that is not whole. Raises Unusable."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unusable(path, "missing", error.strerror or "can't be read") from error
    at = 0
    while at + _PREAMBLE.size <= len(data):
        try:
            header_length, length, digest = _preamble(data[at : at + _PREAMBLE.size], path)
            whole = data[at : at + length]
            if len(whole) < length or xxhash.xxh3_128_digest(whole[_PREAMBLE.size :]) != digest:
                return
            end = _PREAMBLE.size + header_length
            segment = _segment(_said(whole[_PREAMBLE.size : end], path, kind, made_by), whole, end)
        except (Unusable, ValueError, KeyError, TypeError):
            return
        at += length
        yield segment, at


def _parts(kind: str, made_by: str, told: Told, arrays: Mapping[str, AnyArray]) -> Iterator[bytes | memoryview]:
    table, at = [], 0
    bodies: list[bytes | memoryview] = []
    for name, array in arrays.items():
        whole = np.ascontiguousarray(array)
        table.append([name, whole.dtype.str, whole.size, at])
        gap = -whole.nbytes % _ALIGNED
        bodies += [whole.reshape(-1).view(np.uint8).data, bytes(gap)]
        at += whole.nbytes + gap
    said = {"kind": kind, "made_by": made_by, "told": told, "arrays": table}
    header = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    header += b" " * (-(_PREAMBLE.size + len(header)) % _ALIGNED)
    digest = xxhash.xxh3_128(header)
    for body in bodies:
        digest.update(body)
    yield _PREAMBLE.pack(MAGIC, len(header), _PREAMBLE.size + len(header) + at, digest.digest())
    yield header
    yield from bodies


def _mapped(file: IO[bytes], path: Path, kind: str, made_by: str, *, checked: bool, at_hand: bool) -> Segment:
    file.seek(0)
    header_length, length, digest = _preamble(file.read(_PREAMBLE.size), path)
    if os.fstat(file.fileno()).st_size != length:
        raise Unusable(path, "damaged", "its length is not what it says")
    header = file.read(header_length)
    if checked and _digest(file, header) != digest:
        raise Unusable(path, "damaged", "its checksum is wrong")
    said = _said(header, path, kind, made_by)
    mapped = mmap.mmap(file.fileno(), length, access=mmap.ACCESS_READ)
    if at_hand:
        with suppress(OSError, ValueError):  # another system, or an older one: then page by page
            mapped.madvise(_POPULATE_READ)
    return _segment(said, mapped, _PREAMBLE.size + header_length)


def _preamble(data: bytes, path: Path) -> tuple[int, int, bytes]:
    """(length of the header, of the whole, checksum)"""
    magic, header_length, length, digest = _PREAMBLE.unpack(data)
    if magic != MAGIC:
        raise Unusable(path, "foreign", "no segment of this release")
    return header_length, length, digest


def _said(header: bytes, path: Path, kind: str, made_by: str) -> Told:
    said: Told = json.loads(header)
    if said["kind"] != kind or said["made_by"] != made_by:
        raise Unusable(path, "foreign", f"{said['kind']} made by {said['made_by']}, this is {kind} by {made_by}")
    return said


def _segment(said: Told, data: mmap.mmap | bytes, start: int) -> Segment:
    return Segment(told=said["told"], arrays={n: _array(data, start, *where) for n, *where in said["arrays"]})


def _digest(file: IO[bytes], header: bytes) -> bytes:
    """Read, not mapped: what is only checked must not count as ours."""
    found = xxhash.xxh3_128(header)
    block = bytearray(_BLOCK)
    view = memoryview(block)
    while size := file.readinto(block):  # type: ignore[attr-defined]
        found.update(view[:size])
    return found.digest()


def _array(data: mmap.mmap | bytes, start: int, dtype: str, count: int, offset: int) -> AnyArray:
    if dtype not in _ALLOWED:
        raise ValueError(f"no array of {dtype}")
    return np.frombuffer(data, dtype=np.dtype(dtype), count=count, offset=start + offset) if count else _empty(dtype)


def _empty(dtype: str) -> AnyArray:
    return np.zeros(0, dtype=np.dtype(dtype))


# Words in arrays


class Words:
    """Words by number, each once, in the order in which they were first said."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._numbers: dict[str, int] = {}
        for word in words:
            self.number(word)

    def number(self, word: str) -> int:
        """The word's number, a new one where it was not said before."""
        return self._numbers.setdefault(word, len(self._numbers))

    def numbers(self, words: Sequence[str]) -> AnyArray:
        """The numbers of many words, new ones where they were not said before."""
        numbers = self._numbers
        for word in words:
            if word not in numbers:
                numbers[word] = len(numbers)
        return np.fromiter(map(numbers.__getitem__, words), dtype=np.uint32, count=len(words))

    def arrays(self, name: str) -> dict[str, AnyArray]:
        """All words, for `words_of`."""
        return word_arrays(name, list(self._numbers))


def word_arrays(name: str, words: Sequence[str]) -> dict[str, AnyArray]:
    """Words as two arrays: their code points end to end in UTF-8, and where each ends."""
    ends = np.cumsum(np.fromiter(map(len, words), dtype=np.int64, count=len(words)), dtype=np.int64)
    text = "".join(words).encode("utf-8", "surrogatepass")
    return {f"{name}.text": np.frombuffer(text, dtype=np.uint8), f"{name}.ends": ends}


def words_of(arrays: Mapping[str, AnyArray], name: str) -> list[str]:
    """The words of `word_arrays`."""
    text = arrays[f"{name}.text"].tobytes().decode("utf-8", "surrogatepass")
    ends = arrays[f"{name}.ends"].tolist()
    if (ends[-1] if ends else 0) != len(text):
        raise ValueError(f"the words of {name} do not fill their text")
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


# Who makes them


@cache
def made_by(*rooms: str) -> str:
    """A name for the code and data in these rooms: what other code made may mean something else.

    `rooms`: modules and packages of Newsloom; of a package every file counts.
    """
    digest = hashlib.blake2b(digest_size=10)
    for room in rooms:
        package, _, module = room.rpartition(".")
        for file in sorted(_files(package, module), key=lambda each: each.name):
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _files(package: str, module: str) -> Iterator[Any]:
    found = resources.files(package)
    folder = found / module
    if folder.is_dir():
        yield from (f for f in folder.iterdir() if f.name.endswith((".py", ".json", ".c")))
    else:
        yield found / f"{module}.py"
