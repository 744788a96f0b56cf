"""The two classifiers of Table V: which chemical is this spectrum of?

Both see square roots of the intensities, base peak 1: they do better on them than on raw ones with
measured spectra alone, so the gain that synthetic spectra bring is not made of a weak beginning.
"""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chemtranslate.errors import MissingExtraError

Floats = NDArray[np.floating]
Kind = Literal["random forest", "neural network"]
KINDS: tuple[Kind, ...] = ("random forest", "neural network")

TREES = 200
HIDDEN = (256,)
BATCH = 64
STEPS = 1200
"""Of the network, however many its training spectra: so a gain is not made of longer training."""


def roots(spectra: Floats) -> NDArray[np.float32]:
    """Return what the classifiers see of (n, bins) spectra."""
    seen: NDArray[np.float32] = np.sqrt(np.maximum(spectra, 0) / 100).astype(np.float32)
    return seen


def classifier(kind: Kind, spectra: int, seed: int, steps: int = STEPS) -> Any:
    """Return an untrained scikit-learn classifier.

    Args:
        kind: which.
        spectra: that it will learn from; few of them are shown more often.
        seed: of everything random in it.
        steps: of the network.
    """
    try:
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.neural_network import MLPClassifier
    except ImportError:
        raise MissingExtraError.of("the experiment", "experiment") from None
    if kind == "random forest":
        return RandomForestClassifier(TREES, random_state=seed, n_jobs=1)
    batch = min(BATCH, spectra)
    return MLPClassifier(
        HIDDEN,
        batch_size=batch,
        max_iter=passes(spectra, steps),
        alpha=1e-3,
        tol=0.0,
        n_iter_no_change=10**6,
        random_state=seed,
    )


def passes(spectra: int, steps: int = STEPS) -> int:
    """Return how often a network sees its training spectra, so that it makes so many steps."""
    return max(1, round(steps / -(-spectra // BATCH)))


def predicted(
    kind: Kind,
    spectra: Floats,
    own: NDArray[np.intp],
    asked: Floats,
    seed: int,
    steps: int = STEPS,
) -> NDArray[np.intp]:
    """Train a classifier and return the chemicals that it names.

    Args:
        spectra: (n, bins) training spectra, base peak 100.
        own: (n,) the chemical of each.
        asked: (q, bins).

    Returns:
        (q,).
    """
    model = classifier(kind, len(spectra), seed, steps)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the network stops after its passes: that is meant
        model.fit(roots(spectra), own)
    named: NDArray[np.intp] = model.predict(roots(asked))
    return named
