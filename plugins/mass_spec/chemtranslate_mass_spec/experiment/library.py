"""From the user's files to the experiment's chemicals and to what the general models learn from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chemtranslate.artefact import digest_of_records
from chemtranslate.chemical import standardise
from chemtranslate.errors import InputError
from chemtranslate.hub import Hub
from chemtranslate.sample import Sample
from chemtranslate_mass_spec.binning import FORM
from chemtranslate_mass_spec.experiment.pretraining import Others
from chemtranslate_mass_spec.experiment.replicates import Replicates, collect


@dataclass(frozen=True)
class Data:
    """What the experiment works on.

    Attributes:
        replicates: spectra of the experiment's chemicals.
        metadata: of each of them, for what the sibling decoder's vector knows.
        points: (m, 512) hub vectors of these chemicals.
        others: spectra of all other chemicals.
        other_counts: spectra of each other chemical of the library.
        digest: of all records, so that a run is not resumed with other data.
    """

    replicates: Replicates
    metadata: Sequence[dict[str, str]]
    points: NDArray[np.float32]
    others: Others
    other_counts: NDArray[np.intp]
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
            chemicals among them is left out.
        most_others: spectra of other chemicals that are used at most, those of chemicals with the
            most spectra first.

    Raises:
        InputError: the library has no chemicals with enough spectra, or only one.
    """
    library = list(samples)
    replicates = collect(library, FORM)
    if len(replicates.keys) < 2:
        raise InputError(
            f"found one chemical with enough spectra ({replicates.names[0]}), expected at least "
            "two to tell apart"
        )
    inside = set(replicates.keys)
    structures: dict[str, str] = {}
    found: dict[str, list[tuple[str, NDArray[np.float32]]]] = defaultdict(list)
    for sample in (*library, *more):
        assert sample.chemical is not None  # `collect` and `prepare` have seen to it
        smiles, key = standardise(sample.chemical.smiles)
        if key not in inside:
            structures[key] = smiles
            found[key].append((sample.id, FORM.to_array(sample)))
    counts = np.array([len(one) for one in found.values()], np.intp)
    chosen = sorted(found, key=lambda key: -len(found[key]))
    if most_others is not None:
        total = np.cumsum([len(found[key]) for key in chosen])
        chosen = chosen[: int(np.searchsorted(total, most_others, "right"))]
    structures = {key: structures[key] for key in chosen}
    kept = [one for key in chosen for one in found[key]]
    own = np.repeat(np.arange(len(chosen)), [len(found[key]) for key in chosen])
    vectors = hub.model.embed([*replicates.smiles, *structures.values()])
    points, other_points = np.split(vectors, [len(replicates.keys)])
    of = {sample.id: dict(sample.metadata) for sample in library}
    return Data(
        replicates,
        [of[one] for one in replicates.ids],
        points,
        Others(
            np.array([array for _, array in kept], np.float32).reshape(-1, *FORM.shape),
            other_points[own],
            own,
            [name for name, _ in kept],
        ),
        counts,
        digest_of_records([*replicates.ids, *(name for name, _ in kept)]),
    )
