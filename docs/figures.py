"""Draw the figures of `explanation/hub.md`: what the network sees, neighbours, and a map.

`python docs/figures.py` writes `drawing.png`, `neighbours.png`, `map.png` and the interactive
`map.html` into `docs/images`; `--hub DIR` takes another hub, `--output DIR` another folder, and
`--only drawing` needs no hub at all.
"""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from chemtranslate.catalogue import CAS_NUMBER, resolve
from chemtranslate.chemical import standardise
from chemtranslate.hub import Hub, load_hub
from chemtranslate.search import unit
from chemtranslate_chemception.drawing import (
    CHANNELS,
    COLUMNS,
    RESOLUTION,
    ROWS,
    draw,
    rasterise,
)

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
FAMOUS = ("caffeine", "vanillin", "ibuprofen", "limonene", "ddt")
NEIGHBOURS = 5
TEMPLATE = Path(__file__).resolve().parent / "map_template.html"


def figure_of_drawing(path: Path) -> None:
    """Draw caffeine as a chemist would, beside the four channels that the network sees."""
    import matplotlib.pyplot as plt

    smiles = standardise(CAFFEINE)[0]
    channels = rasterise([draw(smiles)])[0]
    width, height = COLUMNS * RESOLUTION / 2, ROWS * RESOLUTION / 2
    figure, panels = plt.subplot_mosaic(
        [["structure", *CHANNELS[:2]], ["structure", *CHANNELS[2:]]],
        figsize=(13, 5), width_ratios=(1, 1.6, 1.6), layout="constrained")
    panels["structure"].imshow(structure(smiles), interpolation="bilinear")
    panels["structure"].set_title("caffeine")
    panels["structure"].axis("off")
    for name, channel in zip(CHANNELS, channels, strict=True):
        panel = panels[name]
        signed = bool((channel < 0).any())
        top = float(np.abs(channel).max())
        shown = panel.imshow(channel, origin="lower", extent=(-width, width, -height, height),
                             cmap="RdBu_r" if signed else "viridis",
                             vmin=-top if signed else 0, vmax=top)
        panel.set_title(name, fontsize=11)
        panel.set_xlabel("Å")
        figure.colorbar(shown, ax=panel, shrink=0.85)
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


