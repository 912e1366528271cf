"""The documents say what is there: every setting, every command, and the generated page as it would be made now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsloom.cli import app, run
from newsloom.config import describe

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/decisions.md",
    "docs/commands.md",
    "docs/figures.md",
    "docs/python.md",
    "docs/threats.md",
    "docs/threats-site.md",
]


def commands() -> Iterator[str]:
    for command in app.registered_commands:
        assert command.callback is not None
        yield command.name or command.callback.__name__
    yield from (group.name for group in app.registered_groups if group.name)


def test_the_page_of_settings_is_as_it_would_be_made_now(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["settings", "--markdown"]) == 0
    made = capsys.readouterr().out
    assert (ROOT / "docs/settings.md").read_text("utf-8") == made, (
        "run `newsloom settings --markdown > docs/settings.md`"
    )
    for setting in describe({"NEWSLOOM_CONFIG": "/dev/null"}):
        assert f"`{setting.name}` | `{setting.env}`" in made


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_is_documented(command: str) -> None:
    text = (ROOT / "docs/commands.md").read_text("utf-8")
    assert f"`newsloom {command}" in text


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_between_documents_lead_somewhere(name: str) -> None:
    document = ROOT / name
    for link in re.findall(r"\]\(([^)#]+)\)", document.read_text("utf-8")):
        if "://" not in link:
            assert (document.parent / link).exists(), f"{name} links {link}"


def test_every_room_is_in_the_finder() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    rooms = {p.name for p in (ROOT / "newsloom").iterdir() if p.suffix == ".py" or (p.is_dir() and p.name[0] != "_")}
    for room in rooms - {"__init__.py", "__main__.py"}:
        assert f"`{room}" in text, f"ARCHITECTURE.md does not say what {room} is for"


def test_no_path_of_a_machine_in_documents() -> None:
    for name in [*DOCUMENTS, "docs/settings.md"]:
        text = (ROOT / name).read_text("utf-8")
        assert "/home/" not in text
        assert str(ROOT.parent) + "/" not in text
