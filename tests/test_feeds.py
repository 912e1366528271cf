"""Feeds of every kind, broken and hostile ones too; the samples are made up here."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsloom.feeds import (
    WELL_KNOWN_PATHS,
    EntrySaid,
    FeedSaid,
    feed_record,
    find_feeds,
    parse_date,
    parse_feed,
    parse_opml,
    write_opml,
)
from newsloom.fetch import fake_page
from newsloom.types import Entry, FeedDocument, FeedLink, Rejected

BASE = "https://harbour.example/feed.xml"

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>Harbour &amp;amp; Hills</title><link>https://harbour.example/</link><language>en_GB</language>
<atom:link rel="self" href="https://harbour.example/feed.xml"/><atom:link rel="hub" href="https://hub.example/"/>
<description>News of two valleys</description><ttl>30</ttl>
<lastBuildDate>Tue, 01 Jan 2030 10:00:00 +0100</lastBuildDate>
<image><title>not the title</title><link>https://wrong.example/</link></image>
<item><title>Ferry &lt;b&gt;late&lt;/b&gt; &amp;mdash; again</title><link> /ferry?a=1&amp;b=2 </link>
<guid isPermaLink="false">f-1</guid><pubDate>Tue, 1 Jan 30 09:00:00 EST</pubDate><dc:creator>Ada Quill</dc:creator>
<dc:creator>Ben Oar</dc:creator><category>Transport</category><category>Transport</category>
<description>&lt;p onclick="x()"&gt;The &lt;a href="/pier"&gt;pier&lt;/a&gt;
&lt;script&gt;alert(1)&lt;/script&gt;</description>
<content:encoded><![CDATA[<p class="lead">The ferry.</p><img src="pic.jpg"
><img src="//t.example/p.gif" width="1">]]></content:encoded>
<enclosure url="/talk.mp3" type="audio/mpeg" length="123"/>
<media:content url="https://harbour.example/big.jpg" medium="image"/></item>
<item><guid>https://harbour.example/2</guid><title>Second</title><author>ed@harbour.example (Eve Ink)</author></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://hafen.example/blog/">
<title type="html">Der &amp;lt;Hafen&amp;gt;</title><id>urn:x:feed</id><updated>2030-01-01T00:00:00Z</updated>
<link rel="self" href="feed.atom"/><link href="."/><author><name>Redaktion</name></author>
<entry xml:base="2030/"><id>urn:x:1</id><title type="text">Wenn 1 &lt; 2 &amp; &lt;b&gt; gilt</title>
<link rel="enclosure" href="ton.mp3" type="audio/mpeg" length="7"/><link rel="alternate" href="eins"/>
<published>2030-01-01T01:02:03+02:00</published><updated>2030-01-02</updated>
<author><name>Uwe Boje</name><email>uwe@hafen.example</email></author>
<category term="Verkehr"/><summary>Nur Text &lt;b&gt; hier</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
<p>Mit <a href="../x">Verweis</a></p><br/></div></content>
</entry></feed>"""

JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Quay",
        "home_page_url": "https://quay.example/",
        "language": "sv",
        "items": [
            {
                "id": 7,
                "url": "/sju",
                "title": "Sju &amp; åtta",
                "content_html": "<p onload=x>Hej</p>",
                "date_published": "2030-01-01T01:00:00+01:00",
                "authors": [{"name": "Åsa"}, {"name": "Bo"}],
                "tags": ["hamn"],
                "attachments": [{"url": "/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 9}],
            },
            "not an item",
        ],
    }
)

SITEMAP = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://pier.example/1</loc><lastmod>2030-01-02</lastmod><news:news><news:publication><news:name>Pier</news:name>
<news:language>fr</news:language></news:publication><news:publication_date>2030-01-01T10:00:00Z</news:publication_date>
<news:title>Le quai rouvre</news:title><news:keywords>quai, port</news:keywords></news:news>
<image:image><image:loc>https://pier.example/1.jpg</image:loc></image:image></url></urlset>"""


def read(text: str | bytes, **said: object) -> FeedSaid:
    body = text.encode() if isinstance(text, str) else text
    found = parse_feed(body, url=BASE, **said)  # type: ignore[arg-type]
    assert isinstance(found, FeedSaid), found
    return found


def item(inside: str) -> FeedSaid:
    return read(f'<rss version="2.0"><channel><title>T</title><item>{inside}</item></channel></rss>')


def refused(body: bytes) -> Rejected:
    found = parse_feed(body, url=BASE)
    assert isinstance(found, Rejected), found
    assert (found.stage, found.url) == ("feeds", BASE)
    return found


