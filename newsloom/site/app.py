"""The site as one ASGI application: which address is answered by whom."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from newsloom.config import Settings, Told
from newsloom.errors import StoreError
from newsloom.site import respond
from newsloom.site.actions import Actions, Clock, FetchImage
from newsloom.site.contexts import ErrorPage
from newsloom.site.correcting import Correcting
from newsloom.site.feeds import Feeds
from newsloom.site.hub import Hub, Inbox
from newsloom.site.images import Images
from newsloom.site.limits import RateLimit, networks
from newsloom.site.operator import Doorkeeper, Operator
from newsloom.site.pages import Moved, Pages, moved
from newsloom.site.render import static_file
from newsloom.site.revised import Revising
from newsloom.site.security import HEADERS, SecurityHeaders
from newsloom.site.standing import Standing
from newsloom.site.words import N_
from newsloom.store.reading import Reading

log = logging.getLogger(__name__)

Handler = Callable[[Request], Response]
_STATIC = {
    "site.css": "text/css; charset=utf-8",
    "site.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_HEADINGS = {
    400: N_("That can’t be asked"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    405: N_("Not possible here"),
    409: N_("Not possible here"),
    413: N_("Too much"),
    429: N_("A moment, please"),
    500: N_("Something broke"),
    503: N_("Busy"),
}
_HEADING = N_("That did not work")
_MESSAGES = {
    404: N_("There is nothing at this address."),
    500: N_("That is our fault and is noted in the log. Please try again."),
    503: N_("The store does not answer at the moment. Please try again."),
}
_MESSAGE = N_("Please go back and try something else.")


def make_app(
    settings: Settings,
    reading: Reading,
    actions: Actions | None,
    clock: Clock,
    fetch_image: FetchImage | None = None,
    told: tuple[Told, ...] = (),
    inbox: Inbox | None = None,
) -> Starlette:
    """The site. `fetch_image` is the guarded fetcher; without it no image is shown from elsewhere.

    `inbox` keeps what WebSub hubs bring; without it they are not answered.

    `told`: the settings with their origins, for the operator's page of them.
    """
    pages = Pages(settings=settings, reading=reading, actions=actions, clock=clock)
    images = Images(settings, reading, clock, fetch_image)
    app = Starlette(
        routes=_hub_routes(inbox, clock, settings)
        + _routes(pages, Feeds(pages=pages), images, Operator(pages=pages, door=Doorkeeper()), told),
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(RateLimit, rate=settings.site.rate, proxies=networks(settings.site.proxies), clock=clock),
            Middleware(GZipMiddleware, minimum_size=800, compresslevel=5),
        ],
        exception_handlers={
            Moved: moved,
            HTTPException: lambda request, error: _refused(pages, request, error),
            StoreError: lambda request, error: _store_fails(pages, request, error),
            Exception: lambda request, error: _error(pages, request, 500),
        },
    )
    # Starlette's own redirects name the Host that the request claims.
    app.router.redirect_slashes = False
    return app


def _routes(pages: Pages, feeds: Feeds, images: Images, operator: Operator, told: tuple[Told, ...]) -> list[BaseRoute]:
    return [
        Route("/static/{name}", _static),
        Route("/favicon.ico", lambda request: RedirectResponse("/static/icon.svg", 301)),
        Route("/robots.txt", feeds.robots),
        Route("/sitemap.xml", feeds.sitemap),
        Route("/healthz", feeds.healthz),
        Route("/metrics", feeds.metrics),
        Route("/opml", feeds.opml),
        Route("/image/{id}", images.image),
        *_operator_routes(operator, told),
        *_page("/about", pages.about),
        Route("/index.json", _as_json(pages.choice)),
        Route("/", pages.choice),
        Route("/feed.atom", feeds.choice),
        Route("/{edition}.json", _as_json(pages.front)),
        Route("/{edition}/", pages.front),
        Route("/{edition}", pages.without_slash),
        Route("/{edition}/feed.atom", feeds.edition),
        Route("/{edition}/feed.json", feeds.edition_json),
        Route("/{edition}/section/{section}/feed.atom", feeds.edition),
        *_page("/{edition}/section/{section}", pages.front),
        Route("/{edition}/day/{date}/feed.atom", feeds.day),
        *_page("/{edition}/day/{date}", pages.day),
        Route("/{edition}/search/feed.atom", feeds.search),
        *_page("/{edition}/search", pages.search),
        Route("/{edition}/source/{id}/feed.atom", feeds.source),
        *_page("/{edition}/source/{id}", pages.source),
        Route("/{edition}/story/{id}/feed.atom", feeds.story),
        *_page("/{edition}/story/{id}/{slug}", pages.story),
        *_page("/{edition}/story/{id}", pages.story),
        *_page("/{edition}/article/{id}/{slug}", pages.article),
        *_page("/{edition}/article/{id}", pages.article),
    ]


def _hub_routes(inbox: Inbox | None, clock: Clock, settings: Settings) -> list[BaseRoute]:
    if inbox is None:
        return []
    hub = Hub(inbox=inbox, clock=clock, max_bytes=settings.fetch.max_bytes)
    return [Route("/hub/{token}", hub.verify), Route("/hub/{token}", hub.deliver, methods=["POST"])]


def _operator_routes(operator: Operator, told: tuple[Told, ...]) -> list[BaseRoute]:
    correcting, standing = Correcting(operator=operator), Standing(operator=operator, told=told)
    return [
        *_page_async("/operator", operator.overview),
        *_page_async("/operator/quality", standing.quality),
        *_page_async("/operator/settings", standing.settings),
        Route("/operator/login", operator.login_form),
        Route("/operator/login", operator.login, methods=["POST"]),
        Route("/operator/logout", operator.logout, methods=["POST"]),
        Route("/operator/sources", operator.add, methods=["POST"]),
        Route("/operator/sources/{id}/remove", operator.remove, methods=["POST"]),
        *_page_async("/operator/story/{id}", correcting.story),
        *_page_async("/operator/article/{id}", Revising(operator=operator).article),
        Route("/operator/story/{id}/split", correcting.split, methods=["POST"]),
        Route("/operator/story/{id}/merge", correcting.merge, methods=["POST"]),
        Route("/operator/story/{id}/part", correcting.part, methods=["POST"]),
        Route("/operator/corrections/{seq:int}/withdraw", correcting.withdraw, methods=["POST"]),
    ]


def _page(path: str, handler: Handler) -> list[BaseRoute]:
    """A page, and its context as JSON at the same address with .json."""
    return [Route(path + ".json", _as_json(handler)), Route(path, handler)]


def _page_async(path: str, handler: Callable[[Request], Awaitable[Response]]) -> list[BaseRoute]:
    async def as_json(request: Request) -> Response:
        request.scope["newsloom.json"] = True
        return await handler(request)

    return [Route(path + ".json", as_json), Route(path, handler)]


def _as_json(handler: Handler) -> Handler:
    def as_json(request: Request) -> Response:
        request.scope["newsloom.json"] = True
        return handler(request)

    return as_json


def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC:
        raise HTTPException(404)
    cache = "public, max-age=31536000, immutable" if request.query_params.get("v") else "public, max-age=3600"
    return respond.body(request, static_file(name), _STATIC[name], cache=cache)


def _refused(pages: Pages, request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    # Starlette's own refusals carry the standard phrase, which says less than our message.
    said = "" if error.detail == HTTPStatus(error.status_code).phrase else error.detail
    answer = _error(pages, request, error.status_code, said)
    answer.headers.update(error.headers or {})
    return answer


def _store_fails(pages: Pages, request: Request, error: Exception) -> Response:
    log.error("%s", error)
    answer = _error(pages, request, 503)
    answer.headers["retry-after"] = "10"
    return answer


def _error(pages: Pages, request: Request, status: int, message: str = "") -> Response:
    made = pages.frames(request)
    heading = made.say.say(_HEADINGS.get(status, _HEADING))
    context = ErrorPage(
        frame=made.bare(heading),
        status=status,
        heading=heading,
        message=made.say.say(message or _MESSAGES.get(status, _MESSAGE)),
    )
    answer = respond.page(request, "error.html", context, status=status, cache=respond.PRIVATE)
    # What Starlette catches last stands outside of our middleware.
    answer.headers.update(HEADERS)
    return answer
