"""What a structure says of where its spectrum can end: mass of the molecule, reach of isotopes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chemtranslate.chemical import quiet_rdkit

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
    from rdkit import Chem
    from rdkit.Chem.rdMolDescriptors import CalcExactMolWt

    found = np.zeros((len(smiles), 2), np.int64)
    with quiet_rdkit():
        for row, one in enumerate(smiles):
            mol = Chem.MolFromSmiles(one)
            if mol is not None and mol.GetNumAtoms():
                mass = int(np.floor(CalcExactMolWt(mol) + 0.5))
                pairs = sum(atom.GetAtomicNum() in _PAIRS for atom in mol.GetAtoms())
                found[row] = mass, mass + ISOTOPES + 2 * pairs
    return found
