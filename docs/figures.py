"""Draw the figures of `explanation/hub.md`: what the network sees, and a map of the hub.

`python docs/figures.py` writes `docs/images/drawing.png` and `docs/images/map.png`; `--hub DIR`
takes another hub, `--output DIR` another folder, and `--only drawing` needs no hub at all.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from chemtranslate.catalogue import resolve
from chemtranslate.chemical import standardise
from chemtranslate.hub import load_hub
from chemtranslate.search import unit
from chemtranslate_chemception.drawing import CHANNELS, PIXELS, RESOLUTION, draw, rasterise

mpl.use("Agg")

IMAGES = Path(__file__).resolve().parent / "images"
CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
CLASSES: tuple[tuple[str, str, str], ...] = (
    ("halogenated", "[F,Cl,Br,I]", "#CC79A7"),
    ("sulfur or phosphorus", "[#16,#15]", "#F0E442"),
    ("silicon", "[Si]", "#000000"),
    ("nitrogen aromatics", "[n]", "#0072B2"),
    ("other nitrogen", "[#7]", "#56B4E9"),
    ("acids, esters", "[CX3](=O)[OX2]", "#D55E00"),
    ("aldehydes, ketones", "[#6][CX3](=O)[#6,#1]", "#E69F00"),
    ("alcohols, phenols", "[OX2H]", "#009E73"),
    ("ethers, other oxygen", "[#8]", "#8DD3B0"),
    ("aromatic hydrocarbons", "c", "#5E4FA2"),
    ("other hydrocarbons", "[#6]", "#999999"),
)
"""Name, SMARTS and colour; a chemical belongs to the first that it matches."""
LANDMARKS = ("testosterone", "diethyl fumarate", "borneol", "fenchol", "caffeine", "naphthalene",
             "hexadecane", "glucose", "palmitic acid", "cocaine", "toluene",
             "vanillin", "ddt")
CHEMICALS = 4000
"""Chemicals on the map; t-SNE of more only blackens it."""


def figure_of_drawing(path: Path) -> None:
    """Draw caffeine as a chemist would, beside the four channels that the network sees."""
    import matplotlib.pyplot as plt

    smiles = standardise(CAFFEINE)[0]
    channels = rasterise([draw(smiles)])[0]
    half = PIXELS * RESOLUTION / 2  # the panels show the middle: caffeine is small
    figure, panels = plt.subplots(1, 5, figsize=(15, 3.2), layout="constrained")
    panels[0].imshow(structure(smiles), interpolation="bilinear")
    panels[0].set_title("caffeine")
    panels[0].axis("off")
    for panel, name, channel in zip(panels[1:], CHANNELS, channels, strict=True):
        signed = bool((channel < 0).any())
        top = float(np.abs(channel).max())
        shown = panel.imshow(channel, origin="lower", extent=(-half, half, -half, half),
                             cmap="RdBu_r" if signed else "viridis",
                             vmin=-top if signed else 0, vmax=top)
        panel.set_title(name, fontsize=11)
        panel.set_xlim(-6, 6)
        panel.set_ylim(-6, 6)
        panel.set_xlabel("Å")
        figure.colorbar(shown, ax=panel, shrink=0.75)
    figure.savefig(path, dpi=130)
    plt.close(figure)


def structure(smiles: str) -> NDArray[Any]:
    """Return a picture of a structure, (height, width, 3 or 4)."""
    import matplotlib.pyplot as plt
    from rdkit import Chem
    from rdkit.Chem import rdDepictor
    from rdkit.Chem.Draw import rdMolDraw2D

    mol = Chem.MolFromSmiles(smiles)
    rdDepictor.Compute2DCoords(mol, canonOrient=True)
    drawer = rdMolDraw2D.MolDraw2DCairo(500, 500)
    drawer.drawOptions().fixedBondLength = 75
    drawer.drawOptions().bondLineWidth = 3
    drawer.drawOptions().minFontSize = 26
    drawer.DrawMolecule(mol)
    drawer.FinishDrawing()
    picture: NDArray[Any] = plt.imread(io.BytesIO(drawer.GetDrawingText()))
    return picture


def figure_of_map(path: Path, hub: str | None) -> None:
    """Draw reference chemicals in the plane, so that neighbours of the hub stay neighbours."""
    import matplotlib.pyplot as plt
    from sklearn.manifold import TSNE

    loaded = load_hub(hub)
    table = loaded.reference
    rows = np.arange(len(table))
    if len(rows) > CHEMICALS:
        rows = np.sort(np.random.default_rng(0).choice(len(rows), CHEMICALS, replace=False))
    row_of = {entry.inchikey: row for row, entry in enumerate(table.entries)}
    keys = {name: resolve(name).key for name in LANDMARKS}
    landmarks = {name: row_of[key] for name, key in keys.items() if key in row_of}
    rows = np.union1d(rows, list(landmarks.values())).astype(int)
    entries = [table.entries[row] for row in rows]
    plane = TSNE(metric="cosine", init="pca", perplexity=30, random_state=0).fit_transform(
        unit(table.vectors[rows]))
    classes = np.array([class_of(entry.smiles) for entry in entries])
    figure, panel = plt.subplots(figsize=(10.5, 7.5), layout="constrained")
    for number, (name, _, colour) in enumerate(CLASSES):
        own = plane[classes == number]
        if len(own):
            panel.scatter(own[:, 0], own[:, 1], s=7, color=colour, linewidths=0, alpha=0.8,
                          label=f"{name} ({len(own):,})")
    place = dict(zip(rows.tolist(), plane, strict=True))
    for name, row in landmarks.items():
        x, y = place[row]
        panel.plot(x, y, "o", markersize=6, markerfacecolor="none", markeredgecolor="black")
        panel.annotate(name.upper() if name == "ddt" else name, (x, y), xytext=(5, 5),
                       textcoords="offset points", fontsize=9,
                       bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1})
    panel.set_title(f"{len(rows):,} of {len(table):,} reference chemicals\nhub "
                    f"{loaded.card.name} ({loaded.id}); t-SNE of cosine distances")
    panel.set_xticks([])
    panel.set_yticks([])
    panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), markerscale=3, frameon=False)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def class_of(smiles: str) -> int:
    """Return the number of the first of CLASSES that a structure matches."""
    from rdkit import Chem

    mol = Chem.MolFromSmiles(smiles)
    for number, (_, pattern, _) in enumerate(CLASSES):
        if mol.HasSubstructMatch(Chem.MolFromSmarts(pattern)):
            return number
    return len(CLASSES) - 1


def main() -> None:
    """Draw the figures that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--hub", help="a hub's name or folder; the shipped one by default")
    parser.add_argument("--output", type=Path, default=IMAGES)
    parser.add_argument("--only", choices=("drawing", "map"))
    chosen = parser.parse_args()
    chosen.output.mkdir(parents=True, exist_ok=True)
    if chosen.only != "map":
        figure_of_drawing(chosen.output / "drawing.png")
    if chosen.only != "drawing":
        figure_of_map(chosen.output / "map.png", chosen.hub)


if __name__ == "__main__":
    main()
