"""Settings: one table of frozen sections, read from defaults, a TOML file and the environment, in that order.

Every field is one setting: `section.key` in the file (`[section] key = ...`), NEWSLOOM_<SECTION>_<KEY> in the
environment. Each section is passed to its own room as an argument; nothing reads the environment elsewhere.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platformdirs import user_config_path, user_data_path

from newsloom.errors import UnknownSetting, WrongUse
from newsloom.types import EditionSpec

PREFIX = "NEWSLOOM_"


def _setting(default: Any, help: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"help": help, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    url: str = _setting("", "where the store is: a path or an SQLAlchemy address; empty: SQLite in the data folder")
    text_days: int = _setting(30, "days that articles' texts are kept; headlines, leads and passages stay")
    busy_s: float = _setting(15.0, "seconds to wait for another process's write before giving up")


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    timeout_s: float = _setting(20.0, "seconds for one whole exchange, redirects included")
    max_bytes: int = _setting(10_000_000, "most bytes of one decoded body")
    delay_s: float = _setting(1.0, "seconds between two requests to one host")
    max_redirects: int = _setting(10, "most redirects followed for one request")
    max_hosts: int = _setting(64, "most hosts asked at the same time")
    per_address: int = _setting(4, "most requests open at the same time to the hosts of one address")
    user_agent: str = _setting("Newsloom/0.1 (+https://newsloom.invalid/bot)", "how we name ourselves, with a contact")
    allow: str = _setting("", "private networks or host:port pairs that may be fetched, comma separated")


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectSettings:
    interval_s: int = _setting(900, "seconds between two polls of a feed until it is known how often it brings news")
    min_interval_s: int = _setting(300, "fewest seconds between two polls of a feed, however often it brings news")
    max_interval_s: int = _setting(86_400, "most seconds between two polls of a feed, however rarely it brings news")
    max_entries: int = _setting(500, "most new entries taken from one feed in one poll")
    look_days: float = _setting(7.0, "days that pages are looked at again daily; those on a front page always are")
    page_attempts: int = _setting(3, "how often a page that failed for a passing reason is asked for")
    min_chars: int = _setting(60, "fewest characters of text that count as a page read")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotateSettings:
    languages: str = _setting("", "languages to tell apart, comma separated; empty: all that are known")
    passages: int = _setting(3, "most key passages of one article")
    passage_chars: int = _setting(400, "most characters of one key passage")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarSettings:
    window_days: float = _setting(7.0, "days apart that two articles may be and still be compared")
    max_similar: int = _setting(20, "most similar articles kept for one article")
    dense_model: str = _setting("", "ONNX model of sentence vectors beside its tokenizer.json; needs newsloom[dense]")


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionsSettings:
    configured: str = _setting("us", "editions, comma separated; the first takes sources that name none")
    front_stories: int = _setting(60, "most stories ranked on an edition's front page")
    max_age_h: float = _setting(72.0, "hours after its last report that a story may stay on the front page")
    source_share: float = _setting(0.2, "largest share of a front page that one source may lead")


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsSettings:
    passage_chars: int = _setting(200, "most characters of one passage shown where the outlet says nothing")
    passages: int = _setting(3, "most passages shown of one article")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    host: str = _setting("127.0.0.1", "address to serve on")
    port: int = _setting(8000, "port to serve on")
    base_url: str = _setting("", "public address of the site, for feeds, canonical links and WebSub hubs")
    title: str = _setting("Newsloom", "name of the site")
    images: bool = _setting(True, "show lead images, through our own proxy, where the outlet permits it")
    rate: float = _setting(20.0, "requests a second that one client may make over time; 0: no limit")
    proxies: str = _setting("", "reverse proxies (networks, comma separated) whose X-Forwarded-For names the client")
    operator_token: str = _setting(
        "", "opens the operator's pages from elsewhere than loopback; empty: made at start", secret=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    store: StoreSettings = StoreSettings()
    fetch: FetchSettings = FetchSettings()
    collect: CollectSettings = CollectSettings()
    annotate: AnnotateSettings = AnnotateSettings()
    similar: SimilarSettings = SimilarSettings()
    editions: EditionsSettings = EditionsSettings()
    rights: RightsSettings = RightsSettings()
    site: SiteSettings = SiteSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One setting as it stands: `name` ("fetch.timeout_s"), `env`, `value`, `default`, where it came from, help.

    `secret`: its value is for nobody's eyes.
    """

    name: str
    env: str
    value: Any
    default: Any
    origin: str
    help: str
    secret: bool = False


