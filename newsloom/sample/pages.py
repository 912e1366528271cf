"""The outlets' web pages: article pages in three layouts, the front page and "not found".

They carry what real pages carry around the news (navigation, cookie notice, share bar, other headlines,
newsletter, footer), so that whoever reads them has something to leave out. Each function gives a whole
document in UTF-8.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any
from zlib import crc32

from newsloom.sample import SampleArticle
from newsloom.sample.sites import FEEDS, Site
from newsloom.sample.words import SUBHEADINGS, WORDS, written_time

_CSS = (
    "body{font:17px/1.6 Georgia,serif;margin:0 auto;max-width:46rem;padding:0 1rem;color:#222}"
    "nav a,.share a,footer a{margin-right:1rem}img{max-width:100%}aside,.box{background:#f4f2ee;padding:1rem}"
    ".cookies{position:fixed;bottom:0;left:0;right:0;background:#333;color:#fff;padding:.6rem}"
)


def article_page(site: Site, article: SampleArticle) -> bytes:
    """The article's page in its outlet's layout."""
    head = f'<link rel="canonical" href="{escape(site.url(article))}">\n'
    layout = site.outlet.layout
    if layout != "plain":
        head += _open_graph(site, article)
    if layout == "jsonld":
        head += _json_ld(site, article)
    body = {"jsonld": _modern, "opengraph": _blog, "plain": _old}[layout](site, article)
    return _frame(site, article.headline, head, body + _related(site, article))


def front_page(site: Site) -> bytes:
    """The outlet's front page: every article with its lead."""
    said = WORDS[site.outlet.language]
    items = "".join(
        f'<section class="teaser"><h2><a href="{site.path(a)}">{_text(a.headline)}</a></h2>'
        f"<p>{_text(a.lead)}</p>{_time(site, a)}</section>\n"
        for a in site.articles
    )
    head = f'<meta name="description" content="{escape(site.outlet.tagline)}">\n'
    return _frame(site, said["latest"], head, f"<main><h1>{said['latest']}</h1>\n{items}</main>\n")


def missing_page(site: Site) -> bytes:
    """What the outlet shows where it has nothing."""
    said = WORDS[site.outlet.language]
    main = f"<main><h1>{said['missing']}</h1><p>{said['missing_text']}</p></main>\n"
    return _frame(site, said["missing"], '<meta name="robots" content="noindex">\n', main)


def _frame(site: Site, title: str, head: str, main: str) -> bytes:
    outlet, said = site.outlet, WORDS[site.outlet.language]
    path, media_type = FEEDS[outlet.feed]
    sections = sorted({a.section for a in site.articles if a.section})[:6]
    names = (said["home"], *sections, said["about"])
    navigation = "".join(f'<a href="/">{_text(name)}</a>' for name in names)
    return f"""<!DOCTYPE html>
<html lang="{outlet.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_text(title)} | {_text(outlet.name)}</title>
<meta property="og:site_name" content="{escape(outlet.name)}">
<link rel="alternate" type="{media_type}" title="{escape(outlet.name)}" href="{path}">
{head}<style>{_CSS}</style>
</head>
<body>
<a class="skip-link" href="#content">{said["skip"]}</a>
<header class="site-header">
<p class="logo"><a href="/">{_text(outlet.name)}</a></p><p class="tagline">{_text(outlet.tagline)}</p>
<nav aria-label="{said["menu"]}">{navigation}</nav>
</header>
<div id="content">
{main}</div>
<div class="box newsletter"><form action="#"><p>{said["newsletter"]}</p>
<input type="email" placeholder="name@example.org"><button>{said["subscribe"]}</button></form></div>
<footer><p>© {site.now.year} {_text(outlet.owner)}. {said["rights"]}</p>
<p><a href="/">{said["terms"]}</a><a href="/">{said["privacy"]}</a><a href="/">{said["contact"]}</a></p>
</footer>
<div class="cookies" role="dialog"><p>{said["cookies"]}</p>
<button>{said["accept"]}</button><button>{said["settings"]}</button></div>
</body>
</html>
""".encode()


def _modern(site: Site, article: SampleArticle) -> str:
    return (
        f'<main><article class="story"><p class="kicker">{_text(article.section)}</p>\n'
        f'<h1>{_text(article.headline)}</h1>\n<p class="standfirst">{_text(article.lead)}</p>\n'
        f'<div class="meta">{_byline(site, article)}{_time(site, article)}</div>\n'
        f"{_share(site)}{_figure(site, article)}"
        f'<div class="story-body">\n{_paragraphs(site, article)}</div></article></main>\n'
    )


