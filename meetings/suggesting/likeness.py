"""How alike texts are: the cosine of their TF-IDF vectors over runs of three and four letters.

Runs of letters, not words: “deradicalisation”, “radicalised” and “Radikalisierung” have much in common, and nobody has
to know the language of a text.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from conference.folding import fold

LENGTHS = (3, 4)
# A run of letters that stands in more than this part of many texts tells nothing of one of them.
MOST = 0.25
MANY = 40
_SEPARATOR = 0


def vectors(texts: Sequence[str]) -> Any:
    """A sparse matrix, a row of length 1 for each text; of length 0 for one that has nothing to compare.

    Texts are folded: case and accents make no difference.
    """
    documents, runs = _runs(texts)
    if not len(runs):
        return sparse.csr_matrix((len(texts), 1), dtype=np.float32)
    _unique, columns = np.unique(runs, return_inverse=True)
    counts = sparse.csr_matrix(
        (np.ones(len(runs), dtype=np.float32), (documents, columns)), shape=(len(texts), len(_unique))
    )
    counts.sum_duplicates()
    found_in = np.bincount(counts.indices, minlength=counts.shape[1])
    weights = (np.log((1 + len(texts)) / (1 + found_in)) + 1).astype(np.float32)
    if len(texts) >= MANY:
        weights[found_in > MOST * len(texts)] = 0
    counts.data = (1 + np.log(counts.data)) * weights[counts.indices]
    lengths = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1))).ravel()
    lengths[lengths == 0] = 1
    counts = sparse.diags(1 / lengths).dot(counts).tocsr().astype(np.float32)
    # What stands in one text alone belongs to its length, and meets nothing.
    return counts[:, (found_in > 1) & (weights > 0)].tocsr()


def _runs(texts: Sequence[str]) -> tuple[Any, Any]:
    """All runs of letters as numbers, and beside each the text that it is from."""
    folded = [f" {fold(text)} " if text.strip() else "" for text in texts]
    letters = np.frombuffer("\0".join([*folded, ""]).encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    owners = np.repeat(np.arange(len(texts)), [len(text) + 1 for text in folded])
    documents, runs = [], []
    for length in LENGTHS:
        if len(letters) < length:
            continue
        windows = np.lib.stride_tricks.sliding_window_view(letters, length)
        whole = ~(windows == _SEPARATOR).any(axis=1)
        number = np.full(len(windows), length, dtype=np.uint64)
        for place in range(length):
            # Modulo 2^64; two different runs meet by chance once in billions.
            number = number * np.uint64(0x9E3779B97F4A7C15) + windows[:, place]
            number ^= number >> np.uint64(29)
        documents.append(owners[: len(windows)][whole])
        runs.append(number[whole])
    if not runs:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint64)
    return np.concatenate(documents), np.concatenate(runs)
