"""What each page says, typed and frozen: the same context becomes HTML, JSON and Atom, so that they never disagree.

Everything in here has passed `newsloom.rights` and may leave. Addresses are root-relative, outlets' are http(s).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Words and where they lead; `href` "" where there is nowhere to go."""

    text: str
    href: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """A language that the interface speaks, by its own name, and the same page in it."""

    code: str
    name: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A time: exact for machines, short for people, in full on hover."""

    at: datetime
    short: str
    full: str
    day_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A lead image through our own proxy."""

    href: str
    alt: str
    credit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why two articles stand together: what they share. `note`: in words, where no pair was kept."""

    beside: str = ""
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    hours: str = ""
    likeness: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Who else carried the same text: some by name, the others counted."""

    named: tuple[Link, ...]
    more: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An article in a list. `href` is our page of it, `read_more` the outlet's own (ours where it has none)."""

    id: str
    headline: str
    lead: str
    href: str
    read_more: str
    away: bool
    outlet: Link
    source: str
    when: When
    language: str
    direction: Literal["ltr", "rtl", "auto"]
    foreign: bool
    note: str = ""
    passages: tuple[str, ...] = ()
    image: Image | None = None
    carried: Carried | None = None
    why: Why | None = None
    later: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story in a list: its lead article, how many wrote of it, the next best reports, why it stands where it does."""

    id: str
    href: str
    lead: Item
    reports: int
    copies: int
    section: str
    first_seen: datetime
    updated: datetime
    latest: When | None = None
    why: str = ""
    others: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around every page. `again`: seconds after which a page that waits for news looks again.

    `source`: the outlet whose page it is. `language`: of the interface; `chosen`: it was asked for with ?lang=, and
    so goes on from page to page; `languages`: the same page in the others.
    """

    site: str
    title: str
    language: str = "en"
    chosen: bool = False
    languages: tuple[Tongue, ...] = ()
    description: str = ""
    edition: str = ""
    edition_name: str = ""
    home: str = "/"
    search: str = ""
    query: str = ""
    editions: tuple[Link, ...] = ()
    sections: tuple[Link, ...] = ()
    canonical: str = ""
    feed: str = ""
    json_feed: str = ""
    json: str = ""
    again: int = 0
    index: bool = False
    source: str = ""
    operator: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Where a list goes on; "" at its ends."""

    newer: str = ""
    older: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionChoice:
    name: str
    href: str
    language: str
    sources: int
    updated: When | None
    top: Story | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoicePage:
    frame: Frame
    editions: tuple[EditionChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontPage:
    """A front page or one of its sections. `waits_for`: what an edition without stories lacks.

    `sections`: those that the bar above has no room for.
    """

    frame: Frame
    section: str
    top: Story | None
    stories: tuple[Story, ...]
    updated: When | None
    refreshes: str
    waits_for: Literal["", "sources", "round", "collector"]
    progress: str
    days: tuple[Link, ...]
    sections: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPage:
    frame: Frame
    day: str
    date: str
    stories: tuple[Story, ...]
    paging: Paging
    days: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """That and when an article changed; the headlines are "" where they are the same."""

    when: When
    old_headline: str
    headline: str
    lead: bool
    text: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePage:
    """The reference page: the article, the edition's line, and Similar News. `free`: only as the outlet's page says."""

    frame: Frame
    article: Item
    authors: tuple[str, ...]
    modified: When | None
    edition_line: str
    similar: tuple[Item, ...]
    related: tuple[Item, ...]
    story: Link | None
    counts: str
    changes: tuple[ChangeLine, ...] = ()
    free: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A step of time: how many reports and copies came in it."""

    at: When
    reports: int
    copies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An article on its outlet's line: `place` is the share of the span that had passed."""

    place: float
    copy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletRow:
    """An outlet's articles of a story."""

    outlet: Link
    first: When
    reports: int
    copies: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A story over time: all its articles by steps, and by outlet. `more`: outlets that are not listed."""

    start: When
    end: When
    step: str
    bars: tuple[Bar, ...]
    rows: tuple[OutletRow, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A passage of one outlet that `others` outlets say alike."""

    text: str
    item: Item
    others: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPage:
    """A story. `merged` says how many others became part of it; `split_from` leads to the one that it was part of."""

    frame: Frame
    story: Story
    agreed: tuple[Quote, ...]
    items: tuple[Item, ...]
    counts: str
    timeline: Timeline | None
    more: int
    elsewhere: tuple[Item, ...] = ()
    credits: tuple[str, ...] = ()
    merged: str = ""
    split_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLine:
    """A feed's health in words; `answers`: what its last polls were answered, counted."""

    url: str
    title: str
    state: Literal["well", "waiting", "failing", "gone"]
    words: str
    todo: str = ""
    answers: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePage:
    """An outlet. `days`: its articles of the last two weeks, day by day."""

    frame: Frame
    name: str
    homepage: str
    facts: tuple[str, ...]
    days: tuple[Bar, ...]
    feeds: tuple[FeedLine, ...]
    removed: bool
    items: tuple[Item, ...]
    paging: Paging


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """What was found. In the filters a link's `href` is what the form sends."""

    frame: Frame
    query: str
    source: str
    date: str
    language: str
    editions: tuple[Link, ...]
    sources: tuple[Link, ...]
    languages: tuple[Link, ...]
    items: tuple[Item, ...]
    paging: Paging
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletLine:
    """An outlet in the list of sources."""

    name: str
    homepage: str
    feeds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country's outlets; `name` "" for those of no one country."""

    name: str
    sources: tuple[OutletLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutPage:
    frame: Frame
    countries: tuple[Country, ...]
    counts: str
    user_agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    frame: Frame
    status: int
    heading: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    id: str
    name: str
    editions: tuple[str, ...]
    feeds: tuple[FeedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclinedLine:
    when: When
    stage: str
    reason: str
    detail: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedLine:
    """A site that many articles link to and that may be added."""

    name: str
    homepage: str
    feed: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorPage:
    frame: Frame
    proposed: tuple[ProposedLine, ...]
    can_act: bool
    message: str
    failed: bool
    choices: tuple[Link, ...]
    sources: tuple[SourceLine, ...]
    summary: str
    counts: tuple[str, ...]
    declined: tuple[DeclinedLine, ...]
    made: tuple[CorrectedLine, ...]
    signed_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPage:
    frame: Frame
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLine:
    """An article of a story that the operator may move."""

    id: str
    headline: Link
    outlet: str
    when: When
    copies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedLine:
    """A correction in words. `stands`: it may be withdrawn."""

    seq: int
    words: str
    state: str
    story_id: str
    stands: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectingPage:
    """The operator's page of a story. `near`: stories to merge it with, their ids as addresses."""

    frame: Frame
    can_act: bool
    message: str
    failed: bool
    story: Link
    story_id: str
    href: str
    query: str
    members: tuple[MemberLine, ...]
    near: tuple[Link, ...]
    made: tuple[CorrectedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A figure with what it means."""

    name: str
    value: str
    means: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPage:
    frame: Frame
    facts: tuple[Fact, ...]
    latency: str
    waiting: tuple[Fact, ...]
    declined: tuple[Fact, ...]
    versions: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingLine:
    """A setting as it stands. A secret's value is never in here."""

    name: str
    env: str
    value: str
    default: str
    origin: str
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsPage:
    frame: Frame
    settings: tuple[SettingLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordedLine:
    """One change of an article with its wording; `by` says who showed it."""

    when: When
    by: str
    old_headline: str
    headline: str
    old_lead: str
    lead: str
    words_in: int
    words_out: int
    wording: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedPage:
    """An article's changes, for the operator alone."""

    frame: Frame
    article: Link
    outlet: str
    made: tuple[WordedLine, ...]


Context = (
    ChoicePage
    | FrontPage
    | DayPage
    | ArticlePage
    | StoryPage
    | SourcePage
    | SearchPage
    | AboutPage
    | ErrorPage
    | OperatorPage
    | LoginPage
    | CorrectingPage
    | QualityPage
    | SettingsPage
    | RevisedPage
)
