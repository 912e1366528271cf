"""Inputs that resemble each other: two lines of one id, two saved pages of one name, outlets without an address."""

import json
import subprocess
import sys
from pathlib import Path

from newsloom.pipeline.catalogue import from_toml, to_toml
from newsloom.types import Source

PAGE = "<html><head><title>{0}</title></head><body><article><h1>{0}</h1><p>{1}</p></article></body></html>"
TEXT = (
    "The harbour ferry ran aground off Pellmere on Sunday night with {0} people aboard, and lifeboats took them off. "
    * 2
)


def newsloom(*arguments: str, store: Path, given: str = "") -> tuple[int, list[dict]]:
    command = [sys.executable, "-m", "newsloom", "--db", str(store), *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_second_line_of_one_id_is_refused_in_its_place(tmp_path: Path) -> None:
    lines = [{"id": "a", "title": "Ferry aground"}, {"id": "a", "title": "Other"}, {"id": "b", "title": "Bus late"}]
    code, said = newsloom("group", store=tmp_path / "n.db", given="\n".join(map(json.dumps, lines)))
    assert code == 1
    assert [record["id"] for record in said] == ["a", "a", "b"]
    assert said[1]["error"].startswith("duplicate-id")


def test_two_saved_pages_of_one_name_are_two_articles(tmp_path: Path) -> None:
    files = []
    for n, folder in enumerate("ab"):
        files.append(tmp_path / folder / "p.html")
        files[-1].parent.mkdir()
        files[-1].write_text(PAGE.format(f"Ferry {folder}", TEXT.format(n + 7)), "utf-8")
    store = tmp_path / "n.db"
    code, said = newsloom("import", *map(str, files), store=store)
    assert (code, [record["new"] for record in said]) == (0, [1, 1])
    assert newsloom("import", str(files[0]), store=store)[1][0]["new"] == 0


def test_an_exported_catalogue_is_read_again() -> None:
    known = Source(id="pellmere", name="Pellmere Post", homepage="https://pellmere.example/", languages=("en",))
    imported = Source(id="urn", name="somewhere")
    assert [source.name for source in from_toml(to_toml([known, imported]), "list")] == ["Pellmere Post"]