# Each format


def test_rss_with_its_extensions() -> None:
    feed = read(RSS)
    first, second = feed.entries
    assert (feed.title, feed.link, feed.language) == ("Harbour & Hills", "https://harbour.example/", "en-GB")
    assert (feed.subtitle, feed.ttl_s, feed.hub, feed.format) == (
        "News of two valleys",
        1800,
        "https://hub.example/",
        "rss",
    )
    assert feed.updated == datetime(2030, 1, 1, 9, tzinfo=UTC)
    assert (first.title, first.id) == ("Ferry late — again", "f-1")
    assert first.link == "https://harbour.example/ferry?a=1&b=2"
    assert first.published == datetime(2030, 1, 1, 14, tzinfo=UTC)
    assert (first.authors, first.tags) == (("Ada Quill", "Ben Oar"), ("Transport",))
    assert first.image == "https://harbour.example/big.jpg"
    assert [(e.url, e.type, e.length) for e in first.enclosures] == [
        ("https://harbour.example/talk.mp3", "audio/mpeg", "123")
    ]
    assert (second.link, second.id, second.authors) == ("https://harbour.example/2",) * 2 + (("Eve Ink",),)
    assert second.published is None


def test_html_of_entries_is_sanitised_and_its_links_are_absolute() -> None:
    first = read(RSS).entries[0]
    assert first.summary.startswith('<p>The <a href="https://harbour.example/pier"')
    assert first.content == '<p>The ferry.</p><img src="https://harbour.example/pic.jpg">'
    assert not any(word in first.summary + first.content for word in ("onclick", "script", "class", "alert"))


def test_atom_with_bases_and_text_types() -> None:
    feed = read(ATOM)
    entry = feed.entries[0]
    assert (feed.title, feed.link, feed.language) == ("Der <Hafen>", "https://hafen.example/blog/", "de")
    assert (entry.title, entry.link) == ("Wenn 1 < 2 & <b> gilt", "https://hafen.example/blog/2030/eins")
    assert (entry.published, entry.updated) == (
        datetime(2029, 12, 31, 23, 2, 3, tzinfo=UTC),
        datetime(2030, 1, 2, tzinfo=UTC),
    )
    assert (entry.authors, entry.author) == (("Uwe Boje",), "Uwe Boje (uwe@hafen.example)")
    assert entry.summary == "Nur Text &lt;b&gt; hier"
    assert 'href="https://hafen.example/blog/x"' in entry.content
    assert entry.enclosures[0].url == "https://hafen.example/blog/2030/ton.mp3"


def test_rdf_keeps_its_items_beside_the_channel() -> None:
    feed = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://a.example/"><title>R</title></channel>'
        '<item rdf:about="https://a.example/1"><title>One</title><dc:date>2030-01-01</dc:date></item></rdf:RDF>'
    )
    assert (feed.title, feed.format) == ("R", "rdf")
    assert (feed.entries[0].id, feed.entries[0].link) == ("https://a.example/1",) * 2
    assert feed.entries[0].updated == feed.entries[0].published == datetime(2030, 1, 1, tzinfo=UTC)


def test_json_feed() -> None:
    feed = read(JSON)
    entry = feed.entries[0]
    assert (feed.title, feed.link, feed.language, feed.format) == ("Quay", "https://quay.example/", "sv", "json")
    assert (entry.id, entry.title, entry.link) == ("7", "Sju &amp; åtta", "https://harbour.example/sju")
    assert (entry.content, entry.authors, entry.tags) == ("<p>Hej</p>", ("Åsa", "Bo"), ("hamn",))
    assert entry.published == datetime(2030, 1, 1, tzinfo=UTC)
    assert entry.enclosures[0].length == "9"
    assert len(feed.entries) == 1


def test_a_news_sitemap_is_a_feed() -> None:
    entry = read(SITEMAP).entries[0]
    assert (entry.link, entry.title, entry.language) == ("https://pier.example/1", "Le quai rouvre", "fr")
    assert entry.published == datetime(2030, 1, 1, 10, tzinfo=UTC)
    assert (entry.tags, entry.image) == (("quai", "port"), "https://pier.example/1.jpg")


def test_an_atom_entry_alone_is_a_feed_of_one() -> None:
    feed = read('<entry xmlns="http://www.w3.org/2005/Atom"><title>One</title><id>urn:x:1</id><link href="1"/></entry>')
    assert [(e.title, e.id, e.link) for e in feed.entries] == [("One", "urn:x:1", "https://harbour.example/1")]


