"""The operator's page of one article's changes, word by word."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from newsloom.site import links, respond, times
from newsloom.site.asked import asked_id
from newsloom.site.contexts import Link, RevisedPage, WordedLine
from newsloom.site.operator import Operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Revising:
    """Handlers, behind the operator's door."""

    operator: Operator

    async def article(self, request: Request) -> Response:
        """`GET /operator/article/{id}`: how an article was worded before."""
        if not self.operator.may(request):
            return RedirectResponse("/operator/login", 303)
        found = await run_in_threadpool(self.operator.pages.reading.revisions, asked_id(request, "id"))
        if found is None:
            raise HTTPException(404, "There is no such article.")
        now = self.operator.pages.clock()
        context = RevisedPage(
            frame=self.operator.frame(request, "Changes of an article"),
            article=Link(text=found.article.headline, href=links.safe(found.article.url)),
            outlet=found.article.outlet,
            made=tuple(
                WordedLine(
                    when=times.when(each.at, now),
                    by="the page" if each.by_page else "the feed",
                    old_headline=each.old_headline,
                    headline=each.headline,
                    old_lead=each.old_lead,
                    lead=each.lead,
                    words_in=each.words_in,
                    words_out=each.words_out,
                    wording=each.wording,
                )
                for each in found.made
            ),
        )
        return respond.page(request, "revised.html", context, cache=respond.PRIVATE)
