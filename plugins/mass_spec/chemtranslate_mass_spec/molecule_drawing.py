"""A molecule drawn small enough to stand between the peaks of its spectrum."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chemtranslate.chemical import quiet_rdkit
from chemtranslate_mass_spec.labels import Box

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from rdkit.Chem import Mol

STRUCTURE = 1.25
"""Width of the drawing of a molecule, inches."""
STRUCTURE_HEIGHTS = (84.0, 68.0, 52.0)
"""Its height in percent of the base peak: the first for which there is room."""
PIXELS = 300
"""Resolution of the drawing, per inch."""


def molecule_of(smiles: str) -> Mol | None:
    """Return a structure laid out in the plane; None where there is none that can be read."""
    if not smiles:
        return None
    from rdkit import Chem
    from rdkit.Chem import rdCoordGen

    with quiet_rdkit():
        molecule = Chem.MolFromSmiles(smiles)
        if molecule is None or not molecule.GetNumAtoms():
            return None
        rdCoordGen.AddCoords(molecule)
    return molecule


def drawing(molecule: Mol, width: float, height: float) -> NDArray[Any]:
    """Return a molecule drawn in black on nothing, (rows, columns, 4) for a size in inches."""
    from matplotlib.image import imread
    from rdkit.Chem.Draw import rdMolDraw2D

    drawer = rdMolDraw2D.MolDraw2DCairo(int(width * PIXELS), int(height * PIXELS))
    options: Any = drawer.drawOptions()
    options.useBWAtomPalette()
    options.clearBackground = False
    options.fixedBondLength = 0.2 * PIXELS
    options.bondLineWidth = 4
    options.minFontSize, options.maxFontSize = 22, 30
    options.padding = 0.03
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, molecule)
    drawer.FinishDrawing()
    return np.asarray(imread(BytesIO(drawer.GetDrawingText()), format="png"))


def put(axes: Axes, picture: NDArray[Any], box: Box) -> None:
    """Show the drawing of a molecule at its place among the peaks."""
    inset = axes.inset_axes(
        (box.left, box.bottom, box.right - box.left, box.top - box.bottom), transform=axes.transData
    )
    inset.imshow(picture, interpolation="antialiased")
    inset.set_axis_off()
    inset.patch.set_alpha(0)
