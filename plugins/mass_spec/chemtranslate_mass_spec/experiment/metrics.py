"""What is asked of made spectra: are they right, are they alike, are they more than copies?

All spectra are (n, bins), base peak 100.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from chemtranslate.errors import MissingExtraError
from chemtranslate_mass_spec.similarity import mse, weighted_cosine

Floats = NDArray[np.floating]
Figures = NDArray[np.float64]

ALIKE = 0.9
"""Similarity ratio above which a spectrum is as good as a real replicate (Table IV)."""


def spread(spectra: Floats) -> tuple[float, float]:
    """Return mean weighted cosine and mean MSE over all pairs of (k, bins) spectra; NaN if k < 2.

    How alike real spectra of one chemical are: the measure of both similarity ratios.
    """
    one, other = np.triu_indices(len(spectra), 1)
    if not len(one):
        return float("nan"), float("nan")
    return (
        float(weighted_cosine(spectra[one], spectra[other]).mean()),
        float(mse(spectra[one], spectra[other]).mean()),
    )


def similarity_ratios(
    made: Floats, measured: Floats, own: NDArray[np.intp], real: Floats, real_own: NDArray[np.intp]
) -> Mapping[str, Figures]:
    """Return both readings of the paper's similarity ratio, (n,) each; 1 is like a replicate.

    - "by similarity" (Figure 9): weighted cosine of prediction and target over the mean weighted
      cosine among the chemical's real spectra.
    - "by difference" (text): the mean squared difference among the chemical's real spectra over
      that of prediction and target, so that larger is better in both; at most 10, as a perfect
      prediction has no difference at all.

    Args:
        made, measured: predictions and their targets.
        own: (n,) the chemical of each.
        real, real_own: all real spectra of the chemicals, and whose they are.
    """
    similar, different = np.full(len(made), np.nan), np.full(len(made), np.nan)
    for chemical in np.unique(own):
        rows = own == chemical
        alike, apart = spread(real[real_own == chemical])
        similar[rows] = weighted_cosine(made[rows], measured[rows]) / alike
        different[rows] = apart / np.maximum(mse(made[rows], measured[rows]), apart / 10)
    return {"by similarity": similar, "by difference": different}


def memorisation(
    outputs: Floats, inputs: Floats, own: NDArray[np.intp]
) -> tuple[NDArray[np.intp], Figures]:
    """Return the diversity of a chemical's outputs over that of its inputs.

    Diversity is the mean of 1 - weighted cosine over all pairs. A generator that has learned its
    spectra by heart gives one output whatever it is shown: its value is near 0 (Figure 8). One that
    adds variety of its own is above 1.

    Args:
        outputs, inputs: (n, bins), row by row; inputs as they were measured: undoing their damage
            is no lack of diversity.
        own: (n,) the chemical of each; those with fewer than two different inputs are left out.

    Returns:
        the chemicals (m,) and their values (m,).
    """
    chemicals, values = [], []
    for chemical in np.unique(own):
        rows = own == chemical
        shown = 1 - spread(inputs[rows])[0]
        if shown > 1e-6:
            chemicals.append(chemical)
            values.append((1 - spread(outputs[rows])[0]) / shown)
    return np.array(chemicals, np.intp), np.array(values)


def diversity(outputs: Floats, inputs: Floats, own: NDArray[np.intp]) -> dict[str, float]:
    """Return `memorisation` as figures of a model card; none where no chemical can show it."""
    values = memorisation(outputs, inputs, own)[1]
    if not len(values):
        return {}
    name = "training spectra: diversity of outputs over inputs"
    return {
        f"{name}, mean": round(float(values.mean()), 4),
        f"{name}, median": round(float(np.median(values)), 4),
    }


def entropy_similarity(made: Floats, measured: Floats) -> Figures:
    """Return the spectral entropy similarity (Li et al., Nature Methods 18, 1524, 2021), (n,).

    Raises:
        MissingExtraError: ms_entropy is not installed.
    """
    try:
        from ms_entropy import calculate_entropy_similarity
    except ImportError:
        raise MissingExtraError.of("spectral entropy similarity", "experiment") from None
    return np.array(
        [
            calculate_entropy_similarity(
                _peaks(one),
                _peaks(other),
                ms2_tolerance_in_da=0.4,
                clean_spectra=True,
                noise_threshold=0.0,
            )
            for one, other in zip(made, measured, strict=True)
        ],
        np.float64,
    )


def nearest(
    queries: Floats, own: NDArray[np.intp], known: Floats, known_own: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Return for each query the spectrum of its chemical among the known that is most similar."""
    found = np.zeros_like(queries, np.float32)
    for chemical in np.unique(own):
        candidates = known[known_own == chemical]
        rows = np.flatnonzero(own == chemical)
        for row in rows:
            similar = weighted_cosine(np.broadcast_to(queries[row], candidates.shape), candidates)
            found[row] = candidates[similar.argmax()]
    return found


def means(spectra: Floats, own: NDArray[np.intp], asked: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return the mean spectrum of each asked chemical, base peak 100, (len(asked), bins)."""
    every = {c: spectra[own == c].mean(0) for c in np.unique(asked)}
    found = np.array([every[c] * (100 / every[c].max()) for c in asked], np.float32)
    return found


def _peaks(spectrum: Floats) -> NDArray[np.float32]:
    present = np.flatnonzero(spectrum > 0)
    return np.column_stack([present + 1.0, spectrum[present]]).astype(np.float32)
