"""What the hub knows of properties, beside a random forest on fingerprints.

Two kinds of figures, both in one run:

- On the test part, whose labels and drawings the network has never seen: the heads that ship, and
  a random forest (scikit-learn, 2,048 Morgan bits of radius 2) trained on the train part. For all
  of the test part (a random split, by hash) and for those of its chemicals whose Murcko scaffold
  occurs nowhere in the train part (a scaffold split). Intervals are 95 % bootstrap intervals.
- Cross-validated heads: five folds over all labelled chemicals, the network as it is, new linear
  heads (logistic or ridge regression on its 512 outputs) for each fold; random folds and folds of
  whole scaffolds, beside the random forest on the same folds. The network has learned from the
  labels of its train part, those of nearly all of these chemicals, so these figures say how much
  of them its outputs hold, and nothing of unseen chemicals. The forest has not seen them.

What is fitted stays in WORK, so that a second run goes on where the first stopped. About an hour
on one core.

    python benchmarks/hub_properties.py DATA [--forest-trees 100] [--folds 5]
        [--work results/properties] [-o properties.json]
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Memory
from numpy.typing import ArrayLike, NDArray
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator
from rdkit.Chem.Scaffolds import MurckoScaffold
from report import save
from rich.console import Console
from rich.table import Table
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chemtranslate import load_hub
from chemtranslate.chemical import quiet_rdkit
from chemtranslate.hub import Hub
from chemtranslate.splits import part
from chemtranslate_chemception.hub_model import ChemceptionHub, predict
from chemtranslate_chemception.making import labelled
from chemtranslate_chemception.targets import TARGETS, TOX21

Floats = NDArray[np.floating]
FREESOLV, HIV = TARGETS.index("freesolv"), TARGETS.index("HIV_active")
FIGURES = ("Tox21 mean ROC-AUC", "HIV ROC-AUC", "FreeSolv RMSE kcal/mol")
PUBLISHED = {
    "published: Chemception": (0.773, 0.752, 1.75),
    "published: AugChemception, 4 channels": (0.798, 0.777, 1.22),
    "published: fingerprint MLP": (0.798, 0.732, 2.0),
    "published: graph convolutions": (0.851, 0.831, 1.30),
}


def figure(column: int, truth: Floats, predicted: Floats) -> float:
    """ROC-AUC, or for FreeSolv RMSE, over what was measured; NaN where it has no meaning."""
    known = np.isfinite(truth) & np.isfinite(predicted)
    if column == FREESOLV:
        return float(np.sqrt(((truth - predicted)[known] ** 2).mean())) if known.any() else np.nan
    classes = truth[known] > 0.5
    return float(roc_auc_score(classes, predicted[known])) if len(set(classes)) == 2 else np.nan


def figures(truth: Floats, predicted: Floats) -> tuple[float, float, float]:
    """Return the three FIGURES for (n, 14) arrays."""
    each = [figure(c, truth[:, c], predicted[:, c]) for c in range(len(TARGETS))]
    return float(np.nanmean(each[: len(TOX21)])), each[HIV], each[FREESOLV]


def interval(truth: Floats, predicted: Floats, times: int = 200) -> Floats:
    """Return 95 % bootstrap intervals of the three figures, (3, 2)."""
    rng = np.random.default_rng(0)
    drawn = [rng.integers(0, len(truth), len(truth)) for _ in range(times)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # an end point without a measured row
        values = np.array([figures(truth[rows], predicted[rows]) for rows in drawn])
        found: Floats = np.nanpercentile(values, [2.5, 97.5], axis=0).T
    return found


def stated(values: ArrayLike, what: str = "") -> dict[str, Any]:
    """Return values by figure, but for those that have none: no chemical of theirs was asked."""
    rounded: Floats = np.asarray(values, np.float64).round(3)
    pairs = zip(FIGURES, rounded, strict=True)
    return {f"{name}{what}": one.tolist() for name, one in pairs if np.isfinite(one).all()}


def scaffold(smiles: str) -> str:
    with quiet_rdkit():
        return str(MurckoScaffold.MurckoScaffoldSmiles(smiles))


def fingerprints(smiles: Sequence[str]) -> NDArray[np.uint8]:
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    return np.stack([generator.GetFingerprintAsNumPy(Chem.MolFromSmiles(s)) for s in smiles])


Learner = Callable[[int, Floats, Floats, Floats], Floats]
"""Column, features and truth to learn from, features to predict for -> predictions."""


def forest(trees: int, column: int, known: Floats, truth: Floats, asked: Floats) -> Floats:
    if column == FREESOLV:
        regressor = RandomForestRegressor(trees, n_jobs=-1, random_state=0)
        return np.asarray(regressor.fit(known, truth).predict(asked))
    classifier = RandomForestClassifier(trees, n_jobs=-1, random_state=0)
    return np.asarray(classifier.fit(known, truth > 0.5).predict_proba(asked)[:, 1])


def linear(column: int, known: Floats, truth: Floats, asked: Floats) -> Floats:
    if column == FREESOLV:
        ridge = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-1, 4, 11)))
        return np.asarray(ridge.fit(known, truth).predict(asked))
    logistic = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=500))
    return np.asarray(logistic.fit(known, truth > 0.5).predict_proba(asked)[:, 1])


def fitted(
    fit: Learner, features: Floats, truth: Floats, train: NDArray[np.intp], test: NDArray[np.intp]
) -> Floats:
    """Return predictions (len(test), 14) of models fitted on the rows `train`."""
    found = np.full((len(test), len(TARGETS)), np.nan)
    for column in range(len(TARGETS)):
        known = train[np.isfinite(truth[train, column])]
        asked = np.isfinite(truth[test, column])
        if len(known) and asked.any():
            found[asked, column] = fit(
                column, features[known], truth[known, column], features[test[asked]]
            )
    return found


def outputs(hub: Hub, id: str, smiles: Sequence[str]) -> NDArray[np.float32]:
    """Return the network's own outputs, (n, 512); `id` is the hub's, for what is kept."""
    assert isinstance(hub.model, ChemceptionHub)
    with hub.model.in_bulk():
        return hub.model.outputs(smiles)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--hub", default=None, help="name or folder")
    parser.add_argument("--forest-trees", type=int, default=100)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--work", type=Path, default=Path("results/properties"))
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    kept = Memory(args.work, verbose=0)
    fit = kept.cache(fitted)
    hub = load_hub(args.hub)
    chemicals = labelled(args.data)
    smiles = [smiles for smiles, _ in chemicals.values()]
    truth = np.array([[v.get(name, np.nan) for name in TARGETS] for _, v in chemicals.values()])
    parts = np.array([part(key) for key in chemicals])
    scaffolds = np.array([scaffold(text) for text in smiles])
    bits = fingerprints(smiles)
    seen = kept.cache(outputs, ignore=["hub"])(hub, hub.id, smiles)
    trees = partial(forest, args.forest_trees)
    learners = (("hub, new linear heads", linear, seen), ("fingerprint forest", trees, bits))
    train, test = np.flatnonzero(parts == "train"), np.flatnonzero(parts == "test")
    new = ~np.isin(scaffolds[test], scaffolds[train])

    shipped = predict(hub, [smiles[row] for row in test])
    heads = np.stack([p.values for p in shipped], 1).astype(np.float64)
    by_forest = fit(trees, bits, truth, train, test)
    results: dict[str, dict[str, Any]] = {}
    for name, predicted in (("hub, shipped heads", heads), ("fingerprint forest", by_forest)):
        for which, rows in (("test part", new | True), ("test part, new scaffolds", new)):
            results[f"{name}: {which}"] = {
                "chemicals": int(rows.sum()),
                **stated(figures(truth[test][rows], predicted[rows])),
                **stated(interval(truth[test][rows], predicted[rows]), ", 95 %"),
            }
    for kind, folds in (
        ("random", KFold(args.folds, shuffle=True, random_state=0).split(smiles)),
        ("scaffold", GroupKFold(args.folds).split(smiles, groups=scaffolds)),
    ):
        made: dict[str, list[tuple[float, float, float]]] = {}
        for learned, asked in folds:
            for name, learner, features in learners:
                predicted = fit(learner, features, truth, learned, asked)
                made.setdefault(name, []).append(figures(truth[asked], predicted))
        for name, each in made.items():
            seen_them = " (network has seen labels)" if "hub" in name else ""
            results[f"{name}: {args.folds} {kind} folds{seen_them}"] = {
                "chemicals": len(smiles),
                **stated(np.mean(each, 0)),
                **stated(np.std(each, 0), ", spread over folds"),
            }
    for name, published in PUBLISHED.items():
        results[name] = stated(published)
    shown = Table("what", *FIGURES)
    for name, row in results.items():
        shown.add_row(name, *(f"{row[k]:.3f}" if k in row else "" for k in FIGURES))
    Console(width=120).print(shown)
    save({"hub": hub.id, "trees": args.forest_trees, "results": results}, args.output)


if __name__ == "__main__":
    main()
