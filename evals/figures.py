"""Every figure that we quote, measured anew: `python -m evals.figures [--shared ../shared] [--only NAME ...]`.

Writes docs/figures.json and docs/figures.md with the commit and the machine. A figure whose data is missing is skipped
with the reason.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from evals import across, big_store, restarts
from evals import line_to_line as lines
from evals import scale as windows
from evals import site_speed as site
from evals.kills import Kill, kill_once
from evals.many_feeds import measure
from evals.replayed import Replay

Figures = dict[str, Any]
DOCS = Path("docs")
KILL_SEEDS = 7_000
KILLS = 50


class Missing(Exception):
    """A data set that is not there."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--only", nargs="*", choices=sorted(FIGURES), default=sorted(FIGURES))
    asked = parser.parse_args()
    known = json.loads((DOCS / "figures.json").read_text("utf-8")) if (DOCS / "figures.json").exists() else {}
    for name in asked.only:
        print(f"{name} ...", file=sys.stderr, flush=True)
        started = time.monotonic()
        try:
            found = FIGURES[name](asked.shared)
        except Missing as error:
            found = {"skipped": str(error)}
        known[name] = {**found, "took_s": round(time.monotonic() - started, 1), "at": _at()}
        print(json.dumps({name: known[name]}), flush=True)
        _write(known)


def replay_news_cluster(shared: Path) -> Figures:
    """54 outlets over HTTP, two rounds, window over five years."""
    return _replayed(shared, shared / "data/stories/news_cluster/dev.jsonl", 3_650)


def replay_ecbplus(shared: Path) -> Figures:
    """The same with ecbplus dev, window 10,000 days."""
    return _replayed(shared, shared / "data/stories/ecbplus/dev.jsonl", 10_000)


