"""A window in files and merged beside: what is found is the same as without, after every restart."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from newsloom.annotate import Background, annotate
from newsloom.config import AnnotateSettings, SimilarSettings
from newsloom.segments import Unusable, read, write
from newsloom.similar import Similar, index
from newsloom.similar.keeping import Folder, Keep, nameless
from newsloom.similar.match import vector_of
from newsloom.similar.runs import Run
from newsloom.types import AnnotatedArticle, Article

START = datetime(2025, 3, 1, tzinfo=UTC)
TABLE = Background().table
SETTINGS = SimilarSettings(window_days=1)


@pytest.fixture(autouse=True, scope="module")
def small_runs() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "GROWING", 4)
        patch.setattr(index, "LARGEST", 256)
        patch.setattr(index, "NEWEST", 25)  # so that it shows which runs there are
        yield


def stream(count: int, seed: int = 3) -> Iterator[AnnotatedArticle]:
    """Reports of a few words each, in two languages, some edited later, over some days."""
    rng = Random(seed)
    for n in range(count):
        number = rng.randrange(n) if n and rng.random() < 0.04 else n
        words = " ".join(f"w{rng.randrange(60)}{'ab'[rng.randrange(2)]}" for _ in range(25))
        article = Article(id=f"a{number}", source_id="s", headline=words[:30], paragraphs=(words,), in_language="en")
        annotations = annotate(article, AnnotateSettings(), TABLE, passages=False)
        at = START + timedelta(minutes=3 * n)
        yield AnnotatedArticle(seq=n, article=article, annotations=annotations, first_seen=at, shown_at=at)


ARTICLES = list(stream(1_500))


def taken(similar: Similar, n: int, article: AnnotatedArticle) -> list[tuple[str, float]]:
    own = vector_of(article)
    found = [(match.other_id, match.logit) for match in similar.matches(article, own)]
    similar.add(article, own)
    if n % 100 == 99:
        similar.expire(article.shown_at - timedelta(days=1))
    return found


@pytest.fixture(scope="module")
def plain() -> list[list[tuple[str, float]]]:
    similar = Similar(SETTINGS)
    return [taken(similar, n, article) for n, article in enumerate(ARTICLES)]


def slowly(run: Run) -> Run:
    time.sleep(Random(run.base).random() / 50)
    return run


@pytest.mark.parametrize("keep", [slowly, nameless])
def test_neither_threads_nor_files_change_what_is_found(plain, keep: Keep) -> None:
    similar = Similar(SETTINGS, keep=keep)
    for n, article in enumerate(ARTICLES):
        assert taken(similar, n, article) == plain[n]


def restarted(similar: Similar, folder: Path) -> Similar:
    told, kept = similar.saved()
    write(folder / "state", "state", "us", told, kept)
    found = read(folder / "state", "state", "us")
    again = Similar(SETTINGS, keep=similar._keep)
    again.restore(found.told, found.arrays, Folder(folder, "us"))
    return again


@pytest.mark.parametrize("seed", [1, 2])
def test_restarts_at_any_place_change_nothing(plain, tmp_path: Path, seed: int) -> None:
    similar = Similar(SETTINGS, keep=Folder(tmp_path, "us").keep)
    rng = Random(seed)
    for n, article in enumerate(ARTICLES):
        if rng.random() < 0.04:
            similar = restarted(similar, tmp_path)
        assert taken(similar, n, article) == plain[n]
    assert len([*tmp_path.glob("run-*")]) > 20


def filled(folder: Path) -> tuple[Similar, list[str]]:
    similar = Similar(SETTINGS, keep=Folder(folder, "us").keep)
    for n, article in enumerate(ARTICLES[:600]):
        taken(similar, n, article)
    return similar, sorted(similar.files())


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def swapped(path: Path) -> None:
    other = next(each for each in path.parent.glob("run-*") if each.name != path.name)
    path.write_bytes(other.read_bytes())


@pytest.mark.parametrize(("harm", "reason"), [(Path.unlink, "missing"), (cut, "damaged"), (swapped, "foreign")])
def test_a_harmed_file_is_told(tmp_path: Path, harm: Callable[[Path], None], reason: str) -> None:
    similar, files = filled(tmp_path)
    harm(tmp_path / files[0])
    with pytest.raises(Unusable) as told:
        restarted(similar, tmp_path)
    assert told.value.reason == reason


def test_a_window_whose_files_are_deleted_goes_on(plain, tmp_path: Path) -> None:
    similar, files = filled(tmp_path)
    for name in files:
        (tmp_path / name).unlink()
    for n, article in enumerate(ARTICLES[600:1_200], start=600):
        assert taken(similar, n, article) == plain[n]
