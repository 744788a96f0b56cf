"""An NMR spectrum as chemists publish it: a list of chemical shifts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtranslate.errors import InputError
from chemtranslate_nmr.nucleus import NUCLEI

UNKNOWN = -1
"""In place of the number of an atom."""


@dataclass(frozen=True, slots=True, eq=False)
class PeakList:
    """Chemical shifts of one nucleus, an entry for each atom that was observed.

    Equivalent atoms are entries of the same shift. Heights are not kept: few lists state them.

    Attributes:
        nucleus: its name, "13C".
        shifts: (n,) float64, ppm, ascending; n is 1 or more.
        multiplicities: n texts as the source has them ("D", "br s"), "" where it states none. For
            13C they speak of the hydrogens on the carbon: S, D, T and Q are C, CH, CH2 and CH3.
        atoms: (n,) int64, number of the atom in the structure of the source, from 0; UNKNOWN
            where it states none. A SMILES may count its atoms otherwise.
    """

    nucleus: str
    shifts: NDArray[np.float64]
    multiplicities: tuple[str, ...]
    atoms: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        nucleus: str,
        shifts: ArrayLike,
        multiplicities: Sequence[str] | None = None,
        atoms: ArrayLike | None = None,
    ) -> PeakList:
        """Return the peak list of shifts in any order.

        Raises:
            InputError: there is no shift, one is not finite or farther out than any compound's,
                lengths differ, or the nucleus is not one of `NUCLEI`.
        """
        if nucleus not in NUCLEI:
            raise InputError(f"found the nucleus {nucleus!r}, expected {' or '.join(NUCLEI)}")
        low, high = NUCLEI[nucleus].possible
        ppm = np.asarray(shifts, np.float64)
        words = [""] * ppm.size if multiplicities is None else list(multiplicities)
        numbers = np.full(ppm.size, UNKNOWN) if atoms is None else np.asarray(atoms, np.int64)
        if ppm.ndim != 1 or not ppm.size:
            raise InputError("found no shift, expected at least one")
        if len(words) != ppm.size or numbers.shape != ppm.shape:
            raise InputError(
                f"found {ppm.size} shifts, {len(words)} multiplicities and {numbers.size} atoms, "
                "expected as many"
            )
        wrong = ~((ppm >= low) & (ppm <= high))  # NaN is neither
        if wrong.any():
            raise InputError(
                f"found the shift {ppm[wrong][0]:g} ppm of {nucleus}, expected {low:g} to {high:g}"
            )
        order = np.argsort(ppm, kind="stable")
        return cls(
            nucleus, ppm[order], tuple(words[place] for place in order), numbers[order]
        )

    def __len__(self) -> int:
        return len(self.shifts)

    def where(self, kept: NDArray[np.bool_], shifts: NDArray[np.float64]) -> PeakList:
        """Return the entries that are kept, at other shifts; (n,) each."""
        rows = np.flatnonzero(kept)
        words = [self.multiplicities[row] for row in rows]
        return PeakList.of(self.nucleus, shifts[rows], words, self.atoms[rows])
