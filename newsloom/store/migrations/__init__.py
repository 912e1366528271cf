"""Bringing a store's schema up to date: all revisions in one transaction, so that a kill leaves the old or the new."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from newsloom.errors import StoreError, StoreNewer

HEAD = "0014"
REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
)
_HERE = Path(__file__).parent


def migrate(engine: sa.Engine, where: str) -> None:
    """Create or upgrade the schema. Raises StoreNewer where a newer release made it, StoreError for others' files."""
    with engine.begin() as connection:
        found = revision(connection)
        if found == HEAD:
            return
        if found and found not in REVISIONS:
            raise StoreNewer(f"the store {where} was made by a newer Newsloom (schema {found}): upgrade Newsloom")
        if not found and sa.inspect(connection).get_table_names():
            raise StoreError(f"{where} is a database, but not Newsloom's: name another file")
        _upgrade(connection)


def revision(connection: sa.Connection) -> str:
    """The schema's revision, "" where there is none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() or ""


def _upgrade(connection: sa.Connection) -> None:
    # Imported here: most starts find the schema as it should be, and Alembic takes long to load.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")
