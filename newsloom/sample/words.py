"""What the outlets' pages say around the news, in each language, and how they write a time."""

from __future__ import annotations

from datetime import datetime

# Keys are the same in every language.
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "home": "Home",
        "about": "About us",
        "menu": "Menu",
        "skip": "Skip to content",
        "cookies": "We and our 214 partners use cookies to improve your experience and measure our audience.",
        "accept": "Accept all",
        "settings": "Manage settings",
        "share": "Share this story",
        "copy_link": "Copy link",
        "mail": "E-mail",
        "print": "Print",
        "related": "Related stories",
        "latest": "Latest news",
        "newsletter": "Get the morning briefing in your inbox every weekday.",
        "subscribe": "Sign up",
        "by": "By",
        "published": "Published",
        "updated": "Updated",
        "caption": "Illustration",
        "rights": "All rights reserved.",
        "terms": "Terms of use",
        "privacy": "Privacy policy",
        "contact": "Contact the newsroom",
        "missing": "Page not found",
        "missing_text": "The page you are looking for has been moved or removed.",
    },
    "sv": {
        "home": "Start",
        "about": "Om oss",
        "menu": "Meny",
        "skip": "Hoppa till innehållet",
        "cookies": "Vi och våra 214 partner använder kakor för att förbättra din upplevelse och mäta besök.",
        "accept": "Godkänn alla",
        "settings": "Hantera inställningar",
        "share": "Dela artikeln",
        "copy_link": "Kopiera länk",
        "mail": "Mejla",
        "print": "Skriv ut",
        "related": "Läs också",
        "latest": "Senaste nytt",
        "newsletter": "Få morgonens viktigaste nyheter i din inkorg varje vardag.",
        "subscribe": "Anmäl dig",
        "by": "Av",
        "published": "Publicerad",
        "updated": "Uppdaterad",
        "caption": "Illustration",
        "rights": "Alla rättigheter förbehållna.",
        "terms": "Användarvillkor",
        "privacy": "Integritetspolicy",
        "contact": "Kontakta redaktionen",
        "missing": "Sidan finns inte",
        "missing_text": "Sidan du letar efter har flyttats eller tagits bort.",
    },
}

SUBHEADINGS: dict[str, tuple[str, ...]] = {
    "en": ("What we know", "The background", "What happens next"),
    "sv": ("Det här vet vi", "Bakgrunden", "Så går det vidare"),
}

_MONTHS: dict[str, tuple[str, ...]] = {
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    "sv": (
        "januari",
        "februari",
        "mars",
        "april",
        "maj",
        "juni",
        "juli",
        "augusti",
        "september",
        "oktober",
        "november",
        "december",
    ),
}


def written_time(when: datetime, language: str) -> str:
    """The time as the language writes it: "March 5, 2026, 2:05 p.m.", "5 mars 2026 kl. 14.05"."""
    month = _MONTHS[language][when.month - 1]
    if language == "sv":
        return f"{when.day} {month} {when.year} kl. {when:%H.%M}"
    half = "a.m." if when.hour < 12 else "p.m."
    return f"{month} {when.day}, {when.year}, {when.hour % 12 or 12}:{when:%M} {half}"
