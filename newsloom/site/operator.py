"""The operator's pages: add a source, see how each feed does, and why things are not shown.

Open to whoever sits at this machine, and to whoever signs in with the operator's token; see `security`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from newsloom.site import form, links, present, respond, security, times
from newsloom.site.actions import Actions
from newsloom.site.asked import asked_id
from newsloom.site.contexts import DeclinedLine, Frame, Link, LoginPage, OperatorPage, ProposedLine, SourceLine
from newsloom.site.corrected import corrected_line
from newsloom.site.health import latency_words, operator_line
from newsloom.site.pages import Pages
from newsloom.store.protocol import Proposal
from newsloom.store.reading.records import Health
from newsloom.types import Rejected

# Wrong tokens a minute, for the whole site: nobody guesses 128 bits at this pace, and no one's address is kept.
WRONG_TOKENS = 10


class Doorkeeper:
    """Counts wrong tokens and asks for patience."""

    def __init__(self) -> None:
        self._wrong: list[datetime] = []

    def is_patient(self, now: datetime) -> bool:
        """Whether another token may be tried."""
        self._wrong = [at for at in self._wrong if (now - at).total_seconds() < 60]
        return len(self._wrong) < WRONG_TOKENS

    def wrong(self, now: datetime) -> None:
        """A wrong token was given."""
        self._wrong.append(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Handlers with what they need."""

    pages: Pages
    door: Doorkeeper

    async def overview(self, request: Request) -> Response:
        """`GET /operator`: sources, feeds, what was declined."""
        if not self.may(request):
            return RedirectResponse("/operator/login", 303)
        return await self._overview(request)

    async def add(self, request: Request) -> Response:
        """`POST /operator/sources`: add a source by any address of it."""
        actions = self.acting(request)
        sent = await form.sent(request)
        url = form.one(sent, "url").strip()
        if "://" not in url:
            url = "https://" + url
        if not links.safe(url):
            return await self._overview(request, "That is not the address of a web page or feed.", failed=True)
        added = await actions.add_source(url, form.one(sent, "edition"))
        if isinstance(added, Rejected):
            return await self._overview(request, f"Not added: {added.detail or added.reason}", failed=True)
        return RedirectResponse(f"/operator?added={quote(added, safe='')}", 303)

    async def remove(self, request: Request) -> Response:
        """`POST /operator/sources/{id}/remove`: stop collecting a source."""
        if not await self.acting(request).remove_source(asked_id(request, "id")):
            raise HTTPException(404, "There is no such source.")
        return RedirectResponse("/operator", 303)

    async def login_form(self, request: Request) -> Response:
        """`GET /operator/login`."""
        return self._login(request)

    async def login(self, request: Request) -> Response:
        """`POST /operator/login`: the token for a cookie."""
        self.own(request)
        token, now = self.pages.settings.site.operator_token, self.pages.clock()
        if not self.door.is_patient(now):
            raise HTTPException(429, "Too many wrong tokens. Try again in a minute.", {"retry-after": "60"})
        if not security.is_token(form.one(await form.sent(request), "token"), token):
            self.door.wrong(now)
            return self._login(request, "That is not the operator’s token.", status=403)
        answer = RedirectResponse("/operator", 303)
        secure = self.pages.settings.site.base_url.startswith("https:")
        answer.set_cookie(
            security.COOKIE,
            security.session_of(token),
            path="/operator",
            httponly=True,
            samesite="strict",
            secure=secure,
            max_age=30 * 86400,
        )
        return answer

    async def logout(self, request: Request) -> Response:
        """`POST /operator/logout`."""
        self.own(request)
        answer = RedirectResponse("/", 303)
        answer.delete_cookie(security.COOKIE, path="/operator")
        return answer

    def _login(self, request: Request, message: str = "", status: int = 200) -> Response:
        context = LoginPage(frame=self.frame(request, "Sign in"), message=message)
        return respond.page(request, "login.html", context, status=status, cache=respond.PRIVATE)

    def frame(self, request: Request, title: str, json: str = "") -> Frame:
        """What stands around the operator's pages."""
        return self.pages.english.bare(title, json=json)

    def may(self, request: Request) -> bool:
        """Whether this is the operator."""
        return security.is_operator(request, self.pages.settings.site.operator_token)

    def own(self, request: Request) -> None:
        """Raises 403 for what another site's page sends."""
        if not security.is_own_request(request):
            raise HTTPException(403, "This came from another site’s page.")

    def acting(self, request: Request) -> Actions:
        """What the operator may do. Raises 403 for anyone else, 409 where this process only serves."""
        self.own(request)
        if not self.may(request):
            raise HTTPException(403, "This is for the operator.")
        if self.pages.actions is None:
            raise HTTPException(409, "This process only serves; add sources with `newsloom sources add`.")
        return self.pages.actions

    async def _overview(self, request: Request, message: str = "", *, failed: bool = False) -> Response:
        health = await run_in_threadpool(self.pages.reading.health, self.pages.clock())
        editions = await run_in_threadpool(self.pages.reading.editions)
        latency = await run_in_threadpool(self.pages.reading.latency, self.pages.clock())
        added = request.query_params.get("added", "")
        name = next((each.source.name for each in health.sources if each.source.id == added), "")
        if name:
            message = f"Added {name}. Its first articles come with the next round."
        context = OperatorPage(
            frame=self.frame(request, "Operator", json="/operator.json"),
            proposed=tuple(_proposed_line(each) for each in health.proposed),
            can_act=self.pages.actions is not None,
            message=message,
            failed=failed,
            choices=tuple(Link(text=each.name, href=each.id) for each in editions),
            sources=_sources(health, self.pages.clock()),
            summary=f"{_summary(health, self.pages.actions, self.pages.clock())} {latency_words(latency)}".strip(),
            counts=tuple(f"{each.stage}: {each.reason} ({each.count:,})" for each in health.counts),
            declined=tuple(
                DeclinedLine(
                    when=times.when(each.at, self.pages.clock()),
                    stage=each.stage,
                    reason=each.reason,
                    detail=each.detail,
                    subject=each.subject,
                )
                for each in health.latest
            ),
            made=tuple(map(corrected_line, await run_in_threadpool(self.pages.reading.corrections))),
            signed_in=security.is_signed_in(request, self.pages.settings.site.operator_token),
        )
        status = 400 if failed else 200
        return respond.page(request, "operator.html", context, status=status, cache=respond.PRIVATE)


def _sources(health: Health, now: datetime) -> tuple[SourceLine, ...]:
    return tuple(
        SourceLine(
            id=each.source.id,
            name=each.source.name or each.source.id,
            editions=each.editions,
            feeds=tuple(operator_line(feed, now) for feed in each.feeds),
        )
        for each in health.sources
    )


def _proposed_line(proposal: Proposal) -> ProposedLine:
    articles, outlets = present.counted(proposal.articles, "article"), present.counted(proposal.sources, "source")
    return ProposedLine(
        name=proposal.name or proposal.host,
        homepage=proposal.homepage,
        feed=proposal.feed,
        words=f"{articles} of {outlets} link to it.",
    )


def _summary(health: Health, actions: Actions | None, now: datetime) -> str:
    feeds = [feed.feed for each in health.sources for feed in each.feeds]
    failing = sum(1 for feed in feeds if feed.failures or feed.gone)
    sources = present.counted(len(health.sources), "source")
    said = f"{sources}, {present.counted(len(feeds), 'feed')}, {failing} failing."
    following = actions.next_round() if actions else None
    if following is not None and following > now:
        said += f" Next round in {times.ahead((following - now).total_seconds())}."
    return said