def figure_of_neighbours(path: Path, hub: Hub) -> None:
    """Draw five well-known chemicals, each beside the reference chemicals nearest to it."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(len(FAMOUS), 1 + NEIGHBOURS, figsize=(14, 2.9 * len(FAMOUS)),
                                  layout="constrained")
    figure.get_layout_engine().set(h_pad=0.1)
    for row, name in zip(panels, FAMOUS, strict=True):
        asked = resolve(name)
        near = [match for match in hub.nearest(hub.embed([asked]), NEIGHBOURS + 1)[0]
                if match.chemical.key != asked.key][:NEIGHBOURS]
        shown = [(asked.smiles, name.upper() if name == "ddt" else name, "")]
        shown += [(m.chemical.smiles, m.chemical.name, f"{m.similarity:.2f}") for m in near]
        for panel, (smiles, title, cosine) in zip(row, shown, strict=True):
            panel.imshow(structure(smiles), interpolation="bilinear")
            called = f"CAS {title}" if CAS_NUMBER.fullmatch(title) else shorten(title, 26)
            panel.set_title(f"{called}\ncosine {cosine}" if cosine else called, fontsize=10,
                            fontweight=None if cosine else "bold")
            panel.set_xticks([])
            panel.set_yticks([])
            panel.spines[:].set_visible(not cosine)
    figure.savefig(path, dpi=80)
    plt.close(figure)


def figures_of_map(folder: Path, hub: Hub) -> None:
    """Lay the reference chemicals into the plane, so that neighbours of the hub stay neighbours.

    Writes map.png and map.html.
    """
    from sklearn.manifold import TSNE

    table = hub.reference
    # a cosine's neighbours are those of the Euclidean distance between unit vectors
    plane = TSNE(init="pca", perplexity=30, random_state=0).fit_transform(unit(table.vectors))
    classes = np.array([class_of(entry.smiles) for entry in table.entries])
    title = f"hub {hub.card.name} ({hub.id}); t-SNE of cosine distances"
    figure_of_map(folder / "map.png", hub, plane, classes, title)
    low, high = plane.min(0), plane.max(0)
    points = np.round((plane - low) / (high - low).max() * 10_000).astype(int)
    data = {
        "title": title,
        "classes": [{"name": name, "colour": colour} for name, _, colour in CLASSES],
        "x": points[:, 0].tolist(),
        "y": points[:, 1].tolist(),
        "class": classes.tolist(),
        "name": [entry.name for entry in table.entries],
        "smiles": [entry.smiles for entry in table.entries],
    }
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
    (folder / "map.html").write_text(
        TEMPLATE.read_text(encoding="utf-8").replace("/* data */ null", text), encoding="utf-8")


def figure_of_map(path: Path, hub: Hub, plane: NDArray[np.float32], classes: NDArray[np.intp],
                  title: str) -> None:
    """Draw the map as a picture, with some chemicals named."""
    import matplotlib.pyplot as plt

    row_of = {entry.inchikey: row for row, entry in enumerate(hub.reference.entries)}
    figure, panel = plt.subplots(figsize=(10.5, 7.5), layout="constrained")
    for number, (name, _, colour) in enumerate(CLASSES):
        own = plane[classes == number]
        if len(own):
            panel.scatter(own[:, 0], own[:, 1], s=2.5, color=colour, linewidths=0, alpha=0.7,
                          label=f"{name} ({len(own):,})")
    panel.set_xlim(*_margin(plane[:, 0]))
    panel.set_ylim(*_margin(plane[:, 1]))
    boxes: list[Bbox] = []
    for name in LANDMARKS:
        row = row_of.get(resolve(name).key)
        if row is None:
            continue
        x, y = plane[row]
        panel.plot(x, y, "o", markersize=6, markerfacecolor="none", markeredgecolor="black")
        label(panel, name.upper() if name == "ddt" else name, (x, y), boxes)
    panel.set_title(f"{len(plane):,} reference chemicals\n{title}")
    panel.set_xticks([])
    panel.set_yticks([])
    panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), markerscale=5, frameon=False)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def label(panel: Axes, text: str, point: tuple[float, float], boxes: list[Bbox]) -> None:
    """Write a text beside a point, in the first of some places that covers no earlier text."""
    for offset, side in (((6, 4), "left"), ((6, -11), "left"), ((-6, 4), "right"),
                         ((-6, -11), "right"), ((6, 16), "left")):
        note = panel.annotate(text, point, xytext=offset, textcoords="offset points", fontsize=9,
                              ha=side, bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0,
                                             "pad": 1})
        box = note.get_window_extent()
        if not any(box.overlaps(other) for other in boxes):
            break
        note.remove()
    else:
        return
    boxes.append(box)


def _margin(values: NDArray[np.float32]) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    return low - 0.05 * (high - low), high + 0.05 * (high - low)


def shorten(text: str, length: int) -> str:
    """Cut a name to a length."""
    return text if len(text) <= length else text[: length - 1] + "…"


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
    parser.add_argument("--only", choices=("drawing", "neighbours", "map"))
    chosen = parser.parse_args()
    chosen.output.mkdir(parents=True, exist_ok=True)
    if chosen.only in (None, "drawing"):
        figure_of_drawing(chosen.output / "drawing.png")
    if chosen.only == "drawing":
        return
    hub = load_hub(chosen.hub)
    if chosen.only in (None, "neighbours"):
        figure_of_neighbours(chosen.output / "neighbours.png", hub)
    if chosen.only in (None, "map"):
        figures_of_map(chosen.output, hub)


if __name__ == "__main__":
    main()
