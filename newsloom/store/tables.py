"""The schema: every table with what it is for. Portable between SQLite and PostgreSQL.

Times are integers, milliseconds since 1970 UTC, and come out as aware datetimes (`Moment`). Ids are short strings.
The database is the queue: `articles.read_version`, `annotate_version` and `group_version` say which version of
a stage last treated a row; a row below the present version is work to be claimed. What waits stands in partial
indexes, as small as the queue itself, however many articles there are.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """An aware datetime kept as milliseconds since 1970 UTC: exact, sortable, the same in every database."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // timedelta(milliseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(milliseconds=value)


class Words(TypeDecorator[str]):
    """Text that any database takes and any page can show: without NUL and lone surrogates, whoever let them in."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


metadata = sa.MetaData()
_seq = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(name: str, **more: object) -> sa.Column[str]:
    return sa.Column(name, Words, nullable=False, server_default="", **more)  # type: ignore[arg-type]


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


def _partial(name: str, *columns: str, where: str) -> sa.Index:
    return sa.Index(name, *columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def unindexed(column: sa.Column[int]) -> sa.ColumnElement[int]:
    """The same number where an index on it must not be chosen: SQLite can't know how few rows another one leaves."""
    return column + 0


# What we know by ourselves: versions, the writer's epoch, when the last round ended.
meta = sa.Table("meta", metadata, sa.Column("key", Words, primary_key=True), _text("value"))

editions = sa.Table(
    "editions",
    metadata,
    sa.Column("id", Words, primary_key=True),
    _text("name"),
    _text("country"),
    _text("language"),
    _count("position"),
    sa.Column("ranked", Moment),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("id", Words, primary_key=True),
    _text("name"),
    _text("homepage"),
    _text("country"),
    sa.Column("languages", sa.JSON, nullable=False),
    _text("owner"),
    _text("kind"),
    sa.Column("added", Moment, nullable=False),
    sa.Column("removed", Moment),
    # Where the OPML list that it came in had it, "" for the top.
    _text("folder"),
)

edition_sources = sa.Table(
    "edition_sources",
    metadata,
    sa.Column("edition_id", Words, primary_key=True),
    sa.Column("source_id", Words, primary_key=True),
    sa.Index("edition_sources_by_source", "source_id"),
)

# Feeds in somebody's hands.
POLLED = "claim_token != ''"

feeds = sa.Table(
    "feeds",
    metadata,
    sa.Column("id", Words, primary_key=True),
    sa.Column("source_id", Words, nullable=False, index=True),
    sa.Column("url", Words, nullable=False, unique=True),
    _text("title"),
    _text("etag"),
    _text("last_modified"),
    sa.Column("interval_s", sa.Integer, nullable=False, server_default="900"),
    sa.Column("next_poll", Moment, nullable=False, index=True),
    sa.Column("last_polled", Moment),
    sa.Column("last_success", Moment),
    _count("status"),
    _text("error"),
    sa.Column("failing_since", Moment),
    _count("failures"),
    sa.Column("gone", sa.Boolean, nullable=False, server_default=sa.false()),
    _text("claim_token"),
    sa.Column("claim_until", Moment),
    _text("host", index=True),
    # New articles a day, as learned from its polls; null until it has been read.
    sa.Column("pace", sa.Float),
    # Where permanent redirects lead, and in how many polls in a row they did.
    _text("moved_to"),
    _count("moved_seen"),
    # The WebSub hub that it names, and the address under which the hub knows it.
    _text("hub"),
    _text("topic"),
    # How long it asks not to be polled again, 0 where it does not; and until when its hub tells us of news.
    _count("asked_s"),
    sa.Column("push_until", Moment),
    # When another feed of its outlet was last looked for, because it fails for long.
    sa.Column("sought", Moment),
    # Of the last body that was read: servers without validators send the same one again and again.
    _text("digest"),
    _partial("feeds_in_hand", "host", "claim_until", where=POLLED),
)

# Feeds whose hub tells us of news: our address there is /hub/{token}. `state`: asked, active, silent, refused.
subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("feed_id", Words, primary_key=True),
    sa.Column("token", Words, nullable=False, unique=True),
    _text("secret"),
    _text("hub"),
    _text("topic"),
    _text("state"),
    _text("error"),
    sa.Column("asked", Moment, nullable=False),
    sa.Column("lease_until", Moment),
    sa.Column("pushed", Moment),
    # Refusals in a row; and polls in a row that found news of which the hub had said nothing.
    _count("failures"),
    _count("missed"),
)

