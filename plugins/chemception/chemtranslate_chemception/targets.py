"""What the hub's network learns to read from a drawing.

Measured end points (Tox21, HIV, FreeSolv; MoleculeNet) and, after ChemNet (Goh et al., arXiv
1712.02734), targets that RDKit computes from the structure. The latter carry most of the
geometry: without them, chemicals that share all end points fall on one point.
"""

from __future__ import annotations

import csv
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chemtranslate.chemical import quiet_rdkit
from chemtranslate.errors import InputError

if TYPE_CHECKING:
    from rdkit.Chem import Mol

TOX21 = (
    "NR-AR",
    "NR-AR-LBD",
    "NR-AhR",
    "NR-Aromatase",
    "NR-ER",
    "NR-ER-LBD",
    "NR-PPAR-gamma",
    "SR-ARE",
    "SR-ATAD5",
    "SR-HSE",
    "SR-MMP",
    "SR-p53",
)
END_POINTS = {"tox21.csv": TOX21, "hiv.csv": ("HIV_active",), "freesolv.csv": ("freesolv",)}
TARGETS = (*TOX21, "HIV_active", "freesolv")
BITS = 2048
RADIUS = 2

PROPERTIES: tuple[str, ...] = (
    "MolWt",
    "MolLogP",
    "MolMR",
    "TPSA",
    "HeavyAtomCount",
    "NumHDonors",
    "NumHAcceptors",
    "NumRotatableBonds",
    "RingCount",
    "NumAromaticRings",
    "FractionCSP3",
    "NumHeteroatoms",
    "BertzCT",
    "LabuteASA",
    "NHOHCount",
    "NOCount",
    "NumAliphaticRings",
    "NumSaturatedRings",
    "NumAromaticHeterocycles",
    "NumAliphaticHeterocycles",
    "HallKierAlpha",
    "Kappa1",
    "Kappa2",
    "Kappa3",
    "Chi0v",
    "Chi1v",
    "Chi2v",
    "Chi3v",
    "Chi4v",
    "NumSpiroAtoms",
    "NumBridgeheadAtoms",
)
"""Of the molecule as a whole."""
ELEMENTS = ("C", "H", "B", "N", "O", "F", "Si", "P", "S", "Cl", "Br", "I")
"""Counted: the formula is what a chemist reads off a molecule first."""


def read_end_points(folder: Path) -> list[tuple[str, dict[str, float]]]:
    """Read tox21.csv, hiv.csv and freesolv.csv.

    Returns:
        one (SMILES, {end point: value}) per row; empty cells are left out.

    Raises:
        InputError: a file or column is missing, or a value is not a number.
    """
    rows = []
    for name, columns in END_POINTS.items():
        path = folder / name
        if not path.is_file():
            raise InputError(f"{path}: no such file; expected {', '.join(END_POINTS)} in {folder}")
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            missing = {"smiles", *columns} - set(reader.fieldnames or ())
            if missing:
                raise InputError(f"{path}: columns {', '.join(sorted(missing))} are missing")
            for number, row in enumerate(reader, 1):
                try:
                    values = {c: float(row[c]) for c in columns if row[c]}
                except (TypeError, ValueError):
                    raise InputError(f"{path}, record {number}: a value is not a number") from None
                rows.append((row["smiles"], values))
    return rows


@lru_cache(maxsize=1)
def functional_groups() -> tuple[str, ...]:
    """Return the names of the functional groups that RDKit counts."""
    from rdkit.Chem import Fragments

    return tuple(sorted(name for name in dir(Fragments) if name.startswith("fr_")))


def descriptors(mol: Mol) -> NDArray[np.float32]:
    """Compute PROPERTIES, counts of ELEMENTS and of functional groups.

    Returns:
        (31 + 12 + number of functional groups,); what RDKit cannot compute is NaN.
    """
    from rdkit.Chem import Descriptors

    counts = Counter(atom.GetSymbol() for atom in mol.GetAtoms())
    counts["H"] += sum(atom.GetTotalNumHs() for atom in mol.GetAtoms())
    values = [
        *(float(getattr(Descriptors, name)(mol)) for name in PROPERTIES),
        *(float(counts[element]) for element in ELEMENTS),
        *(float(getattr(Descriptors, name)(mol)) for name in functional_groups()),
    ]
    found = np.array(values, np.float32)
    found[~np.isfinite(found)] = np.nan
    return found


def fingerprint(mol: Mol) -> NDArray[np.uint8]:
    """Compute the Morgan fingerprint: 2,048 bits of radius 2, packed into 256 bytes."""
    from rdkit.Chem import rdFingerprintGenerator

    generator = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BITS)
    with quiet_rdkit():
        return np.packbits(generator.GetFingerprintAsNumPy(mol))
