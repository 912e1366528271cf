"""What the pipeline may ask of a store, and the records that pass between them.

Every method is one transaction, but for those that take many items: these take several, so that each stays short.
Claims are short leases (token, until): work that is not done when the lease ends may be claimed again, and `attempts`
is counted when work is claimed, so that what kills a worker is found out. Methods raise `StoreError` (disk full,
locked longer than `store.busy_s`, damaged) and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from newsloom.types import (
    AnnotatedArticle,
    Annotations,
    Article,
    Correction,
    EditionSpec,
    Entry,
    Feed,
    Grouped,
    Passage,
    Placement,
    Recalled,
    Rejected,
    Source,
    StoryForRank,
)

WRITER = "stories"

# The meta key that says what the files of the writer of stories have: see Grouped.mark.
MARK = "memory"

# The meta key that changes whenever something is taken down: what is remembered outside of the store must be told.
FORGOTTEN = "forgotten"
"""The name under which the writer of stories takes its lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """One item of a polled feed, ready to be stored: its minted id, its keys (aliases) and its entry article.

    `keys` are "l:" + normalised link, "g:" + guid and "s:" + a digest of what is said, in this order. `article` is the
    entry's own text as an Article (origin "entry"), shown until the page is read; its url is what will be fetched,
    unless the page there is not the article's own (`has_page`).
    """

    id: str
    keys: tuple[str, ...]
    entry: Entry
    article: Article
    has_page: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """How one poll of a feed went, with everything to be written in the one transaction of that feed.

    `decide`: what the feed becomes once it is known how many entries were new; without it `feed` as it is. `pushed`:
    the entries came from its hub, so that of the feed only pace and last success change.
    """

    feed: Feed
    entries: tuple[NewEntry, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    took_ms: int = 0
    decide: Callable[[int], Feed] | None = None
    pushed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PollCounts:
    """`seen` entries in the feed, `new` articles made, `changed` rows whose entry had been edited."""

    seen: int = 0
    new: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What was agreed with a feed's hub. `token` names our callback, `secret` signs what comes there.

    `state`: asked, active, silent (it does not tell what polls find), refused. `failures` of asking in a row.
    """

    feed_id: str
    token: str
    secret: str
    hub: str
    topic: str
    asked: datetime
    state: str = "asked"
    error: str = ""
    lease_until: datetime | None = None
    pushed: datetime | None = None
    failures: int = 0
    missed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What a hub brought; `feed` None where it was removed meanwhile."""

    seq: int
    feed: Feed | None
    at: datetime
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A site that is no source, and how many articles of how many sources link to it."""

    host: str
    sources: int
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A site that many articles link to, as it was when we looked; `feed` "" where it has none, with the reason."""

    host: str
    articles: int
    sources: int
    looked: datetime
    name: str = ""
    homepage: str = ""
    feed: str = ""
    language: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollLine:
    """One poll of a feed, as its history keeps it."""

    at: datetime
    status: int
    error: str
    entries: int
    new: int
    took_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageJob:
    """An article whose page is to be fetched; `entry` is what the feed said, `attempts` counts this one."""

    article: Article
    entry: Entry
    host: str
    attempts: int
    token: str
    first_seen: datetime
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A page that was looked at again and stands as it was read, or could not be had this time."""

    article_id: str
    token: str
    look_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadResult:
    """An article after the reading stage, with its annotations, or with why its page could not be had.

    `retry_at` set: the page will be asked for again then; the article (from the entry) is shown meanwhile. `look_at`:
    when a page that was read is looked at again, with the validators `etag` and `last_modified`. `cited`: the hosts of
    other sites that its paragraphs link to.
    """

    article: Article
    annotations: Annotations | None
    token: str
    first_seen: datetime
    rejected: Rejected | None = None
    retry_at: datetime | None = None
    look_at: datetime | None = None
    etag: str = ""
    last_modified: str = ""
    cited: tuple[str, ...] = ()
    read_version: int = 0
    annotate_version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToQuote:
    """A story that has got more reports: articles whose passages are due, with text, and what each voice states."""

    story_id: str
    reports: int
    due: tuple[AnnotatedArticle, ...]
    voices: tuple[AnnotatedArticle, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """An article with its passages weighed again, and its annotations with them."""

    article: AnnotatedArticle
    passages: tuple[Passage, ...]
    annotations: Annotations


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportMark:
    """How far the import of a file has come: a place in it (see `archive.At`) and what was counted up to there."""

    file: str
    items: int
    at: int = 0
    mark: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRow:
    """robots.txt of a host as last read. `reason`: "" or why it could not be had."""

    host: str
    status: int
    body: str
    fetched: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an article stands: its story and what it is a copy of ("" none)."""

    article_id: str
    story_id: str
    copy_of: str
    first_seen: datetime


class Sources(Protocol):
    """The catalogue's side of the store."""

    def put_editions(self, specs: Sequence[EditionSpec]) -> None: ...
    def editions(self) -> list[EditionSpec]: ...
    def put_source(self, source: Source, edition_ids: Sequence[str], now: datetime) -> bool:
        """Add or update a source with its feeds; True where it is new. Feeds start due at once."""
        ...

    def remove_source(self, source_id: str, now: datetime) -> bool:
        """Stop collecting it; its articles stay until they expire."""
        ...

    def sources(self, edition_id: str = "") -> list[Source]: ...
    def feeds(self, source_id: str = "") -> list[Feed]: ...
    def histories(self, most: int) -> dict[str, list[PollLine]]:
        """The latest polls of every feed, newest first, by the feed's id."""
        ...


class Queue(Protocol):
    """The work of the stages."""

    def claim_feeds(self, now: datetime, limit: int, lease_s: float, *, due_only: bool) -> list[Feed]:
        """Feeds to poll, longest waiting first, at most one a host and none whose host's feed is in hand.

        `due_only=False` takes every feed that is neither in back-off nor polled since `now`: a round gives the time
        when it began and gets each feed once, in as many calls as it likes.
        """
        ...

    def save_poll(self, polled: Polled, now: datetime) -> PollCounts:
        """Entries, aliases, validators, health and history of one feed, in one transaction.

        A feed whose address changed (a confirmed move) keeps its id; where another feed has that address already, it
        is gone. An entry whose keys are known for the source makes no article; tombstoned addresses are passed over.
        Edits (changed title or summary) leave a revision. They update what is known from the entry alone and put it
        back to work; a page that was read is looked at again where its headline changed, ever more rarely.
        """
        ...

    def save_quiet(self, polls: Sequence[Polled], now: datetime) -> None:
        """Polls without entries, of feeds that did not move: as `save_poll` would, many in one transaction."""
        ...

    def next_poll_at(self) -> datetime | None:
        """When the next feed comes due; None where there is none."""
        ...

    def claim_pages(
        self, now: datetime, limit: int, lease_s: float, *, version: int, busy_hosts: Iterable[str] = ()
    ) -> list[PageJob]:
        """Articles whose page is to be read, newest first, at most one a host and none of `busy_hosts`.

        Hosts that another opened store has pages of in hand are busy too. A page whose worker never came back is
        given out alone, one at a time: ask again after each `save_reads`. After six lost claims it is quarantined.
        """
        ...

    def claim_looks(
        self, now: datetime, limit: int, lease_s: float, *, since: datetime, busy_hosts: Iterable[str] = ()
    ) -> list[PageJob]:
        """Articles whose page is due to be looked at again: first seen after `since`, or in a story that is ranked.

        At most one a host, none of `busy_hosts`, and none of a host with pages still to be read.
        """
        ...

    def save_looks(self, looks: Sequence[Looked]) -> None:
        """Pages that stand as they were, or could not be had: when to look again."""
        ...

    def read_lately(self, source_id: str, most: int) -> list[Article]:
        """Articles of a source whose pages were asked for, newest first, those whose texts are still kept."""
        ...

    def twin(self, article_id: str, url: str) -> Article | None:
        """What the page at this address was read to for another source's article, with its text."""
        ...

    def next_page_at(self, *, version: int) -> datetime | None:
        """When the earliest page that waits for a retry comes due; None where nothing waits."""
        ...

    def save_reads(self, results: Sequence[ReadResult], now: datetime) -> None:
        """Articles, texts, annotations, search rows; only where the lease's token still holds."""
        ...

    def release(self, tokens: Sequence[str]) -> None:
        """Give claimed articles back untouched, as at a clean end; their claim does not count."""
        ...

    def claim_annotate(self, now: datetime, limit: int, lease_s: float, *, version: int) -> list[PageJob]:
        """Articles read whose annotations are older than `version` (imports, a new model), with their text."""
        ...

    def to_group(self, limit: int, *, version: int) -> list[AnnotatedArticle]:
        """Annotated articles not yet grouped at `version`, in the order (first seen, id)."""
        ...

    def window(self, since: datetime, *, compared_by: int | None = None) -> Iterator[AnnotatedArticle]:
        """Grouped articles shown after `since`, in the order (first seen, id), to fill the window index.

        Without paragraphs: what comparing needs stands in the annotations. `compared_by`: without those of which the
        store has what this version found; they come by `recall`.
        """
        ...

    def recall(self, since: datetime, version: int) -> Iterator[Recalled]:
        """Grouped articles shown after `since` with what this version found, in the order in which it compared them."""
        ...

    def drop_compared(self, article_ids: Sequence[str]) -> None:
        """These left the window: what comparing them found is not wanted again."""
        ...

    def stretch(self, since: datetime, before: datetime) -> Iterator[AnnotatedArticle]:
        """Grouped articles first seen from `since` and before `before`, in the order (first seen, id), as `window`."""
        ...

    def stream_ends(self) -> tuple[datetime | None, datetime | None]:
        """When the first and the last of the grouped articles were first seen; None where there are none."""
        ...

    def sealed_until(self) -> datetime | None:
        """What was first seen before has its final story."""
        ...

    def save_grouped(self, grouped: Grouped, now: datetime, epoch: int) -> None:
        """One grouping step; raises StoreError where `epoch` is no longer that of the lease WRITER."""
        ...

    def to_quote(self, limit: int, *, version: int) -> list[ToQuote]:
        """Stories whose passages wait to be weighed again, those told last first."""
        ...

    def save_quotes(self, told: ToQuote, quoted: Sequence[Quoted], now: datetime, *, version: int) -> None:
        """Passages weighed again, where the article still has those that were weighed and the same story."""
        ...

    def take_writer(self, name: str, token: str, now: datetime, lease_s: float) -> int | None:
        """The epoch of the one writer of stories, or None while another holds it.

        Call again to extend, with a lease of no time to give it back. A holder whose process ended holds nothing.
        """
        ...

    def stories_for_rank(self, edition_id: str, since: datetime) -> list[StoryForRank]:
        """Stories last seen after `since`, with their reports by sources of the edition; counts are of all reports."""
        ...

    def save_edition(self, edition_id: str, placements: Sequence[Placement], now: datetime) -> None: ...
    def robots(self, host: str) -> RobotsRow | None: ...
    def put_robots(self, row: RobotsRow) -> None: ...
    def reservation(self, host: str) -> RobotsRow | None:
        """tdmrep.json of a host as last read."""
        ...

    def put_reservation(self, row: RobotsRow) -> None: ...
    def waits(self, now: datetime) -> dict[str, datetime]:
        """The hosts that asked to be left alone beyond `now`, and until when."""
        ...

    def put_wait(self, host: str, until: datetime) -> None: ...
    def reject(self, rejected: Sequence[Rejected], now: datetime, source_id: str = "") -> None: ...
    def import_articles(
        self, articles: Sequence[tuple[NewEntry, Annotations | None]], now: datetime, mark: ImportMark | None = None
    ) -> int:
        """Articles that came with their text (`origin` "import"); returns how many were new.

        One transaction, so not many at once. `mark` lands with them, its count of `new` raised by the new ones; one
        that is `done` is no longer kept.
        """
        ...

    def import_mark(self, file: str) -> ImportMark | None:
        """How far an import of this file came before it was broken off."""
        ...

    def expire(self, now: datetime) -> int:
        """Drop texts past their time and old history; returns the number of texts dropped."""
        ...

    def forget(self, url: str, now: datetime, reason: str = "") -> int:
        """Take an address down everywhere for good, with a tombstone; returns how many articles went.

        "s:" and a source's id takes the whole source down.
        """
        ...

    def background_days(self, language: str, before: str) -> list[tuple[str, int, dict[str, int]]]:
        """(day, documents, word counts) of the days before `before` (ISO), for the lagging IDF."""
        ...

    def add_background(self, language: str, day: str, documents: int, counts: dict[str, int]) -> None:
        """Add to the counts of a day."""
        ...

    def get_meta(self, key: str, default: str = "") -> str: ...
    def put_meta(self, key: str, value: str) -> None: ...


class Corrections(Protocol):
    """What people say of stories: rows, which the pipeline applies and every later look keeps to.

    The first three return the correction's number, 0 where there was nothing to correct (an unknown story, no
    article of it named, none left behind). A merged story may be named by its old id.
    """

    def split_story(
        self, story_id: str, article_ids: Sequence[str], now: datetime, *, by: str = "", note: str = ""
    ) -> int:
        """These articles of the story, with their copies, are a story of their own."""
        ...

    def merge_stories(self, story_id: str, other_id: str, now: datetime, *, by: str = "", note: str = "") -> int:
        """The two stories are one."""
        ...

    def part_article(self, article_id: str, now: datetime, *, by: str = "", note: str = "") -> int:
        """Not this: the article, with its copies, does not belong with the others of its story."""
        ...

    def withdraw_correction(self, seq: int, now: datetime) -> bool:
        """The machine decides again; False where there is no such correction, or it is withdrawn already."""
        ...

    def corrections(self, *, after: int = 0) -> list[Correction]:
        """Every correction numbered above `after`, withdrawn ones too, in the order in which they were made."""
        ...

    def waiting_corrections(self) -> list[Correction]:
        """Corrections made or withdrawn that do not stand in the stories yet."""
        ...

    def stories_around(self, article_ids: Sequence[str]) -> list[Standing]:
        """All articles of every story that holds one of these, in the order (first seen, id)."""
        ...

    def free_story_id(self, article_id: str) -> str:
        """An id for a story split off that this article founds: of a generation that no story ever had."""
        ...


class HubRows(Protocol):
    """Subscriptions at hubs, and what hubs brought."""

    def hub_feeds(self) -> list[tuple[Feed, Subscription | None]]:
        """The feeds that name a hub, each with what was agreed with it."""
        ...

    def put_subscription(self, subscription: Subscription) -> None: ...
    def subscription(self, token: str) -> Subscription | None: ...
    def confirm_subscription(self, token: str, topic: str, lease_s: int, now: datetime) -> bool:
        """The hub verified what we asked for; False where we asked for no such thing."""
        ...

    def deny_subscription(self, token: str, topic: str, why: str) -> bool: ...
    def put_push(self, token: str, body: bytes, content_type: str, now: datetime) -> bool:
        """Keep a delivery; False where too many of the feed wait already."""
        ...

    def next_push(self) -> Push | None: ...
    def push_done(self, seq: int) -> None: ...


class Scouted(Protocol):
    """Feeds in place of those that fail for long, and sites that many articles link to."""

    def lost_feeds(self, failing_before: datetime, sought_before: datetime, limit: int) -> list[tuple[Feed, str]]:
        """Feeds that have failed since then, with their outlet's homepage, not looked for since `sought_before`."""
        ...

    def put_sought(self, lost: Feed, found: str, now: datetime) -> None:
        """Another feed was looked for; `found` takes the lost one's place, "" leaves it as it is."""
        ...

    def cited(self, since: datetime, sources_least: int, articles_least: int, limit: int) -> list[Cited]:
        """Sites linked to since then by so many, the most linked first; no sources, none looked at since then."""
        ...

    def put_proposal(self, proposal: Proposal) -> None: ...
    def proposals(self) -> list[Proposal]:
        """The sites with a feed that are no sources yet, those that most outlets link to first."""
        ...


class Store(Sources, Queue, Corrections, HubRows, Scouted, Protocol):
    """All of it, and the ends of its life. `newsloom.store.open_store` makes one.

    `where` is its file: messages name it, and what is only a cache of it lies beside it.
    """

    where: str

    def close(self) -> None: ...