def test_without_an_address_links_are_relative_to_what_the_feed_says_of_itself() -> None:
    found = parse_feed(b"<rss><channel><link>https://a.example/news/</link><item><link>x</link></item></channel></rss>")
    assert isinstance(found, FeedSaid)
    assert found.entries[0].link == "https://a.example/news/x"


def test_prefixes_without_a_declaration_mean_the_feed_itself() -> None:
    feed = read("<rss><rss:channel><rss:title>T</rss:title><rss:item><rss:title>x</rss:title></rss:item>"
                '<atom:link rel="hub" href="https://hub.example/"/></rss:channel></rss>')  # fmt: skip
    assert (feed.title, [e.title for e in feed.entries], feed.hub) == ("T", ["x"], "https://hub.example/")


def test_a_root_without_quotes_is_mended() -> None:
    feed = read("<?xml?xml ??><rss rss:version=2.0 xmlns:x='a=b c'><rss:channel><rss:item><rss:title>x</rss:title>"
                "</rss:item></rss:channel></rss>")  # fmt: skip
    assert [e.title for e in feed.entries] == ["x"]


def test_the_date_of_dublin_core_is_when_an_item_was_published() -> None:
    dated = read('<rss xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><item><dc:date>2030-01-01</dc:date></item>'
                 "<item><dc:date>2030-01-02</dc:date><pubDate>2030-01-01</pubDate></item></channel></rss>")  # fmt: skip
    assert [(e.published, e.updated) for e in dated.entries] == [
        (datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)),
        (datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 1, 2, tzinfo=UTC)),
    ]


@pytest.mark.parametrize(
    ("said", "point"),
    [
        ("<g:point>45.25 -71.5</g:point>", (45.25, -71.5)),
        ("<g:where><m:Point><m:pos>1 2</m:pos></m:Point></g:where>", (1.0, 2.0)),
        ("<w:lat>-33.9</w:lat><w:long>151.2</w:long>", (-33.9, 151.2)),
        ("<w:Point><w:lat>3</w:lat><w:long>4</w:long></w:Point>", (3.0, 4.0)),
        ("<g:point>99 999</g:point>", None),
        ("<g:point>nan 1</g:point>", None),
        ("<g:point>here</g:point>", None),
        ("", None),
    ],
)
def test_places(said: str, point: tuple[float, float] | None) -> None:
    spaces = (
        "xmlns:g='http://www.georss.org/georss' xmlns:m='http://www.opengis.net/gml' "
        "xmlns:w='http://www.w3.org/2003/01/geo/wgs84_pos#'"
    )
    entry = read(f"<rss {spaces}><channel><item><title>x</title>{said}</item></channel></rss>").entries[0]
    assert isinstance(entry, EntrySaid)
    assert entry.point == point


def test_a_wrong_type_does_not_make_text_base64() -> None:
    entry = read('<feed><entry><title type="application/x-own">Test</title><content type="image/png">aGVsbG8=</content>'
                 '<category label="Only a label"/></entry></feed>').entries[0]  # fmt: skip
    assert (entry.title, entry.content, entry.tags) == ("Test", "hello", ("Only a label",))


def test_headers_fill_what_the_document_leaves_open() -> None:
    headers = {
        "Content-Location": "https://other.example/x/",
        "Content-Language": "nl, en",
        "Cache-Control": "max-age=600",
    }
    feed = read("<rss><channel><item><link>y</link></item></channel></rss>", headers=headers)
    assert (feed.language, feed.ttl_s, feed.entries[0].link) == ("nl", 600, "https://other.example/x/y")


def test_the_record_is_ready_for_json() -> None:
    record = json.loads(json.dumps(feed_record(read(RSS))))
    assert {"title", "link", "language", "updated"} <= set(record["feed"])
    entry = record["entries"][0]
    wanted = "id title link published updated author summary content tags enclosures".split()
    assert set(wanted) <= set(entry)
    assert (entry["published"], entry["updated"]) == ("2030-01-01T14:00:00+00:00", None)
    assert entry["author"] == "Ada Quill, Ben Oar"
    assert entry["enclosures"] == [{"url": "https://harbour.example/talk.mp3", "type": "audio/mpeg", "length": "123"}]
    plain = feed_record(FeedDocument(entries=(Entry(authors=("A", "B"), content="c"),)))
    assert (plain["entries"][0]["author"], plain["entries"][0]["summary"]) == ("A, B", "c")


