"""The inner loops: compiled where that could be done, in numpy elsewhere; the same results to the last bit."""

from __future__ import annotations

from importlib import import_module

from newsloom.compiled import compiled
from newsloom.similar.coding import VERSION

KERNEL = compiled("newsloom.similar._kernel", VERSION) or import_module("newsloom.similar.portable")
