"""Chemicals with several spectra, and how they are split: the data of the paper's experiment.

The paper takes chemicals with at least five spectra. A library holds the same spectrum twice under
two numbers, and replicates that are plainly of something else: the former are left out, the latter
flagged, and both are reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chemtranslate.errors import InputError
from chemtranslate.learning.library import by_chemical
from chemtranslate.protocols import ArrayForm
from chemtranslate.sample import Sample
from chemtranslate_mass_spec.record_fields import lower_case
from chemtranslate_mass_spec.similarity import weighted_cosine

LEAST = 5
"""Spectra that a chemical must have, after duplicates are left out."""
DUPLICATE = 0.999
"""Weighted cosine above which two spectra of a chemical are one spectrum filed twice."""
NEAR = 0.99
"""Weighted cosine above which two spectra of a chemical stay on one side of a split."""
ODD = 0.1
"""Mean weighted cosine to its siblings below which a spectrum is probably of something else."""


class FewReplicates(InputError):
    """Too few chemicals have different spectra enough for the experiment."""


@dataclass(frozen=True)
class Duplicate:
    """A spectrum that was left out because another one of the chemical is the same."""

    id: str
    kept: str
    similarity: float


@dataclass(frozen=True)
class Odd:
    """A spectrum that hardly resembles the others of its chemical."""

    id: str
    chemical: str
    similarity: float


@dataclass(frozen=True)
class Replicates:
    """n spectra of m chemicals.

    Attributes:
        spectra: (n, bins) float32, base peak 100.
        own: (n,) number of each spectrum's chemical.
        groups: (n,) number of its group; spectra of one group never meet across a split.
        ids: of the n spectra.
        metadata: of the n spectra, as their records state them.
        keys, smiles, names: of the m chemicals.
        duplicates: spectra left out as filed twice.
        odd: spectra that are kept, but look wrong.
        too_few: number of chemicals left out because they have fewer than LEAST spectra.
    """

    spectra: NDArray[np.float32]
    own: NDArray[np.intp]
    groups: NDArray[np.intp]
    ids: tuple[str, ...]
    metadata: tuple[Mapping[str, str], ...]
    keys: tuple[str, ...]
    smiles: tuple[str, ...]
    names: tuple[str, ...]
    duplicates: tuple[Duplicate, ...] = ()
    odd: tuple[Odd, ...] = ()
    too_few: int = 0

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Split:
    """One draw: rows to train on and rows to test on, of the same chemicals.

    Attributes:
        train: k rows of each chemical.
        test: the rows of all other groups of these chemicals.
        left_out: numbers of the chemicals that have no test spectrum apart from k training ones.
    """

    train: NDArray[np.intp]
    test: NDArray[np.intp]
    left_out: tuple[int, ...]


def collect(samples: Iterable[Sample], form: ArrayForm, least: int = LEAST) -> Replicates:
    """Choose the chemicals with several spectra from prepared samples.

    Args:
        samples: each with a structure.
        form: how a spectrum becomes an array.
        least: spectra that a chemical must have after duplicates are left out.

    Raises:
        FewReplicates: no chemical has enough different spectra.
        InputError: a sample has no usable structure or spectrum.
    """
    by_key, structures = by_chemical(samples, form, lower_case)
    kept: list[tuple[str, list[tuple[Sample, NDArray[np.float32]]], NDArray[np.float64]]] = []
    duplicates: list[Duplicate] = []
    odd: list[Odd] = []
    most = 0
    for key, spectra in by_key.items():
        if len(spectra) < least:
            most = max(most, len(spectra))
            continue
        alike = pairwise(np.array([array for _, array in spectra]))
        stay: list[int] = []
        twins: list[Duplicate] = []
        for row in range(len(spectra)):
            twin = next((other for other in stay if alike[row, other] > DUPLICATE), None)
            if twin is None:
                stay.append(row)
            else:
                ids = spectra[row][0].id, spectra[twin][0].id
                twins.append(Duplicate(*ids, float(alike[row, twin])))
        most = max(most, len(stay))
        if len(stay) < least:
            continue
        duplicates += twins
        kept.append((key, [spectra[row] for row in stay], alike[np.ix_(stay, stay)]))
    if not kept:
        raise FewReplicates(
            f"found no chemical with {least} different spectra (the most of one chemical: "
            f"{most}), expected replicates to learn from"
        )
    groups: list[int] = []
    for _, spectra, alike in kept:
        groups += [len(groups) + group for group in grouped(alike)]
        siblings = (alike.sum(1) - 1) / max(1, len(spectra) - 1)
        for (sample, _), similarity in zip(spectra, siblings, strict=True):
            if similarity < ODD and len(spectra) > 1:
                odd.append(Odd(sample.id, sample.name, float(similarity)))
    return Replicates(
        spectra=np.array([array for _, spectra, _ in kept for _, array in spectra], np.float32),
        own=np.repeat(np.arange(len(kept)), [len(spectra) for _, spectra, _ in kept]),
        groups=np.array(groups),
        ids=tuple(sample.id for _, spectra, _ in kept for sample, _ in spectra),
        metadata=tuple(dict(sample.metadata) for _, spectra, _ in kept for sample, _ in spectra),
        keys=tuple(key for key, _, _ in kept),
        smiles=tuple(structures[key] for key, _, _ in kept),
        names=tuple(spectra[0][0].name for _, spectra, _ in kept),
        duplicates=tuple(duplicates),
        odd=tuple(odd),
        too_few=len(by_key) - len(kept),
    )


def only(replicates: Replicates, chemicals: NDArray[np.intp]) -> Replicates:
    """Return the replicates of some chemicals (ascending numbers), which are counted anew."""
    rows = np.flatnonzero(np.isin(replicates.own, chemicals))
    return replace(
        replicates,
        spectra=replicates.spectra[rows],
        own=np.searchsorted(chemicals, replicates.own[rows]),
        groups=replicates.groups[rows],
        ids=tuple(replicates.ids[row] for row in rows),
        metadata=tuple(replicates.metadata[row] for row in rows),
        keys=tuple(replicates.keys[c] for c in chemicals),
        smiles=tuple(replicates.smiles[c] for c in chemicals),
        names=tuple(replicates.names[c] for c in chemicals),
    )


def pairwise(spectra: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the weighted cosines of (n, bins) spectra with each other, (n, n)."""
    return np.array(
        [weighted_cosine(np.broadcast_to(one, spectra.shape), spectra) for one in spectra]
    )


