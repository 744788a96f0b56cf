"""Does a hub tell chemicals apart, and does it put similar ones together?

The figure that decides between hubs: one small fixed encoder (two layers, square roots of the
intensities) is trained onto the hub with the spectra of the train part; then the spectra of
chemicals it has never seen must find them, among the chemicals of their part and among all of the
library. The encoder is trained twice: to have a high cosine with its chemical's point, and to have
a higher one with it than with the points of all other chemicals of the train part ("contrastive").
Beside it: rank correlation of the cosine with Tanimoto similarity of Morgan fingerprints
(radius 2, 2,048 bits) over random pairs; how often the nearest neighbour is among the ten most
alike by Tanimoto, for all chemicals and for those of the part, which the hub has never seen;
effective rank; pairs of different chemicals that all but coincide; the cosines of Figure 4's pairs;
and where a mirrored or turned drawing of a chemical comes to lie.

Random projections of Morgan fingerprints, bits and counts, are measured as yardsticks in the same
run. On the valid part, so is the hub under other linear maps: that is where its own was chosen.

    python benchmarks/hub_identity.py PREPARED.msp [--part valid] [--seeds 3] [-o identity.json]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator
from report import save
from rich.console import Console
from rich.table import Table
from scipy.stats import spearmanr
from torch import nn
from torch.nn import functional as F  # noqa: N812

from chemtranslate import Hub, Translator, load_hub
from chemtranslate.catalogue import resolve
from chemtranslate.search import unit
from chemtranslate.splits import part
from chemtranslate_chemception.drawing import Drawing, draw
from chemtranslate_chemception.hub_model import ChemceptionHub
from chemtranslate_chemception.making import (
    bits_of,
    coinciding,
    effective_rank,
    linear_map,
    references,
    tanimoto,
)
from chemtranslate_mass_spec.binning import Bins

Floats = NDArray[np.float32]
MAPS = ((0.25, 0.0), (0.5, 0.0), (0.25, 0.3), (0.35, 0.3), (0.35, 0.5))
"""Whitening and share of the similarity's inner product, as `making.linear_map` takes them."""
HIDDEN, DROPOUT, RATE, BATCH = 2048, 0.5, 1e-3, 64
EPOCHS = {"cosine": 25, "contrastive": 12}
TEMPERATURE = 0.05
PAIRS, MOST_ALIKE = 300_000, 10
FIGURE_4 = (("testosterone", "diethyl fumarate"), ("fenchol", "borneol"))
"""The paper's example of a distant and of a close pair."""


@dataclass(frozen=True)
class Measured:
    """Prepared spectra of one library and their chemicals.

    Attributes:
        arrays: (n, bins) square roots of intensities, base peak 1.
        own: (n,) place of each spectrum's chemical.
        smiles, parts: of each chemical.
    """

    arrays: Floats
    own: NDArray[np.intp]
    smiles: list[str]
    parts: NDArray[np.str_]

    @classmethod
    def read(cls, path: Path) -> Measured:
        form = Bins()
        arrays, keys = [], []
        smiles: dict[str, str] = {}
        for sample in Translator().read(path, modality="mass_spec"):
            assert sample.chemical is not None
            chemical = sample.chemical.standardised()
            arrays.append(np.sqrt(form.to_array(sample) / 100))
            keys.append(chemical.key)
            smiles.setdefault(chemical.key, chemical.smiles)
        place = {key: i for i, key in enumerate(smiles)}
        return cls(
            np.array(arrays),
            np.array([place[key] for key in keys]),
            list(smiles.values()),
            np.array([part(key) for key in smiles]),
        )


