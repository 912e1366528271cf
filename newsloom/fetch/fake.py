"""A fetcher without a network, for the tests of whatever asks for pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from newsloom.types import Page, Rejected, Rights


class FakeFetcher:
    """Answers from a mapping of URL to Page or Rejected, 404 for the rest. `asked` lists the URLs in order."""

    def __init__(self, answers: Mapping[str, Page | Rejected]) -> None:
        self.answers = dict(answers)
        self.asked: list[str] = []
        self.rights: dict[str, Rights] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def get(
        self,
        url: str,
        *,
        etag: str = "",
        last_modified: str = "",
        accept: str = "*/*",
        max_bytes: int | None = None,
        obey_robots: bool = True,
    ) -> Page | Rejected:
        """The prepared answer; 304 where the validators are those of the prepared page."""
        self.asked.append(url)
        answer = self.answers.get(url)
        if answer is None:
            return Rejected(stage="fetch", reason="http-404", url=url, status=404)
        if isinstance(answer, Page) and etag and answer.headers.get("etag") == etag:
            return Page(requested_url=url, url=answer.url, status=304, headers=answer.headers, fetched=answer.fetched)
        return answer

    async def reservation(self, url: str) -> Rights:
        """What was put into `rights`; nothing said for the rest."""
        return self.rights.get(url, Rights())


def fake_page(
    url: str,
    body: bytes | str = b"",
    *,
    content_type: str = "text/html; charset=utf-8",
    headers: Mapping[str, str] | None = None,
    status: int = 200,
    fetched: datetime = datetime(2030, 1, 1, tzinfo=UTC),
) -> Page:
    """A Page as a server would have given it."""
    return Page(
        requested_url=url,
        url=url,
        status=status,
        headers={"content-type": content_type, **(headers or {})},
        body=body.encode() if isinstance(body, str) else body,
        fetched=fetched,
    )