# Text


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("1 &lt; 2", "1 < 2"),
        ("AT&amp;amp;T", "AT&T"),
        ("&amp;lt;blink&amp;gt;", "<blink>"),
        ("A &lt;script&gt;alert(1)&lt;/script&gt;B", "A B"),
        ("a<b>c</b>d", "acd"),
        ("<![CDATA[x &amp; <i>y</i>]]>", "x & y"),
        ("two\n\t lines&#8203;", "two lines\u200b"),
        ("a&#x202e;b&#x9b;c", "abc"),
        ("&lt;!-- hidden --&gt;seen", "seen"),
        ("", ""),
    ],
)
def test_titles_are_plain(written: str, read_as: str) -> None:
    assert item(f"<title>{written}</title>").entries[0].title == read_as


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href=' java\nscript:alert(1)'>x</a>",
        "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<p style='background:url(javascript:alert(1))' id=x class=y>x</p>",
        "<form action=//evil.example><input name=x></form>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<img src='file:///etc/passwd'><base href='//evil.example'>",
        "<a ping='//evil.example' href='https://a.example' target=_blank>x</a>",
        '<img srcset=\'//evil.example/x 2x\' class="a" onerror="x" src="https://a.example/x">',
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    ],
)
@pytest.mark.parametrize("field", ["description", "content:encoded"])
def test_html_keeps_nothing_that_acts(hostile: str, field: str) -> None:
    escaped = hostile.replace("&", "&amp;").replace("<", "&lt;")
    found = read(
        '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><item>'
        f"<{field}>{escaped}</{field}></item></channel></rss>"
    )
    kept = (found.entries[0].summary + found.entries[0].content).lower()
    words = (
        "<script",
        "onerror",
        "onload",
        "javascript:",
        "style",
        "<svg",
        "<iframe",
        "<form",
        "<input",
        "data:",
        "file:",
    )
    assert not any(word in kept for word in (*words, "srcset", "ping", "<base", "class=", " id=", "evil.example"))


def test_links_that_are_not_of_the_web_are_dropped() -> None:
    found = item("<link>javascript:alert(1)</link><guid>data:x</guid><enclosure url='file:///etc/passwd'/>").entries[0]
    assert (found.link, found.enclosures, found.id) == ("", (), "data:x")
    assert item("<link>ftp://a.example/x</link>").entries[0].link == ""
    assert item("<link>https://bank.example@other.example/x</link>").entries[0].link == ""
    assert item("<link>https://a example/x</link>").entries[0].link == ""


def test_fields_and_entries_are_capped() -> None:
    long = item(
        f"<title>{'t' * 5_000}</title><link>https://a.example/{'l' * 5_000}</link>"
        f"<description>{'&amp;amp; ' * 150_000}</description>"
    ).entries[0]
    assert (len(long.title), long.link) == (1_000, "")
    assert 0 < len(long.summary) <= 200_000
    many = read("<rss><channel>" + "<item><title>x</title></item>" * 2_500 + "</channel></rss>")
    assert len(many.entries) == 2_000
    assert many.notes == ("more than 2000 entries, 2000 taken",)


def test_of_a_long_feed_the_first_entries_are_read_and_what_stands_behind_them() -> None:
    entries = "".join(f"<a:entry><a:id>{n}</a:id><a:title>The words of {n}</a:title></a:entry>" for n in range(9_000))
    feed = f"<a:feed xmlns:a='http://www.w3.org/2005/Atom'>{entries}<a:title>Behind</a:title></a:feed>"
    found = read(feed)
    assert [entry.id for entry in found.entries] == [str(n) for n in range(2_000)]
    assert (found.title, found.notes) == ("Behind", ("more than 2000 entries, 2000 taken",))


def test_of_a_long_sitemap_the_latest_addresses_are_read() -> None:
    at = "2026-03-{:02}T{:02}:{:02}:00Z"
    urls = "".join(
        f"<url><loc>https://a.example/{n}</loc><lastmod>{at.format(1 + n // 1440, n // 60 % 24, n % 60)}</lastmod>"
        "</url>"
        for n in range(9_000)
    )
    found = read(f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}<url/></urlset>")
    assert {entry.link for entry in found.entries} == {f"https://a.example/{n}" for n in range(7_000, 9_000)}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252", "koi8-r", "shift_jis", "gb2312", "big5"]
)
def test_encodings(encoding: str) -> None:
    word = {"koi8-r": "Новость", "shift_jis": "港のニュース", "gb2312": "港口新闻", "big5": "港口新聞"}.get(
        encoding, "Hafenöffnung"
    )
    text = f'<?xml version="1.0" encoding="{encoding}"?><rss><channel><title>{word}</title></channel></rss>'
    assert read(text.encode(encoding)).title == word
    if not encoding.startswith("utf"):
        served = text.replace(f' encoding="{encoding}"', "").encode(encoding)
        assert read(served, headers={"content-type": f"text/xml; charset={encoding}"}).title == word


