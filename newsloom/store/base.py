"""What every part of the store stands on: one transaction that reads or writes, its errors told in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import sqlalchemy as sa

from newsloom.config import StoreSettings
from newsloom.store.faults import faults
from newsloom.store.process import new_name

BATCH = 500
"""Rows of one statement or transaction, so that a write stays under 50 ms."""


class Base:
    """The two engines of one store file; the parts of the store are mixed onto it."""

    def __init__(
        self, writer: sa.Engine, reader: sa.Engine, where: str, settings: StoreSettings, max_similar: int
    ) -> None:
        self._writer = writer
        self._reader = reader
        self.where = where
        self._settings = settings
        self._max_similar = max_similar
        self._name = new_name()

    @property
    def reader(self) -> sa.Engine:
        """The engine that only reads, for `store.reading`."""
        return self._reader

    def close(self) -> None:
        """Give the file back."""
        with faults(self.where):
            self._reader.dispose()
            self._writer.dispose()

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        with faults(self.where), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        with faults(self.where), self._reader.connect() as connection:
            yield connection

    @property
    def _text_time(self) -> timedelta:
        return timedelta(days=self._settings.text_days)
