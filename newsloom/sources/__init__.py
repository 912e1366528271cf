"""Catalogues of outlets as data, one TOML file a country; `newsloom.pipeline.catalogue` reads them."""

VERSION = "2026-11-24"
"""Of the data, apart from the code's: raise it with every change of an entry."""