@pytest.mark.parametrize("claimed", ["iso-8859-1", "us-ascii", "utf-7", "rot13", "no-such", "utf-16"])
def test_a_wrong_claim_does_not_spoil_utf_8(claimed: str) -> None:
    text = f'<?xml version="1.0" encoding="{claimed}"?><rss><channel><title>Größe +ADw-</title></channel></rss>'
    assert read(text).title == "Größe +ADw-"
    assert read(text, headers={"content-type": f"text/xml; charset={claimed}"}).title == "Größe +ADw-"


# Dates


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Thu, 01 Jan 2004 19:48:21 GMT", (2004, 1, 1, 19, 48, 21)),
        ("Thu, 1 Jan 04 19:48 EST", (2004, 1, 2, 0, 48)),
        ("Thu,01 Jan 2004 19:48:21 +0530", (2004, 1, 1, 14, 18, 21)),
        ("01 Jan 2004", (2004, 1, 1)),
        ("Fri Sep 13 12:00:00 2003", (2003, 9, 13, 12)),
        ("Wed Jan 10 08:30:00 UTC 2024", (2024, 1, 10, 8, 30)),
        ("Sep 13, 2003 3:05 PM", (2003, 9, 13, 15, 5)),
        ("Mon, 5 März 2024 10:00:00 +0100", (2024, 3, 5, 9)),
        ("5 janvier 2024 à 10h30", (2024, 1, 5, 10, 30)),
        ("10-Jan-2024 08:30:00 PST", (2024, 1, 10, 16, 30)),
        ("2004-01-01T19:48:21.5-08:00", (2004, 1, 2, 3, 48, 21)),
        ("2004-01-01 19:48", (2004, 1, 1, 19, 48)),
        ("20040101T194821Z", (2004, 1, 1, 19, 48, 21)),
        ("2024/01/10 08:30:00", (2024, 1, 10, 8, 30)),
        ("2004-01", (2004, 1, 1)),
        ("05.03.2024 10:00", (2024, 3, 5, 10)),
        ("2024年3月5日 10:00", (2024, 3, 5, 10)),
        ("2024-366", (2024, 12, 31)),
        ("2024-060T10:30Z", (2024, 2, 29, 10, 30)),
        ("2024-W10-2", (2024, 3, 5)),
        ("2024-01-10 08:30:00.123456789 +0100 CET", (2024, 1, 10, 7, 30)),
        ("24/11/2024 10:00", (2024, 11, 24, 10)),
        ("11/24/2024 10:00 PM", (2024, 11, 24, 22)),
        ("1700000000", (2023, 11, 14, 22, 13, 20)),
        ("Thu, 01 Jan 2004 24:00:00 GMT", (2004, 1, 2)),
        ("Thu, 01 Jan 2004 10:00:60 GMT", (2004, 1, 1, 10, 0, 59)),
        ("Thu, 01 Jan 2004 19:48:21 +9999", (2004, 1, 1, 19, 48, 21)),
    ],
)
def test_dates_are_read_as_utc(written: str, moment: tuple[int, ...]) -> None:
    assert parse_date(written) == datetime(*moment, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "yesterday",
        "Thu, 32 Jan 2004 10:00:00 GMT",
        "Tue, 30 Feb 2024 10:00 GMT",
        "2004-13-01",
        "0000-00-00 00:00:00",
        "Thu, 01 Jan 0001 00:00:00 GMT",
        "9999-12-31T23:59:59Z",
        "1" * 400,
        "10/01/2024 08:30",
        "2023-366",
        "2024-000",
        "2024-W60-1",
        "32/13/2024",
        "2004-01-01T99:99:99Z",
    ],
)
def test_nonsense_is_no_date(nonsense: str) -> None:
    assert parse_date(nonsense) is None


# What is no feed, or a broken one


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"<!doctype html><html><title>Our harbour</title><p>x", "not-a-feed"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'><body/></html>", "not-a-feed"),
        (b"\x1f\x8b\x08\x00" + bytes(range(256)) * 9, "not-a-feed"),
        (b"%PDF-1.7 \x00\x01\x02", "not-a-feed"),
        (b"just words", "not-a-feed"),
        (b"<opml><body/></opml>", "not-a-feed"),
        (b'{"a": 1}', "not-a-feed"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": [', "damaged"),
        (b"<rss", "damaged"),
        (b"<!DOCTYPE rss [ <!ENTITY x 'y'", "not-a-feed"),
    ],
)
def test_what_is_no_feed_says_why(body: bytes, reason: str) -> None:
    assert refused(body).reason == reason
    assert refused(body).detail


