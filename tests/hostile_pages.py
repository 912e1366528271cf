"""Pages built to hurt whoever reads them; run as a program it reads them all and prints the peak memory in MB."""

from __future__ import annotations

_LAMP = b"<p>The lighthouse was lit again on Friday after eleven years"
_TEXT = _LAMP + b"</p>"
_FONTS = b"".join(b"<font color=%d>" % n for n in range(1_400))

PAGES: dict[str, bytes] = {
    "formatting": b"<font>" * 400 + b"<p>x" * 100_000,
    "formatting that comes again": b"<p>" + _FONTS + b"</p>" + _TEXT * 1_400,
    "a little of it": b"<p>" + _FONTS[: 15 * 15] + b"</p>" + _TEXT * 1_400,
    "angles": b"<<<<" * 200_000,
    "attributes": b"<a " + b"x=1 " * 300_000,
    "comments": b"<!--" * 300_000,
    "attribute": b'<p title="' + b"a" * 2_000_000,
    "tables": b"<table><tr><td>" * 20_000,
    "few tables": (b"<table><tr><td>" + _LAMP) * 2_600,
    "scripts": b"<script>" + b"<script>" * 200_000,
    "json": b"<script type='application/ld+json'>" + b"[" * 100_000 + b"</script>" + _TEXT * 3,
    "odd comments": b"<!--x--!>" * 200_000,
    "nested names": b"<div class=share>" * 700 + b"<p>" + b"The lighthouse was lit again on Friday. <p>" * 50_000,
    "breaks": b"word word<br><br>" * 25_000,
    "one paragraph": b"<p>" + b"word " * 900_000,
    "one row": b"<table><tr>" + b"<td>x" * 50_000,
    "figures": b"<figure>" * 700 + _LAMP * 50_000,
    "deep": b"<div>" * 7_900 + b"x",
    "deep text": (b"<div>" + _LAMP) * 3_900,
    "deep pictures": b"<article><figure><img src=a.jpg><h1>" * 1_900,
    "deep bylines": b"<span class=author>" * 7_900 + b"Ida Lund",
    "deep lists": (b"<ul><li><a href=x>" + _LAMP) * 2_600,
    "deep claims": b"<article class=content>" * 5_000 + _TEXT * 50,
    "dates": b"<p>" + b"1.1.2020 on 2 May 2021, " * 150_000,
    "scripts of dates": b"<p>x</p><script>" + b'"published_at":"' * 200_000 + b"</script>" + _TEXT * 3,
    "separators": b"<title>" + b" | " * 200_000 + b"</title>" + _TEXT * 3,
    "headline everywhere": b"<h1>aaaaaaaaaa</h1><p>" + b"aaaaaaaaaa 1.1.2020 " * 100_000,
    "metas": b"<meta name=author content='"
    + b"A B, " * 100_000
    + b"'>"
    + b"<meta property=og:image content=x>" * 20_000,
    "headings": b"<h1>x | y</h1>" * 20_000 + _TEXT * 3,
}


def main() -> None:
    import resource
    from datetime import UTC, datetime

    from newsloom.extract import extract, warm_up
    from newsloom.types import Page

    warm_up()
    at = datetime(2026, 3, 2, tzinfo=UTC)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for body in PAGES.values():
        extract(Page(requested_url="https://x.example/a", url="https://x.example/a", status=200, body=body, fetched=at))
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)


if __name__ == "__main__":
    main()