def env_name(section: str, key: str) -> str:
    """The environment's name of a setting: NEWSLOOM_FETCH_TIMEOUT_S."""
    return f"{PREFIX}{section}_{key}".upper()


def config_file(environ: Mapping[str, str]) -> Path:
    """The settings file: NEWSLOOM_CONFIG, else newsloom.toml in the user's configuration folder."""
    named = environ.get("NEWSLOOM_CONFIG")
    return Path(named) if named else user_config_path("newsloom") / "newsloom.toml"


def store_url(settings: StoreSettings) -> str:
    """The SQLAlchemy address of the store; a plain path becomes SQLite."""
    url = settings.url
    if "://" in url:
        return url
    path = Path(url) if url else user_data_path("newsloom") / "newsloom.db"
    return f"sqlite:///{path.expanduser().absolute()}"


def load(environ: Mapping[str, str], **overrides: Any) -> Settings:
    """Settings from defaults, file, environment and `overrides` (`section.key` names), the last strongest.

    Raises UnknownSetting for a name that does not exist, WrongUse for a value that does not fit.
    """
    return _load(environ, overrides)[0]


def describe(environ: Mapping[str, str], **overrides: Any) -> list[Told]:
    """Every setting with its value, its origin (default, file, environment, option) and its help."""
    settings, origins = _load(environ, overrides)
    return [
        Told(
            name=f"{section}.{f.name}",
            env=env_name(section, f.name),
            value=getattr(getattr(settings, section), f.name),
            default=f.default,
            origin=origins.get((section, f.name), "default"),
            help=f.metadata["help"],
            secret=f.metadata["secret"],
        )
        for section, f in _fields()
    ]


def in_force(settings: Settings, environ: Mapping[str, str]) -> tuple[Told, ...]:
    """Every setting as `settings` has it; what neither the file nor the environment explains came as an option."""
    found = []
    for each in describe(environ):
        section, _, key = each.name.partition(".")
        value = getattr(getattr(settings, section), key)
        found.append(each if value == each.value else dataclasses.replace(each, value=value, origin="option"))
    return tuple(found)


def edition_specs(settings: EditionsSettings) -> tuple[EditionSpec, ...]:
    """The configured editions: `us`, or `ch-fr` for a country's news in one of its languages."""
    return tuple(edition_spec(name.strip()) for name in settings.configured.split(",") if name.strip())


def edition_spec(edition_id: str) -> EditionSpec:
    """The edition of a country id (`us`) or country and language (`ch-fr`). Raises WrongUse where it is unknown."""
    country, _, language = edition_id.lower().partition("-")
    if country not in COUNTRIES:
        near = difflib.get_close_matches(country, COUNTRIES, 1)
        hint = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(sorted(COUNTRIES))}"
        raise WrongUse(f"unknown edition {edition_id!r}{hint}")
    name, spoken = COUNTRIES[country]
    if language and language != spoken:
        name = f"{name} ({language})"
    return EditionSpec(id=edition_id.lower(), name=name, country=country, language=language or spoken)


def _fields() -> Iterator[tuple[str, dataclasses.Field[Any]]]:
    for section in dataclasses.fields(Settings):
        for f in dataclasses.fields(section.default):  # type: ignore[arg-type]
            yield section.name, f


