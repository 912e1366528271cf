"""What layouts say of an article outside of its text; each tells which fields a reader of the page can know."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape

from evals.layouts.piece import Piece

Head = tuple[str, frozenset[str]]
ALL = frozenset(("title", "authors", "date", "image", "section", "language", "site"))


def _meta(kind: str, **said: str) -> str:
    return "".join(
        f'<meta {kind}="{name.replace("__", ":").replace("_dot_", ".")}" content="{escape(text)}">\n'
        for name, text in said.items()
    )


def _title(piece: Piece, between: str = " | ") -> str:
    return f"<title>{escape(piece.headline)}{between}{escape(piece.site)}</title>\n"


def open_graph(piece: Piece) -> Head:
    og = _meta(
        "property", og__title=piece.headline, og__site_name=piece.site, og__type="article", og__image=piece.image,
        og__description=piece.lead, article__published_time=piece.published, article__section=piece.section,
    )  # fmt: skip
    return _title(piece) + og + _meta("name", author=", ".join(piece.authors)), ALL


def news_article(piece: Piece) -> Head:
    return _title(piece, " - ") + _ld(_article(piece)), ALL


def yoast_graph(piece: Piece) -> Head:
    graph = [
        {"@type": "Organization", "@id": "#org", "name": piece.site},
        {"@type": "WebSite", "@id": "#site", "name": piece.site, "publisher": {"@id": "#org"}},
        {"@type": "WebPage", "@id": "#page", "datePublished": "2019-01-01T00:00:00+00:00", "name": "Page"},
        {"@type": "ImageObject", "@id": "#image", "url": piece.image, "contentUrl": piece.image},
        *({"@type": "Person", "@id": f"#p{n}", "name": name} for n, name in enumerate(piece.authors)),
        {
            "@type": "Article", "isPartOf": {"@id": "#page"}, "headline": piece.headline,
            "datePublished": piece.published, "author": [{"@id": f"#p{n}"} for n in range(len(piece.authors))],
            "image": {"@id": "#image"}, "articleSection": [piece.section], "publisher": {"@id": "#org"},
        },
    ]  # fmt: skip
    return _title(piece, " – ") + _ld({"@context": "https://schema.org", "@graph": graph}), ALL


def broken_json(piece: Piece) -> Head:
    """A comma too many, in a comment: as old templates write it."""
    text = json.dumps(_article(piece), ensure_ascii=False)[:-1] + ",}"
    ld = f'<script type="application/ld+json">//<![CDATA[\n{text}\n//]]></script>'
    return _title(piece) + ld, ALL


def bylines_in_one_string(piece: Piece) -> Head:
    node = _article(piece) | {"author": {"@type": "Person", "name": "By " + " and ".join(piece.authors) + ", AFP"}}
    return _title(piece, " :: ") + _ld(node), ALL


def dublin_core(piece: Piece) -> Head:
    said = _meta(
        "name", DC_dot_title=piece.headline, DC_dot_creator="; ".join(piece.authors),
        DC_dot_date_dot_issued=piece.published[:10], DC_dot_language=piece.language,
    )  # fmt: skip
    return _title(piece, " » ") + said, frozenset(("title", "authors", "date", "language"))


def parsely(piece: Piece) -> Head:
    said = _meta(
        "name", **{
            "parsely-title": piece.headline, "parsely-author": piece.authors[0], "parsely-pub-date": piece.published,
            "parsely-section": piece.section, "parsely-image-url": piece.image,
        },
    )  # fmt: skip
    return _title(piece, " — ") + said, frozenset(("title", "date", "section", "language"))


def twitter_card(piece: Piece) -> Head:
    said = _meta("name", twitter__card="summary_large_image", twitter__title=piece.headline, twitter__image=piece.image)
    return _title(piece) + said, frozenset(("title", "image", "language"))


def title_alone(piece: Piece) -> Head:
    return _title(piece, " · "), frozenset(("title", "language"))


def site_first(piece: Piece) -> Head:
    title = f"<title>{escape(piece.site)}: {escape(piece.headline)}</title>\n"
    return title + _meta("property", og__site_name=piece.site), frozenset(("title", "language", "site"))


def _article(piece: Piece) -> dict[str, object]:
    return {
        "@context": "https://schema.org", "@type": "NewsArticle", "headline": piece.headline,
        "description": piece.lead, "datePublished": piece.published, "dateModified": piece.published,
        "author": [{"@type": "Person", "name": name} for name in piece.authors], "image": [piece.image],
        "articleSection": piece.section, "inLanguage": piece.language,
        "publisher": {"@type": "NewsMediaOrganization", "name": piece.site},
    }  # fmt: skip


def _ld(node: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(node, ensure_ascii=False)}</script>\n'


HEADS: tuple[Callable[[Piece], Head], ...] = (
    open_graph, news_article, yoast_graph, broken_json, bylines_in_one_string, dublin_core, parsely, twitter_card,
    title_alone, site_first,
)  # fmt: skip