def reference(shared: Path) -> Figures:
    """The reference page's six articles among a day of 488 headlines, re-dated to theirs."""
    own = [json.loads(line) for line in _there(shared / "reference/articles.jsonl").read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        mixed = Path(folder) / "mixed.jsonl"
        day = _headlines(_there(shared / "data/stories/gnews_stream/headlines.jsonl.gz"), "2026-08-19", "2022-12-19")
        mixed.write_text("".join(json.dumps(row) + "\n" for row in [*own, *day]), "utf-8")
        environ = {"NEWSLOOM_DB": f"{folder}/news.db"}
        _newsloom(["import", str(mixed)], environ)
        told = {row["url"].rpartition(":")[2]: row for row in _lines(["articles"], environ)}
        ids = {told[row["id"]]["id"]: row["id"] for row in own}
        shown = _lines(["similar", told["reference-main"]["id"]], environ)
    same = [row for row in shown if row["kind"] != "related"]
    return {
        "articles": len(told),
        "shown_first": [ids.get(row["id"], row["title"]) for row in shown[:8]],
        "folded": {row["id"]: told[row["id"]]["copy_of"] and ids.get(told[row["id"]]["copy_of"]) for row in own},
        "unrelated_as_same_event": sum(row["id"] not in ids for row in same),
        "unrelated_shown_at_all": sum(row["id"] not in ids for row in shown),
        "stories_of_the_six": len({told[row["id"]]["story"] for row in own}),
    }


def group_stream(shared: Path) -> Figures:
    """`newsloom group` over 20,000 made-up articles: articles/s and peak memory."""
    tool = _there(shared / "tools/stream.py")
    with tempfile.TemporaryDirectory() as folder:
        stream = Path(folder) / "stream.jsonl"
        with stream.open("wb") as out:
            subprocess.run([sys.executable, str(tool), "20000"], stdout=out, check=True)
        seconds, peak = _measured(["group", str(stream)], Path(folder) / "groups.jsonl")
        scored = _score(shared, "groups", stream, Path(folder) / "groups.jsonl")
    return {
        "articles": 20_000,
        "seconds": round(seconds, 1),
        "articles_per_s": round(20_000 / seconds),
        "peak_rss_mb": round(peak / 1024),
        "bcubed_f1": round(scored["bcubed"]["f1"], 4),
    }


def reading(shared: Path) -> Figures:
    """`extract` over all shared pages beside trafilatura, one core, taking turns; each half of a set apart."""
    _there(shared / "data/extraction/scrapinghub")
    asked = ["--data", str(shared / "data/extraction"), "--tool", "newsloom", "--tool", "trafilatura"]
    found = _eval("evals.extraction", *asked, "--halves", "--json")
    return {f"{row.pop('set')} {row.pop('tool', '')}".strip(): row for row in found}


def reading_peers(shared: Path) -> Figures:
    """The same over scrapinghub's 181 pages beside all tools that are installed."""
    _there(shared / "data/extraction/scrapinghub")
    found = _eval("evals.extraction", "--data", str(shared / "data/extraction"), "--set", "scrapinghub", "--json")
    return {row.pop("tool"): row for row in found}


def reading_layouts(shared: Path) -> Figures:
    """`extract` over 69 layouts of our own making: whole paragraphs, fields, noise."""
    (found,) = _eval("evals.layouts_eval")
    return found


def reading_memory(shared: Path) -> Figures:
    """One process that reads 100,000 pages: resident memory after each tenth."""
    (found,) = _eval("evals.reading_memory", "100000")
    return found


def parse_feeds(shared: Path) -> Figures:
    """`parse` over the real feeds and feedparser's core documents beside feedparser, one core."""
    _there(shared / "data/feeds/real")
    (found,) = _eval("evals.feeds_core", "--data", str(shared / "data"), "--json")
    core, real = found["core"], found["real"]
    # The examples it prints are others' texts: they stay out of our documents.
    return {
        "core": {key: core[key] for key in ("documents", "right", "percent", "by_group")},
        **{key: value for key, value in real.items() if key != "details"},
    }


def parse_peers(shared: Path) -> Figures:
    """What the fixtures of other feed parsers expect of core fields, and how much of it `parse` says."""
    _there(shared / "data/feeds/gofeed")
    (found,) = _eval("evals.feeds_peers", "--data", str(shared / "data"), "--json")
    return dict(found)


def passages(shared: Path) -> Figures:
    """Key passages on the reported half of our labelled articles beside the first sentences and the most central."""
    (found,) = _eval("evals.passages", "--json")
    return found


def many_feeds(shared: Path) -> Figures:
    """5,000 feeds on loopback, half unchanged, some slow, broken or hostile: rounds, CPU, memory, manners, losses."""
    return measure(5_000)


def import_archives(shared: Path) -> Figures:
    """`import --no-group` of 5,000 article lines and 1,000 pages in a WARC beside bare inserts, on a shared machine."""
    (found,) = _eval("evals.imports", "--json")
    return found


def languages(shared: Path) -> Figures:
    """Stories of different languages linked, on what we wrote ourselves: right pairs found, wrong pairs linked."""
    found = across.measure()
    return {name: found[name] for name in ("stories", "pairs", "right", "found", "wrong")}


def kills(shared: Path) -> Figures:
    """Fifty random kill -9 during `collect` against the replayed news_cluster, then one clean round."""
    articles = _there(shared / "data/stories/news_cluster/dev.jsonl")
    with (
        tempfile.TemporaryDirectory() as folder,
        Replay(_there(shared / "tools/replay.py"), articles, latency_ms=150) as web,
    ):
        store = Path(folder) / "news.db"
        environ = {**_environ(store, 3_650), "NEWSLOOM_FETCH_DELAY_S": "1"}
        _newsloom(["sources", "import", web.opml], environ)
        deaths, seed = _deaths(store, environ, web)
        _newsloom(["collect", "--once"], environ)
        rows = _lines(["articles"], environ)
        return {
            "kills": len(deaths),
            "seeds": f"{KILL_SEEDS}..{seed}",
            "while_a_request_was_open": sum(kill.request_open for kill in deaths),
            "while_a_transaction_was_open": sum(kill.transaction_open for kill in deaths),
            "while_either_was_open": sum(kill.hurt for kill in deaths),
            "articles": len(rows),
            "exactly_the_gold_list": sorted(r["url"] for r in rows) == sorted(g["url"] for g in web.gold()),
            "read_from_the_page": sum(row["origin"] == "page" for row in rows),
            "most_open_per_host": web.stats()["most_open_per_host"],
        }


def site_speed(shared: Path) -> Figures:
    """Pages of a million articles and 220,000 stories, one process, one client, beside a bare Starlette page.

    BIG_STORE names the store; it is filled where it is not there (some 5 GB, ten to forty minutes).
    """
    store = Path(os.environ.get("BIG_STORE") or Path(tempfile.gettempdir()) / "newsloom-big.db")
    if not store.exists():
        big_store.fill(store, 1_000_000, _there(shared / "tools/stream.py"))
    return site.measure(store)


def scale(shared: Path) -> Figures:
    """Fresh articles into windows of 10,000 to 1,000,000: articles/s, latency (processor time, one core) and memory.

    See docs/scale.svg and `evals/scale.py`.
    """
    _there(shared / "tools/stream.py")
    return windows.figures(list(windows.measure_all(shared)))


def starts(shared: Path) -> Figures:
    """How soon the writer of stories is ready: windows of 100,000 and 1,000,000 articles, in a store of their own.

    `store`: without files, from the store alone; `files`: from its files, with 2,000 articles in the journal alone.
    See `evals/restarts.py`.
    """
    _there(shared / "tools/stream.py")
    return {"rows": list(restarts.measure_all(shared))}


def line_to_line(shared: Path) -> Figures:
    """`newsloom group`, JSON lines to JSON lines, two workers: processor time an article, what two idle cores reach.

    With 10,000 and 100,000 made-up articles in the window already; see `evals/line_to_line.py`.
    """
    _there(shared / "tools/stream.py")
    return {"rows": list(lines.measure(shared))}


def cut_texts(shared: Path) -> Figures:
    """Every set with texts: BCubed F1 as it is, and with 40 % of the articles cut to title and first sentence.

    By set and window in days: `f1` whole and `cut`, final and live, what cutting costs (`lost`), copies found.
    """
    _there(shared / "data/stories")
    texts = ("sample_en", "sample_sv", "own_en", "own_de", "own_es", "press_en", "press_de", "press_es")
    outside = ("ecbplus", "news_cluster", "stream_1", "stream_2")
    said = _eval("evals.grouping", "--shared", str(shared), "--cut", "--json", "--set", *texts, *outside)
    told: Figures = {}
    for row in (row for row in said if row["how"] in ("final", "live")):
        of = told.setdefault(f"{row['set']} {row['window_days']:g} days {row['how']}", {})
        if row["cut"]:
            of |= {"cut": row["f1"], "lost": round(of["f1"] - row["f1"], 4)}
        else:
            of |= {"f1": row["f1"]}
            of |= {name: row[name] for name in ("ndcg5", "copies_p", "copies_r") if row[name] is not None}
    return told


def headlines(shared: Path) -> Figures:
    """Headlines alone: two real days that two readers labelled, and uci_head, beside plain TF-IDF at its best bar.

    BCubed `f1`, `p`, `r`; `wrong`: share of items shown as the same event that are not, `lone`: of lone articles that
    show one; `agreement`: F1 of one reader against the other. Labels join languages, stories don't: `within`, an
    event in two languages is two stories, which the product links.
    """
    _there(shared / "data/stories")
    said = _eval(
        "evals.grouping", "--shared", str(shared), "--json", "--set", "gnews_days", "gnews_days_within", "uci_head"
    )
    names = ("f1", "p", "r", "wrong", "lone", "ndcg5", "agreement")
    return {
        f"{row['set']} {row['how']}": {name: row[name] for name in names if row.get(name) is not None}
        for row in said
        if row["how"] != "tfidf"
    }


FIGURES: Mapping[str, Callable[[Path], Figures]] = {
    f.__name__: f
    for f in (
        replay_news_cluster,
        replay_ecbplus,
        reference,
        group_stream,
        cut_texts,
        headlines,
        scale,
        starts,
        line_to_line,
        reading,
        reading_peers,
        reading_layouts,
        reading_memory,
        parse_feeds,
        parse_peers,
        many_feeds,
        kills,
        passages,
        site_speed,
        import_archives,
        languages,
    )
}


def _deaths(store: Path, environ: Mapping[str, str], web: Replay) -> tuple[list[Kill], int]:
    """Kills until there are enough; a round that came to its end begins again, so that there is something to lose."""
    deaths: list[Kill] = []
    seed = KILL_SEEDS
    while len(deaths) < KILLS and seed < KILL_SEEDS + 3 * KILLS:
        command = [sys.executable, "-m", "newsloom", "collect", "--once"]
        kill = kill_once(command, os.environ | dict(environ), store, web.requests_open, Random(seed), 4.0)
        deaths += [kill] if kill else []
        seed += 1
    return deaths, seed - 1


def _replayed(shared: Path, articles: Path, window_days: int) -> Figures:
    with tempfile.TemporaryDirectory() as folder, Replay(_there(shared / "tools/replay.py"), _there(articles)) as web:
        environ = _environ(Path(folder) / "news.db", window_days)
        _newsloom(["sources", "import", web.opml], environ)
        started = time.monotonic()
        _newsloom(["run", "--once"], environ)
        seconds = time.monotonic() - started
        first = web.stats()
        rows = _lines(["articles"], environ)
        _newsloom(["run", "--once"], environ)
        second = web.stats()
        again = _lines(["articles"], environ)
        gold = {row["url"]: row for row in web.gold()}
        said, wanted = Path(folder) / "said.jsonl", Path(folder) / "gold.jsonl"
        said.write_text("".join(json.dumps({"id": r["url"], "story": r["story"]}) + "\n" for r in again))
        wanted.write_text("".join(json.dumps({"id": u, "story": g["story"]}) + "\n" for u, g in gold.items()))
        scored = _score(shared, "groups", wanted, said)
        return {
            "articles": len(rows),
            "outlets": len({row["source"] for row in rows}),
            "exactly_the_gold_list": sorted(r["url"] for r in rows) == sorted(gold),
            "read_from_the_page": sum(row["origin"] == "page" for row in rows),
            "first_round": {k: first[k] for k in _STATS},
            "first_round_s": round(seconds, 1),
            "second_round_304": second["status"].get("304", 0),
            "second_round_added": len(again) - len(rows),
            "pages_asked_in_second_round": second["pages_asked"] - first["pages_asked"],
            "bcubed_f1": round(scored["bcubed"]["f1"], 4),
            "bcubed_multi_f1": round(scored["bcubed_multi"]["f1"], 4),
        }


_STATS = ("status", "robots_asked", "pages_asked", "most_repeated_page", "most_open_per_host")


def _headlines(file: Path, day: str, becomes: str) -> list[Figures]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [{**row, "date": row["date"].replace(day, becomes)} for row in rows if row["date"].startswith(day)]


def _environ(store: Path, window_days: int) -> dict[str, str]:
    return {
        "NEWSLOOM_DB": str(store),
        "NEWSLOOM_FETCH_ALLOW": "127.1.0.0/16",
        "NEWSLOOM_FETCH_DELAY_S": "0.02",
        "NEWSLOOM_SIMILAR_WINDOW_DAYS": str(window_days),
    }


def _newsloom(arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    command = [sys.executable, "-m", "newsloom", *arguments]
    done = subprocess.run(command, env=os.environ | dict(environ), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}{done.stdout[-2000:]}")
    return done.stdout


def _lines(arguments: Sequence[str], environ: Mapping[str, str]) -> list[Figures]:
    return [json.loads(line) for line in _newsloom([*arguments, "--json"], environ).splitlines()]


def _measured(arguments: Sequence[str], out: Path) -> tuple[float, int]:
    """Seconds and peak memory (kB) of one command."""
    started = time.monotonic()
    with out.open("wb") as stdout:
        process = subprocess.Popen([sys.executable, "-m", "newsloom", *arguments], stdout=stdout)
        _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"newsloom {' '.join(arguments)} ended with {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - started, used.ru_maxrss


def _eval(module: str, *arguments: str) -> list[Figures]:
    """What an eval printed as JSON: one object, or one a line."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    try:
        return [json.loads(done.stdout)]
    except ValueError:
        return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]


def _score(shared: Path, kind: str, gold: Path, said: Path) -> Figures:
    tool = _there(shared / "tools/score.py")
    done = subprocess.run([sys.executable, str(tool), kind, str(gold), str(said)], stdout=subprocess.PIPE, check=True)
    return dict(json.loads(done.stdout))


def _there(path: Path) -> Path:
    if not path.exists():
        raise Missing(f"{path} is not there")
    return path


def _at() -> str:
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit.stdout.strip() or 'unknown'}, {_machine()}"


def _machine() -> str:
    cpu = platform.processor() or platform.machine()
    try:
        named = [s for s in Path("/proc/cpuinfo").read_text().splitlines() if s.startswith("model name")]
        cpu = named[0].partition(":")[2].strip() if named else cpu
    except OSError:
        pass
    return f"{os.cpu_count()} x {cpu}, Python {platform.python_version()}"


def _write(known: Figures) -> None:
    DOCS.mkdir(exist_ok=True)
    (DOCS / "figures.json").write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")
    lines = ["# Figures", "", "Made by `make figures`; each says when, of what commit and on what machine.", ""]
    for name in sorted(known):
        said = (FIGURES[name].__doc__ or "") if name in FIGURES else ""
        lines += [f"## {name}", "", said, "", "| figure | value |", "| --- | --- |"]
        lines += [f"| {k} | {_cell(v)} |" for k, v in known[name].items()]
        lines += [""]
    (DOCS / "figures.md").write_text("\n".join(lines), "utf-8")


def _cell(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    return text.replace("|", "\\|")


if __name__ == "__main__":
    main()
