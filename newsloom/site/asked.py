"""What a request asks, checked: bad input is the asker's 400 or 404, never our 500."""

from __future__ import annotations

import re
from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request

from newsloom.site.words import LANGUAGES, N_

WORDS_CHARS = 200
PAGES = 50

# Letters, digits and the punctuation of host names and URNs; what no id of ours has is not worth a query.
_ID = re.compile(r"[\w.:~@+-]{1,200}")


def asked_id(request: Request, name: str) -> str:
    """An id of the address. Raises 404 for what can't be one."""
    given = str(request.path_params[name])
    if not _ID.fullmatch(given):
        raise HTTPException(404)
    return given


def asked_page(request: Request) -> int:
    """`?page=`, from 1. Raises 400."""
    given = request.query_params.get("page", "1")
    if not re.fullmatch(r"[0-9]{1,3}", given, re.ASCII) or not 1 <= int(given) <= PAGES:
        raise HTTPException(400, N_("There is no page of this number."))
    return int(given)


def asked_day(given: str) -> date:
    """A day as 2026-11-24. Raises 400."""
    try:
        day = date.fromisoformat(given)
    except ValueError:
        day = date.min
    if not 1990 <= day.year < 2200 or len(given) != 10:
        raise HTTPException(400, N_("A day is written like 2026-11-24."))
    return day


def asked_words(request: Request, name: str) -> str:
    """A query parameter as plain words, without control characters. Raises 400 where it is too long."""
    given = request.query_params.get(name, "")
    if len(given) > WORDS_CHARS:
        raise HTTPException(400, N_("That is too long to be searched for."))
    return " ".join("".join(char if char.isprintable() else " " for char in given).split())


def asked_language(request: Request) -> str:
    """`?lang=`, where the interface speaks it; "" for all else."""
    given = request.query_params.get("lang", "")
    return given if given in LANGUAGES else ""
