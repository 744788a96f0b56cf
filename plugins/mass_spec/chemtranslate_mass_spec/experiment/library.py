"""From the user's files to the experiment's chemicals and to what the general models learn from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chemtranslate.artefact import digest
from chemtranslate.chemical import standardise
from chemtranslate.sample import Sample
from chemtranslate_mass_spec.binning import FORM
from chemtranslate_mass_spec.experiment.pretraining import Others, enough
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
    """

    replicates: Replicates
    points: NDArray[np.float32]
    others: Others
    other_counts: NDArray[np.intp]
    searched: NDArray[np.float32]


@dataclass(frozen=True)
class Gathered:
    """The chemicals and spectra of the experiment, not yet placed in the hub.

    Attributes:
        replicates, other_counts, searched: those of `Data`.
        spectra: (n, bins) of other chemicals, to learn from.
        own: (n,) number of the chemical of each.
        ids: of the n spectra.
        smiles: of the other chemicals.
    """

    replicates: Replicates
    spectra: NDArray[np.float32]
    own: NDArray[np.intp]
    ids: Sequence[str]
    smiles: Sequence[str]
    other_counts: NDArray[np.intp]
    searched: NDArray[np.float32]

    @property
    def digest(self) -> str:
        """Digest of all of it, so that a run is not resumed with other data."""
        return digest(
            {
                "spectra": self.replicates.spectra,
                "own": self.replicates.own,
                "others": self.spectra,
                "others own": self.own,
            },
            {
                "ids": self.replicates.ids,
                "keys": self.replicates.keys,
                "smiles": [*self.replicates.smiles, *self.smiles],
            },
        )

    def enough(self) -> bool:
        """Say whether general models can be trained on the others."""
        return enough(self.own)

    def placed(self, vectors: NDArray[np.float32]) -> Data:
        """Give the chemicals their hub vectors: the experiment's own ones, then the others."""
        points, others = np.split(vectors, [len(self.replicates.keys)])
        return Data(
            self.replicates,
            points,
            Others(self.spectra, others[self.own], self.own, self.ids),
            self.other_counts,
            self.searched,
        )


def gathered(
    samples: Iterable[Sample], more: Iterable[Sample], most_others: int | None = None
) -> Gathered:
    """Choose the experiment's chemicals from prepared samples, and those to learn from.

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
    kept = [one for key in chosen for one in found[key]]
    return Gathered(
        replicates,
        np.array([array for _, array in kept], np.float32).reshape(-1, *FORM.shape),
        np.repeat(np.arange(len(chosen)), [len(found[key]) for key in chosen]),
        [name for name, _ in kept],
        [structures[key] for key in chosen],
        np.array(list(counts.values()), np.intp),
        searched.reshape(-1, *FORM.shape),
    )
