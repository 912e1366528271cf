"""Catalogues of outlets as data, one TOML file a country; `newsloom.pipeline.catalogue` reads them."""
