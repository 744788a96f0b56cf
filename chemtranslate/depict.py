"""Pictures of structures."""

from __future__ import annotations

from typing import Any

from chemtranslate.chemical import quiet_rdkit, shorten
from chemtranslate.errors import OutputError, StructureError

KINDS = ("svg", "png")


def depict(
    smiles: str, kind: str, width: int = 500, height: int = 400, bond: float | None = None
) -> bytes:
    """Draw a structure.

    Args:
        smiles: the structure.
        kind: "svg" or "png".
        width, height: pixels.
        bond: length of bonds, pixels, where there is room for it; as long as there is by default.

    Raises:
        OutputError: `kind` is another one.
        StructureError: the SMILES does not parse.
    """
    if kind not in KINDS:
        raise OutputError(f"cannot draw a structure as {kind!r}, expected {' or '.join(KINDS)}")
    from rdkit import Chem
    from rdkit.Chem.Draw import rdMolDraw2D

    with quiet_rdkit():
        molecule = Chem.MolFromSmiles(smiles)
        if molecule is None:
            raise StructureError(f"cannot draw {shorten(smiles)!r}: not a structure")
        drawer: Any = (
            rdMolDraw2D.MolDraw2DSVG(width, height)
            if kind == "svg"
            else rdMolDraw2D.MolDraw2DCairo(width, height)
        )
        if bond is not None:
            drawer.drawOptions().fixedBondLength = bond
        rdMolDraw2D.PrepareAndDrawMolecule(drawer, molecule)
        drawer.FinishDrawing()
        drawn: str | bytes = drawer.GetDrawingText()
    return drawn.encode() if isinstance(drawn, str) else drawn
