"""Sentence vectors, where the operator names a model: asked only where names and numbers leave doubt.

The model is an ONNX file (a sentence encoder: token ids in, token vectors or one vector out) with its `tokenizer.json`
beside it. Nothing is downloaded. Needs `newsloom[dense]`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from newsloom.config import SimilarSettings
from newsloom.errors import WrongUse

MOST_TOKENS = 128
REMEMBERED = 4_096  # texts whose vectors are kept

Floats = npt.NDArray[np.float32]


def judge(settings: SimilarSettings) -> Callable[[str, str], float | None] | None:
    """The cosine of two texts by the configured model; None where none is configured. Raises WrongUse."""
    return Encoder(Path(settings.dense_model)).cosine if settings.dense_model else None


class Encoder:
    """A model in memory, on one thread, so that the same text always gives the same vector."""

    def __init__(self, path: Path) -> None:
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise WrongUse("similar.dense_model needs more packages: pip install 'newsloom[dense]'") from error
        tokens = path.parent / "tokenizer.json"
        for file in (path, tokens):
            if not file.is_file():
                raise WrongUse(f"similar.dense_model: there is no {file}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._tokenizer = Tokenizer.from_file(str(tokens))
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # both raise errors of their own kinds
            raise WrongUse(f"similar.dense_model: {path} can't be read: {str(error)[:200]}") from error
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self._inputs = [each.name for each in self._session.get_inputs()]
        self._vector = lru_cache(REMEMBERED)(self._encoded)

    def cosine(self, one: str, other: str) -> float | None:
        """The cosine of two texts, None where one of them has no words."""
        a, b = self._vector(one), self._vector(other)
        return None if a is None or b is None else float(a @ b)

    def _encoded(self, text: str) -> Floats | None:
        """The text's vector of length one: the model's own, or the mean of its tokens' vectors."""
        told = self._tokenizer.encode(text)
        if not told.ids:
            return None
        mask = np.array([told.attention_mask], dtype=np.int64)
        known: dict[str, Any] = {
            "input_ids": np.array([told.ids], dtype=np.int64),
            "attention_mask": mask,
            "token_type_ids": np.array([told.type_ids], dtype=np.int64),
        }
        found: Floats = self._session.run(None, {name: known[name] for name in self._inputs if name in known})[0]
        if found.ndim == 3:
            weights = mask[:, :, None].astype(np.float32)
            found = (found * weights).sum(axis=1) / weights.sum(axis=1)
        vector: Floats = found[0].astype(np.float32)
        length = float(np.linalg.norm(vector))
        return vector / length if length > 0 else None
