"""Reading pages: fields, permits, refusals, and that no bytes can hurt."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsloom.extract import entry_article, extract, extract_record, warm_up
from newsloom.extract.decode import as_utf8, decode
from newsloom.extract.links import absolute, canonical
from newsloom.extract.moments import moment
from newsloom.extract.people import people_in
from newsloom.types import Article, Entry, Page, Rejected
from tests import hostile_pages

NOW = datetime(2026, 3, 2, tzinfo=UTC)
URL = "https://www.harbourpost.example/2026/02/27/lighthouse-relit"
BODY = """
<p>The lighthouse of Port Ember was lit again on Friday after eleven years in the dark, and half the town came.</p>
<p>“We thought we would never see it turn again,” said Ottilie Brandt, who kept the lamp until 2015. “My hands
shook when they gave me the switch.”</p>
<h2>A long repair</h2>
<p>The work took three winters and cost 2.4 million crowns, most of it raised by the fishermen's guild itself.</p>
<ul><li>A new lens was ground in Vessel Bay from the old drawings.</li><li>The stairs were cut from local oak.</li></ul>
<p>Ships will see the light from twenty miles away, the harbour master said, when the fog allows them to see at all.</p>
"""
LD = """<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
 {"@type": "Organization", "@id": "#org", "name": "Harbour Post"},
 {"@type": "Person", "@id": "#ida", "name": "Ida Lund"},
 {"@type": "NewsArticle", "headline": "Lighthouse of Port Ember lit again",
  "datePublished": "2026-02-27T18:05:00+01:00",
  "dateModified": "2026-02-27T19:00:00+01:00", "author": [{"@id": "#ida"}, {"@type": "Person", "name": "By Jon Marsh"}],
  "publisher": {"@id": "#org"}, "image": {"@type": "ImageObject", "url": "/img/light.jpg"},
  "articleSection": "Coast", "keywords": ["lighthouse", "Port Ember"], "inLanguage": "en-GB",},
 ]}</script>"""


def page(html: str | bytes, url: str = URL, **headers: str) -> Page:
    body = html if isinstance(html, bytes) else html.encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Page(requested_url=url, url=url, status=200, headers=named, body=body, fetched=NOW)


def document(head: str = "", body: str = BODY) -> str:
    return f"""<!doctype html><html lang="en-GB"><head><title>Lighthouse of Port Ember lit again | Harbour Post</title>
    {head}</head><body><nav><a href="/">Home</a><a href="/sport">Sport</a></nav>
    <article><h1>Lighthouse of Port Ember lit again</h1>{body}<p>Read more: Ferry fares rise</p></article>
    <footer><p>© 2026 Harbour Post. All rights reserved.</p></footer></body></html>"""


def read(html: str | bytes, **headers: str) -> Article:
    article = extract(page(html, **headers))
    assert isinstance(article, Article), article
    return article


def test_structured_page_is_read_whole() -> None:
    article = read(document(LD + '<link rel="canonical" href="/2026/02/27/lighthouse-relit#top">'))
    assert article.headline == "Lighthouse of Port Ember lit again"
    assert article.authors == ("Ida Lund", "Jon Marsh")
    assert article.date_published is not None
    assert article.date_published.isoformat() == "2026-02-27T18:05:00+01:00"
    assert article.published_certainty == "exact"
    assert article.image == "https://www.harbourpost.example/img/light.jpg"
    assert (article.article_section, article.in_language, article.site_name) == ("Coast", "en", "Harbour Post")
    assert article.keywords == ("lighthouse", "Port Ember")
    assert article.canonical_url == URL
    assert article.origin == "page"


def test_paragraphs_come_in_order_without_what_stands_around_them() -> None:
    article = read(document())
    wanted = [
        "The lighthouse of",
        "“We thought we",
        "A long repair",
        "The work took",
        "A new lens",
        "The stairs",
        "Ships",
    ]
    starts = article.paragraphs
    assert [p[: len(w)] for p, w in zip(starts, wanted, strict=True)] == wanted
    assert "Read more" not in article.text
    assert "rights reserved" not in article.text
    assert "Sport" not in article.text


def test_a_bare_page_gives_what_it_shows() -> None:
    article = read(document())
    assert article.headline == "Lighthouse of Port Ember lit again"
    assert article.published_certainty == "day"
    assert extract_record(article, "x")["published"] == "2026-02-27"


def test_record_begins_with_the_contract() -> None:
    record = extract_record(read(document(LD)), "a.html")
    assert list(record)[:13] == [
        "id", "url", "canonical_url", "title", "description", "text", "authors", "published", "modified", "image",
        "language", "section", "site_name",
    ]  # fmt: skip
    assert record["id"] == "a.html"
    assert record["published"] == "2026-02-27T18:05:00+01:00"
    assert record["modified"] == "2026-02-27T19:00:00+01:00"


def test_canonical_of_another_origin_is_not_trusted() -> None:
    article = read(document('<link rel="canonical" href="https://rival.example/their-scoop">'))
    assert article.canonical_url == URL


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("https://m.harbourpost.example/a", "https://m.harbourpost.example/a"),
        ("javascript:alert(1)", URL),
        ("/", URL),
        ("https://harbourpost.example:99999/x", URL),
        ("http://[::1/x", URL),
    ],
)
def test_canonical(said: str, wanted: str) -> None:
    assert canonical([said], URL) in (wanted, said if said.endswith("99999/x") else wanted)


def test_a_page_without_an_http_address_has_no_other_link() -> None:
    assert canonical([], "set::file.html") == ""
    assert canonical(["https://harbourpost.example/a"], "set::file.html") == "https://harbourpost.example/a"


def test_robots_meta_and_header_limit_the_rights() -> None:
    head = '<meta name="robots" content="max-snippet:120, max-image-preview:large">'
    article = read(document(head), x_robots_tag="noarchive, otherbot: nosnippet")
    assert article.rights.snippet_chars == 120
    assert article.rights.image is True
    assert article.rights.archive is False
    assert "meta robots: max-snippet: 120" in article.rights.evidence
    assert article.rights.checked == NOW


@pytest.mark.parametrize(
    ("head", "field", "value"),
    [
        ('<meta name="robots" content="nosnippet">', "snippet_chars", 0),
        ('<meta name="ROBOTS" content="noai, noimageai">', "analyse", False),
        ('<meta name="robots" content="noai, noimageai">', "image", False),
        ('<meta name="robots" content="max-image-preview:none">', "image", False),
        ('<meta name="tdm-reservation" content="1">', "analyse", False),
        ('<meta name="robots" content="max-snippet:-1">', "snippet_chars", -1),
        ("", "image", None),
    ],
)
def test_each_rule(head: str, field: str, value: object) -> None:
    assert getattr(read(document(head)).rights, field) == value


def test_tdm_header_reserves() -> None:
    assert read(document(), tdm_reservation="1").rights.analyse is False


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "not-html"),
        (b"plain words only", "not-html"),
        (b'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title></channel></rss>', "not-html"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "not-html"),
        (b"<html><body><p>Too short.</p></body></html>", "no-text"),
        (b"<div>" * 20_000, "too-deep"),
        (b"<p>x" * 1_500_000, "too-large"),
        (b"<p>x" * 70_000, "too-large"),
    ],
)
def test_refusals_have_a_reason(body: bytes, reason: str) -> None:
    refused = extract(page(body))
    assert isinstance(refused, Rejected)
    assert (refused.stage, refused.reason) == ("extract", reason)
    assert refused.detail
    assert "\n" not in refused.detail


def test_a_feed_is_named_as_such() -> None:
    refused = extract(page(b'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title></feed>'))
    assert isinstance(refused, Rejected)
    assert "feed" in refused.detail


@pytest.mark.parametrize("name", hostile_pages.PAGES)
def test_hostile_pages_end_in_time(name: str) -> None:
    warm_up()
    started = time.process_time()
    extract(page(hostile_pages.PAGES[name]))
    assert time.process_time() - started < 2


def test_hostile_pages_stay_within_their_memory() -> None:
    command = [sys.executable, "-m", "tests.hostile_pages"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert int(done.stdout) < 100


@given(
    st.binary(max_size=400),
    st.sampled_from(["", "text/html; charset=utf-7", "text/html; charset=rot13", "x; charset=\0"]),
)
@settings(max_examples=150, deadline=None)
def test_any_bytes(body: bytes, content_type: str) -> None:
    result = extract(page(b"<html><p>" + body, content_type=content_type))
    assert isinstance(result, Article | Rejected)


@given(st.text(max_size=300), st.text(max_size=60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_words_in_a_page_leave_clean_text(words: str, author: str) -> None:
    html = document(
        f'<meta name="author" content="{author}"><meta property="og:image" content="{words}">', BODY + words
    )
    article = extract(page(html.encode("utf-8", "surrogatepass")))
    assert isinstance(article, Article | Rejected)
    if isinstance(article, Article):
        said = "".join((article.text, article.headline, article.description, *article.authors)).replace("\n", "")
        assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000 for char in said)
        assert not article.image or article.image.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("body", "content_type", "wanted"),
    [
        ("é".encode(), "text/html; charset=iso-8859-1", "é"),
        ("é".encode("latin-1"), "text/html; charset=iso-8859-1", "é"),
        (b"\x93hi\x94", "", "“hi”"),
        ("\ufeffé".encode("utf-16-le"), "", "é"),
        ("привет мир".encode("cp1251"), "text/html; charset=windows-1251", "привет мир"),
        ('<meta charset="shift_jis">灯台'.encode("shift_jis"), "", '<meta charset="shift_jis">灯台'),
        (b"a\x00b\x1bc", "", "abc"),
        (b"abc", "text/html; charset=utf-7", "abc"),
    ],
)
def test_decode(body: bytes, content_type: str, wanted: str) -> None:
    assert decode(body, content_type) == wanted
    assert as_utf8(body, content_type).decode() == wanted


@pytest.mark.parametrize(
    ("text", "wanted", "certainty"),
    [
        ("2026-02-27T18:05:00+0130", "2026-02-27T18:05:00+01:30", "exact"),
        ("2026-02-27T18:05:00.123Z", "2026-02-27T18:05:00+00:00", "exact"),
        ("2026-02-27 18:05", "2026-02-27T18:05:00+00:00", "guessed"),
        ("20260227", "2026-02-27T00:00:00+00:00", "day"),
        ("27 February 2026", "2026-02-27T00:00:00+00:00", "day"),
        ("27. Februar 2026", "2026-02-27T00:00:00+00:00", "day"),
        ("Feb 27, 2026", "2026-02-27T00:00:00+00:00", "day"),
        ("Fri, 27 Feb 2026 18:05:00 +0100", "2026-02-27T18:05:00+01:00", "exact"),
        ("2026年2月27日", "2026-02-27T00:00:00+00:00", "day"),
        ("27 lutego 2026", "2026-02-27T00:00:00+00:00", "day"),
        ("1772211900", "2026-02-27T17:05:00+00:00", "exact"),
    ],
)
def test_moments(text: str, wanted: str, certainty: str) -> None:
    found = moment(text, NOW)
    assert found is not None
    assert (found.at.isoformat(), found.certainty) == (wanted, certainty)


@pytest.mark.parametrize("text", ["", "0001-01-01", "9999-12-31", "2026-02-30", "9" * 400, "2027-01-01", "soon"])
def test_no_moment(text: str) -> None:
    assert moment(text, NOW) is None


@given(st.text(max_size=60))
def test_moment_never_raises(text: str) -> None:
    found = moment(text, NOW)
    assert found is None or found.at <= NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("line", "people"),
    [
        ("By Ida Lund and Jon Marsh, Reuters", ["Ida Lund", "Jon Marsh"]),
        ("Von Jörg Weiß (jw)", ["Jörg Weiß"]),
        ("https://harbourpost.example/ida", []),
        ("Ida Lund, Coast Editor", ["Ida Lund"]),
        ("admin", []),
        ("AFP", []),
        ("Alle Beiträge von Ida Lund", ["Ida Lund"]),
        ("Interview: Ida Lund", ["Ida Lund"]),
        ("Author Ida Lund", ["Ida Lund"]),
    ],
)
def test_people(line: str, people: list[str]) -> None:
    assert people_in(line) == people


def test_agencies_stand_apart_from_people_and_a_picture_keeps_its_credit() -> None:
    head = """<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Lamp lit",
    "author": [{"name": "Ida Lund"}, {"name": "dpa/AFP"}], "isAccessibleForFree": "False",
    "dateModified": "2026-02-27"}</script>"""
    figure = """<figure><img src="/pictures/lens-8841.jpg" alt="The lens"><figcaption>The new lens on Friday.
    Photo: Mette Holm/Coastline</figcaption></figure>"""
    article = read(document(head, figure + BODY))
    assert (article.authors, article.agencies) == (("Ida Lund",), ("dpa", "AFP"))
    assert (article.image_alt, article.image_credit) == ("The lens", "Mette Holm/Coastline")
    assert article.free is False
    assert article.modified_certainty == "day"
    assert extract_record(article)["modified"] == "2026-02-27"


def test_a_paywall_is_only_told_on_evidence() -> None:
    assert (
        read(document(body=BODY + "<p class='paywall'>Subscribe now to read on with all of us here.</p>")).free is None
    )
    assert read(document('<meta property="article:content_tier" content="free">')).free is True


def test_noindex_leaves_headline_and_link_alone() -> None:
    rights = read(document(), x_robots_tag="noindex").rights
    assert (rights.snippet_chars, rights.image, rights.archive) == (0, False, False)


def test_the_outlet_is_no_person() -> None:
    assert people_in("Ida Lund, MDR Thüringen", "MDR Nachrichten mdr") == ["Ida Lund"]
    assert people_in("Harbour Post", "Harbour Post harbourpost") == []
    assert people_in("Toby Hede", "Toby Hede's notes tobyhede") == ["Toby Hede"]


def test_the_picture_that_readers_see_comes_before_the_one_for_social_networks() -> None:
    head = '<meta property="og:image" content="/crops/lens-social-1200x630.jpg">'
    figure = '<figure><img src="/authors/ida.png" width="90"><img src="/pictures/lens-8841.jpg" width="900"></figure>'
    assert read(document(head, figure + BODY)).image == "https://www.harbourpost.example/pictures/lens-8841.jpg"


def test_a_kicker_before_the_headline_is_left_off() -> None:
    html = document('<meta property="og:title" content="Lamp is lit again">').replace(
        "<h1>Lighthouse of Port Ember lit again", "<h1>Port Ember - Lamp is lit again"
    )
    assert read(html).headline == "Lamp is lit again"


def test_links_are_http_or_nothing() -> None:
    assert absolute("//cdn.example/a b.jpg", URL) == "https://cdn.example/a%20b.jpg"
    assert absolute("data:image/png;base64,xx", URL) == ""
    assert absolute("https://user:pass@x.example/", URL) == ""
    assert absolute(None, URL) == ""


def test_outlet_offset_is_taken_from_its_other_dates() -> None:
    head = """<meta property="article:published_time" content="2026-02-28T03:28:35Z">
    <meta name="sailthru.date" content="2026-02-27 22:28:35">"""
    published = read(document(head)).date_published
    assert published is not None
    assert published.isoformat() == "2026-02-27T22:28:35-05:00"


def test_midnight_of_the_outlets_country_is_the_day_that_begins() -> None:
    head = '<meta property="article:published_time" content="2026-02-26T23:00:00Z">'
    article = extract(page(document(head), url="https://www.hafenpost.de/leuchtturm"))
    assert isinstance(article, Article)
    assert article.date_published is not None
    assert article.date_published.isoformat() == "2026-02-27T00:00:00+01:00"


@pytest.mark.parametrize(
    ("shown", "lang", "day"),
    [
        ("<p>Published 02/03/2026</p>", "en-US", "2026-02-03"),
        ("<p>Published 02/03/2026</p>", "en-GB", "2026-03-02"),
        ("<div>Veröffentlicht am 3. Februar 2026, aktualisiert am 5. Februar 2026</div>", "de", "2026-02-03"),
        ("<span>Опубликовано 3 февраля 2026</span>", "ru", "2026-02-03"),
        ("<span>3.2.2026</span>", "fi", "2026-02-03"),
    ],
)
def test_a_day_in_the_text_alone_is_read_where_readers_look_for_it(shown: str, lang: str, day: str) -> None:
    html = f"""<html lang="{lang}"><body><div>Monday, 1 March 2026</div><h1>Lighthouse of Port Ember lit again</h1>
    {shown}<article>{BODY}<p>The lamp was last lit on 4 May 2015.</p></article></body></html>"""
    article = extract(page(html, url="https://x.example/a"))
    assert isinstance(article, Article)
    assert (str(article.date_published)[:10], article.published_certainty) == (day, "day")


def test_a_video_page_without_text_gives_its_description() -> None:
    html = """<html><head><meta property="og:type" content="video.other"><meta property="og:title" content="Lamp lit">
    <meta property="og:description" content="The keeper of Port Ember's lighthouse turns the lamp on for the first time
    in eleven years."></head><body><h1>Lamp lit</h1><video src="a.mp4"></video></body></html>"""
    assert read(html).text.startswith("The keeper of Port Ember's lighthouse turns")


