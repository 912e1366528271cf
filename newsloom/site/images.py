"""Lead images through our own guarded proxy: bounded, checked by their bytes, kept a while in memory."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from newsloom import rights
from newsloom.config import Settings
from newsloom.site import links, respond
from newsloom.site.actions import Clock, FetchImage
from newsloom.site.asked import asked_id
from newsloom.store.reading import Reading
from newsloom.types import Rejected

MAX_BYTES = 3_000_000
KEPT_BYTES = 48_000_000
AT_ONCE = 4
# How long an image that could not be had is not asked for again.
PATIENCE = timedelta(minutes=10)


def image_type(body: bytes) -> str:
    """The media type that the bytes themselves show, "" for all that is no image of ours (SVG above all)."""
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    if body[4:8] == b"ftyp" and body[8:12] in (b"avif", b"avis"):
        return "image/avif"
    return ""


@dataclass(frozen=True, slots=True)
class Kept:
    """An image in memory; `kind` "" where it could not be had."""

    body: bytes
    kind: str
    at: datetime


@dataclass
class Images:
    """The proxy with its memory. One fetch an address at a time, few in all."""

    settings: Settings
    reading: Reading
    clock: Clock
    fetch: FetchImage | None
    _kept: OrderedDict[str, Kept] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _under_way: dict[str, asyncio.Task[Kept]] = field(default_factory=dict)
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def image(self, request: Request) -> Response:
        """`/image/{id}`: the lead image of an article whose outlet permits it."""
        record = await run_in_threadpool(self.reading.image, asked_id(request, "id"))
        allowed = self.settings.site.images and self.fetch is not None
        if record is None or not allowed or not rights.image_allowed(record.rights) or not links.safe(record.url):
            raise HTTPException(404, "There is no image here.")
        kept = await self._get(record.url)
        if not kept.kind:
            raise HTTPException(404, "The image could not be had.")
        answer = respond.body(request, kept.body, kept.kind, cache="public, max-age=3600")
        answer.headers["content-disposition"] = "inline"
        return answer

    async def _get(self, url: str) -> Kept:
        kept = self._kept.get(url)
        if kept and (kept.kind or self.clock() - kept.at < PATIENCE):
            self._kept.move_to_end(url)
            return kept
        task = self._under_way.get(url)
        if task is None:
            task = self._under_way[url] = asyncio.create_task(self._fetch(url))
            task.add_done_callback(lambda _: self._under_way.pop(url, None))
        # Shielded: a reader who leaves must not take the image from the others who wait for it.
        return await asyncio.shield(task)

    async def _fetch(self, url: str) -> Kept:
        assert self.fetch is not None
        async with self._gate:
            page = await self.fetch(url)
        body, kind = b"", ""
        if not isinstance(page, Rejected) and page.status == 200 and len(page.body) <= MAX_BYTES:
            kind = image_type(page.body)
            body = page.body if kind else b""
        return self._keep(url, Kept(body, kind, self.clock()))

    def _keep(self, url: str, kept: Kept) -> Kept:
        old = self._kept.pop(url, None)
        self._bytes += len(kept.body) - (len(old.body) if old else 0)
        self._kept[url] = kept
        while self._bytes > KEPT_BYTES or len(self._kept) > 2_000:
            self._bytes -= len(self._kept.popitem(last=False)[1].body)
        return kept
