"""Contexts into HTML: one Jinja environment a language, everything escaped."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from newsloom.site import links
from newsloom.site.contexts import Context
from newsloom.site.words import words


@cache
def static_file(name: str) -> bytes:
    """A file of `static/`. Raises FileNotFoundError."""
    return (files("newsloom.site") / "static" / name).read_bytes()


def static_href(name: str) -> str:
    """The address of a static file, which changes with its content and so may be cached for good."""
    return f"/static/{name}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    return hashlib.sha256(static_file(name)).hexdigest()[:12]


def marked(text: str, query: str) -> Markup:
    """`text` escaped, with the words of `query` in <mark>."""
    words = sorted({_plain(word) for word in re.findall(r"\w+", query)} - {""}, key=len, reverse=True)
    if not words:
        return escape(text)
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)")
    parts: list[Markup] = []
    end = 0
    for found in pattern.finditer(_plain(text)):
        parts += escape(text[end : found.start()]), Markup("<mark>{}</mark>").format(text[found.start() : found.end()])
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def _plain(text: str) -> str:
    """Folded to lower case without marks, one character for one, so that offsets stay."""
    return "".join((unicodedata.normalize("NFD", char)[0].lower() or char)[0] for char in text)


@cache
def _environment(language: str, chosen: bool) -> Environment:
    """Templates in one language. Where it was chosen, our own links keep it."""
    made = Environment(
        loader=PackageLoader("newsloom.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    say = words(language)
    made.install_gettext_translations(say.catalogue, newstyle=True)  # type: ignore[attr-defined]
    made.policies["ext.i18n.trimmed"] = True
    made.filters["marked"] = marked
    made.filters["listed"] = say.listed
    made.filters["number"] = say.number
    made.filters["here"] = (lambda href: links.in_language(href, language)) if chosen else str
    made.globals["static"] = static_href
    made.globals["interface"] = say
    return made


def html(template: str, context: Context) -> str:
    """The page as HTML."""
    frame = context.frame
    return _environment(frame.language, frame.chosen).get_template(template).render(page=context, frame=frame)
