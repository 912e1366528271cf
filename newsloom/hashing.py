"""What of a word is compared, and its hash; `hashing.h` has the same for C."""

from __future__ import annotations

from functools import lru_cache

import xxhash

KEY_LETTERS = 5
SHORTENED = "\u0590"  # Latin, Greek, Cyrillic, Armenian stand before this and have their stems first


def key(word: str) -> str:
    """The part of a word that it shares with its inflections and compounds ("Erdbebenopfer", "Erdbeben"): its first
    letters. What holds a digit, and words of other scripts, are compared whole.
    """
    if len(word) <= KEY_LETTERS or word[0] >= SHORTENED:
        return word
    if not word.isalpha() and any(char.isdigit() for char in word):
        return word
    return word[:KEY_LETTERS]


@lru_cache(maxsize=20_000)
def hash_of(word: str) -> int:
    """A word's 64-bit hash."""
    return xxhash.xxh3_64_intdigest(word.encode("utf-8", "surrogatepass"))


def key_hash(word: str) -> int:
    """The hash of what of a word is compared."""
    return hash_of(key(word))
