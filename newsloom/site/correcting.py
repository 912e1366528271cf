"""The operator's page of one story: split it, merge it with another, take an article out, undo what was done.

What the operator says becomes a row that the pipeline applies and every later look keeps to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from newsloom.site import form, links, present, respond, times
from newsloom.site.asked import asked_id
from newsloom.site.contexts import CorrectingPage, Link, MemberLine
from newsloom.site.corrected import corrected_line
from newsloom.site.operator import Operator
from newsloom.store.reading.records import Line, StoryRecord

DONE = "Noted. The story follows within seconds where news is being collected, and keeps to it."
UNDONE = "Withdrawn: the machine decides again."
MOST = 2**63 - 1
_STORY = re.compile(r"/story/([^/?#]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Correcting:
    """Handlers, behind the operator's door."""

    operator: Operator

    async def story(self, request: Request) -> Response:
        """`GET /operator/story/{id}`: the story's articles with what can be said of them."""
        if not self.operator.may(request):
            return RedirectResponse("/operator/login", 303)
        return await self._page(request, asked_id(request, "id"))

    async def split(self, request: Request) -> Response:
        """`POST /operator/story/{id}/split`: the chosen articles are a story of their own."""
        actions, story = self.operator.acting(request), asked_id(request, "id")
        chosen = [each for each in (await form.sent(request)).get("article", []) if len(each) <= 200]
        if not chosen:
            return await self._page(request, story, "Choose the articles that are another story.")
        if not await actions.split_story(story, chosen):
            return await self._page(request, story, "Choose some articles of this story, and leave some.")
        return self._back(request, story)

    async def merge(self, request: Request) -> Response:
        """`POST /operator/story/{id}/merge`: this story and another are one."""
        actions, story = self.operator.acting(request), asked_id(request, "id")
        sent = await form.sent(request)
        other = named_story(form.one(sent, "other") or form.one(sent, "near"))
        if not other or not await actions.merge_stories(story, other):
            return await self._page(request, story, "That is no other story. Its address or its id is needed.")
        return self._back(request, story)

    async def part(self, request: Request) -> Response:
        """`POST /operator/story/{id}/part`: not this article."""
        actions, story = self.operator.acting(request), asked_id(request, "id")
        if not await actions.part_article(form.one(await form.sent(request), "article")):
            return await self._page(request, story, "That article stands alone already, or is not here.")
        return self._back(request, story)

    async def withdraw(self, request: Request) -> Response:
        """`POST /operator/corrections/{seq}/withdraw`: undo a correction."""
        actions = self.operator.acting(request)
        story = form.one(await form.sent(request), "story")
        seq = request.path_params["seq"]
        if seq > MOST or not await actions.withdraw_correction(seq):
            raise HTTPException(404, "There is no such correction, or it is withdrawn already.")
        if not re.fullmatch(r"[\w.:~@+-]{1,200}", story):
            return RedirectResponse("/operator?withdrawn=1", 303)
        return self._back(request, story, "withdrawn")

    def _back(self, request: Request, story: str, done: str = "done") -> Response:
        said = {"edition": request.query_params.get("edition", ""), done: "1"}
        return RedirectResponse(links.correcting(story) + "?" + urlencode({k: v for k, v in said.items() if v}), 303)

    async def _page(self, request: Request, story_id: str, refusal: str = "") -> Response:
        context = await run_in_threadpool(self._context, request, story_id, refusal)
        status = 400 if refusal else 200
        return respond.page(request, "correcting.html", context, status=status, cache=respond.PRIVATE)

    def _context(self, request: Request, story_id: str, refusal: str) -> CorrectingPage:
        reading = self.operator.pages.reading
        record = reading.story(story_id)
        if record is None or not record.members:
            successor = reading.successor(story_id)
            record = reading.story(successor) if successor else None
        if record is None or not record.members:
            raise HTTPException(404, "There is no such story.")
        story_id = record.story.id
        editions = [each.id for each in reading.editions()]
        asked = request.query_params.get("edition", "")
        edition = asked if asked in editions else next(iter(editions), "")
        lead = record.story.lead or record.members[0]
        query = request.query_params
        done = DONE if "done" in query else UNDONE if "withdrawn" in query else ""
        return CorrectingPage(
            frame=self.operator.frame(request, f"Correct: {present.headline(lead)}"),
            can_act=self.operator.pages.actions is not None,
            message=refusal or done,
            failed=bool(refusal),
            story=Link(text=present.headline(lead), href=links.story(edition, story_id, present.headline(lead))),
            href=links.correcting(story_id),
            query=f"?{urlencode({'edition': edition})}",
            members=tuple(self._member(each, record, edition) for each in record.members),
            near=tuple(
                Link(
                    text=f"{each.headline or 'Untitled story'} ({present.counted(each.reports, 'report')})",
                    href=each.story_id,
                )
                for each in reading.neighbours(story_id)
            ),
            made=tuple(map(corrected_line, reading.corrections(story_id))),
            story_id=story_id,
        )

    def _member(self, line: Line, record: StoryRecord, edition: str) -> MemberLine:
        copies = sum(each.copy_of == line.id for each in record.copies)
        return MemberLine(
            id=line.id,
            headline=Link(text=present.headline(line), href=links.article(edition, line.id, present.headline(line))),
            outlet=present.outlet_name(line),
            when=times.when(line.shown_at, self.operator.pages.clock(), dated=line.dated),
            copies=copies,
        )


def named_story(said: str) -> str:
    """The story that an address of ours, or an id, names; "" where it is neither."""
    said = said.strip()
    found = _STORY.search(said)
    named = unquote(found[1]) if found else said
    return named if re.fullmatch(r"[\w.:~@+-]{1,200}", named) else ""
