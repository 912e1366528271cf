"""One outlet as a web server: its documents, with validators, and the ways in which some pages break."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from aiohttp import web

from newsloom.sample import SampleArticle, feeds_out, pages
from newsloom.sample.images import picture
from newsloom.sample.sites import FEEDS, Site

_HTML = "text/html; charset=utf-8"
_ROBOTS = """User-agent: *
Disallow: /search
Disallow: /admin/

Sitemap: {base}/sitemap.xml
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    body: bytes
    content_type: str
    modified: datetime


def application(site: Site) -> web.Application:
    """The outlet as an application. Documents carry validators and answer conditional requests with 304."""
    documents = _documents(site)
    broken = {site.path(a): a for a in site.articles if a.broken}
    feed_path = FEEDS[site.outlet.feed][0]

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == feed_path and site.outlet.state == "dead":
            return web.Response(status=500, text="Internal Server Error\n")
        if request.path in broken:
            return await _break(site, broken[request.path], request)
        make = documents.get(request.path)
        if make is None:
            return _missing(site)
        return _respond(request, make())

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    return application


def _documents(site: Site) -> dict[str, Callable[[], _Document]]:
    feed_path, feed_type = FEEDS[site.outlet.feed]
    robots = _ROBOTS.format(base=site.base).encode()
    changed = site.updated()
    found = {
        "/": _documented(partial(pages.front_page, site), _HTML, changed),
        "/robots.txt": _documented(lambda: robots, "text/plain; charset=utf-8", changed),
        "/sitemap.xml": _documented(partial(feeds_out.sitemap, site), "application/xml; charset=utf-8", changed),
        feed_path: _documented(partial(feeds_out.feed, site), f"{feed_type}; charset=utf-8", changed),
    }
    for article in site.articles:
        page = partial(pages.article_page, site, article)
        found[site.path(article)] = _documented(page, _HTML, site.modified(article))
        if path := site.image_path(article):
            # A copy shows the picture that came with the text.
            image = partial(picture, article.copy_of or article.id)
            found[path] = _documented(image, "image/png", site.published(article))
    return found


def _documented(make: Callable[[], bytes], content_type: str, modified: datetime) -> Callable[[], _Document]:
    return lambda: _Document(body=make(), content_type=content_type, modified=modified)


def _missing(site: Site) -> web.Response:
    return web.Response(status=404, body=pages.missing_page(site), headers={"Content-Type": _HTML})


def _respond(request: web.Request, document: _Document) -> web.Response:
    etag = hashlib.sha256(document.body).hexdigest()[:20]
    response = web.Response(body=document.body, headers={"Content-Type": document.content_type})
    asked = request.if_none_match
    if asked is not None:
        unchanged = any(tag.value in (etag, "*") for tag in asked)
    else:
        since = request.if_modified_since
        unchanged = since is not None and document.modified <= since
    if unchanged:
        response = web.Response(status=304)
    response.etag = etag
    response.last_modified = document.modified
    return response


async def _break(site: Site, article: SampleArticle, request: web.Request) -> web.StreamResponse:
    if article.broken == "404":
        return _missing(site)
    if article.broken == "empty":
        return web.Response(body=b"", headers={"Content-Type": _HTML})
    if article.broken == "binary":
        return web.Response(body=random.Random(article.id).randbytes(4096), content_type="text/html")
    whole = pages.article_page(site, article)
    # Inside a tag, past the head: the worst place for whoever reads what came.
    cut = whole.rindex(b"<", 0, len(whole) * 2 // 3) + 2
    response = web.StreamResponse(headers={"Content-Type": _HTML})
    response.content_length = len(whole)
    await response.prepare(request)
    await response.write(whole[:cut])
    if request.transport is not None:
        request.transport.close()
    return response
