"""Library match: is a spectrum's own chemical the first that a library search names?

Stands in for the public match tool of the paper. The score is the cosine that such tools use, of
intensities weighted by a power of the mass: heavy fragments say more of a chemical than tall ones.
A search is one product of matrices.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chemtranslate.search import search, unit

Floats = NDArray[np.float32]

MASS_POWER, INTENSITY_POWER = 1.3, 0.53
"""Weight factors of m/z and intensity (Kim et al., Bioinformatics 28, 1158, 2012)."""


def scored(spectra: NDArray[np.floating]) -> Floats:
    """Return (n, bins) spectra as unit vectors whose products are match scores, 0 to 1."""
    masses = np.arange(1, spectra.shape[1] + 1, dtype=np.float32)
    return unit(np.asarray(spectra, np.float32) ** INTENSITY_POWER * masses**MASS_POWER)


class Library:
    """Spectra to search in.

    Args:
        spectra: (n, bins).
        own: (n,) number of each spectrum's chemical.
    """

    def __init__(self, spectra: NDArray[np.floating], own: NDArray[np.intp]) -> None:
        self._units = scored(spectra)
        self.own = np.asarray(own)

    def best(
        self, queries: NDArray[np.floating], excluded: Sequence[Sequence[int]]
    ) -> tuple[NDArray[np.intp], Floats]:
        """Find the most similar spectrum for each query.

        Args:
            queries: (q, bins).
            excluded: for each query, the rows that must not answer: those it was made from.

        Returns:
            rows (q,) and match scores (q,); -1 and 0 where every row is excluded.
        """
        most = max(map(len, excluded), default=0)
        rows, scores = search(scored(queries), [self._units], most + 1)
        best, score = np.full(len(queries), -1), np.zeros(len(queries), np.float32)
        for number, (found, gone) in enumerate(zip(rows, excluded, strict=True)):
            allowed = np.flatnonzero(~np.isin(found, np.asarray(gone, np.intp)))
            if len(allowed):
                best[number] = found[allowed[0]]
                score[number] = scores[number, allowed[0]]
        return best, score

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
