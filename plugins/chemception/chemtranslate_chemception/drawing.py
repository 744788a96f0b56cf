"""Drawings of molecules: the only thing the hub's network ever sees of a chemical.

After Goh et al. (arXiv 1706.06689, 1710.02238): pixels of 0.5 Å, four channels. Their picture is
80 x 80; drawn with the long axis lying, nearly all molecules fit on 32 rows of 64, a third of the
pixels. The rasteriser is our own because it must draw everything that a chemical can be: single
atoms, molecules wider than the picture, metals without partial charges.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chemtranslate.chemical import quiet_rdkit, shorten
from chemtranslate.errors import StructureError

if TYPE_CHECKING:
    from rdkit.Chem import Atom

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
    return draw_all([smiles])[0]


def draw_all(smiles: Sequence[str]) -> list[Drawing]:
    """Lay out n molecules, as `draw` does: the bonds of all are drawn at once.

    Raises:
        StructureError: RDKit cannot parse one of them or lay it out.
    """
    if not smiles:
        return []
    with quiet_rdkit():
        layouts = [_lay_out(text) for text in smiles]
    bonds, painted, per_molecule = _bond_points(layouts)
    stops = np.cumsum(per_molecule)[:-1]
    parts = zip(layouts, np.split(bonds, stops), np.split(painted, stops), strict=True)
    return [
        Drawing(
            np.concatenate([points, layout.atoms]),
            np.concatenate([values, layout.values]).astype(np.float16),
        )
        for layout, points, values in parts
    ]


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
    points = _placed(np.concatenate([drawing.points for drawing in drawings]), counts)
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


@dataclass(frozen=True, slots=True)
class _Layout:
    """Atoms (a, 2) in Å, the values (a, 4) they paint; bonds as ends (b, 2) and orders (b,)."""

    atoms: NDArray[np.float32]
    values: NDArray[np.float32]
    ends: NDArray[np.intp]
    orders: NDArray[np.float32]


def _lay_out(smiles: str) -> _Layout:
    from rdkit import Chem
    from rdkit.Chem import rdDepictor, rdPartialCharges

    mol = Chem.MolFromSmiles(smiles)
    if mol is None or mol.GetNumAtoms() == 0:
        raise StructureError(f"cannot draw {shorten(smiles)!r}: not a structure")
    rdDepictor.Compute2DCoords(mol, canonOrient=True)
    atoms = mol.GetConformer().GetPositions()[:, :2].astype(np.float32)
    if not np.isfinite(atoms).all():
        raise StructureError(f"cannot draw {shorten(smiles)!r}: no finite 2-D coordinates")
    rdPartialCharges.ComputeGasteigerCharges(mol, throwOnParamFailure=False)
    # By index: RDKit's own iterators over atoms and bonds take several times as long.
    bonds = [mol.GetBondWithIdx(i) for i in range(mol.GetNumBonds())]
    return _Layout(
        atoms,
        np.array([_atom_values(mol.GetAtomWithIdx(i)) for i in range(len(atoms))], np.float32),
        np.array([(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in bonds], np.intp).reshape(-1, 2),
        np.array([b.GetBondTypeAsDouble() for b in bonds], np.float32),
    )


def _atom_values(atom: Atom) -> tuple[float, float, float, float]:
    charge = atom.GetDoubleProp("_GasteigerCharge")
    if not math.isfinite(charge):
        charge = float(atom.GetFormalCharge())
    return (
        0.1 * atom.GetAtomicNum(),
        2.0 * charge,
        0.25 * atom.GetTotalValence(),
        0.25 * int(atom.GetHybridization()),
    )


def _bond_points(
    layouts: Sequence[_Layout],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.intp]]:
    """Return the points (p, 2) along all bonds, their values (p, 4), and points per molecule."""
    first = np.cumsum([0, *(len(layout.atoms) for layout in layouts)])
    ends = np.concatenate(
        [layout.ends + start for layout, start in zip(layouts, first, strict=False)]
    )
    orders = np.concatenate([layout.orders for layout in layouts])
    atoms = np.concatenate([layout.atoms for layout in layouts])
    begin, end = atoms[ends[:, 0]], atoms[ends[:, 1]]
    counts = np.ceil(np.linalg.norm(end - begin, axis=1) / _SPACING).astype(np.intp)
    bond = np.repeat(np.arange(len(ends)), counts)
    step = np.arange(len(bond)) - np.repeat(np.cumsum(counts) - counts, counts)
    fraction = ((step + 0.5) / counts[bond])[:, None].astype(np.float32)
    values = np.zeros((len(bond), 4), np.float32)
    values[:, 0] = 0.2 * orders[bond]
    molecule = np.repeat(np.arange(len(layouts)), [len(layout.ends) for layout in layouts])
    per_molecule = np.bincount(molecule[bond], minlength=len(layouts))
    return begin[bond] * (1 - fraction) + end[bond] * fraction, values, per_molecule


def _placed(points: NDArray[np.float32], counts: list[int]) -> NDArray[np.float32]:
    """Centre drawings, lay each along the rows and, where it is too large, scale it to fit."""
    starts = np.cumsum([0, *counts[:-1]])
    low, high = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
    extent = high - low
    upright = extent[:, 1] > extent[:, 0] + _ROUND
    extent[upright] = extent[upright, ::-1]
    scale = np.minimum(1.0, (_ROOM / np.maximum(extent, _ROUND)).min(1)).astype(np.float32)
    centred = points - np.repeat((low + high) / 2, counts, axis=0)
    turned = np.repeat(upright, counts)
    centred[turned] = centred[turned, ::-1]
    placed: NDArray[np.float32] = np.round(centred * np.repeat(scale, counts)[:, None], 3)
    return placed
