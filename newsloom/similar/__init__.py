"""Annotations -> copies and Similarity: a window index per language, candidates, a learned score, the evidence."""

from newsloom.similar.match import Similar
from newsloom.similar.model import Model, probability

__all__ = ["Model", "Similar", "probability"]
