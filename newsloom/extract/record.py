"""What `newsloom extract` prints of an article."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from newsloom.types import Article


def extract_record(article: Article, id: str = "") -> dict[str, Any]:
    """The article as the JSON line of the design's contract; times in ISO with the page's own offset, days as days."""
    return {
        "id": id or article.id,
        "url": article.url,
        "canonical_url": article.canonical_url,
        "title": article.headline,
        "description": article.description,
        "text": article.text,
        "authors": list(article.authors),
        "published": _written(article.date_published, article.published_certainty in ("day", "guessed")),
        "modified": _written(article.date_modified, article.modified_certainty in ("day", "guessed")),
        "image": article.image,
        "language": article.in_language,
        "section": article.article_section,
        "site_name": article.site_name,
        "published_certainty": article.published_certainty,
        "modified_certainty": article.modified_certainty,
        "image_alt": article.image_alt,
        "image_credit": article.image_credit,
        "agencies": list(article.agencies),
        "tags": list(article.keywords),
        "free": article.free,
        "rights": list(article.rights.evidence),
        "posts": [
            {"title": post.headline, "published": post.date_published.isoformat(), "text": post.text}
            for post in article.posts
        ],
    }


def _written(at: datetime | None, unsure: bool) -> str | None:
    if at is None:
        return None
    midnight = (at.hour, at.minute, at.second) == (0, 0, 0)
    return at.strftime("%Y-%m-%d") if unsure and midnight else at.isoformat()