def ranks(
    measured: Measured, vectors: Floats, queried: str, seed: int, loss: str = "cosine"
) -> dict[str, float]:
    """Train the fixed encoder onto unit vectors, then return the share of spectra found.

    Args:
        loss: "cosine", or "contrastive": cross-entropy over all chemicals of the train part.
    """
    torch.manual_seed(seed)
    aims = unit(vectors)
    own_part = measured.parts[measured.own]
    rows, queries = np.flatnonzero(own_part == "train"), np.flatnonzero(own_part == queried)
    network = nn.Sequential(
        nn.Linear(measured.arrays.shape[1], HIDDEN),
        nn.ReLU(),
        nn.Dropout(DROPOUT),
        nn.Linear(HIDDEN, aims.shape[1]),
    )
    optimizer = torch.optim.AdamW(network.parameters(), RATE)
    arrays, targets = torch.from_numpy(measured.arrays), torch.from_numpy(aims)
    known = np.flatnonzero(measured.parts == "train")
    place = torch.from_numpy(np.searchsorted(known, measured.own))
    steps = EPOCHS[loss] * (len(rows) // BATCH)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for chosen in batches(rows, steps, np.random.default_rng(seed)):
        outputs = F.normalize(network(arrays[chosen]), dim=1)
        if loss == "contrastive":
            products = outputs @ targets[known].T
            missed = F.cross_entropy(products / TEMPERATURE, place[chosen])
        else:
            missed = 1 - (outputs * targets[measured.own[chosen]]).sum(1).mean()
        optimizer.zero_grad()
        missed.backward()
        optimizer.step()
        falling.step()
    with torch.inference_mode():
        found = unit(network.eval()(arrays[queries]).numpy())
    right = (found * aims[measured.own[queries]]).sum(1)
    candidates = {
        f"{queried} chemicals": np.flatnonzero(measured.parts == queried),
        "all": np.arange(len(aims)),
    }
    shares = {}
    for among, places in candidates.items():
        ahead = (found @ aims[places].T > right[:, None] + 1e-6).sum(1)
        for k in (1, 10):
            shares[f"recall@{k}, {among}"] = float((ahead < k).mean())
    return shares


def batches(
    rows: NDArray[np.intp], steps: int, rng: np.random.Generator
) -> Iterator[NDArray[np.intp]]:
    order = rows[:0]
    for _ in range(steps):
        if len(order) < BATCH:
            order = rng.permutation(rows)
        yield order[:BATCH]
        order = order[BATCH:]


def geometry(vectors: Floats, bits: Floats, queried: NDArray[np.bool_]) -> dict[str, float]:
    """Compare cosines of (n, d) vectors with Tanimoto similarities of (n, b) fingerprints."""
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, len(vectors), (2, PAIRS))
    first, second = first[first != second], second[first != second]
    scaled = unit(vectors)
    found = np.zeros(len(vectors), bool)
    pairs = np.zeros(len(first), np.float32)
    for start in range(0, len(vectors), 512):
        rows = np.arange(start, min(start + 512, len(vectors)))
        cosines, alike = scaled[rows] @ scaled.T, tanimoto(bits[rows], bits)
        here = (first >= start) & (first < start + 512)
        pairs[here] = alike[first[here] - start, second[here]]
        own = np.arange(len(rows))
        cosines[own, rows] = alike[own, rows] = -2
        nearest = alike[own, cosines.argmax(1)]
        found[rows] = nearest >= np.partition(alike, -MOST_ALIKE, 1)[:, -MOST_ALIKE]
    return {
        "Spearman with Tanimoto": float(
            spearmanr(np.einsum("ij,ij->i", scaled[first], scaled[second]), pairs)[0]
        ),
        "nearest among 10 most alike": float(found.mean()),
        "nearest among 10 most alike, unseen": float(found[queried].mean()),
        "effective rank": effective_rank(vectors),
        "pairs over cosine 0.999": coinciding(vectors),
    }


def projections(smiles: list[str]) -> tuple[Floats, Floats]:
    """Return random projections (n, 512) of the fingerprints' bits and counts."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    counts = np.stack(
        [generator.GetCountFingerprintAsNumPy(Chem.MolFromSmiles(text)) for text in smiles]
    ).astype(np.float32)
    matrix = np.random.default_rng(0).normal(size=(2048, 512)).astype(np.float32)
    bits = np.minimum(counts, 1)
    return (bits - bits.mean(0)) @ matrix, (counts - counts.mean(0)) @ matrix


def figure_4(hub: Hub) -> dict[str, float]:
    """Return the cosines of the paper's pairs."""
    cosines = {}
    for pair in FIGURE_4:
        one, other = unit(hub.embed([resolve(name) for name in pair]))
        cosines[" - ".join(pair)] = round(float(one @ other), 3)
    return cosines