def test_a_page_instead_of_a_feed_is_named() -> None:
    assert refused(b"<!doctype html><html><title>Our harbour</title>").detail == "an HTML page; titled 'Our harbour'"


def test_a_cut_document_gives_its_whole_entries() -> None:
    whole = read(RSS)
    cut = read(RSS[: RSS.index("<title>Second") + 9])
    assert [entry.title for entry in cut.entries] == [whole.entries[0].title]
    assert cut.notes == ("the document stops before its end", "the last entry is cut off")


@pytest.mark.parametrize(
    "broken",
    [
        "<item><title>A & B &nbsp; C &copy; D</title></item>",
        "<item><title>A & B \xa0 C © D\x02\x0b</title></item>",
        "<item><title>A & B &#160; C &#xa9; D&#2;</title></item>",
    ],
)
def test_small_damage_is_mended(broken: str) -> None:
    found = read(f"junk <rss><channel><title>T</title>{broken}<item><title>Next</title></item></channel></rss>")
    assert [entry.title for entry in found.entries] == ["A & B C © D", "Next"]
    assert found.notes == ("not well-formed: mended",)


def test_what_no_tree_comes_out_of_goes_to_the_last_reader() -> None:
    items = "<item><title>Still <br> here</title><link>/x</link></item>" * 3
    found = read(f"<rss><channel>{items}</channel></rss>")
    assert [(entry.title, entry.link) for entry in found.entries] == [("Still here", "https://harbour.example/x")] * 3
    assert "feedparser" in found.notes[0]


# Hostile documents


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(12))


@pytest.mark.parametrize(
    "doctype",
    [
        f"<!DOCTYPE x [{LAUGHS}]>",
        '<!DOCTYPE x [<!ENTITY l11 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>',
        '<!DOCTYPE x [<!-- ]> --><?x ]> ?><!ENTITY l11 "]>">]>',
        '<!DOCTYPE x [<!ENTITY l11 "<rss><channel><item><title>inner</title></item></channel></rss>">]>',
        '<!DOCTYPE x PUBLIC "-//X//" "http://127.0.0.1:9/x.dtd">',
        f"<!DOCTYPE x [<!ELEMENT x {'(' * 50_000}y{')' * 50_000}>]>",
        '<!DOCTYPE x [<!ENTITY l11 "' + "a" * 100_000 + '">]>',
    ],
)
def test_entities_of_the_document_are_never_expanded(doctype: str) -> None:
    found = read(
        f'<?xml version="1.0"?>{doctype}<rss><channel><item><title>so &l11; quiet</title></item>'
        f"<item><title>{'&l11;' * 1_000}</title></item></channel></rss>"
    )
    assert [entry.title for entry in found.entries] == ["so quiet", ""]


def test_a_doctype_that_comes_late_is_no_doctype() -> None:
    late = f"<rss><channel><item><title>x</title></item></channel></rss><!DOCTYPE x [{LAUGHS}]><a>&l11;</a>"
    assert [entry.title for entry in read(late).entries] == ["x"]


def test_nothing_outside_is_read() -> None:
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname" parse="text"/>'
    sheet = '<?xml-stylesheet href="http://127.0.0.1:9/x.xsl" type="text/xsl"?>'
    found = read(f"{sheet}<rss><channel><item><title>x{include}</title></item></channel></rss>")
    assert found.entries[0].title == "x"


def of_html(markup: str) -> str:
    return f"<rss><channel><item><description><![CDATA[{markup}]]></description></item></channel></rss>"


