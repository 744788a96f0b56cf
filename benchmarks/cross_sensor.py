"""One classifier for several sensors: it learns from translations, and is tested on measurements.

A classifier of functional groups for sensor B learns from samples of sensor A alone, translated
into B by their vectors or as expected (`chemtranslate.expectation`); it has never seen a measured
sample of B. Tested on the measured samples of B of the test part, it stands beside the same
classifier that has learned from measured samples of B, from those of the same chemicals and from
all, and beside guessing by how common a group is. One forest learns all groups.

    python benchmarks/cross_sensor.py mass_spec=PREPARED.msp infrared=PREPARED.jdx --models DIR
        [--seeds 3] [-o docs/results/cross_sensor.json]

DIR is that of `pairs.py`.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pairs import chosen
from rdkit import Chem
from report import save
from rich.console import Console
from rich.table import Table
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import average_precision_score, roc_auc_score

from chemtranslate.evaluation import as_written
from chemtranslate.expectation import Expectation
from chemtranslate.hub import load_hub
from chemtranslate.pair_study import Measured, training_points
from chemtranslate.splits import part
from chemtranslate.translator import Translator

Floats = NDArray[np.floating]
GROUPS = {
    "alcohol or phenol": "[OX2H][#6;!$(C=O)]",
    "carboxylic acid": "[CX3](=O)[OX2H]",
    "ester": "[CX3](=O)[OX2][#6]",
    "ketone": "[#6][CX3](=O)[#6]",
    "aldehyde": "[CX3H1](=O)[#6]",
    "amide": "[CX3](=O)[NX3]",
    "amine": "[NX3;!$(N-C=O);!$(N-[!#6;!#1])][#6]",
    "nitrile": "[CX2]#N",
    "nitro": "[N+](=O)[O-]",
    "ether": "[OD2;!$(O-C=O)]([#6])[#6]",
    "benzene ring": "c1ccccc1",
    "C=C": "[CX3]=[CX3]",
    "chlorine": "[#6]Cl",
    "bromine": "[#6]Br",
    "fluorine": "[#6]F",
    "sulfur": "[#16]",
}
"""SMARTS of what a molecule may hold."""
FEWEST = 5
"""Test chemicals that must have a group, and lack it, for the group to count."""
TREES = 100


@dataclass(frozen=True)
class Labelled:
    """Arrays of one sensor and the groups of their chemicals, (n, groups)."""

    arrays: Floats
    groups: NDArray[np.bool_]


def groups_of(smiles: list[str]) -> NDArray[np.bool_]:
    """Return which groups each of n molecules holds, (n, groups)."""
    patterns = [Chem.MolFromSmarts(smarts) for smarts in GROUPS.values()]
    mols = [Chem.MolFromSmiles(one) for one in smiles]
    return np.array([[mol.HasSubstructMatch(p) for p in patterns] for mol in mols])


def telling(test: Labelled) -> NDArray[np.bool_]:
    """Return which groups enough of the test chemicals have, and lack, to count, (groups,)."""
    with_it = test.groups.sum(0)
    return np.minimum(with_it, len(test.groups) - with_it) >= FEWEST


def scores(learned: Labelled, test: Labelled, seed: int) -> tuple[float, float]:
    """Return the means over groups of ROC-AUC and of average precision."""
    known = learned.groups.any(0) & ~learned.groups.all(0)
    counted = np.flatnonzero(telling(test) & known)
    forest = RandomForestClassifier(TREES, random_state=seed, class_weight="balanced", n_jobs=-1)
    guesses = forest.fit(learned.arrays, learned.groups[:, counted]).predict_proba(test.arrays)
    found = [
        [score(truth, guess[:, 1]) for score in (roc_auc_score, average_precision_score)]
        for truth, guess in zip(test.groups[:, counted].T, guesses, strict=True)
    ]
    area, precision = np.mean(found, 0).tolist()
    return area, precision


def labelled(arrays: Floats, smiles: list[str]) -> Labelled:
    return Labelled(arrays.reshape(len(arrays), -1), groups_of(smiles))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data", nargs="+", metavar="MODALITY=FILE")
    parser.add_argument("--models", type=Path)
    parser.add_argument("--hub", default=None)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    files = dict(item.split("=", 1) for item in args.data)
    translator = Translator(load_hub(args.hub),
                            encoder=chosen(args.models, list(files), "encoder"),
                            decoder=chosen(args.models, list(files), "decoder"))
    samples = {name: list(translator.read(file, modality=name)) for name, file in files.items()}
    results: dict[str, Any] = {}
    for source, target in permutations(files, 2):
        encoder, decoder = translator.encoder(source), translator.decoder(target)
        seen = Measured.of(samples[source], encoder.form, print)
        wanted = Measured.of(samples[target], decoder.form, print)
        own = [key for key in seen.arrays if part(key) == "train"]
        known = [key for key in wanted.arrays if part(key) == "train"]
        test = [key for key in wanted.arrays if part(key) == "test"]
        both = [key for key in own if key in wanted.arrays]
        vectors, labels = encoder.encode(seen.some(own)), [seen.structures[key] for key in own]
        possible = Expectation(encoder, decoder, *training_points(translator.hub))
        made, expected = (as_written(decode(vectors), decoder.form)
                          for decode in (decoder.decode, possible.decode))
        asked = labelled(wanted.some(test), [wanted.structures[key] for key in test])
        translated = labelled(made, labels)
        ways = {
            f"translated from {source}": translated,
            f"translated from {source}, as expected": replace(
                translated, arrays=expected.reshape(len(expected), -1)),
            "measured, of the chemicals that both have measured": labelled(
                wanted.some(both), [wanted.structures[key] for key in both]),
            "measured, all": labelled(wanted.some(known), [wanted.structures[k] for k in known]),
        }
        shown = Table(f"{source} -> {target}, {len(test)} test chemicals", "learned from",
                      "ROC-AUC", "average precision")
        rows: dict[str, Any] = {}
        for way, learned in ways.items():
            found = np.array([scores(learned, asked, seed) for seed in range(args.seeds)])
            rows[way] = {
                "learned from": len(learned.arrays),
                "mean ROC-AUC": round(float(found[:, 0].mean()), 4),
                "spread of ROC-AUC": round(float(found[:, 0].std()), 4),
                "mean average precision": round(float(found[:, 1].mean()), 4),
            }
            shown.add_row(way, f"{len(learned.arrays):,}", *(f"{x:.3f}" for x in found.mean(0)))
        common = asked.groups.mean(0)
        counted = telling(asked)
        rows["guessing"] = {"mean ROC-AUC": 0.5,
                            "mean average precision": round(float(common[counted].mean()), 4)}
        shown.add_row("guessing", "", "0.500", f"{common[counted].mean():.3f}")
        Console(width=110).print(shown)
        results[f"{source} -> {target}"] = {
            "test chemicals": len(test), "seeds": args.seeds, "groups": int(counted.sum()),
            "ways": rows}
    save(results, args.output)


if __name__ == "__main__":
    main()
