"""The bodies of news pages, each laid out as a kind of outlet does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from evals.layouts import chrome
from evals.layouts.piece import Piece

AFTER = 2  # paragraphs before what interrupts a text


@dataclass(frozen=True, slots=True)
class Body:
    """`lead`: whether it shows one; `knows`: fields that it shows in its own markup."""

    html: str
    lead: bool = True
    knows: frozenset[str] = frozenset()
    text: tuple[str, ...] | None = None


_TAGS = {"text": "p", "heading": "h2", "item": "li", "quote": "blockquote"}


def _lines(piece: Piece, interrupt: str = "", **tags: str) -> str:
    """The text in plain markup, `interrupt` after its second paragraph."""
    out, plain, listed = [], 0, False
    for kind, words in piece.lines:
        if (kind == "item") != listed:
            listed = not listed
            out.append("<ul>" if listed else "</ul>")
        tag = tags.get(kind, _TAGS[kind])
        out.append(f"<{tag}>{escape(words)}</{tag.split()[0]}>")
        plain += kind == "text"
        if kind == "text" and plain == AFTER:
            out.append(interrupt)
    return "\n".join([*out, "</ul>" if listed else ""])


def _h1(piece: Piece, named: str = "headline") -> str:
    return f'<h1 class="{named}">{escape(piece.headline)}</h1>'


def _lead(piece: Piece, tag: str = "p", named: str = "lead") -> str:
    return f'<{tag} class="{named}">{escape(piece.lead)}</{tag}>'


def _figure(piece: Piece) -> str:
    return (
        f'<figure><img src="{piece.image}" width="900" alt="{escape(piece.caption)}">'
        f"<figcaption>{escape(piece.caption)} <span class='credit'>Photo: {escape(piece.credit)}</span></figcaption></figure>"
    )


def _byline(piece: Piece, named: str = "byline") -> str:
    links = ", ".join(f'<a href="/people/{n}">{escape(name)}</a>' for n, name in enumerate(piece.authors))
    return f'<div class="{named}">{links}</div>'


def _time(piece: Piece) -> str:
    return f'<time datetime="{piece.published}">{piece.published[:10]}</time>'


def wordpress(p: Piece) -> Body:
    return Body(f"""{chrome.menu(p.language)}<div id="page" class="site"><main id="main" class="site-main">
    <article id="post-77" class="post-77 post type-post status-publish hentry category-popular tag-share">
    <header class="entry-header">{_h1(p, "entry-title")}<div class="entry-meta">{_time(p)} <span class="author vcard">
    <a rel="author" href="/author/x">{escape(p.authors[0])}</a></span></div></header>
    <div class="entry-content">{_lines(p)}<div class="sharedaddy">{chrome.share(p.language)}</div></div>
    <footer class="entry-footer"><span class="tags-links"><a href="/tag/a">a</a></span></footer></article>
    {chrome.comments(p.language)}</main><aside class="widget-area">{chrome.teasers(p.language)}</aside></div>
    {chrome.footer(p.language)}""", lead=False, knows=frozenset(("date",)))  # fmt: skip


def semantic(p: Piece) -> Body:
    return Body(f"""{chrome.consent(p.language)}<header class="site-header">{chrome.menu(p.language)}</header><main>
    <article><header>{_h1(p)}{_lead(p, named="standfirst")}{_byline(p)}{_time(p)}</header>{_figure(p)}
    {_lines(p, chrome.also(p.language))}{chrome.share(p.language)}</article>{chrome.teasers(p.language)}</main>
    {chrome.footer(p.language)}""", knows=frozenset(("date", "authors", "image")))  # fmt: skip


def microdata(p: Piece) -> Body:
    named = "".join(
        f'<span itemprop="author" itemscope><span itemprop="name">{escape(a)}</span></span> ' for a in p.authors
    )
    return Body(f"""{chrome.menu(p.language)}<div itemscope itemtype="https://schema.org/NewsArticle">
    <h1 itemprop="headline">{escape(p.headline)}</h1><p itemprop="description" class="intro">{escape(p.lead)}</p>{named}
    <meta itemprop="datePublished" content="{p.published}"><div itemprop="articleBody">{_lines(p, chrome.letter(p.language))}
    </div></div>{chrome.comments(p.language, "disqus_thread")}{chrome.footer(p.language)}""",
    knows=frozenset(("date", "authors")))  # fmt: skip


def amp(p: Piece) -> Body:
    return Body(f"""<amp-sidebar id="side">{chrome.menu(p.language)}</amp-sidebar><article>{_h1(p)}
    {_lead(p)}<amp-img src="{p.image}" width="900" height="500"></amp-img>
    {_lines(p, "<amp-ad width=300 height=250 type=x><div>Advertisement</div></amp-ad>")}
    <amp-social-share type="twitter"></amp-social-share></article>
    <amp-consent><p>{escape(chrome.words(p.language)["consent"])}</p></amp-consent>{chrome.footer(p.language)}""")


def utility_classes(p: Piece) -> Body:
    return Body(f"""<div class="flex flex-col">{chrome.menu(p.language, "div", "flex gap-4")}<div class="max-w-prose mx-auto">
    <h1 class="text-4xl font-bold mt-8">{escape(p.headline)}</h1><p class="text-xl text-gray-600">{escape(p.lead)}</p>
    <div class="prose prose-lg">{_lines(p)}</div></div></div>{chrome.footer(p.language)}""")


def hashed_classes(p: Piece) -> Body:
    divs = "".join(
        f'<div class="css-1x{n}"><p class="css-9z">{escape(w)}</p></div>' for n, (_, w) in enumerate(p.lines)
    )
    return Body(
        f"""<div id="app"><div class="css-a1">{chrome.menu(p.language, "div", "css-b2")}</div><section class="css-c3">
    <h1 class="css-d4">{escape(p.headline)}</h1>{divs}</section><div class="css-e5">{chrome.teasers(p.language, 3, "css-f6")}
    </div></div>{chrome.footer(p.language)}""",
        lead=False,
    )


def table_page(p: Piece) -> Body:
    text = "<br><br>".join(escape(words) for _, words in p.lines)
    return Body(f"""<table width="760"><tr><td colspan="2">{chrome.menu(p.language, "div", "x")}</td></tr><tr><td width="160">
    {chrome.teasers(p.language, 3, "left")}</td><td><font size="5"><b>{escape(p.headline)}</b></font><br>
    {text}</td></tr><tr><td colspan="2"><font size="1">© 2026. {escape(chrome.words(p.language)["rights"])}</font></td></tr></table>""",
    lead=False)  # fmt: skip


def breaks(p: Piece) -> Body:
    text = "<br/>\n<br/>\n".join(escape(words) for _, words in p.lines)
    return Body(
        f"""<div id="head">{chrome.menu(p.language, "div", "top")}</div><div id="article_content">{_h1(p, "t")}
    <div class="txt">{text}</div></div>{chrome.footer(p.language, "div")}""",
        lead=False,
    )


def spans(p: Piece) -> Body:
    text = "".join(f'<div data-block="true"><span data-text="true">{escape(w)}</span></div>' for _, w in p.lines)
    return Body(f"""{chrome.menu(p.language)}<div role="main"><h1>{escape(p.headline)}</h1>{_lead(p, "h2", "subtitle")}
    <div class="rich-text">{text}</div></div>{chrome.letter(p.language)}{chrome.footer(p.language)}""")


def form_page(p: Piece) -> Body:
    return Body(f"""<form method="post" action="./default.aspx" id="aspnetForm"><div class="header">{chrome.menu(p.language, "div")}
    </div><div class="NewsDetail"><h1>{escape(p.headline)}</h1><span class="Date">{p.published[:10]}</span>
    <div class="NewsBody">{_lines(p)}</div></div>{chrome.footer(p.language, "div")}</form>""", lead=False,
    knows=frozenset(("date",)))  # fmt: skip


def paywalled(p: Piece) -> Body:
    whole = _lines(p)
    return Body(f"""{chrome.menu(p.language)}<article class="premium">{_h1(p)}{_lead(p)}{_figure(p)}
    <div class="article-body">{whole}</div>{chrome.wall(p.language)}</article>{chrome.footer(p.language)}""",
    knows=frozenset(("image",)))  # fmt: skip


def inline_ads(p: Piece) -> Body:
    ad = "<div class='ad-slot'><p>Advertisement</p><p>Story continues below</p></div>"
    return Body(
        f"""{chrome.menu(p.language)}<main class="content">{_h1(p)}<div class="story-body">
    {_lines(p, ad + chrome.also(p.language, "div class='inline-link'"))}</div></main>{chrome.teasers(p.language)}
    {chrome.footer(p.language)}""",
        lead=False,
    )


def captions(p: Piece) -> Body:
    picture = f"<div class='image-block'><img src='{p.image}' width=800><div class='image-caption'>{escape(p.caption)}</div></div>"
    return Body(f"""{chrome.menu(p.language)}<article>{_h1(p)}{_lead(p)}<section class="article-text">
    {_lines(p, picture)}</section></article>{chrome.footer(p.language)}""")


def many_articles(p: Piece) -> Body:
    other = "".join(
        f"<article class='card'><h2><a href='/other/{n}'>Ferry fares rise ({n})</a></h2><p>The ferry to Quillhaven will cost two "
        f"crowns more from April on, said the line. <a href='/other/{n}'>More</a></p></article>" for n in range(6)
    )  # fmt: skip
    return Body(f"""{chrome.menu(p.language)}<div class="columns"><article class="full">{_h1(p)}{_lead(p)}{_lines(p)}</article>
    <div class="more">{other}</div></div>{chrome.footer(p.language)}""")  # fmt: skip


def long_comments(p: Piece) -> Body:
    return Body(
        f"""{chrome.menu(p.language)}<div class="post"><h1>{escape(p.headline)}</h1><div class="post-content">{_lines(p)}
    </div>{chrome.comments(p.language) * 5}</div>{chrome.footer(p.language)}""",
        lead=False,
    )


def rail(p: Piece) -> Body:
    return Body(f"""<div class="container"><div class="row"><div class="col-md-8"><div class="article-detail">{_h1(p)}
    <div class="post-meta"><span class="by-author">{escape(p.authors[0])}</span></div>{_lead(p, "div", "excerpt")}{_lines(p)}</div></div>
    <div class="col-md-4 sidebar"><div class="widget">{chrome.teasers(p.language, 5)}{chrome.letter(p.language)}</div></div></div></div>
    {chrome.footer(p.language)}""")  # fmt: skip


def author_box(p: Piece) -> Body:
    bio = "has written about the coast for nineteen years and lives with two dogs in a house by the harbour."
    return Body(f"""{chrome.menu(p.language)}<article>{_h1(p)}{_byline(p, "article-author")}<div class="article__content">{_lines(p)}
    </div><div class="author-bio"><h4>{escape(p.authors[0])}</h4><p>{escape(p.authors[0])} {bio}</p></div></article>
    {chrome.footer(p.language)}""", lead=False, knows=frozenset(("authors",)))  # fmt: skip


def nested_sections(p: Piece) -> Body:
    parts = "".join(f"<section><div><div><p>{escape(w)}</p></div></div></section>" for _, w in p.lines)
    return Body(
        f"""{chrome.menu(p.language)}<main><div><div><h1>{escape(p.headline)}</h1></div><div>{parts}</div></div></main>
    {chrome.teasers(p.language)}{chrome.footer(p.language)}""",
        lead=False,
    )


def hidden_parts(p: Piece) -> Body:
    hidden = "<div style='display:none'><p>Dear reader, this paragraph is only for machines and for nobody else at all.</p></div>"
    return Body(
        f"""{hidden}<div aria-hidden="true" class="overlay"><p>{escape(chrome.words(p.language)["letter"])}</p></div>
    <article>{_h1(p)}{_lines(p, hidden)}</article>{chrome.footer(p.language)}""",
        lead=False,
    )


def no_paragraph_tags(p: Piece) -> Body:
    text = "".join(f"<div class='par'>{escape(w)}</div>" for _, w in p.lines)
    return Body(
        f"""{chrome.menu(p.language, "div", "menu")}<div class="page"><div class="title">{escape(p.headline)}</div>
    <div class="text">{text}</div></div>{chrome.footer(p.language, "div")}""",
        lead=False,
    )


def fact_box(p: Piece) -> Body:
    box = "<aside class='infobox'><h3>Facts</h3><p>Forty-one steps lead up to the lamp, which weighs two tons.</p></aside>"
    return Body(f"""{chrome.menu(p.language)}<article>{_h1(p)}{_lead(p)}{_time(p)}<div class="body-copy">{_lines(p, box)}</div>
    </article>{chrome.footer(p.language)}""", knows=frozenset(("date",)))  # fmt: skip


def magazine(p: Piece) -> Body:
    return Body(f"""<div class="progress"></div>{chrome.menu(p.language)}<div class="hero"><div class="kicker">{escape(p.section)}</div>
    {_h1(p)}<p class="dek">{escape(p.lead)}</p></div><div class="longform">{_figure(p)}{_lines(p)}</div>{chrome.letter(p.language)}
    {chrome.teasers(p.language, 6, "recirculation")}{chrome.footer(p.language)}""", knows=frozenset(("image",)))  # fmt: skip


def agency(p: Piece) -> Body:
    first, rest = p.lines[0][1], p.lines[1:]
    dateline = f"<p>BRACKMOOR (Reuters) - {escape(first)}</p>"
    text = "".join(f"<p>{escape(w)}</p>" for _, w in rest)
    gold = (f"BRACKMOOR (Reuters) - {first}", *(w for _, w in rest))
    return Body(f"""{chrome.menu(p.language)}<div class="StandardArticleBody_body">{_h1(p)}{dateline}{text}
    <div class="Attribution_attribution"></div></div>{chrome.share(p.language)}{chrome.footer(p.language)}""",
    lead=False, text=gold)  # fmt: skip


def shadow_like(p: Piece) -> Body:
    text = "".join(f"<news-paragraph>{escape(w)}</news-paragraph>" for _, w in p.lines)
    return Body(
        f"""<news-header>{chrome.menu(p.language)}</news-header><news-article><h1>{escape(p.headline)}</h1>{text}
    </news-article><news-footer>© 2026. {escape(chrome.words(p.language)["rights"])}</news-footer>""",
        lead=False,
    )


def dated_in_words(p: Piece) -> Body:
    return Body(f"""{chrome.menu(p.language)}<div class="news">{_h1(p)}<p class="date">{p.published[:10]}</p><div class="news-text">
    {_lines(p)}</div></div>{chrome.footer(p.language)}""", lead=False, knows=frozenset(("date",)))  # fmt: skip


def unclosed(p: Piece) -> Body:
    text = "\n".join(f"<p>{escape(w)}" for _, w in p.lines)
    return Body(
        f"""<center>{chrome.menu(p.language, "div", "m")}</center><h1>{escape(p.headline)}</h1>{text}
    <hr><small>© 2026. {escape(chrome.words(p.language)["rights"])}</small>""",
        lead=False,
    )


def dek_in_header(p: Piece) -> Body:
    return Body(f"""{chrome.menu(p.language)}<div class="article-page"><header class="article-header">{_h1(p)}
    <p class="article-summary">{escape(p.lead)}</p>{chrome.share(p.language)}</header><div class="article-main">{_lines(p)}</div></div>
    {chrome.footer(p.language)}""")  # fmt: skip


def tabloid(p: Piece) -> Body:
    points = f"<ul class='summary-points'><li>{escape(p.lead)}</li></ul>"
    return Body(f"""{chrome.consent(p.language)}{chrome.menu(p.language)}<div id="js-article-text" class="article-text wide">{_h1(p)}
    {points}{_byline(p, "author-section byline-plain")}<div itemprop="articleBody">{_lines(p, chrome.teasers(p.language, 3, "related-carousel"))}
    </div></div>{chrome.comments(p.language, "reader-comments")}{chrome.footer(p.language)}""",
    knows=frozenset(("authors",)))  # fmt: skip


def live_blog(p: Piece) -> Body:
    posts = "".join(
        f"<div class='live-post' id='post-{n}'><time datetime='{p.published[:11]}{20 - n:02}:15:00+00:00'>{20 - n}:15</time>"
        f"<p>{escape(w)}</p></div>" for n, (k, w) in enumerate(x for x in p.lines if x[0] != "heading")
    )  # fmt: skip
    return Body(f"""{chrome.menu(p.language)}<article class="liveblog">{_h1(p)}{_lead(p)}<div class="live-posts">{posts}</div></article>
    {chrome.footer(p.language)}""", text=tuple(w for k, w in p.lines if k != "heading"))  # fmt: skip


def bold_leads(p: Piece) -> Body:
    text = "".join(
        f"<p><strong>{escape(w.split()[0])}</strong>{escape(w[len(w.split()[0]) :])}</p>" for _, w in p.lines
    )
    return Body(f"""{chrome.menu(p.language)}<section id="content"><h1>{escape(p.headline)}</h1><p><b>{escape(p.lead)}</b></p>{text}
    {chrome.also(p.language)}</section>{chrome.footer(p.language)}""")  # fmt: skip


BODIES: tuple[Callable[[Piece], Body], ...] = (
    wordpress, semantic, microdata, amp, utility_classes, hashed_classes, table_page, breaks, spans, form_page, paywalled,
    inline_ads, captions, many_articles, long_comments, rail, author_box, nested_sections, hidden_parts,
    no_paragraph_tags, fact_box, magazine, agency, shadow_like, dated_in_words, unclosed, dek_in_header, tabloid, live_blog,
    bold_leads,
)  # fmt: skip