# What hubs brought, as it came, until the pipeline has read it.
pushes = sa.Table(
    "pushes",
    metadata,
    sa.Column("seq", _seq, primary_key=True, autoincrement=True),
    sa.Column("feed_id", Words, nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    _text("content_type"),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

# Which outlets' articles link to which sites that are no source of ours.
citations = sa.Table(
    "citations",
    metadata,
    sa.Column("host", Words, primary_key=True),
    sa.Column("source_id", Words, primary_key=True),
    _count("articles"),
    sa.Column("last", Moment, nullable=False),
)

# Sites that many articles link to, looked at: a feed was found there, or none. The operator adds them, or does not.
proposals = sa.Table(
    "proposals",
    metadata,
    sa.Column("host", Words, primary_key=True),
    _text("name"),
    _text("homepage"),
    _text("feed"),
    _text("language"),
    _count("articles"),
    _count("sources"),
    sa.Column("looked", Moment, nullable=False),
    _text("detail"),
)

# History of polls; the newest fifty of a feed are kept.
feed_polls = sa.Table(
    "feed_polls",
    metadata,
    sa.Column("seq", _seq, primary_key=True, autoincrement=True),
    sa.Column("feed_id", Words, nullable=False),
    sa.Column("at", Moment, nullable=False),
    _count("status"),
    _text("error"),
    _count("entries"),
    _count("new"),
    _count("took_ms"),
    sa.Index("feed_polls_by_feed", "feed_id", "at"),
)

# robots.txt and tdmrep.json as last read, and until when a host asked us to wait: a restart does not forget.
hosts = sa.Table(
    "hosts",
    metadata,
    sa.Column("host", Words, primary_key=True),
    _count("robots_status"),
    _text("robots"),
    _text("robots_reason"),
    sa.Column("robots_fetched", Moment),
    _count("tdm_status"),
    _text("tdm"),
    _text("tdm_reason"),
    sa.Column("tdm_fetched", Moment),
    sa.Column("wait_until", Moment),
)

# What waits for a stage. Queries repeat these words literally, or SQLite does not see that an index serves.
UNREAD = "read_version = 0 AND lost = 0 AND quarantined = ''"
TO_RETRY = f"{UNREAD} AND retry_at IS NOT NULL"
TO_LOOK_AT = "look_at IS NOT NULL"
UNANNOTATED = "annotate_version = 0 AND read_version > 0 AND lost = 0 AND quarantined = ''"
# Below zero: its text changed while it may have been in the grouper's hands, so that one more turn is due.
UNGROUPED = "group_version <= 0 AND annotate_version > 0"
IN_HAND = "lost > 0"
READ = "read_version > 0"
ANNOTATED = "annotate_version > 0"
GROUPED = "group_version > 0"
TO_QUOTE = "reports > 1 AND quoted <> reports"
# The version of what no stage needs to treat: an import's page, an article without annotations.
SETTLED = 1_000_000_000

# One row an article: what the page or entry says, where it stands in the queue, and what it belongs to.
articles = sa.Table(
    "articles",
    metadata,
    sa.Column("seq", _seq, primary_key=True, autoincrement=True),
    sa.Column("id", Words, nullable=False, unique=True),
    sa.Column("source_id", Words, nullable=False),
    _text("feed_id"),
    sa.Column("url", Words, nullable=False),
    _text("host"),
    _text("canonical_url"),
    _text("guid"),
    sa.Column("first_seen", Moment, nullable=False),
    # The time that readers see and pages sort by: published, clamped to [1990, first seen], else first seen.
    sa.Column("shown_at", Moment, nullable=False),
    _text("headline"),
    _text("lead"),
    sa.Column("authors", sa.JSON, nullable=False),
    sa.Column("published", Moment),
    _text("published_certainty"),
    sa.Column("modified", Moment),
    _text("image"),
    _text("image_alt"),
    # What few pages say: {"agencies","image_credit","free","modified_certainty"}, each where it was said.
    sa.Column("details", sa.JSON, nullable=False, server_default="{}"),
    _text("section"),
    sa.Column("keywords", sa.JSON, nullable=False),
    _text("language"),
    _text("site_name"),
    _text("origin"),
    sa.Column("rights", sa.JSON, nullable=False),
    # Key passages as {"text","start","end","score"}; they stay when the text expires, and `newsloom.rights` cuts them.
    sa.Column("passages", sa.JSON, nullable=False),
    # What the feed said, kept until the page is read: {"title","summary","content",...}.
    sa.Column("entry", sa.LargeBinary),
    _count("read_version"),
    _count("annotate_version"),
    _count("group_version"),
    # How often it was claimed; and how often since a result last came of it, which tells what kills workers.
    _count("attempts"),
    _count("lost"),
    sa.Column("retry_at", Moment),
    _text("claim_token"),
    sa.Column("claim_until", Moment),
    _text("quarantined"),
    _text("story_id"),
    _text("copy_of"),
    _text("copy_kind"),
    sa.Column("containment", sa.Float, nullable=False, server_default="0"),
    # With how many reports of its story its passages were weighed, 0: alone.
    _count("quoted"),
    _count("quote_version"),
    # What the feed last said of an article whose page was read, to tell when it says something else.
    _text("said_headline"),
    _text("said_lead"),
    # Validators of the page, and when it is looked at again: whether it still stands, and what it permits now.
    _text("etag"),
    _text("last_modified"),
    sa.Column("look_at", Moment),
    sa.Index("articles_by_story", "story_id", "shown_at"),
    sa.Index("articles_by_copy", "copy_of"),
    # What an outlet brought, by day and language, copies apart, is counted in here alone.
    sa.Index("articles_by_source", "source_id", "shown_at", "language", "copy_of"),
    sa.Index("articles_by_time", "shown_at"),
    sa.Index("articles_by_url", "url"),
    # Work never done before, by host and by age; then what is in hand or was lost; then work of older versions.
    _partial("articles_to_read", "host", "first_seen", "shown_at", "retry_at", where=UNREAD),
    _partial("articles_to_read_by_time", "first_seen", "shown_at", "host", "retry_at", where=UNREAD),
    _partial("articles_to_retry", "retry_at", where=TO_RETRY),
    _partial("articles_to_look_at", "look_at", where=TO_LOOK_AT),
    _partial("articles_to_annotate", "first_seen", where=UNANNOTATED),
    _partial("articles_to_group", "first_seen", "id", where=UNGROUPED),
    _partial("articles_in_hand", "lost", where=IN_HAND),
    _partial("articles_read", "read_version", "first_seen", where=READ),
    _partial("articles_annotated", "annotate_version", "first_seen", where=ANNOTATED),
    _partial("articles_grouped", "group_version", "first_seen", "id", where=GROUPED),
)

# An article's other addresses and guids: "l:" + normalised link, "g:" + guid, unique within its source.
aliases = sa.Table(
    "aliases",
    metadata,
    sa.Column("key", Words, primary_key=True),
    sa.Column("source_id", Words, primary_key=True),
    sa.Column("article_id", Words, nullable=False, index=True),
)

# Edits that a feed showed, or a page that was read again: what was said before and after. The newest twenty of an
# article are kept; `wording`, the changes of the text word by word, no longer than texts are.
revisions = sa.Table(
    "revisions",
    metadata,
    sa.Column("seq", _seq, primary_key=True, autoincrement=True),
    sa.Column("article_id", Words, nullable=False),
    sa.Column("at", Moment, nullable=False),
    _text("old_headline"),
    _text("headline"),
    _text("old_lead"),
    _text("lead"),
    sa.Column("origin", Words, nullable=False, server_default="feed"),
    _count("words_in"),
    _count("words_out"),
    sa.Column("wording", sa.LargeBinary),
    sa.Index("revisions_by_article", "article_id", "at"),
    _partial("revisions_worded", "at", where="wording IS NOT NULL"),
)

# Bodies, zlib, apart from the rows that pages read; dropped when `expires` has passed.
texts = sa.Table(
    "texts",
    metadata,
    sa.Column("article_id", Words, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("expires", Moment, nullable=False, index=True),
)

# What the similarity room needs to compare an article again after a restart: zlib of JSON, see store.annotations.
annotated = sa.Table(
    "annotations",
    metadata,
    sa.Column("article_id", Words, primary_key=True),
    _count("version"),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

# What the writer of stories found when it compared an article, in the order in which it did (see pipeline.compared):
# a start does not compare it again. Rows go when their articles leave the window.
compared = sa.Table(
    "compared",
    metadata,
    sa.Column("seq", _seq, primary_key=True, autoincrement=True),
    sa.Column("article_id", Words, nullable=False, unique=True),
    _count("version"),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

stories = sa.Table(
    "stories",
    metadata,
    sa.Column("id", Words, primary_key=True),
    _text("founded_by"),
    _text("lead_id"),
    _text("language"),
    sa.Column("first_seen", Moment, nullable=False),
    sa.Column("last_seen", Moment, nullable=False, index=True),
    _count("members"),
    _count("reports"),
    _count("copies"),
    sa.Column("updated", Moment, nullable=False, index=True),
    _text("split_from"),
    # How many reports it had when the passages of its articles were last weighed.
    _count("quoted"),
    _partial("stories_to_quote", "updated", where=TO_QUOTE),
)

# Merged and split ids keep working for good.
story_redirects = sa.Table(
    "story_redirects",
    metadata,
    sa.Column("old_id", Words, primary_key=True),
    sa.Column("story_id", Words, nullable=False, index=True),
    _text("reason"),
    sa.Column("at", Moment, nullable=False),
)

# Both directions are rows, so that an article's page reads one index range, best first; bounded per article.
similarities = sa.Table(
    "similarities",
    metadata,
    sa.Column("article_id", Words, primary_key=True),
    sa.Column("other_id", Words, primary_key=True),
    sa.Column("score", sa.Float, nullable=False),
    _text("kind"),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Index("similarities_by_other", "other_id"),
    sqlite_with_rowid=False,
)

placements = sa.Table(
    "placements",
    metadata,
    sa.Column("edition_id", Words, primary_key=True),
    sa.Column("rank", sa.Integer, primary_key=True),
    sa.Column("story_id", Words, nullable=False, index=True),
    sa.Column("score", sa.Float, nullable=False),
    _text("section"),
    sa.Column("reasons", sa.JSON, nullable=False),
)

# Why something is not shown; `subject` is a URL, a feed id or an article id.
rejected = sa.Table(
    "rejected",
    metadata,
    sa.Column("seq", _seq, primary_key=True, autoincrement=True),
    sa.Column("at", Moment, nullable=False, index=True),
    _text("stage"),
    _text("reason"),
    _text("detail"),
    _text("subject", index=True),
    _text("source_id", index=True),
)

# Addresses and names that must never be collected again: key is "u:" + hash of the normalised URL, "s:" + source id.
tombstones = sa.Table(
    "tombstones",
    metadata,
    sa.Column("key", Words, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    _text("reason"),
)

# Document counts of words, a row a language and day; sums over days older than two are the background.
background = sa.Table(
    "background",
    metadata,
    sa.Column("language", Words, primary_key=True),
    sa.Column("day", Words, primary_key=True),
    _count("documents"),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

# Who may write stories, and until when; `epoch` grows with every take-over, `holder` tells the process (see claims).
leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", Words, primary_key=True),
    _text("token"),
    _text("holder"),
    _count("epoch"),
    sa.Column("until", Moment, nullable=False),
)

# What people said of stories, for good: the pipeline applies each, and every later look keeps to it.
corrections = sa.Table(
    "corrections",
    metadata,
    sa.Column("seq", _seq, primary_key=True, autoincrement=True),
    sa.Column("kind", Words, nullable=False),
    sa.Column("at", Moment, nullable=False),
    # The stories as they were called then; "" where there was no other one.
    _text("story_id"),
    _text("other_id"),
    _text("by"),
    _text("note"),
    sa.Column("applied", Moment),
    sa.Column("withdrawn", Moment),
    sa.Index("corrections_to_apply", "applied"),
)

# The articles that a correction speaks of: side 1 is what was taken out or merged, side 2 what it is held against.
corrected = sa.Table(
    "corrected",
    metadata,
    sa.Column("correction", sa.BigInteger, primary_key=True),
    sa.Column("article_id", Words, primary_key=True, index=True),
    _count("side"),
)

# How far the import of a file has come: written with the articles that it brought, gone when the file is done.
imports = sa.Table(
    "imports",
    metadata,
    sa.Column("file", Words, primary_key=True),
    sa.Column("items", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("at", sa.BigInteger, nullable=False, server_default="0"),
    _text("mark"),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("updated", Moment, nullable=False),
)

# Stories of other languages on the same event, both directions as rows.
story_links = sa.Table(
    "story_links",
    metadata,
    sa.Column("story_id", Words, primary_key=True),
    sa.Column("other_id", Words, primary_key=True, index=True),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
)

# The news agency that an article credits, where it credits one.
credited = sa.Table("credits", metadata, sa.Column("article_id", Words, primary_key=True), _text("agency"))