TORTURE = {
    "deep": "<rss><channel>" + "<item>" * 200_000,
    "deep and closed": "<rss><channel>" + "<a>" * 100_000 + "</a>" * 100_000 + "</channel></rss>",
    "attributes": "<rss " + " ".join(f'a{n}="x"' for n in range(200_000)) + "><channel/></rss>",
    "a long attribute": f'<rss a="{"x" * 11_000_000}"><channel/></rss>',
    "namespaces": "<rss " + " ".join(f'xmlns:a{n}="x{n}"' for n in range(50_000)) + "><channel/></rss>",
    "tags": "<rss><channel>" + "<a/>" * 1_000_000 + "</channel></rss>",
    "angles": "<" * 2_000_000,
    "root and angles": "<rss>" + "<" * 2_000_000,
    "deep html": of_html("<div>" * 200_000),
    "odd html": of_html("<b><i><a><p></b>" * 12_000),
    "open comments": "<!--" * 500_000,
    "open comments in a doctype": "<!DOCTYPE x [" + "<!--" * 500_000,
    "open instructions in a doctype": "<!DOCTYPE x [" + "<?" * 500_000,
    "open quotes in a doctype": "<!DOCTYPE x [" + "\"'" * 500_001,
    "open sections": "<rss><channel><title>&x;" + "<![CDATA[" * 50_000,
    "ampersands": "<rss><channel><title>" + "&" * 1_000_000 + "</title></channel></rss>",
    "a title of tags": "<rss><channel><title>" + "&lt;a " * 500_000 + "</title></channel></rss>",
    "a title of comments": "<rss><channel><title>" + "&lt;!--" * 500_000 + "</title></channel></rss>",
    "soup": "<rss><&" + "<item><title>x" * 30_000,
    "quoted soup": "<rss><item " + "a='\"" * 100_000,
    "deep json": '{"items":' + "[" * 1_000_000,
    "a long number": '{"version":"jsonfeed","items":[{"id":' + "9" * 100_000 + "}]}",
    "half a pair": '{"version":"jsonfeed","title":"\\ud800","items":[{"content_html":"<p>\\udfff\\u0000"}]}',
    "many objects": '{"version":"jsonfeed","items":[' + "{}," * 500_000 + "{}]}",
    "bases": f'<rss xml:base="http://x.example/{"a/" * 800}"><channel>' + '<item xml:base="b/"/>' * 2_000,
}  # fmt: skip


@pytest.mark.parametrize("name", TORTURE)
def test_no_document_stops_the_reader(name: str) -> None:
    start = time.process_time()
    found = parse_feed(TORTURE[name].encode(), url=BASE)
    # Ten seconds are what a hostile document may take; the bound is the product's, with far more room than is used.
    assert time.process_time() - start < 10
    json.dumps(feed_record(found)) if isinstance(found, FeedSaid) else found.detail.encode()


def test_half_a_surrogate_pair_does_not_cost_the_feed() -> None:
    assert read(TORTURE["half a pair"]).title == "?"


def test_html_that_is_nothing_but_tags_becomes_text() -> None:
    assert read(of_html("<div>" * 30_000 + "x")).entries[0].summary == "x"


def texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in texts(part)]
    return [value] if isinstance(value, str) else []


MARKS = "<rss> <channel> <item> </item> <title> </title> <link> <entry> <feed> &amp; & < > ]]> <![CDATA[ <!-- --> ]> />"
PIECES = st.sampled_from(
    [*MARKS.split(), "<?xml ?>", "<!DOCTYPE x [", "\x00", "\x0b", "é", "😀", '"', "'", "{", "<a:b ", "xmlns:a='b'", "x"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=40), st.sampled_from(["utf-8", "utf-16", "latin-1"]))
def test_any_pieces_give_a_feed_or_a_reason(pieces: list[str], encoding: str) -> None:
    body = "".join(pieces).encode(encoding, "replace")
    for start in (b"", b"<rss><channel><item>", b"<feed><entry>"):
        found = parse_feed(start + body, url=BASE)
        if isinstance(found, FeedSaid):
            said = "".join(texts(feed_record(found)))
            assert not any(ord(c) < 9 or 0xD800 <= ord(c) < 0xE000 for c in said)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_feed_or_a_reason(body: bytes) -> None:
    assert isinstance(parse_feed(body), FeedSaid | Rejected)
    assert isinstance(parse_opml(body), tuple | Rejected)
    assert isinstance(find_feeds(fake_page("https://a.example/", body)), tuple)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"[0-9A-Z:,+\- a-z/.]{1,40}", fullmatch=True))
def test_any_text_is_a_date_or_none(text: str) -> None:
    moment = parse_date(text)
    assert moment is None or (moment.tzinfo is UTC and 1990 <= moment.year <= 2100)


# Discovery


def test_the_news_feed_comes_first_and_comments_not_at_all() -> None:
    page = fake_page(
        "https://harbour.example/start",
        """<html><head>
        <link rel="alternate" type="application/rss+xml" title="Harbour » Comments" href="/comments/feed/">
        <link rel="alternate" type="application/rss+xml" title="Tag: boats" href="/tag/boats/feed/">
        <link rel="alternate" type="application/rss+xml" title="Latest news" href="/feed/">
        <link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/1">
        <link rel="stylesheet alternate" type="text/xml" href="/x"><link rel="alternate" hreflang="de" href="/de">
        <link rel="alternate" type="application/atom+xml" href="javascript:alert(1)"></head></html>""",
    )
    found = find_feeds(page)
    assert [link.url for link in found] == ["https://harbour.example/feed/", "https://harbour.example/tag/boats/feed/"]
    assert found[0].homepage == "https://harbour.example/start"
    assert 1 >= found[0].score > found[1].score > 0


