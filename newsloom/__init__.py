"""Newsloom: an open-source news aggregator that shows each story once, with who else reports it."""

__version__ = "0.1.0"
