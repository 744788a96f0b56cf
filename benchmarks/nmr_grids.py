"""Which array form of NMR peak lists tells most of a chemical: bins of several widths.

    python benchmarks/nmr_grids.py prepared.jsonl.gz --modality nmr_13c

For each form, hub vectors are predicted by ridge regression in the kernel of an infinitely wide
network of two hidden layers (Cho and Saul 2009, order 1): no training, no seed, minutes on one
core. It learns from chemicals of the train part and is asked for those of the valid part; the test
part is not looked at. A chemical of the valid part is found if its point is among the k nearest of
all points, those that were learned from included.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from chemtranslate.chemical import standardise
from chemtranslate.errors import StructureError
from chemtranslate.hub import load_hub
from chemtranslate.sample import Sample
from chemtranslate.search import unit
from chemtranslate.splits import part
from chemtranslate.translator import Translator
from chemtranslate_nmr.grid import Grid
from chemtranslate_nmr.nucleus import NUCLEI, Nucleus

WIDTHS = {
    "13C": ((0.5, 5), (1, 5), (1, 10), (2, 10), (4, 20)),
    "1H": ((0.05, 0.5), (0.1, 0.5), (0.1, 1), (0.2, 1), (0.4, 2)),
}
"""Fine and coarse bins, ppm."""
VALUES = {
    "root": lambda array: array,
    "number": lambda array: array**2,
    "presence": lambda array: array.clip(max=1),
}
RIDGES = (0.03, 0.1, 0.3)
K = (1, 10)
Vectors = np.ndarray[Any, np.dtype[np.float32]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("prepared", help="peak lists that `chemtranslate prepare` has written")
    parser.add_argument("--modality", choices=[n.modality for n in NUCLEI.values()],
                        default="nmr_13c")
    parser.add_argument("--chemicals", type=int, default=2500, help="to learn from")
    parser.add_argument("--output", type=Path, help="JSON file of the figures")
    options = parser.parse_args()
    nucleus = next(n for n in NUCLEI.values() if n.modality == options.modality)
    samples, structures, train = chosen(options.prepared, nucleus, options.chemicals)
    print(f"{train.sum()} chemicals to learn from, {(~train).sum()} to find", file=sys.stderr)
    points = load_hub().embed(structures)
    rows = []
    for fine, coarse in WIDTHS[nucleus.name]:
        for grids, value, arrays in forms(Grid(nucleus, fine, coarse), samples):
            named = {"fine": fine, "coarse": coarse, "grids": grids, "value": value}
            rows.append({**named, **told(arrays, points, train)})
            print(rows[-1], file=sys.stderr)
    rows.sort(key=lambda row: -row["cosine: recall@10"])
    print("| " + " | ".join(rows[0]) + " |\n|" + "---|" * len(rows[0]))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row.values()) + " |")
    if options.output:
        options.output.write_text(json.dumps(rows, indent=1) + "\n")


def chosen(
    file: str, nucleus: Nucleus, most: int
) -> tuple[list[Sample], list[str], np.ndarray[Any, np.dtype[np.bool_]]]:
    """Return one peak list of each chemical, its structure, and whether it is to be learned from.

    The chemicals to learn from are those of the smallest hashes, `most` of them; those of the
    valid part are all there.
    """
    found: dict[str, tuple[Sample, str]] = {}
    stated = list(one_of_each(file, nucleus))
    learned = [key for key, _ in stated if part(key) == "train"]
    learned.sort(key=lambda key: hashlib.sha256(key.encode()).digest())
    wanted = {*learned[:most], *(key for key, _ in stated if part(key) == "valid")}
    for key, sample in stated:
        if key in wanted and sample.chemical:
            try:
                smiles, own = standardise(sample.chemical.smiles)
            except StructureError:
                continue
            if part(own) != "test":
                found.setdefault(own, (sample, smiles))
    train = np.array([part(key) == "train" for key in found])
    return [s for s, _ in found.values()], [smiles for _, smiles in found.values()], train


def one_of_each(file: str, nucleus: Nucleus) -> Iterator[tuple[str, Sample]]:
    """Yield the first peak list of each stated InChIKey."""
    seen: set[str] = set()
    for sample in Translator().read(file, modality=nucleus.modality):
        key = sample.chemical.key if sample.chemical else ""
        if key and key not in seen:
            seen.add(key)
            yield key, sample


def forms(form: Grid, samples: list[Sample]) -> Iterator[tuple[str, str, Vectors]]:
    """Yield grids, values and arrays of the forms of one pair of widths."""
    both = np.stack([form.to_array(sample) for sample in samples])
    for value, of in VALUES.items():
        yield "both", value, of(both)
    yield "fine", "root", both[:, : form.bins]
    yield "coarse", "root", both[:, form.bins :]


def told(
    arrays: Vectors, points: Vectors, train: np.ndarray[Any, np.dtype[np.bool_]]
) -> dict[str, float]:
    """Return how often a chemical of the valid part is found, by the best of several ridges."""
    scaled = unit(arrays)
    kernel = deeper(deeper(scaled[train] @ scaled[train].T))
    asked = deeper(deeper(scaled[~train] @ scaled[train].T))
    mean = points[train].mean(0)
    best: dict[str, float] = {}
    for ridge in RIDGES:
        weights = np.linalg.solve(kernel + ridge * np.eye(len(kernel), dtype=np.float32),
                                  points[train] - mean)
        predicted = asked @ weights + mean
        own = np.flatnonzero(~train)
        lengths = (points**2).sum(1)
        near = {"cosine": unit(predicted) @ unit(points).T,
                "Euclid": 2 * predicted @ points.T - lengths}
        figures = {
            f"{by}: recall@{k}": round(float((rank(alike, own) < k).mean()), 3)
            for by, alike in near.items() for k in K
        }
        figures["length"] = round(float(
            np.median(np.linalg.norm(predicted, axis=1) / np.linalg.norm(points[own], axis=1))), 2)
        figures["ridge"] = ridge
        if figures["cosine: recall@10"] > best.get("cosine: recall@10", -1):
            best = figures
    return best


def deeper(products: Vectors) -> Vectors:
    """Map products of unit vectors to those of what a wide layer of rectifiers makes of them."""
    angle = np.arccos(products.clip(-1, 1))
    return (np.sin(angle) + (np.pi - angle) * np.cos(angle)).astype(np.float32) / np.float32(np.pi)


def rank(alike: Vectors, own: np.ndarray[Any, np.dtype[np.intp]]) -> Any:
    """Return how many points are nearer to each prediction than its own."""
    return (alike > alike[np.arange(len(own)), own][:, None]).sum(1)


if __name__ == "__main__":
    main()
