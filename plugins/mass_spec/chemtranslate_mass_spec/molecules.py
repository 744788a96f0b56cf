"""What a structure says of where its spectrum can end: mass of the molecule, reach of isotopes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chemtranslate.chemical import quiet_rdkit

if TYPE_CHECKING:
    from rdkit.Chem import Mol

ISOTOPES = 2
"""Above the monoisotopic peak, m/z by which carbon, sulfur, silicon and oxygen reach visibly."""
_PAIRS = (17, 35)
"""Chlorine and bromine: each atom reaches 2 further."""


def mass_and_reach(smiles: Sequence[str]) -> NDArray[np.int64]:
    """Return the whole m/z of each molecular ion, and of the last isotope peak that shows.

    Args:
        smiles: n structures.

    Returns:
        (n, 2): the monoisotopic mass, rounded half up as peaks are binned, and the last m/z; both
        0 where a structure cannot be read.
    """
    found = np.zeros((len(smiles), 2), np.int64)
    for row, mol in molecules(smiles):
        found[row] = ends_of(mol)
    return found


def molecules(smiles: Sequence[str]) -> Iterator[tuple[int, Mol]]:
    """Yield the structures that can be read, with their numbers."""
    from rdkit.Chem import MolFromSmiles

    with quiet_rdkit():
        for row, one in enumerate(smiles):
            if (mol := MolFromSmiles(one)) is not None and mol.GetNumAtoms():
                yield row, mol


def ends_of(mol: Mol) -> tuple[int, int]:
    """Return what `mass_and_reach` does, of one molecule."""
    from rdkit.Chem.rdMolDescriptors import CalcExactMolWt

    mass = int(np.floor(CalcExactMolWt(mol) + 0.5))
    pairs = sum(atom.GetAtomicNum() in _PAIRS for atom in mol.GetAtoms())
    return mass, mass + ISOTOPES + 2 * pairs
