"""From the user's files to the experiment's chemicals and to what the general models learn from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chemtranslate.artefact import digest
from chemtranslate.chemical import standardise
from chemtranslate.hub import Hub
from chemtranslate.sample import Sample
from chemtranslate_mass_spec.binning import FORM
from chemtranslate_mass_spec.experiment.pretraining import Others
from chemtranslate_mass_spec.experiment.replicates import (
    FewReplicates,
    Replicates,
    collect,
)


@dataclass(frozen=True)
class Data:
    """What the experiment works on.

    Attributes:
        replicates: spectra of the experiment's chemicals.
        points: (m, 512) hub vectors of these chemicals.
        others: spectra of all other chemicals.
        other_counts: spectra of each other chemical of the library.
        searched: (s, bins) spectra of other chemicals that a library search goes through: all.
        digest: of all of it, so that a run is not resumed with other data.
    """

    replicates: Replicates
    points: NDArray[np.float32]
    others: Others
    other_counts: NDArray[np.intp]
    searched: NDArray[np.float32]
    digest: str


def gathered(
    samples: Iterable[Sample],
    more: Iterable[Sample],
    hub: Hub,
    most_others: int | None = None,
) -> Data:
    """Choose the experiment's chemicals from prepared samples and place all chemicals in the hub.

    Args:
        samples: the library.
        more: spectra of further chemicals for the general models; what is of the experiment's
            chemicals among them is left out, and what the library has as well.
        most_others: spectra of other chemicals that are learned from at most, those of chemicals
            with the most spectra first.

    Raises:
        FewReplicates: the library has no chemicals with enough spectra, or only one.
    """
    library = list(samples)
    replicates = collect(library, FORM)
    if len(replicates.keys) < 2:
        raise FewReplicates(
            f"found one chemical with enough spectra ({replicates.names[0]}), expected at least "
            "two to tell apart"
        )
    inside = set(replicates.keys)
    structures: dict[str, str] = {}
    found: dict[str, list[tuple[str, NDArray[np.float32]]]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for number, sample in enumerate((*library, *more)):
        assert sample.chemical is not None  # `collect` and `prepare` have seen to it
        smiles, key = standardise(sample.chemical.smiles)
        if key in inside:
            continue
        array = FORM.to_array(sample)
        if number < len(library):
            counts[key] += 1
        elif any(np.array_equal(array, known) for _, known in found[key]):
            continue
        structures[key] = smiles
        found[key].append((sample.id, array))
    searched = np.array([array for spectra in found.values() for _, array in spectra], np.float32)
    chosen = sorted(found, key=lambda key: -len(found[key]))
    if most_others is not None:
        total = np.cumsum([len(found[key]) for key in chosen])
        chosen = chosen[: int(np.searchsorted(total, most_others, "right"))]
    structures = {key: structures[key] for key in chosen}
    kept = [one for key in chosen for one in found[key]]
    own = np.repeat(np.arange(len(chosen)), [len(found[key]) for key in chosen])
    vectors = hub.model.embed([*replicates.smiles, *structures.values()])
    points, other_points = np.split(vectors, [len(replicates.keys)])
    others = Others(
        np.array([array for _, array in kept], np.float32).reshape(-1, *FORM.shape),
        other_points[own],
        own,
        [name for name, _ in kept],
    )
    return Data(
        replicates,
        points,
        others,
        np.array(list(counts.values()), np.intp),
        searched.reshape(-1, *FORM.shape),
        digest(
            {
                "spectra": replicates.spectra,
                "own": replicates.own,
                "points": points,
                "others": others.spectra,
                "others own": others.own,
            },
            {"ids": replicates.ids, "keys": replicates.keys},
        ),
    )
