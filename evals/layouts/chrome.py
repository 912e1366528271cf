"""What stands around an article's text and must stay out of it, in the pieces' languages."""

from __future__ import annotations

from html import escape

_WORDS = {
    "en": ("Home|Sport|Weather|Subscribe", "Read also: Ferry fares rise in spring", "Sign up for our morning newsletter",
           "We and our 412 partners store cookies on your device to show you personal advertising.",
           "What nonsense, they should have asked us first, as my neighbour always says.", "All rights reserved.",
           "Share on Facebook", "Subscribe now to read on: the first month costs one crown.", "Most read"),
    "de": ("Startseite|Sport|Wetter|Abo", "Lesen Sie auch: Fähre wird im Frühling teurer", "Newsletter abonnieren",
           "Wir und unsere 412 Partner speichern Cookies auf Ihrem Gerät, um Werbung zu zeigen.",
           "So ein Unsinn, man hätte uns vorher fragen sollen, wie mein Nachbar immer sagt.", "Alle Rechte vorbehalten.",
           "Auf Facebook teilen", "Jetzt abonnieren und weiterlesen: der erste Monat kostet einen Euro.", "Meistgelesen"),
    "fr": ("Accueil|Sports|Météo|Abonnement", "À lire aussi : le prix du bac augmente", "Recevez notre newsletter",
           "Nous et nos 412 partenaires stockons des cookies sur votre appareil pour la publicité.",
           "Quelle bêtise, on aurait dû nous demander avant, comme dit mon voisin.", "Tous droits réservés.",
           "Partager sur Facebook", "Abonnez-vous pour lire la suite : le premier mois coûte un euro.", "Les plus lus"),
    "es": ("Inicio|Deportes|Tiempo|Suscripción", "Leer también: sube el precio del transbordador", "Boletín diario",
           "Nosotros y nuestros 412 socios guardamos cookies en su dispositivo para la publicidad.",
           "Qué tontería, tenían que habernos preguntado antes, como dice mi vecino.", "Todos los derechos reservados.",
           "Compartir en Facebook", "Suscríbase para seguir leyendo: el primer mes cuesta un euro.", "Lo más leído"),
    "sv": ("Hem|Sport|Väder|Prenumerera", "Läs också: Färjan blir dyrare till våren", "Få vårt nyhetsbrev",
           "Vi och våra 412 partner sparar kakor på din enhet för att visa reklam.",
           "Vilka dumheter, de borde ha frågat oss först, som min granne brukar säga.", "Alla rättigheter förbehålls.",
           "Dela på Facebook", "Prenumerera för att läsa vidare: första månaden kostar en krona.", "Mest läst"),
}  # fmt: skip
NAMES = ("nav", "also", "letter", "consent", "comment", "rights", "share", "wall", "most")


def words(language: str) -> dict[str, str]:
    """The words of a page's surroundings, in English where there are none of the language."""
    return dict(zip(NAMES, _WORDS.get(language, _WORDS["en"]), strict=True))


def noise(language: str) -> tuple[str, ...]:
    """What must not be in any text."""
    told = words(language)
    return tuple(told[name] for name in ("also", "letter", "consent", "comment", "rights", "share", "wall"))


def menu(language: str, tag: str = "nav", named: str = "") -> str:
    items = "".join(
        f'<li><a href="/{n}">{escape(word)}</a></li>' for n, word in enumerate(words(language)["nav"].split("|"))
    )
    return f'<{tag} class="{named or "main-nav"}"><ul>{items}</ul></{tag}>'


def teasers(language: str, count: int = 4, named: str = "related-stories") -> str:
    """Headlines of other articles, as lists of them look."""
    told = words(language)
    item = "<li><a href='/other/{n}'><h3>{also} ({n})</h3></a><p><a href='/other/{n}'>{also}: {n}</a></p></li>"
    items = "".join(item.format(n=n, also=escape(told["also"].partition(":")[2].strip())) for n in range(count))
    return f'<section class="{named}"><h2>{escape(told["most"])}</h2><ul>{items}</ul></section>'


def comments(language: str, named: str = "comments") -> str:
    said = escape(words(language)["comment"])
    each = f"<li class='comment'><b>gull77</b><p>{said} {said}</p></li>"
    return f'<div id="{named}"><h3>Comments (3)</h3><ol>{each * 3}</ol></div>'


def footer(language: str, tag: str = "footer") -> str:
    told = words(language)
    return f"<{tag} class='site-footer'><p>© 2026. {escape(told['rights'])}</p>{menu(language, 'div', 'foot-links')}</{tag}>"


def consent(language: str) -> str:
    return (
        f'<div id="cookie-consent" role="dialog"><p>{escape(words(language)["consent"])}</p><button>OK</button></div>'
    )


def share(language: str, named: str = "share-bar") -> str:
    said = escape(words(language)["share"])
    return f'<ul class="{named}"><li><a href="https://social.example/s">{said}</a></li><li><a href="#">E-mail</a></li></ul>'


def letter(language: str) -> str:
    said = escape(words(language)["letter"])
    return f'<div class="newsletter-signup"><p>{said}</p><form><input type="email"><button>OK</button></form></div>'


def also(language: str, tag: str = "p") -> str:
    return f'<{tag}><a href="/other/9">{escape(words(language)["also"])}</a></{tag}>'


def wall(language: str) -> str:
    return f'<div class="paywall-offer"><p>{escape(words(language)["wall"])}</p></div>'
