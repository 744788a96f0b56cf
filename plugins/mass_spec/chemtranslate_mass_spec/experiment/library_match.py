"""Library match: is a spectrum's own chemical the first that a library search names?

Stands in for the public match tool of the paper. The similarity is the weighted cosine (Eq. 1), so
that a search is one product of matrices: sqrt(m) s / |sqrt(m) s| for queries and library.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chemtranslate.search import search, unit

Floats = NDArray[np.float32]


def weighted(spectra: NDArray[np.floating]) -> Floats:
    """Return (n, bins) spectra as unit vectors whose products are weighted cosines (Eq. 1)."""
    roots = np.sqrt(np.arange(1, spectra.shape[1] + 1, dtype=np.float32))
    return unit(spectra * roots)


class Library:
    """Spectra to search in.

    Args:
        spectra: (n, bins).
        own: (n,) number of each spectrum's chemical.
    """

    def __init__(self, spectra: NDArray[np.floating], own: NDArray[np.intp]) -> None:
        self._units = weighted(spectra)
        self.own = np.asarray(own)

    def best(
        self, queries: NDArray[np.floating], excluded: Sequence[Sequence[int]]
    ) -> tuple[NDArray[np.intp], Floats]:
        """Find the most similar spectrum for each query.

        Args:
            queries: (q, bins).
            excluded: for each query, the rows that must not answer: those it was made from.

        Returns:
            rows (q,) and weighted cosines (q,); -1 and 0 where every row is excluded.
        """
        most = max(map(len, excluded), default=0)
        rows, cosines = search(weighted(queries), [self._units], most + 1)
        best, similarity = np.full(len(queries), -1), np.zeros(len(queries), np.float32)
        for number, (found, gone) in enumerate(zip(rows, excluded, strict=True)):
            allowed = np.flatnonzero(~np.isin(found, np.asarray(gone, np.intp)))
            if len(allowed):
                best[number] = found[allowed[0]]
                similarity[number] = cosines[number, allowed[0]]
        return best, similarity

    def identified(
        self,
        queries: NDArray[np.floating],
        chemicals: NDArray[np.intp],
        excluded: Sequence[Sequence[int]],
    ) -> NDArray[np.bool_]:
        """Say of each query whether the best answer is of its own chemical, (q,)."""
        best, _ = self.best(queries, excluded)
        right: NDArray[np.bool_] = (best >= 0) & (self.own[best] == chemicals)
        return right
