"""Groups of similar chemicals, found in hub space, for decoders that serve several (Table III)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chemtranslate.errors import MissingExtraError

ALIKE = 0.5
"""Least hub cosine between any two chemicals of a group."""


def grouped(points: NDArray[np.float32], alike: float = ALIKE) -> NDArray[np.intp]:
    """Return the group of each of m chemicals, by complete linkage of hub cosines.

    Complete linkage, so that every two chemicals of a group are alike, not only neighbours in a
    chain.

    Args:
        points: (m, 512) hub vectors.
        alike: least cosine within a group.

    Returns:
        (m,) numbers of groups, 0 and up.
    """
    try:
        from sklearn.cluster import AgglomerativeClustering
    except ImportError:
        raise MissingExtraError.of("the experiment", "experiment") from None
    clustering = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="complete", distance_threshold=1 - alike
    )
    numbers: NDArray[np.intp] = clustering.fit_predict(points)
    return numbers
