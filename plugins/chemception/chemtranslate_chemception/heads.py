"""The end-point heads, fitted anew once the network stands still.

While the network trains, its heads chase a moving target. Afterwards each end point is one convex
problem on fixed outputs: logistic regression for the assays, ridge regression for solvation, with
the regularisation chosen on the valid part. The heads do not move a point of the hub.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chemtranslate.errors import MissingExtraError
from chemtranslate_chemception.targets import TARGETS

PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Inverse strengths of regularisation that are tried, on standardised outputs."""
TOXIC = 0.5
"""Repeated measurements are averaged; above this an assay counts as active."""


def fit_end_points(
    outputs: NDArray[np.float32],
    targets: NDArray[np.float32],
    learned: NDArray[np.bool_],
    weights: NDArray[np.float32],
    biases: NDArray[np.float32],
) -> None:
    """Fit the end-point heads in place; one without examples of both kinds stays as it is.

    Args:
        outputs: (n, 512) outputs of the network for molecules of the train and valid parts.
        targets: (n, 14) their end points, NaN where not measured.
        learned: (n,) True for the train part.
        weights: (14, 512), in the order of TARGETS: logits, and kcal/mol.
        biases: (14,).
    """
    try:
        from sklearn.linear_model import LogisticRegression, Ridge
        from sklearn.metrics import roc_auc_score
    except ImportError:
        raise MissingExtraError.of("training a hub", "experiment") from None
    mean, spread = outputs[learned].mean(0), outputs[learned].std(0) + 1e-6
    scaled = (outputs - mean) / spread
    for column, name in enumerate(TARGETS):
        truth = targets[:, column] if name == "freesolv" else targets[:, column] > TOXIC
        known = np.isfinite(targets[:, column])
        fit, check = known & learned, known & ~learned
        if min(len(set(truth[fit])), len(set(truth[check]))) < 2:
            continue
        best = -np.inf
        for penalty in PENALTIES:
            if name == "freesolv":
                model = Ridge(alpha=1.0 / penalty).fit(scaled[fit], truth[fit])
                score = -float(((model.predict(scaled[check]) - truth[check]) ** 2).mean())
            else:
                model = LogisticRegression(C=penalty, max_iter=2000)
                model.fit(scaled[fit], truth[fit])
                said = model.decision_function(scaled[check])
                score = float(roc_auc_score(truth[check], said))
            if score > best:
                best = score
                coefficients = np.ravel(model.coef_) / spread
                weights[column] = coefficients
                biases[column] = float(np.ravel(model.intercept_)[0]) - float(coefficients @ mean)
    return weights, biases
