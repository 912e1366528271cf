"""A source's page: how much it brings, in which languages, how its feeds do, its newest articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from newsloom.site import links
from newsloom.site.contexts import Bar, Paging, SourcePage
from newsloom.site.frames import Frames
from newsloom.site.health import feed_line
from newsloom.site.present import Presenter
from newsloom.site.words import N_, Words
from newsloom.store.reading.records import SourceRecord, Volume
from newsloom.store.reading.source import DAYS as VOLUME_DAYS
from newsloom.types import EditionSpec

LANGUAGES_SHOWN = 5
KINDS = {
    "agency": N_("News agency"),
    "newspaper": N_("Newspaper"),
    "broadcaster": N_("Broadcaster"),
    "magazine": N_("Magazine"),
    "local": N_("Local outlet"),
    "specialist": N_("Specialist outlet"),
}


def source_page(
    presenter: Presenter, frames: Frames, edition: EditionSpec, record: SourceRecord, page: int
) -> SourcePage:
    """What the outlet's page says."""
    source, say = record.source, presenter.say
    name = source.name or links.host(source.homepage) or source.id
    removed = record.removed is not None
    return SourcePage(
        frame=frames.of(
            edition,
            f"{name} – {say.edition(edition.name, edition.country)}",
            feed=links.source_feed(edition.id, source.id),
            source=source.id,
        ),
        name=name,
        homepage=links.safe(source.homepage),
        facts=_facts(record, say),
        days=_volume(record.days, presenter),
        feeds=() if removed else tuple(feed_line(each, presenter.now, say) for each in record.feeds),
        removed=removed,
        items=tuple(presenter.item(report) for report in record.newest),
        paging=Paging(
            newer=links.source(edition.id, source.id, page - 1) if page > 1 else "",
            older=links.source(edition.id, source.id, page + 1) if record.more else "",
        ),
    )


def _volume(volume: Sequence[Volume], presenter: Presenter) -> tuple[Bar, ...]:
    """A bar for each of the last days, those without articles too; none where there was nothing."""
    today = presenter.now.astimezone(UTC).date()
    bars = []
    for day in (today - timedelta(days=back) for back in reversed(range(VOLUME_DAYS))):
        at = presenter.when(datetime.combine(day, time(), UTC), day_only=True)
        mine = [each for each in volume if each.day == day]
        copies = sum(each.copies for each in mine)
        bars.append(Bar(at=at, reports=sum(each.articles for each in mine) - copies, copies=copies))
    return tuple(bars) if volume else ()


def _facts(record: SourceRecord, say: Words) -> tuple[str, ...]:
    source = record.source
    articles, copies = sum(each.articles for each in record.days), sum(each.copies for each in record.days)
    named = say.listed(map(say.language, source.languages)).unescape()
    said = (
        say.count("%(count)s article in the last two weeks", "%(count)s articles in the last two weeks", articles),
        say.say("%(share)s of them share text with another outlet’s", share=say.percent(copies / articles))
        if articles
        else "",
        say.say("Country: %(country)s", country=say.country(source.country)) if source.country else "",
        _languages_of_late(record.days, articles, say)
        or (say.say("Languages: %(languages)s", languages=named) if source.languages else ""),
        say.say("Owner: %(owner)s", owner=source.owner) if source.owner else "",
        say.say(KINDS[source.kind]) if source.kind in KINDS else source.kind,
    )
    return tuple(filter(None, said))


def _languages_of_late(days: Sequence[Volume], articles: int, say: Words) -> str:
    """The languages that an outlet wrote in, by their shares; "" where it is one or none."""
    spoken = Counter[str]()
    for each in days:
        spoken[each.language or "und"] += each.articles
    if len(spoken) < 2:
        return ""
    shares = [
        f"{say.language(language)} {say.percent(count / articles)}"
        for language, count in spoken.most_common(LANGUAGES_SHOWN)
    ]
    return say.say("Languages of late: %(languages)s", languages=say.listed(shares).unescape())