def test_feeds_in_the_link_header_count_too() -> None:
    page = fake_page("https://a.example/news", "<p>no link element")
    said = '</style.css>; rel=preload, </f.xml>; rel="alternate"; type="application/rss+xml"; title="All news"'
    (found,) = find_feeds(replace(page, headers={**page.headers, "link": said}))
    assert (found.url, found.title) == ("https://a.example/f.xml", "All news")
    assert find_feeds(replace(page, headers={"link": "<" * 5_000 + ">" * 5_000})) == ()


def test_anchors_serve_where_no_link_element_does() -> None:
    page = fake_page("https://a.example/", "<base href='/news/'><a href='rss.xml'>RSS</a><a href='/feedback'>Talk</a>")
    assert [link.url for link in find_feeds(page)] == ["https://a.example/news/rss.xml"]


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 400_000,
        "<a href=rss>" * 150_000,
        "<!--" * 500_000,
        "<a '" * 400_000,
        "<link " + 'x="y" ' * 300_000,
        "<link rel=alternate type=application/rss+xml href=/f" + "x" * 3_000 + ">",
        "<table><b>" * 200_000,
    ],
    ids=range(7),
)
def test_no_page_stops_discovery(page: str) -> None:
    start = time.process_time()
    assert len(find_feeds(fake_page("https://a.example/", page))) <= 50
    assert time.process_time() - start < 10


def test_links_in_comments_and_with_odd_quotes() -> None:
    page = fake_page(
        "https://a.example/",
        "<!-- <link rel=alternate type='application/rss+xml' href=/old> --><LINK HREF='/new?a=1&amp;b=2' "
        'title="A > B" '
        "TYPE='application/rss+xml; charset=utf-8' REL='Home Alternate'/>",
    )
    assert [(link.url, link.title) for link in find_feeds(page)] == [("https://a.example/new?a=1&b=2", "A > B")]


def test_a_feed_of_comments_is_never_a_choice_and_an_opinion_page_is() -> None:
    named = "<link rel=alternate type=application/rss+xml href=/{}>"
    page = fake_page("https://a.example/", named.format("comments/feed") + named.format("comment/rss"))
    assert [link.url for link in find_feeds(page)] == ["https://a.example/comment/rss"]
    assert all(path.startswith("/") for path in WELL_KNOWN_PATHS)


# OPML


def test_opml_goes_out_and_comes_back() -> None:
    rows = (
        FeedLink(
            url="https://a.example/f?x=1&y=2", title="A <&> B", homepage="https://a.example/", folder="News/World"
        ),
        FeedLink(url="https://b.example/f", title="B", folder="News", language="sv"),
        FeedLink(url="https://c.example/f", title="C"),
    )
    assert parse_opml(write_opml("Mine\x00", rows)) == rows


def test_opml_takes_web_addresses_once_and_no_entities() -> None:
    body = (
        f"<!DOCTYPE opml [{LAUGHS}]><opml><body><outline text='F&l11;'><outline xmlUrl='https://a.example/f' text='A'/>"
        "<outline xmlUrl='javascript:alert(1)'/><outline xmlurl='https://a.example/f'/></outline>"
        "<outline XMLURL='https://b.example/f' title='B'/></body></opml>"
    )
    found = parse_opml(body.encode())
    assert isinstance(found, tuple)
    assert [(link.url, link.title, link.folder) for link in found] == [
        ("https://a.example/f", "A", "F"),
        ("https://b.example/f", "B", ""),
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"", "empty"), (b"<rss/>", "not-opml"), (b"words", "not-opml"), (b"<opml><outline/>" * 250_000, "too-large")],
)
def test_what_is_no_opml_says_why(body: bytes, reason: str) -> None:
    found = parse_opml(body)
    assert isinstance(found, Rejected)
    assert found.reason == reason


def test_deep_and_long_opml() -> None:
    deep = parse_opml(b"<opml>" + b"<outline text='x'>" * 100_000)
    assert isinstance(deep, tuple | Rejected)
    many = b"".join(b'<outline xmlUrl="https://a.example/%d"/>' % n for n in range(30_000))
    found = parse_opml(b"<opml><body>" + many + b"</body></opml>")
    assert isinstance(found, Rejected)
    assert (found.reason, found.detail) == ("too-large", "more than 20000 feeds")
