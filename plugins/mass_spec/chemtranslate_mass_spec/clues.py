"""What a spectrum says of the mass of its molecule.

A molecule gives no ions heavier than itself but for isotopes. And the highest peak that is not
faint is mostly the molecular ion or what is left when it has lost a group: how far below the
molecule it lies (0, 1, 15, 18, 28 and so on) is counted in training spectra.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtranslate.candidates import Candidates
from chemtranslate.protocols import Array
from chemtranslate_mass_spec.molecules import ISOTOPES, mass_and_reach

FAINT = (0.002, 0.01)
"""Shares of the base peak above which a peak is not faint: either says something of its own."""
LOWEST, HIGHEST = -50, 400
"""Da: gaps beyond are counted with these."""
BLUR = 25
"""Da over which a tenth of the counts is spread, so that what no spectrum showed is possible."""
LEAST = 0.003
"""Share of the ions above a molecule that counts as none."""
_PAIRS = "Cl", "Br"


class Mass:
    """Clues of the molecular mass; fulfils `Clues`. Arrays are (n, bins) of intensities."""

    names = (
        "nothing above the molecule",
        *(f"highest peak over {share:.1%} of the base peak" for share in FAINT),
    )

    def learn(self, arrays: Array, smiles: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """Count how far the highest peaks lie below their molecules.

        Returns:
            "gaps": (2, 451) log densities, a row for each share, from LOWEST to HIGHEST Da.
        """
        masses = mass_and_reach(smiles)[:, 0]
        known = masses > 0
        gaps = [
            _density(_gaps(highest(arrays[known], share)[:, None], masses[known][:, None])[:, 0])
            for share in FAINT
        ]
        return {"gaps": np.stack(gaps).astype(np.float32)}

    def weigh(
        self, learned: Mapping[str, NDArray[Any]], arrays: Array, candidates: Candidates
    ) -> NDArray[np.float32]:
        """Return (3, n, m): log share of the ions above the molecule, and log densities of gaps."""
        masses = np.floor(np.nan_to_num(candidates.masses) + 0.5).astype(np.int64)
        pairs = sum(candidates.count_of(element) for element in _PAIRS)
        last = np.minimum(masses + ISOTOPES + 2 * pairs, arrays.shape[1])
        every = np.arange(masses.max(initial=0) + 1)
        by_mass = [  # (n, masses): there are fewer masses than candidates
            learned["gaps"][clue][_gaps(highest(arrays, share)[:, None], every)]
            for clue, share in enumerate(FAINT)
        ]
        found = np.zeros((len(self.names), len(arrays), len(masses)), np.float32)
        np.take(-np.log(LEAST + _above(arrays)), last - 1, 1, found[0])
        for clue, table in enumerate(by_mass, 1):
            np.take(table, masses, 1, found[clue])
        found[:, :, masses == 0] = 0
        return found


def highest(arrays: Array, share: float) -> NDArray[np.int64]:
    """Return the m/z of the highest peak above a share of the base peak, (n, bins) -> (n,)."""
    strong = arrays > share * arrays.max(1, keepdims=True)
    mz: NDArray[np.int64] = np.where(strong, np.arange(1, arrays.shape[1] + 1), 0).max(1)
    return mz


def _gaps(peaks: NDArray[np.int64], masses: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places of gaps among the densities, each gap being mass less peak."""
    return (masses - peaks).clip(LOWEST, HIGHEST) - LOWEST


def _density(places: NDArray[np.int64]) -> NDArray[np.float64]:
    counts = np.bincount(places, minlength=HIGHEST - LOWEST + 1).astype(np.float64)
    counts += 0.5 * np.exp(-np.abs(np.arange(LOWEST, HIGHEST + 1)) / 100)
    spread = np.convolve(counts, np.full(BLUR, 1 / BLUR), "same")
    mixed = 0.9 * counts + 0.1 * spread
    density: NDArray[np.float64] = np.log(mixed / mixed.sum())
    return density


def _above(arrays: Array) -> NDArray[np.float32]:
    """Return the share of the ions heavier than each m/z, (n, bins)."""
    below = np.cumsum(arrays, 1, dtype=np.float64)
    return (1 - below / below[:, -1:]).astype(np.float32).clip(0)


MASS = Mass()
