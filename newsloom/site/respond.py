"""A context as the response that was asked for: HTML or JSON, with validators."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from newsloom.site.contexts import Context
from newsloom.site.render import html

PUBLIC = "public, max-age=60"
PRIVATE = "no-store"


def page(request: Request, template: str, context: Context, *, status: int = 200, cache: str = PUBLIC) -> Response:
    """The context as HTML, or as JSON where the address ends in .json."""
    kind = "application/json; charset=utf-8" if wants_json(request) else "text/html; charset=utf-8"
    return body(request, rendered(request, template, context), kind, status=status, cache=cache)


def wants_json(request: Request) -> bool:
    """Whether the address ends in .json."""
    return bool(request.scope.get("newsloom.json"))


def rendered(request: Request, template: str, context: Context) -> bytes:
    """The context in the form that was asked for."""
    return as_json(context) if wants_json(request) else html(template, context).encode()


def body(request: Request, content: bytes, kind: str, *, status: int = 200, cache: str = PUBLIC) -> Response:
    """Bytes with an ETag; 304 where the client has them."""
    headers = {"cache-control": cache}
    if status == 200 and cache != PRIVATE:
        # Weak, for the same bytes may leave compressed or plain.
        headers["etag"] = f'W/"{hashlib.sha256(content).hexdigest()[:24]}"'
        if headers["etag"] in _known(request):
            return Response(status_code=304, headers=headers)
    return Response(content, status_code=status, headers={**headers, "content-type": kind})


def as_json(context: Context) -> bytes:
    """The context as JSON; the frame, which is for people, stays out."""
    said = {
        "page": type(context).__name__.removesuffix("Page").lower(),
        "title": context.frame.title,
        "language": context.frame.language,
    }
    rest = {f.name: getattr(context, f.name) for f in dataclasses.fields(context) if f.name != "frame"}
    return json.dumps({**said, **rest}, default=_plain, ensure_ascii=False).encode()


def _known(request: Request) -> set[str]:
    given = request.headers.get("if-none-match", "")
    return {tag.strip() for tag in given.split(",")} | {"W/" + tag.strip() for tag in given.split(",")}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