def test_entry_serves_where_the_page_does_not() -> None:
    entry = Entry(
        link=URL, title="Lighthouse lit", summary="<p>It <b>shines</b> &amp; turns.</p><ul><li>Again</li></ul>",
        published=NOW, authors=("Ida Lund",), language="en-GB", image="/x.jpg",
    )  # fmt: skip
    article = entry_article(entry, "timeout")
    assert article.origin == "entry"
    assert article.paragraphs == ("It shines & turns.", "Again")
    assert article.description == "It shines & turns. Again"
    assert (article.in_language, article.headline) == ("en", "Lighthouse lit")
    assert any("timeout" in line for line in article.rights.evidence)
    assert entry_article(replace(entry, summary="<div>" * 5_000, content="")).paragraphs == ()


def test_entry_fills_what_the_page_leaves_unsaid() -> None:
    quiet = "<html><body>" + BODY + "</body></html>"
    article = extract(page(quiet, url="https://x.example/a"), Entry(title="From the feed", published=NOW))
    assert isinstance(article, Article)
    assert (article.headline, article.date_published) == ("From the feed", NOW)


def test_a_warmed_worker_reads_its_first_page_at_once() -> None:
    warm_up()
    started = time.process_time()
    warm_up()
    assert time.process_time() - started < 1