def _load(environ: Mapping[str, str], overrides: Mapping[str, Any]) -> tuple[Settings, dict[tuple[str, str], str]]:
    known = {(section, f.name): f for section, f in _fields()}
    values: dict[tuple[str, str], Any] = {}
    origins: dict[tuple[str, str], str] = {}

    def put(section: str, key: str, value: Any, origin: str, said: str) -> None:
        if (section, key) not in known:
            near = difflib.get_close_matches(f"{section}.{key}", [f"{s}.{k}" for s, k in known], 1, 0.5)
            raise UnknownSetting(
                f"unknown setting {said}"
                + (f"; did you mean {near[0]}?" if near else "; `newsloom settings` lists all")
            )
        values[section, key] = _convert(value, known[section, key].default, said)
        origins[section, key] = origin

    path = config_file(environ)
    if path.exists() or environ.get("NEWSLOOM_CONFIG"):
        for section, table in _read(path).items():
            if not isinstance(table, dict):
                raise UnknownSetting(f"unknown setting {section} in {path}: settings stand in [sections]")
            for key, value in table.items():
                put(section, key, value, "file", f"{section}.{key} in {path}")
    names = {env_name(s, k): (s, k) for s, k in known}
    for name, value in environ.items():
        if name.startswith(PREFIX) and name not in ("NEWSLOOM_DB", "NEWSLOOM_CONFIG"):
            section, key = names.get(name, (name.removeprefix(PREFIX).lower(), ""))
            if not key:
                near = difflib.get_close_matches(name, names, 1)
                hint = f"; did you mean {near[0]}?" if near else "; `newsloom settings` lists all"
                raise UnknownSetting(f"unknown setting {name}{hint}")
            put(section, key, value, "environment", name)
    if environ.get("NEWSLOOM_DB"):
        put("store", "url", environ["NEWSLOOM_DB"], "environment", "NEWSLOOM_DB")
    for name, value in overrides.items():
        if value is not None:
            section, _, key = name.partition(".")
            put(section, key, value, "option", name)
    sections = {
        section.name: dataclasses.replace(
            getattr(Settings(), section.name), **{k: v for (s, k), v in values.items() if s == section.name}
        )
        for section in dataclasses.fields(Settings)
    }
    return Settings(**sections), origins


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongUse(f"can't read the settings file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongUse(f"the settings file {path} is not TOML: {error}") from error


def _convert(value: Any, default: Any, said: str) -> Any:
    try:
        if isinstance(default, bool):
            if isinstance(value, bool):
                return value
            return _SWITCH[str(value).strip().lower()]
        if isinstance(default, int):
            number = int(str(value))
            if number < 0:
                raise ValueError
            return number
        if isinstance(default, float):
            seconds = float(value)
            if not 0 <= seconds < float("inf"):
                raise ValueError
            return seconds
    except (ValueError, KeyError, TypeError) as error:
        kind = {bool: "on or off", int: "a whole number", float: "a number"}[type(default)]
        raise WrongUse(f"{said} must be {kind}, not {str(value)!r}") from error
    return str(value)


_SWITCH = {"1": True, "true": True, "on": True, "yes": True, "0": False, "false": False, "off": False, "no": False}

COUNTRIES = {
    "ar": ("Argentina", "es"), "at": ("Austria", "de"), "au": ("Australia", "en"), "be": ("Belgium", "nl"),
    "br": ("Brazil", "pt"), "ca": ("Canada", "en"), "ch": ("Switzerland", "de"), "cl": ("Chile", "es"),
    "co": ("Colombia", "es"), "cz": ("Czechia", "cs"), "de": ("Germany", "de"), "dk": ("Denmark", "da"),
    "eg": ("Egypt", "ar"), "es": ("Spain", "es"), "fi": ("Finland", "fi"), "fr": ("France", "fr"),
    "gb": ("United Kingdom", "en"), "gr": ("Greece", "el"), "hu": ("Hungary", "hu"), "id": ("Indonesia", "id"),
    "ie": ("Ireland", "en"), "il": ("Israel", "he"), "in": ("India", "en"), "it": ("Italy", "it"),
    "jp": ("Japan", "ja"), "ke": ("Kenya", "en"), "kr": ("South Korea", "ko"), "mx": ("Mexico", "es"),
    "ng": ("Nigeria", "en"), "nl": ("Netherlands", "nl"), "no": ("Norway", "no"), "nz": ("New Zealand", "en"),
    "pe": ("Peru", "es"), "ph": ("Philippines", "en"), "pk": ("Pakistan", "en"), "pl": ("Poland", "pl"),
    "pt": ("Portugal", "pt"), "ro": ("Romania", "ro"), "sa": ("Saudi Arabia", "ar"), "se": ("Sweden", "sv"),
    "sg": ("Singapore", "en"), "th": ("Thailand", "th"), "tr": ("Türkiye", "tr"), "tw": ("Taiwan", "zh"),
    "ua": ("Ukraine", "uk"), "us": ("United States", "en"), "za": ("South Africa", "en"),
}  # fmt: skip