def _blog(site: Site, article: SampleArticle) -> str:
    return (
        f'<div class="post">\n<h1 class="entry-title">{_text(article.headline)}</h1>\n'
        f'{_figure(site, article)}<div class="entry-content">\n'
        f"<p><strong>{_text(article.lead)}</strong></p>\n{_paragraphs(site, article)}</div>\n"
        f"{_byline(site, article)}{_share(site)}</div>\n"
    )


def _old(site: Site, article: SampleArticle) -> str:
    return (
        f'<div class="col-left"><div class="artikel">\n<h1>{_text(article.headline)}</h1>\n'
        f'{_time(site, article)}\n{_byline(site, article)}<div class="ingress">{_text(article.lead)}</div>\n'
        f"{_figure(site, article)}{_paragraphs(site, article)}{_share(site)}</div></div>\n"
    )


def _open_graph(site: Site, article: SampleArticle) -> str:
    said = [
        ("og:type", "article"),
        ("og:title", article.headline),
        ("og:description", article.lead),
        ("og:url", site.url(article)),
        ("og:locale", "sv_SE" if site.outlet.language == "sv" else f"en_{site.outlet.country.upper()}"),
        ("article:published_time", site.published(article).isoformat()),
        ("article:modified_time", site.modified(article).isoformat()),
        ("article:section", article.section),
        ("og:image", _image_url(site, article)),
    ]
    tags = "".join(f'<meta property="{name}" content="{escape(value)}">\n' for name, value in said if value)
    tags += '<meta name="robots" content="max-image-preview:large">\n'
    return tags + f'<meta name="description" content="{escape(article.lead)}">\n'


def _json_ld(site: Site, article: SampleArticle) -> str:
    said: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": site.url(article),
        "headline": article.headline,
        "description": article.lead,
        "datePublished": site.published(article).isoformat(),
        "dateModified": site.modified(article).isoformat(),
        "articleSection": article.section,
        "inLanguage": site.outlet.language,
        "author": [{"@type": "Person", "name": name} for name in article.authors],
        "image": [_image_url(site, article)] if site.image_path(article) else [],
        "publisher": {"@type": "NewsMediaOrganization", "name": site.outlet.name, "url": f"{site.base}/"},
    }
    text = json.dumps({key: value for key, value in said.items() if value}, ensure_ascii=False)
    # "<" would let a headline with "</script>" end the element.
    return '<script type="application/ld+json">' + text.replace("<", "\\u003c") + "</script>\n"


def _paragraphs(site: Site, article: SampleArticle) -> str:
    paragraphs = [f"<p>{_text(paragraph)}</p>\n" for paragraph in article.paragraphs]
    number = crc32(article.id.encode())
    if len(paragraphs) >= 4 and number % 5 < 2:
        choices = SUBHEADINGS[site.outlet.language]
        paragraphs.insert(len(paragraphs) // 2, f"<h2>{choices[number % len(choices)]}</h2>\n")
    return "".join(paragraphs)


def _byline(site: Site, article: SampleArticle) -> str:
    said = WORDS[site.outlet.language]
    names = (" och " if site.outlet.language == "sv" else " and ").join(article.authors)
    return f'<p class="byline">{said["by"]} {_text(names)}</p>\n' if names else ""


def _time(site: Site, article: SampleArticle) -> str:
    said, language = WORDS[site.outlet.language], site.outlet.language
    published, modified = site.published(article), site.modified(article)
    line = (
        f'<p class="dateline">{said["published"]} <time datetime="{published.isoformat()}">'
        f"{written_time(published, language)}</time>"
    )
    if modified != published:
        line += f' <span class="updated">{said["updated"]} {written_time(modified, language)}</span>'
    return line + "</p>\n"


def _figure(site: Site, article: SampleArticle) -> str:
    path = site.image_path(article)
    if not path:
        return ""
    caption = f"{WORDS[site.outlet.language]['caption']}: {_text(site.outlet.name)}"
    image = f'<img src="{path}" width="640" height="360" alt="">'
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>\n"


def _share(site: Site) -> str:
    said = WORDS[site.outlet.language]
    links = "".join(f'<a href="#">{said[key]}</a>' for key in ("mail", "copy_link", "print"))
    return f'<div class="share"><span>{said["share"]}</span> {links}</div>\n'


def _related(site: Site, article: SampleArticle) -> str:
    at = site.articles.index(article)
    others = (site.articles[at + 1 :] + site.articles[:at])[:4]
    links = "".join(f'<li><a href="{site.path(a)}">{_text(a.headline)}</a></li>\n' for a in others)
    title = WORDS[site.outlet.language]["related"]
    return f'<aside class="related"><h3>{title}</h3>\n<ul>{links}</ul></aside>\n'


def _image_url(site: Site, article: SampleArticle) -> str:
    path = site.image_path(article)
    return site.base + path if path else ""


def _text(text: str) -> str:
    return escape(text, quote=False)
