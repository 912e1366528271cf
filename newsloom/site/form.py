"""The fields of a form that was sent to us, bounded."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request

BYTES = 8_000
FIELDS = 400

Form = dict[str, list[str]]


async def sent(request: Request) -> Form:
    """Every value of every field. Raises 413 where there is more than any form of ours holds."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BYTES:
            raise HTTPException(413, "That is more than a form of ours holds.")
    try:
        return parse_qs(body.decode("utf-8", "replace"), max_num_fields=FIELDS)
    except ValueError as error:
        raise HTTPException(413, "That is more than a form of ours holds.") from error


def one(form: Form, name: str) -> str:
    """The first value of a field, "" where there is none."""
    return form.get(name, [""])[0]
