"""The queue as a state machine: whatever is claimed, killed, late or saved, nothing is lost and nothing doubled."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from newsloom.store import PageJob
from tests.store_kit import NOW, add_source, group, new_entry, opened, page_of, poll, rows, story, value

LEASE_S = 60


@cache
def empty_store() -> Path:
    """A store without anything, made once: migrations take longer than all else here."""
    folder = Path(tempfile.mkdtemp())
    opened(folder).close()
    return folder / "news.db"


class Queue(RuleBasedStateMachine):
    """Pages of a few hosts through poll, claim, result and grouping."""

    jobs = Bundle("jobs")

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        shutil.copy(empty_store(), self.folder.name)
        self.store = opened(Path(self.folder.name))
        self.feed = add_source(self.store)
        self.now = NOW
        self.known: set[str] = set()
        self.read: dict[str, str] = {}
        self.tokens: dict[str, str] = {}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self._drain()
            self.store.close()
            self.folder.cleanup()

    @rule(first=st.integers(0, 30), many=st.integers(1, 6))
    def poll(self, first: int, many: int) -> None:
        entries = [new_entry(f"https://h{n % 4}.example/{n}", guid=str(n)) for n in range(first, first + many)]
        new, _ = poll(self.store, self.feed, *entries, now=self.now)
        ids = {entry.id for entry in entries}
        assert new == len(ids - self.known)
        self.known |= ids

    @rule(target=jobs, limit=st.integers(1, 5), busy=st.sets(st.sampled_from(["h0.example", "h1.example"])))
    def claim(self, limit: int, busy: set[str]):  # type: ignore[no-untyped-def]
        found = self.store.claim_pages(self.now, limit, LEASE_S, version=1, busy_hosts=busy)
        hosts = [job.host for job in found]
        assert len(found) <= limit
        assert len(set(hosts)) == len(hosts)
        assert busy.isdisjoint(hosts)
        for job in found:
            assert job.article.id not in self.read
            self.tokens[job.article.id] = job.token
        return multiple(*found)

    @rule(job=jobs)
    def save(self, job: PageJob) -> None:
        self.store.save_reads([page_of(job, f"By {job.token}.")], self.now)
        if self.tokens.get(job.article.id) == job.token:
            self.read[job.article.id] = job.token
            del self.tokens[job.article.id]

    @rule(job=jobs)
    def save_for_later(self, job: PageJob) -> None:
        again = dataclasses.replace(page_of(job, "For now."), retry_at=self.now + timedelta(seconds=30))
        self.store.save_reads([again], self.now)
        if self.tokens.get(job.article.id) == job.token:
            del self.tokens[job.article.id]

    @rule(job=jobs)
    def release(self, job: PageJob) -> None:
        self.store.release([job.token])
        if self.tokens.get(job.article.id) == job.token:
            del self.tokens[job.article.id]

    @rule(seconds=st.integers(1, 90))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = opened(Path(self.folder.name))

    @rule(limit=st.integers(1, 4))
    def group(self, limit: int) -> None:
        waiting = self.store.to_group(limit, version=1)
        group(self.store, *(story("s" + each.article.id, each.article.id) for each in waiting))

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        if hasattr(self, "store"):
            assert value(self.store, "SELECT count(*) FROM articles") == len(self.known)
            finished = {i for (i,) in rows(self.store, "SELECT id FROM articles WHERE read_version = 1")}
            assert finished == set(self.read)

    def _drain(self) -> None:
        """However it went, a patient worker ends with every page read or put away with its reason, and grouped."""
        for _ in range(1000):
            self.now += timedelta(seconds=LEASE_S + 30)
            jobs = self.store.claim_pages(self.now, 9, LEASE_S, version=1)
            for job in jobs:
                self.tokens[job.article.id] = job.token
                self.save(job)
            if not jobs:
                break
        away = {i for (i,) in rows(self.store, "SELECT id FROM articles WHERE quarantined = 'lost'")}
        assert set(self.read) | away == self.known
        assert away == {i for (i,) in rows(self.store, "SELECT subject FROM rejected WHERE reason = 'quarantined'")}
        while self.store.to_group(1, version=1):
            self.group(50)
        assert {i for (i,) in rows(self.store, "SELECT id FROM articles WHERE story_id != ''")} >= set(self.read)
        texts = dict(rows(self.store, "SELECT id, passages FROM articles"))  # type: ignore[arg-type]
        assert all(token in texts[article] for article, token in self.read.items())


Queue.TestCase.settings = settings(
    max_examples=15, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestQueue = Queue.TestCase
