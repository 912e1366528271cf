"""Directions of scripts, and which languages differ from the interface's."""

from __future__ import annotations

from typing import Literal

_RTL = frozenset({"ar", "arc", "azb", "ckb", "dv", "fa", "he", "ks", "ku-arab", "ps", "sd", "ug", "ur", "yi"})


def direction(language: str) -> Literal["ltr", "rtl", "auto"]:
    """The way a language is written; "auto" lets the browser look where we don't know."""
    if not language or language == "und":
        return "auto"
    return "rtl" if language.partition("-")[0].lower() in _RTL else "ltr"


def is_foreign(language: str, interface: str) -> bool:
    """Whether an item must say its language, because the page around it is in another."""
    return language.partition("-")[0].lower() not in (interface, "", "und")
