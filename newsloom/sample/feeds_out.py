"""An outlet's feed in its own format, and its sitemap for news."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.utils import format_datetime
from html import escape

from newsloom.sample import FeedFormat, SampleArticle
from newsloom.sample.sites import Site

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def feed(site: Site) -> bytes:
    """The outlet's feed, newest entry first, UTF-8."""
    return _WRITERS[site.outlet.feed](site).encode()


def sitemap(site: Site) -> bytes:
    """The outlet's news sitemap, UTF-8."""
    urls = "".join(
        f"<url><loc>{escape(site.url(a))}</loc><lastmod>{site.modified(a).isoformat()}</lastmod><news:news>"
        f"<news:publication>{_element('news:name', site.outlet.name)}"
        f"{_element('news:language', site.outlet.language)}</news:publication>"
        f"{_element('news:publication_date', site.published(a).isoformat())}"
        f"{_element('news:title', a.headline)}</news:news></url>\n"
        for a in site.articles
    )
    return (
        f'{_XML}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{urls}</urlset>\n'
    ).encode()


def _rss(site: Site) -> str:
    head = (
        f"{_element('title', site.outlet.name)}{_element('link', site.base + '/')}"
        f"{_element('description', site.outlet.tagline)}{_element('language', site.outlet.language)}"
        f"{_element('lastBuildDate', format_datetime(site.updated()))}<ttl>15</ttl>\n"
        f'<atom:link href="{escape(site.feed_url)}" rel="self" type="application/rss+xml"/>\n'
    )
    items = "".join(
        f"<item>{_element('title', a.headline)}{_element('link', site.url(a))}"
        f'<guid isPermaLink="false">{escape(_tag(site, a.id))}</guid>'
        f"{_element('pubDate', format_datetime(site.published(a)))}{_element('description', a.lead)}"
        f"{''.join(_element('dc:creator', name) for name in a.authors)}"
        f"{_element('category', a.section)}{_media(site, a)}</item>\n"
        for a in site.articles
    )
    return (
        f'{_XML}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">\n'
        f"<channel>{head}{items}</channel></rss>\n"
    )


def _atom(site: Site) -> str:
    entries = "".join(
        f"<entry>{_element('id', _tag(site, a.id))}{_element('title', a.headline)}"
        f'<link rel="alternate" type="text/html" href="{escape(site.url(a))}"/>'
        f"{_element('published', site.published(a).isoformat())}"
        f"{_element('updated', site.modified(a).isoformat())}{_element('summary', a.lead)}"
        f"{''.join('<author>' + _element('name', name) + '</author>' for name in a.authors)}"
        f'<category term="{escape(a.section)}"/></entry>\n'
        for a in site.articles
    )
    return (
        f'{_XML}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{site.outlet.language}">\n'
        f"{_element('id', _tag(site, 'feed'))}{_element('title', site.outlet.name)}"
        f"{_element('subtitle', site.outlet.tagline)}{_element('updated', site.updated().isoformat())}"
        f"<author>{_element('name', site.outlet.name)}</author>"
        f'<link rel="self" href="{escape(site.feed_url)}"/><link rel="alternate" href="{site.base}/"/>\n'
        f"{entries}</feed>\n"
    )


def _rdf(site: Site) -> str:
    order = "".join(f'<rdf:li rdf:resource="{escape(site.url(a))}"/>' for a in site.articles)
    items = "".join(
        f'<item rdf:about="{escape(site.url(a))}">{_element("title", a.headline)}'
        f"{_element('link', site.url(a))}{_element('description', a.lead)}"
        f"{_element('dc:date', site.published(a).isoformat())}"
        f"{_element('dc:creator', ', '.join(a.authors))}{_element('dc:subject', a.section)}</item>\n"
        for a in site.articles
    )
    return (
        f'{_XML}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<channel rdf:about="{escape(site.feed_url)}">{_element("title", site.outlet.name)}'
        f"{_element('link', site.base + '/')}{_element('description', site.outlet.tagline)}"
        f"{_element('dc:language', site.outlet.language)}{_element('dc:date', site.updated().isoformat())}"
        f"<items><rdf:Seq>{order}</rdf:Seq></items></channel>\n{items}</rdf:RDF>\n"
    )


def _json(site: Site) -> str:
    items = []
    for a in site.articles:
        item = {
            "id": _tag(site, a.id),
            "url": site.url(a),
            "title": a.headline,
            "summary": a.lead,
            "content_html": f"<p>{escape(a.lead, quote=False)}</p>",
            "date_published": site.published(a).isoformat(),
            "date_modified": site.modified(a).isoformat(),
            "authors": [{"name": name} for name in a.authors],
            "tags": [a.section] if a.section else [],
        }
        if site.image_path(a):
            item["image"] = site.base + site.image_path(a)
        items.append(item)
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": site.outlet.name,
            "description": site.outlet.tagline,
            "home_page_url": f"{site.base}/",
            "feed_url": site.feed_url,
            "language": site.outlet.language,
            "items": items,
        },
        ensure_ascii=False,
        indent=1,
    )


def _tag(site: Site, name: str) -> str:
    # Free of the address, so that an article stays the same one when the newsroom comes back on another port.
    return f"tag:{site.outlet.id}.invalid,2024:{name}"


def _media(site: Site, article: SampleArticle) -> str:
    path = site.image_path(article)
    return f'<media:content url="{site.base}{path}" medium="image" type="image/png"/>' if path else ""


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text, quote=False)}</{name}>" if text else ""


_WRITERS: dict[FeedFormat, Callable[[Site], str]] = {
    "rss": _rss,
    "atom": _atom,
    "rdf": _rdf,
    "jsonfeed": _json,
}