def grouped(alike: NDArray[np.float64], threshold: float = NEAR) -> list[int]:
    """Return the group of each of n spectra: chains of pairs over the threshold, (n, n) -> n.

    Groups are named by their first spectrum.
    """
    group = list(range(len(alike)))
    for one, other in np.argwhere(np.triu(alike, 1) > threshold).tolist():
        old, new = group[other], group[one]
        low, high = min(old, new), max(old, new)
        group = [low if name == high else name for name in group]
    return group


def splittable(replicates: Replicates, k: int) -> NDArray[np.intp]:
    """Return the chemicals that have k spectra to train on and another to test on."""
    return np.flatnonzero(trainable(replicates) >= k)


def trainable(replicates: Replicates) -> NDArray[np.intp]:
    """Return for each chemical how many spectra can be trained on at most, (m,)."""
    every = range(len(replicates.keys))
    return np.array([_most(replicates.groups[replicates.own == chemical]) for chemical in every])


def _most(groups: NDArray[np.intp]) -> int:
    """Return how many spectra can be trained on, so that one group is left to test on."""
    sizes = np.unique(groups, return_counts=True)[1]
    return int(sizes.sum() - sizes.min())


def split(replicates: Replicates, k: int, rng: np.random.Generator) -> Split:
    """Draw k training spectra of each chemical; those of other groups are for testing.

    Whole groups are drawn, in random order, until k spectra are there; what a drawn group has
    beyond k is neither trained on nor tested. Where the order would leave nothing to test on, the
    smallest group is kept for that.

    Raises:
        InputError: no chemical can be split so.
    """
    train: list[int] = []
    test: list[int] = []
    left_out: list[int] = []
    for chemical in range(len(replicates.keys)):
        rows = np.flatnonzero(replicates.own == chemical)
        if _most(replicates.groups[rows]) < k:
            left_out.append(chemical)
            continue
        names, sizes = np.unique(replicates.groups[rows], return_counts=True)
        turn = rng.permutation(len(names))
        if sizes[turn[:-1]].sum() < k:
            turn = np.append(turn[turn != sizes.argmin()], sizes.argmin())
        order = names[turn]
        drawn: list[int] = []
        while len(drawn) < k and len(order) > 1:
            drawn += rng.permutation(rows[replicates.groups[rows] == order[0]]).tolist()
            order = order[1:]
        train += drawn[:k]
        test += rows[np.isin(replicates.groups[rows], order)].tolist()
    if not train:
        raise InputError(
            f"found no chemical with {k} spectra to train on and another to test on, expected "
            "some that differ"
        )
    return Split(np.array(train), np.array(test), tuple(left_out))
