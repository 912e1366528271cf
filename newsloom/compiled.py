"""Inner loops in C, where they were compiled."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


def compiled(name: str, version: int) -> ModuleType | None:
    """The extension module of this name, None where there was no compiler or it is of another version.

    The latter is a checkout that moved on after it was installed: what the module takes and gives has changed.
    """
    try:
        found = import_module(name)
    except ImportError:
        return None
    return found if version == found.VERSION else None