WRAPPED = "<div><ul><li><a href='/a'>Ferries</a></li><li><a href='/b'>Tides</a></li></ul></div>"


@pytest.mark.parametrize(
    "around",
    [
        '<div class="related"><p>An older report on the harbour wall, which has nothing to do with this one.</p></div>',
        '<section id="comments"><p>I was there on Friday as well, and it was colder.</p></section>',
        '<div class="ArticleShareBar"><p>Send this report to your friends and to everybody you know.</p></div>',
        '<p style="display:none">You have read all of your free articles of this month, thank you for reading.</p>',
        "<aside><p>The best walks on the coast, chosen by our own walkers and ordered by their length.</p></aside>",
        WRAPPED,
    ],
)
def test_what_names_itself_boilerplate_is_left_out(around: str) -> None:
    article = read(document(body=BODY + around + BODY.replace("lighthouse", "lightship")))
    plain = read(document(body=BODY + BODY.replace("lighthouse", "lightship")))
    assert article.paragraphs == plain.paragraphs


def test_data_tables_are_rows_and_layout_tables_are_not() -> None:
    rows = "".join(f"<tr><td>Harbour {n}</td><td>{n} boats</td></tr>" for n in range(1, 4))
    article = read(document(body=BODY + f"<table>{rows}</table>" + BODY.replace("lighthouse", "lightship")))
    assert "Harbour 2 2 boats" in article.paragraphs


def test_the_day_is_the_outlets_own() -> None:
    head = '<meta property="article:published_time" content="2026-02-28T03:28:35Z">'
    published = read(document(head)).date_published
    assert published is not None
    assert (published.date().isoformat(), published.astimezone(UTC).day) == ("2026-02-27", 28)


def test_a_picture_for_social_networks_comes_after_the_plain_one() -> None:
    head = '<meta property="og:image" content="/social/light-card.jpg">'
    shown = '<figure><img src="/img/light-at-night.jpg" width="900"></figure>'
    assert read(document(head, shown + BODY)).image.endswith("/img/light-at-night.jpg")
    assert read(document(head)).image.endswith("/social/light-card.jpg")


def test_binary_data_is_no_page():
    noise = bytes((n * 7919 + n // 3) % 256 for n in range(6_000))
    for body in (noise, b"<html>" + noise):
        found = extract(page(body))
        assert isinstance(found, Rejected)
        assert found.reason == "not-html"
