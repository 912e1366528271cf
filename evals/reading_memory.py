"""Memory of a process that reads pages for long: python -m evals.reading_memory [PAGES]

The layouts of our own, each time with other words in them; prints resident megabytes on the way and the growth from the
tenth part on.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from evals.layouts.pages import pages
from evals.layouts_eval import NOW
from newsloom.extract import extract, warm_up
from newsloom.types import Page

STEPS = 10


def resident_mb() -> float:
    """Of this process now (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    warm_up()
    laid = [(each.url, each.html) for each in pages()]
    seen = []
    for number in range(count):
        url, html = laid[number % len(laid)]
        words = f"n{number}x"
        body = html.replace('class="', f'class="{words} ').replace("</p>", f" {words}.</p>").encode()
        extract(Page(requested_url=url, url=f"{url}/{number}", status=200, headers={}, body=body, fetched=NOW))
        if (number + 1) % (count // STEPS) == 0:
            seen.append(round(resident_mb(), 1))
            print(number + 1, seen[-1], file=sys.stderr, flush=True)
    print(json.dumps({"pages": count, "resident_mb": seen, "growth_mb": round(seen[-1] - seen[0], 1)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
