"""Which array form of NMR peak lists tells most of a chemical: bins of several widths.

    python benchmarks/nmr_grids.py prepared.jsonl.gz --modality nmr_13c

For each form, hub vectors are predicted by ridge regression in the kernel of an infinitely wide
network of two hidden layers (Cho and Saul 2009, order 1): no training, no seed, minutes on one
core. It learns from chemicals of the train part and is asked for those of the valid part; the test
part is not looked at. A chemical of the valid part is found if its point is among the k nearest of
all points, those that were learned from included. The other way, the arrays of the valid part are
predicted from the points of its chemicals, decoded, and compared with what was measured.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from chemtranslate.chemical import standardise
from chemtranslate.errors import InputError, StructureError
from chemtranslate.hub import load_hub
from chemtranslate.sample import Sample
from chemtranslate.search import unit
from chemtranslate.splits import part
from chemtranslate.translator import Translator
from chemtranslate_nmr.grid import Grid
from chemtranslate_nmr.nucleus import NUCLEI, Nucleus
from chemtranslate_nmr.similarity import matched

Vectors = np.ndarray[Any, np.dtype[np.float32]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Change = Callable[[Vectors], Vectors]

WIDTHS = {
    "13C": ((0.5, 5), (1, 5), (1, 10), (2, 10), (4, 20)),
    "1H": ((0.05, 0.5), (0.1, 0.5), (0.1, 1), (0.2, 1), (0.4, 2)),
}
"""Fine and coarse bins, ppm."""
VALUES: Mapping[str, tuple[Change, Change]] = {
    "number": (lambda array: array, lambda array: array),
    "root": (np.sqrt, lambda array: array.clip(0) ** 2),
    "presence": (lambda array: array.clip(max=1), lambda array: array),
}
"""What is made of the numbers of nuclei in the bins, and how numbers are made of it again."""
RIDGES = (0.01, 0.03, 0.1)
K = (1, 10)


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
    back = Ridge(points, train)
    rows = []
    for fine, coarse in WIDTHS[nucleus.name]:
        form = Grid(nucleus, fine, coarse)
        for grids, value, arrays in forms(form, samples):
            row: dict[str, Any] = {"fine": fine, "coarse": coarse, "grids": grids, "value": value}
            row |= found(arrays, points, train)
            if grids == "both":
                row |= matching(back, arrays, VALUES[value][1], form, samples, train)
            rows.append(row)
            print(row, file=sys.stderr)
    rows.sort(key=lambda row: -row["cosine: recall@10"])
    columns = max(rows, key=len)
    print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(str(row.get(column, "")) for column in columns) + " |")
    if options.output:
        options.output.write_text(json.dumps(rows, indent=1) + "\n")


def chosen(
    file: str, nucleus: Nucleus, most: int
) -> tuple[list[Sample], list[str], Flags]:
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
    for value, (of, _) in VALUES.items():
        yield "both", value, of(both)
    yield "fine", "number", both[:, : form.bins]
    yield "coarse", "number", both[:, form.bins :]


class Ridge:
    """Ridge regression in the kernel, factorised once for all that is to be predicted.

    Args:
        arrays: of all chemicals.
        train: which of them to learn from; the others are asked for.
    """

    def __init__(self, arrays: Vectors, train: Flags) -> None:
        scaled, self.train = unit(arrays), train
        kernel = deeper(deeper(scaled[train] @ scaled[train].T))
        self.asked = deeper(deeper(scaled[~train] @ scaled[train].T))
        one = np.eye(len(kernel), dtype=np.float32)
        self.factors = {ridge: cho_factor(kernel + ridge * one) for ridge in RIDGES}

    def predict(self, targets: Vectors, ridge: float) -> Vectors:
        """Return what is predicted for those not learned from; `targets` are of all."""
        mean = targets[self.train].mean(0)
        weights = cho_solve(self.factors[ridge], targets[self.train] - mean)
        predicted: Vectors = self.asked @ weights + mean
        return predicted


def found(arrays: Vectors, points: Vectors, train: Flags) -> dict[str, float]:
    """Return how often a chemical of the valid part is found, by the best of several ridges."""
    model, own = Ridge(arrays, train), np.flatnonzero(~train)
    best: dict[str, float] = {}
    for ridge in RIDGES:
        predicted = model.predict(points, ridge)
        near = {
            "cosine": unit(predicted) @ unit(points).T,
            "Euclid": 2 * predicted @ points.T - (points**2).sum(1),
        }
        figures = {
            f"{by}: recall@{k}": round(float((rank(alike, own) < k).mean()), 3)
            for by, alike in near.items()
            for k in K
        }
        lengths = [np.linalg.norm(vectors, axis=1) for vectors in (predicted, points[own])]
        figures["length"] = round(float(np.median(lengths[0] / lengths[1])), 2)
        figures["ridge"] = ridge
        if figures["cosine: recall@10"] > best.get("cosine: recall@10", -1):
            best = figures
    return best


def matching(
    model: Ridge, arrays: Vectors, numbers: Change, form: Grid, samples: list[Sample], train: Flags
) -> dict[str, float]:
    """Return how well the peaks that are decoded from points match, by the best ridge."""
    measured = [s.signal.shifts for s, own in zip(samples, train, strict=True) if not own]
    best = {"matched": 0.0}
    for ridge in RIDGES:
        made = [shifts(form, one) for one in numbers(model.predict(arrays, ridge))]
        alike = [
            matched(one, other, form.nucleus.tolerance)
            for one, other in zip(made, measured, strict=True)
        ]
        figures = {
            "matched": round(float(np.mean(alike)), 3),
            "peaks": round(sum(map(len, made)) / sum(map(len, measured)), 2),
            "ridge back": ridge,
        }
        best = max(best, figures, key=lambda one: one["matched"])
    return best


def shifts(form: Grid, array: Vectors) -> Vectors:
    try:
        return form.to_signal(array).shifts
    except InputError:
        return np.zeros(0)


def deeper(products: Vectors) -> Vectors:
    """Map products of unit vectors to those of what a wide layer of rectifiers makes of them."""
    angle = np.arccos(products.clip(-1, 1))
    return (np.sin(angle) + (np.pi - angle) * np.cos(angle)).astype(np.float32) / np.float32(np.pi)


def rank(alike: Vectors, own: np.ndarray[Any, np.dtype[np.intp]]) -> Any:
    """Return how many points are nearer to each prediction than its own."""
    return (alike > alike[np.arange(len(own)), own][:, None]).sum(1)


if __name__ == "__main__":
    main()
