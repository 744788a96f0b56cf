"""Does a hub tell chemicals apart, and does it put similar ones together?

The figure that decides between hubs: one small fixed encoder (two layers, square roots of the
intensities) is trained onto the hub with the spectra of the train part; then the spectra of
chemicals it has never seen must find them, among the chemicals of their part and among all of the
library. Beside it: rank correlation of the cosine with Tanimoto similarity of Morgan fingerprints
(radius 2, 2,048 bits) over random pairs, how often the nearest neighbour is among the ten most
alike by Tanimoto, effective rank, and pairs of different chemicals that all but coincide.

Random projections of Morgan count fingerprints are measured as a yardstick in the same run, and
the hub under other strengths of the whitening in its linear map, which is chosen here, on the
valid part.

    python benchmarks/hub_identity.py PREPARED.msp [--part valid] [--seeds 3] [-o identity.json]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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

from chemtranslate import Translator, load_hub
from chemtranslate.search import unit
from chemtranslate.splits import part
from chemtranslate_chemception.hub_model import ChemceptionHub
from chemtranslate_chemception.making import (
    WHITENING,
    coinciding,
    effective_rank,
    linear_map,
    references,
)
from chemtranslate_mass_spec.binning import Bins

Floats = NDArray[np.float32]
WHITENINGS = (0.0, 0.15, 0.25, 0.35, 0.5)
HIDDEN, DROPOUT, RATE, BATCH, EPOCHS = 1024, 0.3, 1e-3, 64, 25
PAIRS, ALIKE = 300_000, 10


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


def ranks(measured: Measured, vectors: Floats, queried: str, seed: int) -> dict[str, float]:
    """Train the fixed encoder onto unit vectors, then return the share of spectra found."""
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
    steps = EPOCHS * (len(rows) // BATCH)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for chosen in batches(rows, steps, np.random.default_rng(seed)):
        outputs = network(arrays[chosen])
        loss = 1 - F.cosine_similarity(outputs, targets[measured.own[chosen]]).mean()
        optimizer.zero_grad()
        loss.backward()
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


def geometry(vectors: Floats, bits: Floats) -> dict[str, float]:
    """Compare cosines of (n, d) vectors with Tanimoto similarities of (n, b) fingerprints."""
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, len(vectors), (2, PAIRS))
    first, second = first[first != second], second[first != second]
    scaled, counts = unit(vectors), bits.sum(1)
    near, alike = [], []
    for start in range(0, len(vectors), 512):
        rows = np.arange(start, min(start + 512, len(vectors)))
        cosines, tanimoto = scaled[rows] @ scaled.T, similarity(bits, counts, rows)
        cosines[np.arange(len(rows)), rows] = tanimoto[np.arange(len(rows)), rows] = -2
        near.append(tanimoto[np.arange(len(rows)), cosines.argmax(1)])
        alike.append(np.partition(tanimoto, -ALIKE, 1)[:, -ALIKE])
    shared = np.einsum("ij,ij->i", bits[first], bits[second])
    pairs = shared / np.maximum(counts[first] + counts[second] - shared, 1)
    return {
        "Spearman with Tanimoto": float(
            spearmanr(np.einsum("ij,ij->i", scaled[first], scaled[second]), pairs)[0]
        ),
        "nearest among 10 most alike": float(
            (np.concatenate(near) >= np.concatenate(alike)).mean()
        ),
        "effective rank": effective_rank(vectors),
        "pairs over cosine 0.999": coinciding(vectors),
    }


def similarity(bits: Floats, counts: Floats, rows: NDArray[np.intp]) -> Floats:
    shared = bits[rows] @ bits.T
    scores: Floats = shared / np.maximum(counts[rows, None] + counts[None] - shared, 1)
    return scores


def fingerprints(smiles: list[str]) -> tuple[Floats, Floats]:
    """Return bits (n, 2048) and random projections of the counts (n, 512)."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    counts = np.stack(
        [generator.GetCountFingerprintAsNumPy(Chem.MolFromSmiles(text)) for text in smiles]
    ).astype(np.float32)
    matrix = np.random.default_rng(0).normal(size=(2048, 512)).astype(np.float32)
    return np.minimum(counts, 1), (counts - counts.mean(0)) @ matrix


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
    outputs = hub.model.outputs(measured.smiles)
    known = [chemical.smiles for chemical in references() if part(chemical.key) == "train"]
    seen = hub.model.outputs(known)
    bits, projections = fingerprints(measured.smiles)

    def whitened(strength: float) -> Callable[[], Floats]:
        mean, matrix = linear_map(seen, strength)
        return lambda: (outputs - mean) @ matrix

    spaces: dict[str, Callable[[], Floats]] = {
        f"hub as it is (whitening {WHITENING})": lambda: hub.model.mapped(outputs),  # type: ignore[attr-defined]
        **{f"hub, whitening {strength}": whitened(strength) for strength in WHITENINGS},
        "count fingerprints, projected": lambda: projections,
    }
    results: dict[str, dict[str, Any]] = {}
    for name, make in spaces.items():
        vectors = make()
        figures: dict[str, Any] = geometry(vectors, bits)
        runs = [ranks(measured, vectors, args.part, seed) for seed in range(args.seeds)]
        for figure in runs[0]:
            values = [run[figure] for run in runs]
            figures[figure] = float(np.mean(values))
            figures[f"{figure}, spread"] = float(np.std(values))
        results[name] = {k: round(v, 4) for k, v in figures.items()}
        show(name, results[name])
    about = {
        "hub": hub.id,
        "part": args.part,
        "seeds": args.seeds,
        "chemicals": int((measured.parts == args.part).sum()),
        "all chemicals": len(measured.smiles),
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
