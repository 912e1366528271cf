"""The inner loops: compiled where that could be done, in numpy elsewhere; the same results to the last bit."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from types import ModuleType

from newsloom.similar.coding import VERSION


def _kernel() -> ModuleType:
    compiled: ModuleType | None = None
    with suppress(ImportError):  # no compiler where it was installed
        compiled = import_module("newsloom.similar._kernel")
    if compiled is not None and compiled.VERSION == VERSION:
        return compiled
    return import_module("newsloom.similar.portable")  # also where a checkout moved on after it was installed


KERNEL = _kernel()
