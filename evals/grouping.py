"""How well stories, similar articles and copies are found, on every labelled set that is there.

    python -m evals.grouping [--set NAME ...] [--shared ../shared] [--cut [SHARE]] [--orders 5] [--json]
    python -m evals.grouping --gate | --keep [--lower]

The tool sees what `newsloom group` reads (title, text, url, source, date, lang) under new ids, in the order of dates;
what has no dates is shuffled, `--orders` times: mean, and the spread of F1 (largest less smallest). Rows: `final` and
`live` of the product; `tfidf`, plain TF-IDF with average linkage at one bar for all sets; `tfidf-best`, at the bar
that is best for this very set, which nobody could know. Live answers can name earlier articles only, so nDCG and
recall are given for final. `cand64`: share of an article's earlier reports, no older than the window (64 at most),
that are among its candidates. `--cut`: the same again with a share of the articles (.4) cut to title and first
sentence. Speed and peak memory are those of a process that does nothing else; its start is not counted.

`--gate` compares with evals/floors.json: the sets of the repository, those of `--shared` where it is named. These are
floors of regression, a little under what was measured, not goals: our own sets are adversarial on purpose. `--keep`
writes floors anew; it lowers none without `--lower`. A set whose digest changed must be kept anew.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import math
import multiprocessing
import re
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt

from evals import copies as copies_known
from evals import made_up
from evals.metrics import Score, all_alone, bcubed, copies, in_company, pairwise, shown, stories
from newsloom.annotate.terms import first_sentence
from newsloom.config import Settings, SimilarSettings
from newsloom.pipeline import grouping as product
from newsloom.pipeline.group_lines import group_lines, line_time
from newsloom.sample import load

HERE = Path(__file__).parent
FLOORS = HERE / "floors.json"
SHARED = Path("../shared")
SEEN = ("title", "text", "url", "source", "date", "lang")
DEFAULT_DAYS = SimilarSettings().window_days
CONTEXT_DAYS = 7
CANDIDATES = 64
BASELINE_BAR = 0.19  # best mean F1 on what may be trained on: ecbplus_train, gnews_train_*, sample_*
BARS = tuple(n / 100 for n in range(2, 91))
RANKED = 20
TOO_EASY = 0.85  # plain TF-IDF at its best bar must stay under this on our own sets
SLACK = 0.01
AT_LEAST = ("f1", "multi_f1", "ndcg5", "cand64", "copies_p", "copies_r")
AT_MOST = ("wrong", "lone")
ABOUT = "Floors of regression, a little under what was measured, not goals: the own sets are adversarial on purpose."

Line = dict[str, Any]
Row = dict[str, Any]
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Article lines in the order of their stream; `gold` has the ids that are scored."""

    name: str
    lines: Sequence[Line]
    gold: Mapping[str, str]
    copy_of: Mapping[str, str | None] = field(default_factory=dict)
    windows: tuple[float, ...] = (DEFAULT_DAYS,)
    dated: bool = True
    training: bool = False
    passes: tuple[Mapping[str, str], Mapping[str, str]] | None = None
    copies_agree: float | None = None  # F1 of one pass of labels of copies against the other

    @property
    def digest(self) -> str:
        """Changes with any field that is seen or scored."""
        told = [[*(line.get(k) for k in ("id", *SEEN)), self.gold.get(line["id"])] for line in self.lines]
        text = json.dumps([told, sorted(self.copy_of.items())], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def agreement(self) -> float | None:
        """BCubed F1 of one pass of labels against the other: about what can be reached."""
        return _f1(bcubed(*self.passes)) if self.passes else None


@dataclass(slots=True, kw_only=True)
class Told:
    """What a grouper said of each article, and what that took."""

    story: dict[str, Hashable] = field(default_factory=dict)
    copy_of: dict[str, str | None] = field(default_factory=dict)
    similar: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    candidates: dict[str, set[str]] = field(default_factory=dict)
    seconds: float = 0.0
    peak_mb: float = 0.0


# Sets


def read(path: Path) -> list[Line]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def by_date(lines: Iterable[Line]) -> list[Line]:
    """In the order of dates; what is of one moment in an order that has nothing to do with its story."""
    return sorted(lines, key=lambda line: (line_time(line.get("date")) or datetime.max.replace(tzinfo=UTC), _new(line)))


def own(language: str) -> Corpus:
    lines = by_date(line for file in sorted((HERE / f"sets/own_{language}").glob("*.jsonl")) for line in read(file))
    gold = _stories(lines)
    second = _stories(read(HERE / f"sets/own_{language}.pass2.jsonl"))
    return Corpus(
        name=f"own_{language}", lines=lines, gold=gold, copy_of=_copy_of(lines), passes=(gold, second)
    )  # fmt: skip


def press(language: str) -> Corpus:
    """A week of a made-up country's press: realistic first, hard second."""
    lines = by_date(line for file in sorted((HERE / f"sets/press_{language}").glob("*.jsonl")) for line in read(file))
    if not lines:
        raise FileNotFoundError(2, "no articles", f"sets/press_{language}")
    gold, second = _stories(lines), _stories(read(HERE / f"sets/press_{language}.pass2.jsonl"))
    return Corpus(name=f"press_{language}", lines=lines, gold=gold, copy_of=_copy_of(lines), passes=(gold, second))


def topics(name: str) -> Corpus:
    """Days on few topics, in made-up words, to train on."""
    lines = by_date(made_up.stream(name))
    return Corpus(name=f"made_up_{name}", lines=lines, gold=_stories(lines), training=True)


def week(language: str) -> Corpus:
    """A week of another made-up press, to train on."""
    lines = by_date(line for file in sorted((HERE / f"sets/train_{language}").glob("*.jsonl")) for line in read(file))
    return Corpus(
        name=f"train_{language}", lines=lines, gold=_stories(lines), copy_of=_copy_of(lines), training=True
    )  # fmt: skip


def sample(language: str) -> Corpus:
    newsroom, now = load(), datetime(2026, 3, 5, 12, tzinfo=UTC)
    spoken = {outlet.id: outlet.language for outlet in newsroom.outlets}
    lines = [
        {
            "id": article.id,
            "title": article.headline,
            "text": "\n".join(article.paragraphs),
            "source": article.outlet,
            "lang": language,
            "date": (now - timedelta(hours=article.hours_ago)).isoformat(),
            "story": article.story,
            "copy_of": article.copy_of,
        }
        for article in newsroom.articles
        if spoken[article.outlet] == language
    ]
    lines = by_date(lines)
    return Corpus(
        name=f"sample_{language}", lines=lines, gold=_stories(lines), copy_of=_copy_of(lines), training=True
    )  # fmt: skip


def headlines(name: str, data: Path, *, within: bool = False) -> Corpus:
    """Labelled days with the week before them in the stream; only what is labelled is scored.

    `within`: the reports of one event in two languages are two stories, as they are to the product, which links them.
    """
    labels = HERE / "labels"
    gold = _stories(read(labels / f"gnews_{name}.jsonl"))
    every = _stream(data / "gnews_stream/headlines.jsonl.gz")
    last = max(n for n, line in enumerate(every) if line["id"] in gold)
    first = min(_moment(line) for line in every if line["id"] in gold)
    since = first.replace(hour=0, minute=0) - timedelta(days=CONTEXT_DAYS)
    lines = by_date(line for line in every[: last + 1] if _moment(line) >= since)
    pass1, pass2 = (labels / f"gnews_{name}.pass{n}.jsonl" for n in (1, 2))
    passes = [_stories(read(path)) for path in (pass1, pass2) if path.exists()]
    if within:
        spoken = {line["id"]: line.get("lang") for line in lines}
        gold, *passes = ({i: f"{story} {spoken[i]}" for i, story in each.items()} for each in (gold, *passes))
    return Corpus(
        name=f"gnews_{name}{'_within' if within else ''}",
        lines=lines,
        gold=gold,
        training=name.startswith("train"),
        passes=(passes[0], passes[1]) if len(passes) == 2 else None,
    )


def ecbplus(part: str, data: Path) -> Corpus:
    lines = read(data / f"ecbplus/{part}.jsonl")
    name, windows = ("ecbplus", (10_000.0, DEFAULT_DAYS)) if part == "dev" else ("ecbplus_train", (10_000.0,))
    return Corpus(
        name=name, lines=lines, gold=_stories(lines), windows=windows, dated=False, training=part == "train"
    )  # fmt: skip


def news_cluster(data: Path) -> Corpus:
    lines = by_date(read(data / "news_cluster/dev.jsonl"))
    copy_of = copies_known.labelled("news_cluster_copies", (line["id"] for line in lines))
    return Corpus(
        name="news_cluster",
        lines=lines,
        gold=_stories(lines),
        copy_of=copy_of,
        windows=(3_650.0, DEFAULT_DAYS),
        copies_agree=copies_known.agreement("news_cluster_copies"),
    )


def stream(seed: int, data: Path) -> Corpus:
    lines = copies_known.stream(data.parent.parent / "tools/stream.py", 4_000, 4_000, seed)
    return Corpus(name=f"stream_{seed}", lines=lines, gold=_stories(lines), copy_of=_copy_of(lines))


def uci_head(data: Path) -> Corpus:
    lines = by_date(read(data / "uci_head/articles.jsonl"))
    return Corpus(name="uci_head", lines=lines, gold=_stories(lines))


REPOSITORY: Mapping[str, Callable[[], Corpus]] = {
    "sample_en": lambda: sample("en"),
    "sample_sv": lambda: sample("sv"),
    "own_en": lambda: own("en"),
    "own_de": lambda: own("de"),
    "own_es": lambda: own("es"),
    "press_en": lambda: press("en"),
    "press_de": lambda: press("de"),
    "press_es": lambda: press("es"),
    **{f"made_up_{name}": partial(topics, name) for name in ("few_topics_1", "few_topics_2", "two_large")},
    **{f"train_{language}": partial(week, language) for language in ("en", "de", "es", "fr")},
}
OUTSIDE: Mapping[str, Callable[[Path], Corpus]] = {
    "gnews_days": lambda data: headlines("days", data),
    "gnews_days_within": lambda data: headlines("days", data, within=True),
    **{f"gnews_train_{day}": partial(headlines, f"train_{day}") for day in "abcdef"},
    "ecbplus": lambda data: ecbplus("dev", data),
    "news_cluster": news_cluster,
    "uci_head": uci_head,
    "stream_1": lambda data: stream(1, data),
    "stream_2": lambda data: stream(2, data),
    "ecbplus_train": lambda data: ecbplus("train", data),  # only where it is asked for
}


def corpora(names: Sequence[str], shared: Path | None) -> Iterator[Corpus]:
    """The sets asked for; one that is not there is skipped with the reason."""
    for name in names:
        try:
            if name in REPOSITORY:
                yield REPOSITORY[name]()
            elif shared:
                yield OUTSIDE[name](shared / "data/stories")
        except FileNotFoundError as error:
            print(f"{name}: skipped, {error.filename} is not there", file=sys.stderr)


# What the tool sees, and what it says


def hidden(lines: Iterable[Line]) -> tuple[list[Line], dict[str, str]]:
    """The lines with nothing that tells of labels, under new ids; and the old id of each new one."""
    seen = [{"id": _new(line), **{key: line[key] for key in SEEN if line.get(key) is not None}} for line in lines]
    return seen, {new["id"]: line["id"] for new, line in zip(seen, lines, strict=True)}


def cut(lines: Iterable[Line], share: float) -> list[Line]:
    """As where some pages could not be had: title and first sentence. Which ones, their ids decide."""
    return [
        {**line, "text": first_sentence(line.get("text") or "")} if int(_new(line)[1:9], 16) < share * 16**8 else line
        for line in lines
    ]


def ask(lines: Sequence[Line], window_days: float, live: bool) -> Told:
    """The product's answer, from a process of its own, in the ids of the labels."""
    seen, ids = hidden(lines)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        told = pool.submit(group, seen, window_days, live).result()
    return Told(
        story={ids[i]: story for i, story in told.story.items()},
        copy_of={ids[i]: ids[other] if other else None for i, other in told.copy_of.items()},
        similar={ids[i]: [(ids[o], kind) for o, kind in shown_] for i, shown_ in told.similar.items()},
        candidates={ids[i]: {ids[o] for o in found} for i, found in told.candidates.items()},
        seconds=told.seconds,
        peak_mb=told.peak_mb,
    )


def group(lines: Sequence[Line], window_days: float, live: bool) -> Told:
    """The product's answer, here. Tables are loaded before the clock starts."""
    settings = replace(Settings(), similar=replace(SimilarSettings(), window_days=window_days))
    list(group_lines({line.get("lang"): line for line in lines}.values(), settings))
    told = Told()

    class Noting(product.Similar):
        """Remembers whom each article was compared with; what it says is what the product says."""

        def matches(self, article: Any, own: Any, least: float = -math.inf) -> Any:
            return self._noted(article.article.id, super().matches(article, own), least)

        def ask(self, article: Any, own: Any, least: float = -math.inf) -> Any:
            self.least = least
            return super().ask(article, own)

        def answer(self, asked: Any) -> Any:
            return self._noted(asked.article.article.id, super().answer(asked), self.least)

        def _noted(self, article_id: str, found: Any, least: float) -> Any:
            told.candidates.setdefault(article_id, {match.other_id for match in found})
            return [match for match in found if match.logit > least or match.copy]

    product.Similar = Noting  # type: ignore[misc]
    started = time.perf_counter()
    said = list(group_lines(lines, settings, live=live))
    told.seconds = time.perf_counter() - started
    told.peak_mb = _peak_mb()
    for line in said:
        told.story[line["id"]] = line["story"]
        told.copy_of[line["id"]] = line["copy_of"]
        told.similar[line["id"]] = [(other["id"], other["kind"]) for other in line["similar"]]
    return told


# Plain TF-IDF


class Plain:
    """Cosine of TF-IDF over title and text, weights from the whole set at once; average linkage."""

    def __init__(self, lines: Sequence[Line], window_days: float) -> None:
        started = time.perf_counter()
        self.ids = [line["id"] for line in lines]
        self.cosines = _cosines(lines)
        times = np.array([moment.timestamp() if (moment := line_time(line.get("date"))) else np.nan for line in lines])
        self.cosines[np.abs(times[:, None] - times[None, :]) > window_days * 86_400] = 0.0
        self.merges = _linkage(self.cosines)
        self.seconds = time.perf_counter() - started

    def at(self, bar: float) -> dict[str, Hashable]:
        """Each article's group where groups join down to a mean cosine of `bar`."""
        parent = list(range(len(self.ids)))

        def root(n: int) -> int:
            while parent[n] != n:
                parent[n] = n = parent[parent[n]]
            return n

        for cosine, one, other in self.merges:
            if cosine >= bar:
                parent[root(other)] = root(one)
        return {name: root(n) for n, name in enumerate(self.ids)}

    def told(self, bar: float) -> Told:
        story = self.at(bar)
        similar = {}
        for n, name in enumerate(self.ids):
            order = [m for m in np.argsort(-self.cosines[n], kind="stable")[: RANKED + 1].tolist() if m != n]
            near = [self.ids[m] for m in order if self.cosines[n, m] > 0]
            near.sort(key=lambda other, own=story[name]: story[other] != own)  # the same story first, as the product
            similar[name] = [(other, "same" if story[other] == story[name] else "related") for other in near]
        return Told(story=story, similar=similar, seconds=self.seconds)

    def best(self, gold: Mapping[str, str]) -> float:
        """The bar with the best BCubed F1 on these very labels."""
        return max(BARS, key=lambda bar: _f1(bcubed(gold, self.at(bar))) or 0.0)


def _cosines(lines: Sequence[Line]) -> Matrix:
    counts = [Counter(re.findall(r"\w\w+", f"{x.get('title') or ''}\n{x.get('text') or ''}".lower())) for x in lines]
    spread = Counter(word for words in counts for word in words)
    column = {word: n for n, word in enumerate(sorted(word for word in spread if spread[word] > 1))}
    table = np.zeros((len(lines), len(column)), dtype=np.float32)
    for n, words in enumerate(counts):
        weights = {w: c * (math.log((1 + len(lines)) / (1 + spread[w])) + 1) for w, c in words.items()}
        length = math.sqrt(sum(weight**2 for weight in weights.values())) or 1.0
        for word, weight in weights.items():
            if word in column:
                table[n, column[word]] = weight / length
    return (table @ table.T).astype(np.float64)


def _linkage(cosines: Matrix) -> list[tuple[float, int, int]]:
    """Average linkage by chains of nearest neighbours: (mean cosine, a member, a member of the other), best first."""
    near, sizes = cosines.copy(), np.ones(len(cosines))
    np.fill_diagonal(near, -np.inf)
    merges: list[tuple[float, int, int]] = []
    waiting, chain = list(range(len(cosines) - 1, -1, -1)), []
    gone: set[int] = set()
    while waiting or chain:
        if not chain:
            chain = [waiting.pop()]
        one = chain[-1]
        if one in gone:
            chain.pop()
            continue
        other = int(np.argmax(near[one]))
        if near[one, other] <= 0:  # nothing in common with any
            gone.add(chain.pop())
        elif len(chain) > 1 and near[one, chain[-2]] >= near[one, other]:
            chain.pop()
            other = chain.pop()
            merges.append((float(near[one, other]), one, other))
            joined = (sizes[one] * near[one] + sizes[other] * near[other]) / (sizes[one] + sizes[other])
            sizes[one] += sizes[other]
            near[one], near[:, one] = joined, joined
            near[other], near[:, other] = -np.inf, -np.inf
            near[one, one] = -np.inf
            gone.add(other)
            waiting.append(one)
        else:
            chain.append(other)
    return sorted(merges, key=lambda merge: -merge[0])


# Measures


def measures(corpus: Corpus, told: Told, *, ranked: bool = True) -> Row:
    """All figures of one answer; what was not asked or has no such case is None."""
    gold = corpus.gold
    lists = {i: [pair for pair in told.similar.get(i, ()) if pair[0] in gold] for i in gold}
    whole, multi, pairs = (
        bcubed(gold, told.story),
        bcubed(gold, told.story, in_company(gold)),
        pairwise(gold, told.story),
    )
    seen, found = shown(gold, lists), stories(gold, told.story)
    folded = copies(corpus.copy_of, told.copy_of) if corpus.copy_of and told.copy_of else None
    return {
        "f1": _f1(whole),
        "p": whole.precision if whole else None,
        "r": whole.recall if whole else None,
        "multi_f1": _f1(multi),
        "pair_f1": pairs.f1,
        "alone": all_alone(gold),
        "found": found[0],
        "true": found[1],
        "ndcg5": seen.ndcg if ranked else None,
        "recall5": seen.recall if ranked else None,
        "wrong": seen.wrong_among_same,
        "lone": seen.lone_showing_same,
        "copies_p": folded.precision if folded else None,
        "copies_r": folded.recall if folded else None,
        "copies_agree": corpus.copies_agree,
        "articles_s": len(corpus.lines) / told.seconds if told.seconds else None,
        "peak_mb": told.peak_mb or None,
    }


def candidate_recall(corpus: Corpus, lines: Sequence[Line], told: Told, window_days: float) -> float | None:
    """Of an article's earlier reports in the window, 64 at most, how many are among its candidates; mean."""
    before: dict[str, list[tuple[str, datetime | None]]] = defaultdict(list)
    shares = []
    for line in lines:
        if (story := corpus.gold.get(line["id"])) is None:
            continue
        moment, reach = line_time(line.get("date")), timedelta(days=window_days)
        near = {i for i, then in before[story] if not moment or not then or abs(moment - then) <= reach}
        if near:
            shares.append(len(near & told.candidates.get(line["id"], set())) / min(CANDIDATES, len(near)))
        before[story].append((line["id"], moment))
    return sum(shares) / len(shares) if shares else None


def rows(corpus: Corpus, orders: int, share: float = 0.0) -> Iterator[Row]:
    """One row a way of grouping, for each window of the set."""
    if share:
        corpus = replace(corpus, lines=cut(corpus.lines, share), copy_of={})
    streams = [list(corpus.lines)] if corpus.dated else [_shuffled(corpus.lines, n) for n in range(orders)]
    for days in corpus.windows:
        about = {
            "set": corpus.name,
            "training": corpus.training,
            "cut": share,
            "window_days": days,
            "articles": len(corpus.lines),
            "scored": len(corpus.gold),
        }
        for how in ("final", "live"):
            each = []
            for lines in streams:
                told = ask(lines, days, how == "live")
                recall = candidate_recall(corpus, lines, told, days)
                each.append({**measures(corpus, told, ranked=how == "final"), "cand64": recall})
            spread = max(x["f1"] for x in each) - min(x["f1"] for x in each) if len(each) > 1 else None
            yield _rounded({**about, "how": how, **_mean(each), "f1_spread": spread, "agreement": corpus.agreement})
        plain = Plain(corpus.lines, days)
        for how, bar in (("tfidf", BASELINE_BAR), ("tfidf-best", plain.best(corpus.gold))):
            yield _rounded({**about, "how": how, "bar": bar, **measures(corpus, plain.told(bar))})


# Floors


def key(row: Row) -> str:
    return f"{row['set']}@{row['window_days']:g}" + (f"~{row['cut']:g}" if row["cut"] else "")


def against(floors: Row, found: Sequence[Row], digests: Mapping[str, str]) -> list[str]:
    """What is under its floor, or has none; empty where all is well."""
    wrong = []
    for row in found:
        if row["how"] == "tfidf-best" and row["set"].startswith(("own_", "press_")) and row["f1"] >= TOO_EASY:
            wrong.append(f"{key(row)}: too easy, plain TF-IDF reaches {row['f1']:.3f}")
        if row["how"] not in ("final", "live"):
            continue
        kept = floors["sets"].get(key(row))
        if kept is None:
            wrong.append(f"{key(row)}: no floors; write them with --keep")
            continue
        if kept["corpus"] != digests[row["set"]]:
            wrong.append(f"{key(row)}: the corpus changed; look at it, then --keep")
        for name, floor in kept[row["how"]].items():
            value = row.get(name)
            if value is None:
                wrong.append(f"{key(row)} {row['how']}: {name} is not measured any more")
            elif (value > floor) if name in AT_MOST else (value < floor):
                wrong.append(f"{key(row)} {row['how']}: {name} is {value:.4f}, floor {floor:.4f}")
    return wrong


def kept(floors: Row, found: Sequence[Row], digests: Mapping[str, str], lower: bool) -> tuple[Row, list[str]]:
    """The floors with what was measured now, and those that would have to be lowered for it."""
    sets, refused = dict(floors["sets"]), []
    for row in found:
        if row["how"] not in ("final", "live"):
            continue
        known = dict(sets.get(key(row), {}))
        old = known.get(row["how"], {})
        new: dict[str, float] = {}
        for name in (*AT_LEAST, *AT_MOST):
            if (value := row.get(name)) is None:
                continue
            sign = -1 if name in AT_MOST else 1
            floor = sign * max(sign * value - SLACK, 0.0 if sign > 0 else -1.0)
            if name in old and not lower:
                if sign * value < sign * old[name]:
                    refused.append(f"{key(row)} {row['how']}: {name} {old[name]:.4f} would become {floor:.4f}")
                floor = sign * max(sign * floor, sign * old[name])
            new[name] = round(floor, 4)
        sets[key(row)] = {**known, "corpus": digests[row["set"]], row["how"]: new}
    return {"about": ABOUT, "slack": SLACK, "sets": dict(sorted(sets.items()))}, refused


def read_floors() -> Row:
    return dict(json.loads(FLOORS.read_text("utf-8"))) if FLOORS.exists() else {"sets": {}}


# Telling

COLUMNS = (
    *("f1 f1_spread p r multi_f1 pair_f1 alone found true ndcg5 recall5 cand64 wrong lone copies_p copies_r").split(),
    *("articles_s", "peak_mb", "agreement"),
)
SHORT = {"f1_spread": "±", "articles_s": "art/s", "peak_mb": "MB", "agreement": "agree", "multi_f1": "multi"}


def table(found: Iterable[Row]) -> str:
    head = ["set@window~cut", "how", *(SHORT.get(c, c) for c in COLUMNS)]
    body = [
        [key(row) + (" *" if row["training"] else ""), row["how"], *(_cell(row.get(c)) for c in COLUMNS)]
        for row in found
    ]
    widths = [max(len(cells[n]) for cells in [head, *body]) for n in range(len(head))]
    lines = ("  ".join(c.ljust(w) if n < 2 else c.rjust(w) for n, (c, w) in enumerate(zip(cells, widths, strict=True)))
             for cells in [head, *body])  # fmt: skip
    return "\n".join([*lines, "* the model was trained on it"])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    every = [*REPOSITORY, *OUTSIDE]
    parser.add_argument("--set", nargs="+", choices=every, dest="sets", metavar="NAME", help=", ".join(every))
    parser.add_argument("--shared", type=Path, help=f"default {SHARED}; with --gate: none")
    parser.add_argument("--cut", type=float, nargs="?", const=0.4, default=0.0, metavar="SHARE")
    parser.add_argument("--orders", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--gate", action="store_true", help="fail where a measure is under its floor")
    parser.add_argument("--keep", action="store_true", help="write floors from what is measured now")
    parser.add_argument("--lower", action="store_true", help="with --keep: floors may sink")
    asked = parser.parse_args(arguments)
    shared = asked.shared or (None if asked.gate and not asked.sets else SHARED)
    names = asked.sets or [name for name in every if name != "ecbplus_train"]
    found: list[Row] = []
    digests: dict[str, str] = {}
    for corpus in corpora(names, shared):
        digests[corpus.name] = corpus.digest
        shares = [0.0, asked.cut] if asked.cut and any(line.get("text") for line in corpus.lines) else [0.0]
        for row in (row for share in shares for row in rows(corpus, asked.orders, share)):
            found.append(row)
            print(json.dumps(row) if asked.json else f"{key(row)} {row['how']}: {row['f1']}", flush=True,
                  file=sys.stdout if asked.json else sys.stderr)  # fmt: skip
    if not asked.json:
        print(table(found))
    problems = against(read_floors(), found, digests) if asked.gate else []
    if asked.keep:
        floors, problems = kept(read_floors(), found, digests, asked.lower)
        if not problems:
            FLOORS.write_text(json.dumps(floors, indent=1) + "\n", "utf-8")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _stories(lines: Iterable[Line]) -> dict[str, str]:
    return {str(line["id"]): str(line["story"]) for line in lines}


def _copy_of(lines: Iterable[Line]) -> dict[str, str | None]:
    return {line["id"]: line.get("copy_of") for line in lines}


@lru_cache(1)
def _stream(path: Path) -> list[Line]:
    return read(path)


def _moment(line: Line) -> datetime:
    return line_time(line["date"]) or datetime.min.replace(tzinfo=UTC)


def _new(line: Line) -> str:
    return "a" + hashlib.blake2b(str(line["id"]).encode(), digest_size=8, key=b"evals").hexdigest()


def _shuffled(lines: Iterable[Line], seed: int) -> list[Line]:
    mixed = sorted(lines, key=_new)
    Random(seed).shuffle(mixed)
    return mixed


def _f1(score: Score | None) -> float | None:
    return score.f1 if score else None


def _mean(each: Sequence[Row]) -> Row:
    return {k: None if any(x[k] is None for x in each) else sum(x[k] for x in each) / len(each) for k in each[0]}


def _rounded(row: Row) -> Row:
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) and value <= 1 else f"{value:.0f}"


def _peak_mb() -> float:
    """Peak of this process alone; what its parent used before the start is not counted where the system tells."""
    try:
        said = Path("/proc/self/status").read_text("utf-8")
        return int(said.partition("VmHWM:")[2].split()[0]) / 1024
    except (OSError, IndexError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    raise SystemExit(main())
