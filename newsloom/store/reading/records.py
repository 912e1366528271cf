"""What pages need of the store: frozen records, one or two for each kind of page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from newsloom.store.protocol import Proposal
from newsloom.types import CorrectionKind, EditionSpec, Evidence, Feed, Passage, Rights, SimilarityKind, Source

# "read": the page, or an import, spoke; else only the feed: its page waits, is asked for again, failed, or is none.
PageState = Literal["read", "waiting", "again", "failed", "none"]


def voice(owner: str | None, outlet: str | None, source_id: str, article_id: str) -> str:
    """Whose report an article is; see `Line.voice`."""
    if owner:
        return f"owner:{owner}"
    return f"source:{source_id}" if outlet else f"article:{article_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An article in one line: who, what, when, where. `outlet` is "" where nobody said."""

    id: str
    source_id: str
    outlet: str
    owner: str
    url: str
    headline: str
    language: str
    shown_at: datetime
    dated: bool
    story_id: str
    copy_of: str

    @property
    def voice(self) -> str:
        """Whose report this is: the owner, else the outlet; an unnamed outlet speaks for this article alone."""
        return voice(self.owner, self.outlet, self.source_id, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Line):
    """An article as lists show it. `rights` must be asked before `lead`, `image` or `passages` leave."""

    lead: str
    section: str
    page: PageState
    image: str
    image_alt: str
    rights: Rights
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A report beside another article: what kind of likeness, how sure, and the evidence where it was kept."""

    report: Report
    kind: SimilarityKind
    score: float | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLine:
    """A story as lists show it. `lead` is None where its article was taken down; `rank` 0: not placed."""

    id: str
    language: str
    first_seen: datetime
    last_seen: datetime
    updated: datetime
    reports: int
    copies: int
    lead: Report | None
    others: tuple[Line, ...] = ()
    rank: int = 0
    section: str = ""
    reasons: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontRecord:
    """An edition's ranked stories at the moment it was `ranked`."""

    edition: EditionSpec
    ranked: datetime | None
    stories: tuple[StoryLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When the edition was ranked, and what was taken down for good last."""

    ranked: datetime | None
    forgotten: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionLine:
    """An edition in the choice of editions, with its top story."""

    edition: EditionSpec
    ranked: datetime | None
    sources: int
    top: StoryLine | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """Other words than before, said by the feed or the page; `words_in` came to its text, `words_out` went.

    The lead and `wording` (see `newsloom.wording`) are for the operator alone, and empty elsewhere.
    """

    at: datetime
    by_page: bool
    old_headline: str
    headline: str
    lead_changed: bool
    words_in: int
    words_out: int
    old_lead: str = ""
    lead: str = ""
    wording: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisions:
    """An article with what it said before, newest first."""

    article: Line
    made: tuple[Revision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRecord:
    """An article with everything its page shows.

    `members`: the other separately written articles of its present story, most alike first; `links`: articles
    outside the story; `copies`: copies of the article itself or of any of those. `free`: what the outlet's page says of
    who may read it, None where it says nothing.
    """

    report: Report
    authors: tuple[str, ...]
    modified: datetime | None
    certainty: str
    country: str
    story_reports: int
    story_copies: int
    story_headline: str
    members: tuple[Linked, ...]
    links: tuple[Linked, ...]
    copies: tuple[Line, ...]
    revisions: tuple[Revision, ...] = ()
    image_credit: str = ""
    free: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A story of another language on the same event, by its lead report, with what both name."""

    story: StoryLine
    score: float
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRecord:
    """A story with its separately written articles in order of publication, and the copies of those.

    `why`: for an article the best evidence that ties it to another of the story. `total`: all separately written
    articles, where only a part of them is in `members`. `elsewhere`: stories of other languages on the same event.
    `credits`: for a member that credits a news agency, which. `merged`: how many other stories became part of it;
    `split_from`: the story that it was part of, "" for none.
    """

    story: StoryLine
    members: tuple[Report, ...]
    copies: tuple[Line, ...]
    why: Mapping[str, tuple[str, Evidence]]
    total: int
    elsewhere: tuple[Elsewhere, ...] = ()
    credits: Mapping[str, str] = field(default_factory=dict)
    merged: int = 0
    split_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A correction that a person made: of which story then, `headline` of the first article that it took out or merged.

    `articles`: how many those are. `applied`: since when the stories keep to it; None: as soon as the writer is next.
    """

    seq: int
    kind: CorrectionKind
    at: datetime
    story_id: str
    headline: str
    articles: int
    applied: datetime | None
    withdrawn: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another story with articles like those of one."""

    story_id: str
    headline: str
    reports: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """A feed, with how many new articles its polls of late brought, and how often they were answered with what."""

    feed: Feed
    recent_new: int = 0
    answers: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """How much an outlet brought on one day (UTC) in one language; `copies` are among the `articles`."""

    day: date
    language: str
    articles: int
    copies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """An outlet, what it brought on each of the last days, its feeds, and a page of its articles, newest first."""

    source: Source
    removed: datetime | None
    days: tuple[Volume, ...]
    feeds: tuple[FeedHealth, ...]
    newest: tuple[Report, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRecord:
    """A page of the stories whose last report came on `day` (UTC), newest first."""

    day: date
    stories: tuple[StoryLine, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRecord:
    """A page of search results, best first."""

    reports: tuple[Report, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """A source with its feeds, for the operator."""

    source: Source
    editions: tuple[str, ...]
    feeds: tuple[FeedHealth, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedCount:
    """How often a stage declined something for one reason."""

    stage: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedLine:
    """One thing that a stage declined."""

    at: datetime
    stage: str
    reason: str
    detail: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the operator's page shows."""

    sources: tuple[SourceHealth, ...]
    counts: tuple[RejectedCount, ...]
    latest: tuple[RejectedLine, ...]
    proposed: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits for a stage: how many articles, and since when the first of them."""

    stage: str
    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """How many of the newest articles one version of a stage treated."""

    stage: str
    version: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How well the machine does.

    `stories` with a report in the last day, `alone` those of one article. Of the `sampled` newest articles: `copies`,
    `from_page` (their page was read), `with_same` (another report of the same event stands beside), `same_items` of
    those in all.
    """

    stories: int
    alone: int
    sampled: int
    copies: int
    same_items: int
    with_same: int
    from_page: int
    waiting: tuple[Waiting, ...]
    versions: tuple[Versions, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much is in the store."""

    articles: int
    stories: int
    sources: int
    feeds: int
    feeds_failing: int
    last_polled: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """From publication to the stored article, over the last day's `articles`; None where there are none."""

    articles: int
    p50_s: float | None
    p95_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an edition's first round has come."""

    feeds: int
    asked: int
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecord:
    """An article's lead image at its outlet, with what the outlet allows."""

    url: str
    rights: Rights
