"""One draw of the experiment: split, make spectra, train classifiers, test them (Table V)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtranslate_mass_spec.experiment.classifiers import KINDS, STEPS, predicted
from chemtranslate_mass_spec.experiment.generators import Generator, Real
from chemtranslate_mass_spec.experiment.library_match import Library
from chemtranslate_mass_spec.experiment.replicates import Replicates, split

Floats = NDArray[np.float32]

REAL, SEARCH = "real only", "library search"
ONLY, BOTH = "synthetic only", "real and synthetic"


def trial(
    replicates: Replicates,
    points: Floats,
    ways: Mapping[str, Generator],
    k: int,
    seed: int,
    copies: int,
    ratios: Sequence[float] = (),
    ratio_way: str = "",
    steps: int = STEPS,
) -> dict[str, Any]:
    """Train on k real spectra of each chemical, with and without synthetic ones, and test.

    Args:
        replicates: all spectra of the experiment's chemicals.
        points: (m, 512) their hub vectors.
        ways: generators by name; each sees the k training spectra of this draw and no others.
        k: real training spectra of each chemical.
        seed: of the draw, the generators and the classifiers.
        copies: synthetic spectra made of each real one.
        ratios: further numbers of synthetic spectra per real one, up to `copies`.
        ratio_way: whose spectra these are.
        steps: of the network that classifies.

    Returns:
        what was drawn, and per classifier and way the chemicals named for the test spectra.
    """
    drawn = split(replicates, k, np.random.default_rng([seed, k]))
    real = Real(replicates.spectra[drawn.train], replicates.own[drawn.train], points)
    asked, truth = replicates.spectra[drawn.test], replicates.own[drawn.test]
    named: dict[str, dict[str, list[int]]] = {kind: {} for kind in KINDS}

    def judge(way: str, spectra: Floats, own: NDArray[np.intp]) -> None:
        for kind in KINDS:
            named[kind][way] = predicted(kind, spectra, own, asked, seed, steps).tolist()

    judge(REAL, real.spectra, real.own)
    for way, make in ways.items():
        made, own = make(real, copies, seed), np.repeat(real.own, copies)
        judge(f"{way}: {ONLY}", made, own)
        judge(f"{way}: {BOTH}", *joined(real, made, own))
        if way == ratio_way:
            order = balanced(own, np.random.default_rng([seed, k, 1]))
            for ratio in ratios:
                some = order[: max(1, round(ratio * len(real)))]
                judge(f"ratio {ratio:g}", *joined(real, made[some], own[some]))
    best, _ = Library(real.spectra, real.own).best(asked, [()] * len(asked))
    return {
        "k": k,
        "seed": seed,
        "chemicals": len(np.unique(real.own)),
        "train": len(real),
        "test": len(asked),
        "copies": copies,
        "left out": [replicates.names[c] for c in drawn.left_out],
        "truth": truth.tolist(),
        "named": named,
        SEARCH: real.own[best].tolist(),
    }


def joined(
    real: Real, made: Floats, own: NDArray[np.intp]
) -> tuple[Floats, NDArray[np.intp]]:
    """Return real and made spectra as one training set."""
    return np.concatenate([real.spectra, made]), np.concatenate([real.own, own])


def balanced(own: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    """Return all rows in an order in which each chemical comes up as often as any other."""
    shuffled = rng.permutation(len(own))
    turn = np.zeros(len(own), np.intp)
    for chemical in np.unique(own):
        rows = shuffled[own[shuffled] == chemical]
        turn[rows] = np.arange(len(rows))
    order: NDArray[np.intp] = shuffled[np.argsort(turn[shuffled], kind="stable")]
    return order


def accuracies(result: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    """Return the share of test spectra named rightly, by (classifier, way), of a `trial`."""
    truth = np.array(result["truth"])
    found = {
        (kind, way): float(np.mean(np.array(named) == truth))
        for kind, ways in result["named"].items()
        for way, named in ways.items()
    }
    return found | {(SEARCH, REAL): float(np.mean(np.array(result[SEARCH]) == truth))}
