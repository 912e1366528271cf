"""What the site says, found in its code and templates, and the catalogues brought up to date with it (`make words`)."""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

SITE = Path(__file__).parent.parent / "newsloom" / "site"
CATALOGUES = SITE / "catalogues"
KEYWORDS = {"say": None, "count": (1, 2), "N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
_PASSING = tuple(
    f'"{name}'.encode()
    for name in ("Project-Id", "Report-Msgid", "POT-", "PO-", "Last-Tr", "Language-Team", "Generated-By")
)
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}


def extracted() -> Catalog:
    """Every text of the site, in the order in which it is found."""
    found = Catalog(charset="utf-8", fuzzy=False)
    for file, _, message, _, context in extract_from_dir(SITE, METHODS, OPTIONS, KEYWORDS):
        found.add(message, locations=[(file, 0)], context=context)
    return found


def catalogue(path: Path) -> Catalog:
    """A committed catalogue."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def update(path: Path, texts: Catalog) -> None:
    """Add what is new, drop what is gone; nothing is guessed from what looks alike."""
    found = catalogue(path)
    found.update(texts, no_fuzzy_matching=True)
    write(path, found)


def write(path: Path, found: Catalog) -> None:
    """A catalogue without what changes at every writing."""
    found.fuzzy = False
    found.header_comment = "# What the site says. `make words` brings this file up to date."
    made = io.BytesIO()
    write_po(made, found, width=0, ignore_obsolete=True, include_lineno=False)
    kept = [line for line in made.getvalue().splitlines(keepends=True) if not line.startswith(_PASSING)]
    path.write_bytes(b"".join(kept))


if __name__ == "__main__":
    for each in sorted(CATALOGUES.glob("*.po")):
        update(each, extracted())
