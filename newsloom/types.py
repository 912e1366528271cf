"""The words that every room speaks: frozen records, tuples, aware UTC datetimes.

Three layers stay apart: what the feed says (Entry), what the page says (Article), what we infer (Annotations,
Copy, Similarity, Story). Fields follow schema.org's NewsArticle in snake case where it has a name for them.
Imports nothing of Newsloom.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Kind = Literal["agency", "newspaper", "broadcaster", "magazine", "local", "specialist", ""]
Origin = Literal["page", "entry", "import"]
CopyKind = Literal["identical", "wire", "revision", "excerpt"]
SimilarityKind = Literal["copy", "same", "related"]
# The probability from which two bare headlines of one story (neither has any text) are told as the same event.
SURE = 0.85
CorrectionKind = Literal["merge", "split", "not-this"]
Certainty = Literal["exact", "day", "guessed", ""]
Stage = Literal["fetch", "feeds", "extract", "annotate", "similar", "stories", "editions", "import", "sources"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """What a stage declined, stored and counted so that `explain` can say why something is not shown.

    `reason` is a short fixed word (`timeout`, `robots`, `not-a-feed`, ...); `detail` one line for people.
    `retry_after`: seconds to wait before asking again, where the server said so. `status`: HTTP status or 0.
    """

    stage: Stage
    reason: str
    detail: str = ""
    url: str = ""
    status: int = 0
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An outlet. `country` is ISO 3166 alpha-2 in lower case, `languages` BCP 47; `feeds` are addresses.

    `folder`: where a reader's list had it ("News/World").
    """

    id: str
    name: str
    homepage: str = ""
    country: str = ""
    languages: tuple[str, ...] = ()
    owner: str = ""
    kind: Kind = ""
    folder: str = ""
    feeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """An address that lists news, with what the last polls said. `status` 0: never asked or no answer.

    `pace`: new articles a day as learned, None until it was read. `moved_to`, `moved_seen`: where permanent redirects
    lead, and in how many polls in a row. `asked_s`: how long it asks not to be polled again. `push_until`: its `hub`
    tells us of news until then; `topic` is its name there. `sought`: when another feed of the outlet was looked for.
    `digest`: of the last body that was read whole, "" where it must be read again.
    """

    id: str
    source_id: str
    url: str
    title: str = ""
    etag: str = ""
    last_modified: str = ""
    interval_s: int = 900
    next_poll: datetime | None = None
    last_polled: datetime | None = None
    last_success: datetime | None = None
    status: int = 0
    error: str = ""
    failing_since: datetime | None = None
    failures: int = 0
    gone: bool = False
    pace: float | None = None
    moved_to: str = ""
    moved_seen: int = 0
    asked_s: int = 0
    hub: str = ""
    topic: str = ""
    push_until: datetime | None = None
    sought: datetime | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that an entry points to; `length` in bytes as the feed wrote it ("" where it did not)."""

    url: str
    type: str = ""
    length: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a feed says of one item. `title` is plain text, `summary` and `content` sanitised HTML, links absolute."""

    id: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    image: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDocument:
    """A parsed feed: what it says of itself and its entries in the feed's order.

    `ttl_s`: how long the feed asks not to be polled again (ttl, sy:, Cache-Control), 0 where it does not say.
    `hub`: WebSub hub address, `topic` the feed's own as it names itself there. `notes`: repairs and cuts that were
    made, for `explain`.
    """

    title: str = ""
    link: str = ""
    subtitle: str = ""
    language: str = ""
    updated: datetime | None = None
    format: str = ""
    ttl_s: int = 0
    hub: str = ""
    topic: str = ""
    entries: tuple[Entry, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """A feed found on a page or in OPML. `folder`: OPML path with "/" between; `score`: how likely the news feed."""

    url: str
    title: str = ""
    homepage: str = ""
    folder: str = ""
    language: str = ""
    score: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Bytes as fetched. `headers` has lower-case names; `body` is decoded from transfer and content codings.

    `moved_to`: where permanent redirects (301, 308) alone led, "" where there were none.
    """

    requested_url: str
    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fetched: datetime
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What may be fetched, kept and shown, strictest of all that spoke; see `newsloom.rights`.

    `snippet_chars`: most characters of one passage, -1 no limit said, 0 none. `evidence`: one line each, with its
    origin ("meta robots: max-snippet:50").
    """

    analyse: bool = True
    snippet_chars: int = -1
    image: bool | None = None
    archive: bool = True
    evidence: tuple[str, ...] = ()
    checked: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post of a live blog."""

    headline: str
    date_published: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What the page (or, marked by `origin`, the entry or an import line) says of one piece of news.

    `paragraphs` is plain text without control characters; the article's `text` joins them with a newline, and all
    offsets count code points into that. `description` is the lead. `image` is absolute http(s) or "".
    `authors` are people, `agencies` the wires that the byline names beside them. `free`: what the page says of who may
    read it, None where it says nothing. `posts`: of a live blog the newest, newest first; `paragraphs` then are its
    intro and those. They are not stored.
    """

    id: str = ""
    source_id: str = ""
    url: str = ""
    canonical_url: str = ""
    headline: str = ""
    description: str = ""
    paragraphs: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    date_published: datetime | None = None
    published_certainty: Certainty = ""
    date_modified: datetime | None = None
    modified_certainty: Certainty = ""
    image: str = ""
    image_alt: str = ""
    image_credit: str = ""
    agencies: tuple[str, ...] = ()
    free: bool | None = None
    article_section: str = ""
    keywords: tuple[str, ...] = ()
    in_language: str = ""
    site_name: str = ""
    origin: Origin = "page"
    rights: Rights = Rights()
    posts: tuple[Post, ...] = ()

    @property
    def text(self) -> str:
        """The body as one string, paragraphs apart by one newline."""
        return "\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A span of the article's text worth quoting: whole sentences, code point offsets, score in 0..1."""

    text: str
    start: int
    end: int
    score: float


Terms = tuple[tuple[str, float], ...]
"""Words or numbers of a text and their weights there (idf included, frozen at ingest), heaviest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotations:
    """What we infer from one article alone; `version` names the code and background that made it.

    `terms` weighs the whole article (unit length, at most 100), `head` its headline and first words, `title` the
    headline alone (the first sentence where there is none). `signature`: the smallest hashes of its 5-word shingles,
    unsigned 32-bit, ascending; `shingles` how many different ones there are. `skips`: the smallest hashes of its pairs
    of words that stand close by and outside of quotation marks, unsigned 16-bit, ascending.
    """

    article_id: str = ""
    version: int = 0
    language: str = ""
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    terms: Terms = ()
    head: Terms = ()
    title: Terms = ()
    passages: tuple[Passage, ...] = ()
    signature: tuple[int, ...] = ()
    shingles: int = 0
    skips: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """An article that carries another's text. `containment`: share of its own shingles found in the original."""

    article_id: str
    original_id: str
    kind: CopyKind
    containment: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyMatch:
    """One text found in another, and what kind of copy it makes.

    `within`: the share of the shorter one's shingles, or of its close pairs of words where it was reworded. `lasting`:
    that is as much as forms that are filled in anew don't share, so that it is one however much later it comes.
    """

    within: float
    kind: CopyKind
    lasting: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An earlier article as seen from a new one: log-odds of the same event, and whether one carries the other."""

    other_id: str
    logit: float
    copy: CopyMatch | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why two articles were put together: what they share and how far apart they came."""

    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    hours: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Similarity:
    """Article `other_id` as seen from `article_id`. `score` is a calibrated probability of the same event."""

    article_id: str
    other_id: str
    score: float
    kind: SimilarityKind
    evidence: Evidence = Evidence()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Articles on one event. `reports` counts separately written articles of different owners, `copies` the rest."""

    id: str
    founded_by: str
    members: tuple[str, ...] = ()
    lead_id: str = ""
    language: str = ""
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    reports: int = 0
    copies: int = 0
    merged_from: tuple[str, ...] = ()
    split_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLink:
    """A story of another language on the same event, as seen from `story_id`, with what both name."""

    story_id: str
    other_id: str
    score: float
    evidence: Evidence = Evidence()


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person said of stories; it wins over the machine for good.

    split: the articles `one` are a story of their own, apart from `other`, the rest of what was theirs. merge: all
    of `one` and `other` are one story. not-this: the one article (with its copies) does not belong with `other`.
    `story_id` and `other_id` are the stories as they were called then.
    """

    seq: int
    kind: CorrectionKind
    at: datetime
    one: tuple[str, ...]
    other: tuple[str, ...]
    story_id: str = ""
    other_id: str = ""
    by: str = ""
    note: str = ""
    applied: datetime | None = None
    withdrawn: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionSpec:
    """What an edition is: a country's news in a language. `name` is shown ("United States")."""

    id: str
    name: str
    country: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A story's place in an edition (`rank` from 1) with the reasons, in words and numbers."""

    edition_id: str
    story_id: str
    rank: int
    score: float
    section: str = ""
    reasons: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """An edition at a moment."""

    spec: EditionSpec
    at: datetime
    placements: tuple[Placement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedArticle:
    """What the grouping stage takes: the article, its annotations, its place so far ("" where none).

    `dated`: False where `shown_at` is the time of the line before, as in `newsloom group`; a store always has one.
    """

    seq: int
    article: Article
    annotations: Annotations
    first_seen: datetime
    shown_at: datetime
    owner: str = ""
    story_id: str = ""
    copy: Copy | None = None
    dated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """What one grouping step decided, written in one transaction.

    `members`: article id -> story id for every article whose story was set or changed. `copies`: the copies found
    (an article that stopped being a copy stands in `uncopied`). `links`: similarities, stored in both directions
    and cut to the best `similar.max_similar` of each article. `stories`: the stories touched, with counts;
    `redirects`: old story id -> the story that took it over ("" members left: the row of the old id goes).
    `done`: ids of all articles treated, at `version`; `corrected`: corrections that are applied with this.
    `sealed_until`: what was first seen before has its final story with this. `credits`: the agency that an article
    credits ("" none). `across`: the links to other languages of the stories `linked`, in the place of those they had.
    `compared`: what comparing the articles `done` found, packed, by article, made as `compared_version` does it.
    `mark`: what the writer's files have with this (see pipeline.memory_files), None where that is not said.
    """

    done: tuple[str, ...] = ()
    version: int = 0
    members: dict[str, str] = field(default_factory=dict)
    copies: tuple[Copy, ...] = ()
    uncopied: tuple[str, ...] = ()
    links: tuple[Similarity, ...] = ()
    stories: tuple[Story, ...] = ()
    redirects: dict[str, str] = field(default_factory=dict)
    corrected: tuple[int, ...] = ()
    sealed_until: datetime | None = None
    credits: dict[str, str] = field(default_factory=dict)
    linked: tuple[str, ...] = ()
    across: tuple[StoryLink, ...] = ()
    compared: tuple[tuple[str, bytes], ...] = ()
    compared_version: int = 0
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Recalled:
    """An article of the window as the store has it, with what comparing it found, packed."""

    article_id: str
    source_id: str
    origin: Origin
    owner: str
    story_id: str
    first_seen: datetime
    shown_at: datetime
    copy: Copy | None
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportForRank:
    article_id: str
    source_id: str
    owner: str
    kind: str
    section: str
    shown_at: datetime
    is_copy: bool
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryForRank:
    """What ranking needs of a story: its counts and, for each report, its source, time, section and edition."""

    story: Story
    reports: tuple[ReportForRank, ...]