def other_drawings(hub: Hub, smiles: list[str], vectors: Floats) -> dict[str, dict[str, float]]:
    """Measure where other drawings of the same chemicals come to lie.

    Returns:
        for each kind of drawing, the median cosine with the chemical's own vector, and the share
        whose nearest of all vectors is the chemical's own.
    """
    assert isinstance(hub.model, ChemceptionHub)
    model, every = hub.model, unit(vectors)
    places = np.random.default_rng(0).choice(len(smiles), min(1000, len(smiles)), replace=False)
    drawings = [draw(smiles[place]) for place in places]
    kinds = {
        "mirrored": [turned(drawing, 0, mirrored=True) for drawing in drawings],
        "turned by 180 degrees": [turned(drawing, 180) for drawing in drawings],
        "turned by 15 degrees": [turned(drawing, 15) for drawing in drawings],
    }
    results = {}
    for kind, shown in kinds.items():
        blocks = [
            model.seen(shown[start : start + BATCH]) for start in range(0, len(shown), BATCH)
        ]
        cosines = unit(model.mapped(np.concatenate(blocks))) @ every.T
        results[kind] = {
            "median cosine": round(float(np.median(cosines[np.arange(len(places)), places])), 4),
            "still nearest to itself": round(float((cosines.argmax(1) == places).mean()), 4),
        }
    return results


def turned(drawing: Drawing, degrees: float, mirrored: bool = False) -> Drawing:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    points = drawing.points @ np.array([[cos, sin], [-sin, cos]], np.float32)
    return Drawing(points * np.array([-1 if mirrored else 1, 1], np.float32), drawing.values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("prepared", type=Path)
    parser.add_argument("--hub", default=None, help="name or folder")
    parser.add_argument("--part", choices=("valid", "test"), default="valid")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    measured = Measured.read(args.prepared)
    hub = load_hub(args.hub)
    assert isinstance(hub.model, ChemceptionHub)
    model = hub.model
    outputs, bits = model.outputs(measured.smiles), bits_of(measured.smiles)
    projected, projected_counts = projections(measured.smiles)
    spaces: dict[str, Callable[[], Floats]] = {
        "hub as it is": lambda: model.mapped(outputs),
        "fingerprints, projected": lambda: projected,
        "count fingerprints, projected": lambda: projected_counts,
    }
    if args.part == "valid":
        known = [chemical.smiles for chemical in references() if part(chemical.key) == "train"]
        seen, seen_bits = model.outputs(known), bits_of(known)

        def under(whitening: float, alike: float) -> Floats:
            mean, matrix = linear_map(seen, seen_bits, whitening, alike)
            mapped: Floats = (outputs - mean) @ matrix
            return mapped

        spaces |= {f"hub, map {chosen}": partial(under, *chosen) for chosen in MAPS}
    results: dict[str, dict[str, Any]] = {}
    for name, make in spaces.items():
        vectors = make()
        figures: dict[str, Any] = geometry(vectors, bits, measured.parts == args.part)
        for loss in EPOCHS:
            runs = [ranks(measured, vectors, args.part, seed, loss) for seed in range(args.seeds)]
            for figure in runs[0]:
                values, label = [run[figure] for run in runs], f"{figure}, {loss}"
                figures[label] = float(np.mean(values))
                figures[f"{label}, spread"] = float(np.std(values))
        results[name] = {k: round(v, 4) for k, v in figures.items()}
        show(name, results[name])
    about = {
        "hub": hub.id,
        "part": args.part,
        "seeds": args.seeds,
        "chemicals": int((measured.parts == args.part).sum()),
        "all chemicals": len(measured.smiles),
        "cosines of Figure 4's pairs": figure_4(hub),
        "other drawings": other_drawings(hub, measured.smiles, model.mapped(outputs)),
    }
    save({**about, "spaces": results}, args.output)


def show(name: str, figures: dict[str, float]) -> None:
    table = Table(name, "")
    table.columns[1].justify = "right"
    for figure, value in figures.items():
        table.add_row(figure, f"{value:,.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
