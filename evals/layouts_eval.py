"""How well pages of our own making are read: python -m evals.layouts_eval [--json] [--verbose]

Paragraph F1: a gold paragraph counts where it comes out whole and as one, in any page's order; noise is what must not
come out. Fields count where the page says them. Floors stand in floors.json, with a digest of the pages.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from datetime import UTC, datetime

from evals.layouts.pages import Laid, pages
from newsloom.extract import extract
from newsloom.types import Article, Page

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def read(laid: Laid) -> Article | None:
    page = Page(requested_url=laid.url, url=laid.url, status=200, headers={}, body=laid.html.encode(), fetched=NOW)
    article = extract(page)
    return article if isinstance(article, Article) else None


def digest() -> str:
    """Of all pages, so that the floors stand for these and no others."""
    told = hashlib.sha256()
    for laid in pages():
        told.update(f"{laid.name}\0{laid.url}\0{laid.html}\0".encode())
    return told.hexdigest()[:16]


def paragraph_f1(laid: Laid, article: Article | None) -> float:
    """Of whole paragraphs; 0 where their order is not the page's."""
    found = article.paragraphs if article else ()
    hit = [line for line in found if line in laid.text]
    if hit != sorted(hit, key=laid.text.index):
        return 0.0
    return 2 * len(hit) / (len(found) + len(laid.text)) if found else 0.0


def right_fields(laid: Laid, article: Article) -> dict[str, bool]:
    piece = laid.piece
    day = article.date_published.date().isoformat() if article.date_published else ""
    right = {
        "title": article.headline == piece.headline,
        "authors": article.authors == piece.authors[: max(1, len(article.authors))],
        "date": day == piece.published[:10],
        "image": article.image == piece.image,
        "section": article.article_section == piece.section,
        "language": article.in_language == piece.language,
        "site": article.site_name == piece.site,
    }
    return {name: value for name, value in right.items() if name in laid.knows}


def measure(verbose: bool = False) -> dict[str, float | int | str]:
    """Means over all pages, each field over those that say it."""
    texts: list[float] = []
    noisy = unread = 0
    fields: dict[str, list[bool]] = {}
    for laid in pages():
        article = read(laid)
        unread += article is None
        texts.append(paragraph_f1(laid, article))
        told = right_fields(laid, article) if article else dict.fromkeys(laid.knows, False)
        noisy += any(said in article.text for said in laid.noise) if article else 0
        for name, value in told.items():
            fields.setdefault(name, []).append(value)
        if verbose and (texts[-1] < 1 or not all(told.values())):
            _explain(laid, article, told)
    shares = {name: round(sum(values) / len(values), 4) for name, values in sorted(fields.items())}
    mean = round(sum(texts) / len(texts), 4)
    return {"pages": len(texts), "digest": digest(), "text_f1": mean, "noisy": noisy, "unread": unread, **shares}


def _explain(laid: Laid, article: Article | None, told: dict[str, bool]) -> None:
    found = article.paragraphs if article else ()
    print(f"## {laid.name}: wrong {[name for name, value in told.items() if not value]}", file=sys.stderr)
    for mark, lines in (
        ("+", [x for x in found if x not in laid.text]),
        ("-", [x for x in laid.text if x not in found]),
    ):
        for line in lines:
            print(f"   {mark} {line[:120]}", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verbose", action="store_true", help="what is wrong on each page, on stderr")
    print(json.dumps(measure(parser.parse_args().verbose)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
