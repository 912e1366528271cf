"""The operator's pages that only tell: how well the machine does, and the settings it runs with."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from newsloom.config import Told
from newsloom.site import respond, times
from newsloom.site.contexts import Fact, QualityPage, SettingLine, SettingsPage
from newsloom.site.health import latency_words
from newsloom.site.operator import Operator
from newsloom.store.reading.records import Quality

HIDDEN = "set, not shown"
_CREDENTIALS = re.compile(r"://[^/@]*@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Handlers, behind the operator's door. `told`: the settings as whoever started this process knows them."""

    operator: Operator
    told: tuple[Told, ...] = ()

    async def quality(self, request: Request) -> Response:
        """`GET /operator/quality`."""
        if not self.operator.may(request):
            return RedirectResponse("/operator/login", 303)
        pages = self.operator.pages
        now = pages.clock()
        found = await run_in_threadpool(pages.reading.quality, now)
        health = await run_in_threadpool(pages.reading.health, now)
        latency = latency_words(await run_in_threadpool(pages.reading.latency, now))
        context = QualityPage(
            frame=self.operator.frame(request, "Quality", json="/operator/quality.json"),
            facts=facts(found),
            latency=latency or "Nothing of the last day tells how soon it was here.",
            waiting=tuple(
                Fact(
                    name=f"waits to be {_QUEUES[each.stage]}",
                    value=f"{each.count:,}",
                    means=f"the first for {times.ahead((now - each.oldest).total_seconds())}" if each.oldest else "",
                )
                for each in found.waiting
            ),
            declined=tuple(Fact(name=f"{e.stage}: {e.reason}", value=f"{e.count:,}") for e in health.counts),
            versions=tuple(
                Fact(name=each.stage, value=f"version {each.version}", means=f"{each.count:,} articles")
                for each in found.versions
            ),
        )
        return respond.page(request, "quality.html", context, cache=respond.PRIVATE)

    async def settings(self, request: Request) -> Response:
        """`GET /operator/settings`."""
        if not self.operator.may(request):
            return RedirectResponse("/operator/login", 303)
        context = SettingsPage(
            frame=self.operator.frame(request, "Settings", json="/operator/settings.json"),
            settings=tuple(map(_line, self.told)),
        )
        return respond.page(request, "settings.html", context, cache=respond.PRIVATE)


_QUEUES = {"read": "read", "annotate": "annotated", "group": "grouped"}


def facts(found: Quality) -> tuple[Fact, ...]:
    """The figures of the newest news, each with what it means."""
    of_sample = f"of the newest {found.sampled:,} articles"
    return (
        Fact(
            name="Stories alone",
            value=_share(found.alone, found.stories),
            means=f"of {found.stories:,} stories with a report in the last day have one article only",
        ),
        Fact(
            name="Same event",
            value=_share(found.with_same, found.sampled),
            means=f"{of_sample} have another report of the same event beside them"
            + (f", {found.same_items / found.with_same:.1f} on average" if found.with_same else ""),
        ),
        Fact(name="Copies", value=_share(found.copies, found.sampled), means=f"{of_sample} share another’s text"),
        Fact(
            name="Read",
            value=_share(found.from_page, found.sampled),
            means=f"{of_sample} were read from their page, the others from the feed or an import alone",
        ),
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "none"


def _line(told: Told) -> SettingLine:
    return SettingLine(
        name=told.name,
        env=told.env,
        value=(HIDDEN if told.value else "empty") if told.secret else _said(told.value),
        default=_said(told.default),
        origin=told.origin,
        help=told.help,
    )


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    # An address may hold a password.
    return _CREDENTIALS.sub("://…@", f"{value}") or "empty"
