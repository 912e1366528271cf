"""Every page of the shared sets, where they are: no exception, clean text, links of the web alone, in time."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from evals import extraction
from evals.readers import NOW
from newsloom.extract import extract, extract_record, warm_up
from newsloom.types import Article, Page, Rejected

BAD = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
LINK = re.compile(r"https?://[^\s<>\"]+\Z")
SECONDS = 2.0


@pytest.mark.long
@pytest.mark.parametrize("name", extraction.SETS)
def test_every_shared_page(name: str) -> None:
    folder: Path = extraction.DATA / name
    if not (folder / "manifest.jsonl").exists():
        pytest.skip(f"the set {name} is not there")
    warm_up()
    for row, body in extraction.rows_of(folder, 0):
        url = row.get("url") or ""
        page = Page(requested_url=url, url=url, status=200, headers={}, body=body, fetched=NOW)
        started = time.process_time()
        article = extract(page)
        assert time.process_time() - started < SECONDS, url
        if isinstance(article, Rejected):
            assert article.reason in ("no-text", "not-html", "empty"), (url, article)
            continue
        check(article, url)


def check(article: Article, url: str) -> None:
    record = extract_record(article, url)
    words = [article.text, article.headline, article.description, article.image_alt, article.image_credit]
    words += [*article.authors, *article.keywords, *article.agencies, article.site_name, article.article_section]
    for said in words:
        assert not BAD.search(said), (url, said)
        said.encode("utf-8")
    for link in (record["image"], record["canonical_url"]):
        assert not link or LINK.match(link), (url, link)
    assert article.paragraphs
    assert all(line.strip() == line and line for line in article.paragraphs), url
