"""Records of the store turned into what readers see: rights asked, addresses made, copies folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsloom import rights
from newsloom.config import Settings
from newsloom.site import links, times
from newsloom.site.contexts import Carried, Image, Item, Link, Story, When, Why
from newsloom.site.languages import direction, is_foreign
from newsloom.site.times import ENGLISH
from newsloom.site.words import N_, Words
from newsloom.store.reading.records import Line, Linked, PageState, Report, StoryLine
from newsloom.types import Evidence

# What an item says of its text where the outlet's page did not give it.
NOTES: dict[PageState, str] = {
    "read": "",
    "none": N_("Text from the outlet’s feed"),
    "waiting": N_("Text from the outlet’s feed; its page is not read yet"),
    "again": N_("Text from the outlet’s feed; its page did not answer, and is asked again"),
    "failed": N_("Text from the outlet’s feed; its page could not be read"),
}
RESERVED = N_("The outlet reserves its text: headline and link only")
# How much newer than the lead article the newest report must be for its time to be told.
LATER = timedelta(minutes=10)
CARRIERS_NAMED = 2
WHY_SHOWN = 8
LEAST_LIKENESS = 0.5  # below it the story was joined by its other reports, and a number would only puzzle


@dataclass(frozen=True, slots=True, kw_only=True)
class Presenter:
    """Turns records into contexts for one edition at one moment."""

    settings: Settings
    now: datetime
    edition_id: str
    say: Words

    def item(self, report: Report, *, carriers: Sequence[Line] = (), why: Why | None = None) -> Item:
        """A report with its lead, passages and image as far as its rights allow."""
        passages = rights.shown_passages(report.passages, report.rights, self.settings.rights)
        return self._item(
            report,
            lead=self._lead(report),
            note=self._note(report),
            passages=tuple(passage.text for passage in passages),
            image=self._image(report),
            carried=self.carried(carriers),
            why=why,
        )

    def line(self, line: Line) -> Item:
        """A report in one line, with no text of the outlet but its headline."""
        return self._item(line)

    def linked(self, linked: Linked, carriers: Sequence[Line]) -> Item:
        """A report beside another article, with why it is there."""
        why = self.why(linked.evidence, score=linked.score) if linked.evidence else None
        return self.item(linked.report, carriers=carriers, why=why)

    def story(self, story: StoryLine, lead: Report) -> Story:
        """A story with its lead and next best reports."""
        return Story(
            id=story.id,
            href=links.story(self.edition_id, story.id, lead.headline),
            lead=self.item(lead),
            reports=story.reports,
            copies=story.copies,
            section=story.section,
            first_seen=story.first_seen,
            updated=story.updated,
            latest=self.when(story.last_seen) if story.last_seen - lead.shown_at > LATER else None,
            why=self._place(story.reasons),
            others=tuple(self.line(each) for each in story.others),
        )

    def _place(self, reasons: Mapping[str, float]) -> str:
        """Why a story stands where it does on a front page; "" elsewhere."""
        if not {"reports", "hours"} <= set(reasons):
            return ""
        return self.say.say(
            "Its place comes from how many of this edition’s outlets wrote on it themselves (%(outlets)s) and from the "
            "age of their latest report when the page was ranked (%(age)s).",
            outlets=self.say.number(int(reasons["reports"])),
            age=times.ahead(reasons["hours"] * 3600, self.say),
        )

    def stories(self, found: Sequence[StoryLine]) -> tuple[Story, ...]:
        """Stories whose lead article still stands."""
        return tuple(self.story(each, each.lead) for each in found if each.lead is not None)

    def carried(self, carriers: Sequence[Line]) -> Carried | None:
        """Who else carried a text: the first outlets by name, the rest to unfold."""
        if not carriers:
            return None
        outlets = tuple(
            Link(text=self.outlet_name(each), href=links.safe(each.url) or self.href(each)) for each in carriers
        )
        return Carried(named=outlets[:CARRIERS_NAMED], more=outlets[CARRIERS_NAMED:])

    def why(self, evidence: Evidence, *, score: float | None = None, beside: str = "") -> Why:
        """The evidence in words."""
        return Why(
            beside=beside,
            names=evidence.names[:WHY_SHOWN],
            numbers=evidence.numbers[:WHY_SHOWN],
            terms=evidence.terms[:WHY_SHOWN],
            hours=times.apart(evidence.hours, self.say) if evidence.hours is not None else "",
            likeness=self.say.percent(score) if score is not None and score >= LEAST_LIKENESS else "",
        )

    def when(self, at: datetime, *, day_only: bool = False, dated: bool = True) -> When:
        return times.when(at, self.now, self.say, day_only=day_only, dated=dated)

    def href(self, line: Line) -> str:
        """Our own page of an article."""
        return links.article(self.edition_id, line.id, line.headline)

    def _item(
        self,
        line: Line,
        *,
        lead: str = "",
        note: str = "",
        passages: tuple[str, ...] = (),
        image: Image | None = None,
        carried: Carried | None = None,
        why: Why | None = None,
    ) -> Item:
        away = links.safe(line.url)
        return Item(
            id=line.id,
            headline=self.headline(line),
            lead=lead,
            href=self.href(line),
            read_more=away or self.href(line),
            away=bool(away),
            outlet=self.outlet(line),
            source=line.source_id if line.outlet else "",
            when=self.when(line.shown_at, dated=line.dated),
            language=line.language,
            direction=direction(line.language),
            foreign=is_foreign(line.language, self.say.code),
            note=note,
            passages=passages,
            image=image,
            carried=carried,
            why=why,
        )

    def outlet(self, line: Line) -> Link:
        """The outlet with its page, where it is known."""
        known = bool(line.outlet and line.source_id)
        return Link(text=self.outlet_name(line), href=links.source(self.edition_id, line.source_id) if known else "")

    def headline(self, line: Line) -> str:
        return headline(line, self.say)

    def outlet_name(self, line: Line) -> str:
        return outlet_name(line, self.say)

    def counts(self, reports: int, copies: int) -> str:
        """6 separately written reports · 14 copies."""
        return counts(reports, copies, self.say)

    def _note(self, report: Report) -> str:
        said = NOTES[report.page] if report.rights.analyse else RESERVED
        return self.say.say(said) if said else ""

    def _lead(self, report: Report) -> str:
        # Where mining is reserved, no text of theirs leaves, whatever an earlier read may have stored.
        return rights.shown_lead(report.lead, report.rights, self.settings.rights) if report.rights.analyse else ""

    def _image(self, report: Report) -> Image | None:
        if not (self.settings.site.images and links.safe(report.image) and rights.image_allowed(report.rights)):
            return None
        return Image(href=links.image(report.id), alt=report.image_alt)


def headline(line: Line, say: Words = ENGLISH) -> str:
    """The headline, or words that stand for it."""
    return line.headline.strip() or say.say("Untitled report")


def outlet_name(line: Line, say: Words = ENGLISH) -> str:
    """The outlet's name, else the host of its page."""
    return line.outlet or links.host(line.url) or say.say("an unnamed outlet")


def counted(count: int, one: str, many: str = "") -> str:
    """1 report, 2 reports, 1,200 reports."""
    return f"{count:,} " + (one if count == 1 else many or one + "s")


def counts(reports: int, copies: int, say: Words) -> str:
    """6 separately written reports · 14 copies."""
    said = say.count("%(count)s separately written report", "%(count)s separately written reports", reports)
    return said + (" · " + say.count("%(count)s copy", "%(count)s copies", copies) if copies else "")
