"""How terms and weights lie in arrays: what the kernels (`_kernel.c`, `portable.py`) and their callers agree on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.uint8]
Halves = npt.NDArray[np.uint16]

VERSION = 11  # of what the kernels take and give; a compiled one of another version is left alone
BUCKET_BITS = 22  # two of an article's 100 terms meet with a chance of one in a thousand
BUCKETS = 1 << BUCKET_BITS
BUCKET = np.uint32(BUCKETS - 1)  # what of a place is its bucket; the rest flags the fields that have it
LIGHTEST, HEAVIEST = 3, 255  # what a weight is coded as: its root, in 255ths
COARSE_SHIFT = 6  # of a bucket: its stretch, in a run's `coarse`
COARSE = 1 << (BUCKET_BITS - COARSE_SHIFT)
ROW_SHIFT = 8  # of a posting: its row in the run above, its weight below
POSTING = 3  # bytes of a posting
MOST_ROWS = 1 << 16  # of a run
SCORE_SHIFT = 3
POSTED = 32  # heaviest terms of an article that are indexed and asked for
