"""Drawings of molecules: the only thing the hub's network ever sees of a chemical.

After Goh et al. (arXiv 1706.06689, 1710.02238): pixels of 0.5 Å, four channels. Their picture is
80 x 80; drawn with the long axis lying, nearly all molecules fit on 32 rows of 64, a third of the
pixels. The rasteriser is our own because it must draw everything that a chemical can be: single
atoms, molecules wider than the picture, metals without partial charges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chemtranslate.chemical import quiet_rdkit, shorten
from chemtranslate.errors import StructureError

if TYPE_CHECKING:
    from rdkit.Chem import Mol

ROWS, COLUMNS = 32, 64
RESOLUTION = 0.5
"""Å per pixel."""
CHANNELS = ("atomic number and bonds", "Gasteiger charge", "valence", "hybridisation")
IMAGE_SPEC = {
    "pixels": [ROWS, COLUMNS],
    "angstrom_per_pixel": RESOLUTION,
    "channels": list(CHANNELS),
    "scales": {
        "atomic number": 0.1,
        "bond order": 0.2,
        "charge": 2.0,
        "valence": 0.25,
        "hybridisation": 0.25,
    },
    "version": 2,
}

_SPACING = 0.25
_TIE_BREAK = 0.0137  # coordinates are often multiples of 0.75 Å: keep them off pixel borders
_ROOM = np.array([(COLUMNS - 1) * RESOLUTION, (ROWS - 1) * RESOLUTION]) - 2 * _TIE_BREAK
_ROUND = 0.01  # Å: a drawing that is higher than wide by less than this is not


@dataclass(frozen=True, slots=True)
class Drawing:
    """A molecule laid out in the plane, before it is rasterised.

    Attributes:
        points: (p, 2) float32, Å; points along the bonds first, then the atoms.
        values: (p, 4) float16, what each point paints into the four channels.
    """

    points: NDArray[np.float32]
    values: NDArray[np.float16]


def draw(smiles: str) -> Drawing:
    """Lay out one molecule.

    Args:
        smiles: canonical SMILES of the standardised structure; its atom order fixes the layout.

    Raises:
        StructureError: RDKit cannot parse it or lay it out.
    """
    from rdkit import Chem
    from rdkit.Chem import rdDepictor

    with quiet_rdkit():
        mol = Chem.MolFromSmiles(smiles)
        if mol is None or mol.GetNumAtoms() == 0:
            raise StructureError(f"cannot draw {shorten(smiles)!r}: not a structure")
        rdDepictor.Compute2DCoords(mol, canonOrient=True)
        atoms = mol.GetConformer().GetPositions()[:, :2].astype(np.float32)
        if not np.isfinite(atoms).all():
            raise StructureError(f"cannot draw {shorten(smiles)!r}: no finite 2-D coordinates")
        bond_points, orders = _bond_points(mol, atoms)
        values = np.zeros((len(bond_points) + len(atoms), 4), np.float16)
        values[: len(bond_points), 0] = 0.2 * orders
        values[len(bond_points) :] = _atom_values(mol)
    return Drawing(np.concatenate([bond_points, atoms]), values)


def draw_all(smiles: Sequence[str]) -> list[Drawing]:
    """Lay out n molecules; for worker processes, which send drawings, not pictures."""
    return [draw(text) for text in smiles]


def rasterise(
    drawings: Sequence[Drawing],
    mirrors: Sequence[int] | NDArray[np.int64] | None = None,
) -> NDArray[np.float32]:
    """Paint drawings as pictures.

    Args:
        drawings: n molecules.
        mirrors: for each, whether to mirror it left-right (1), up-down (2), both (3) or not (0,
            the default).

    Returns:
        (n, 4, 32, 64) float32 in channels-last memory order.
    """
    counts = [len(drawing.points) for drawing in drawings]
    owner = np.repeat(np.arange(len(drawings)), counts)
    points = np.concatenate([_placed(d.points) for d in drawings])
    if mirrors is not None:
        mirror = np.repeat(np.asarray(mirrors), counts)
        points[(mirror & 1) > 0, 0] *= -1
        points[(mirror & 2) > 0, 1] *= -1
    size = np.array([COLUMNS, ROWS])
    pixel = np.floor((points + _TIE_BREAK) / RESOLUTION + size / 2).astype(np.intp)
    pixel = pixel.clip(0, size - 1)
    images = np.zeros((len(drawings), ROWS, COLUMNS, 4), np.float32)
    images[owner, pixel[:, 1], pixel[:, 0]] = np.concatenate([d.values for d in drawings])
    return images.transpose(0, 3, 1, 2)


def _bond_points(
    mol: Mol,
    atoms: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    ends = np.array(
        [(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in mol.GetBonds()], np.intp
    ).reshape(-1, 2)
    orders = np.array([b.GetBondTypeAsDouble() for b in mol.GetBonds()], np.float32)
    begin, end = atoms[ends[:, 0]], atoms[ends[:, 1]]
    lengths = np.linalg.norm(end - begin, axis=1)
    counts = np.ceil(lengths / _SPACING).astype(np.intp)
    bond = np.repeat(np.arange(len(ends)), counts)
    step = np.arange(len(bond)) - np.repeat(np.cumsum(counts) - counts, counts)
    fraction = ((step + 0.5) / counts[bond])[:, None].astype(np.float32)
    return begin[bond] * (1 - fraction) + end[bond] * fraction, orders[bond]


def _atom_values(mol: Mol) -> NDArray[np.float32]:
    from rdkit.Chem import rdPartialCharges

    rdPartialCharges.ComputeGasteigerCharges(mol, throwOnParamFailure=False)
    rows = []
    for atom in mol.GetAtoms():
        charge = atom.GetDoubleProp("_GasteigerCharge")
        if not np.isfinite(charge):
            charge = float(atom.GetFormalCharge())
        rows.append(
            (
                0.1 * atom.GetAtomicNum(),
                2.0 * charge,
                0.25 * atom.GetTotalValence(),
                0.25 * int(atom.GetHybridization()),
            )
        )
    return np.array(rows, np.float32)


def _placed(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Centre a drawing, lay it along the rows and, where it is too large, scale it to fit."""
    low, high = points.min(0), points.max(0)
    centred, extent = points - (low + high) / 2, high - low
    if extent[1] > extent[0] + _ROUND:
        centred, extent = centred[:, ::-1], extent[::-1]
    scale = min(1.0, float((_ROOM / np.maximum(extent, _ROUND)).min()))
    placed: NDArray[np.float32] = np.round(centred * np.float32(scale), 3)
    return placed
