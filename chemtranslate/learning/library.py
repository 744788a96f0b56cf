"""What trainers learn from: prepared samples as arrays, split by chemical or by a field."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chemtranslate.chemical import standardise
from chemtranslate.errors import ChemTranslateError, InputError
from chemtranslate.hub import Hub
from chemtranslate.origin import EXPECTED_MEASURED, is_synthetic
from chemtranslate.protocols import ArrayForm
from chemtranslate.sample import Sample
from chemtranslate.splits import SCHEME, ByField, held_out, part

BY_CHEMICAL = f"{SCHEME}: train part less one replicate of chemicals with 5 or more"


@dataclass(frozen=True)
class Library:
    """Prepared samples of the train part (held-out replicates left out) and of the valid part.

    Attributes:
        train, valid: (n, *shape) float32, in the modality's array form.
        train_points, valid_points: (n, 512) hub vectors of their chemicals.
        known: (m, *shape) the held-out replicates of training chemicals.
        ids: ids of the training samples.
        terms: licence of each, as its record states it.
        own: (n,) number of the chemical of each.
        keys, names: of the m training chemicals; the name is that of the first sample.
        structures: of the m training chemicals, canonical SMILES of the standardised structure.
        valid_structures: of the chemical of each sample of the valid part.
        split: the rule that kept train and valid part apart, in words, for the card.
    """

    train: NDArray[np.float32]
    train_points: NDArray[np.float32]
    valid: NDArray[np.float32]
    valid_points: NDArray[np.float32]
    known: NDArray[np.float32]
    ids: tuple[str, ...]
    terms: tuple[str, ...]
    own: NDArray[np.intp]
    keys: tuple[str, ...]
    names: tuple[str, ...]
    structures: tuple[str, ...] = ()
    valid_structures: tuple[str, ...] = ()
    split: str = BY_CHEMICAL

    @property
    def licences(self) -> dict[str, int]:
        """How many training samples came under which terms."""
        return dict(Counter(self.terms))

    @property
    def points(self) -> NDArray[np.float32]:
        """Hub vectors of the training chemicals, (m, 512)."""
        return self.train_points[np.unique(self.own, return_index=True)[1]]

    def with_several(self, least: int) -> Library:
        """Return this library with those training chemicals only that have `least` samples."""
        kept = np.flatnonzero(np.bincount(self.own, minlength=len(self.keys)) >= least)
        rows = np.flatnonzero(np.isin(self.own, kept))
        return replace(
            self,
            train=self.train[rows],
            train_points=self.train_points[rows],
            ids=tuple(self.ids[row] for row in rows),
            terms=tuple(self.terms[row] for row in rows),
            own=np.searchsorted(kept, self.own[rows]),
            keys=tuple(self.keys[number] for number in kept),
            names=tuple(self.names[number] for number in kept),
            structures=tuple(self.structures[number] for number in kept),
        )


Pairs = list[tuple[Sample, NDArray[np.float32]]]
Fields = Callable[[Mapping[str, str]], Mapping[str, str]]
"""All that a record states, where a modality hides some of it in comments."""


def by_chemical(
    samples: Iterable[Sample], form: ArrayForm, fields: Fields = dict
) -> tuple[dict[str, Pairs], dict[str, str]]:
    """Return prepared samples with their arrays, and the structures, by the chemicals' keys.

    Raises:
        InputError: a sample has no usable structure or signal, or is synthetic.
    """
    found: dict[str, Pairs] = defaultdict(list)
    structures: dict[str, str] = {}
    for sample in samples:
        try:
            if is_synthetic(fields(sample.metadata)):
                raise InputError(EXPECTED_MEASURED)
            smiles, key = standardise(sample.chemical.smiles if sample.chemical else "")
            found[key].append((sample, form.to_array(sample)))
        except ChemTranslateError as error:
            raise InputError(
                f"{sample.place} ({sample.id}): {error}; `chemtranslate prepare` "
                "sets such records aside"
            ) from None
        structures[key] = smiles
    return found, structures


def library(
    samples: Iterable[Sample],
    hub: Hub,
    form: ArrayForm,
    fields: Fields = dict,
    split: ByField | None = None,
) -> Library:
    """Split prepared samples and bring them into their array form.

    Args:
        split: by a field of the metadata, and then no replicate is held out; by chemical where
            there is none.

    Raises:
        InputError: a sample has no usable structure or signal, is synthetic or does not state the
            field, or nothing is left to train on.
    """
    by_key, structures = by_chemical(samples, form, fields)
    chosen: dict[str, list[tuple[Sample, NDArray[np.float32], str]]] = defaultdict(list)
    for key, pairs in by_key.items():
        learned = split is None and part(key) == "train"
        out = held_out([sample.id for sample, _ in pairs]) if learned else None
        for sample, array in pairs:
            own = split.part(sample) if split else part(key)
            chosen["known" if sample.id == out else own].append((sample, array, key))
    if not chosen["train"]:
        raise InputError(f"found no sample of the train part ({split or SCHEME}) to train on")
    keys = list(structures)
    points = dict(zip(keys, hub.model.embed([structures[key] for key in keys]), strict=True))

    def arrays_of(name: str) -> NDArray[np.float32]:
        return np.array([array for _, array, _ in chosen[name]], np.float32).reshape(
            -1, *form.shape
        )

    def points_of(name: str) -> NDArray[np.float32]:
        return np.array([points[key] for _, _, key in chosen[name]], np.float32).reshape(
            -1, hub.dimensions
        )

    names: dict[str, str] = {}
    for sample, _, key in chosen["train"]:
        names.setdefault(key, sample.name)
    numbers = {key: number for number, key in enumerate(names)}
    return Library(
        arrays_of("train"),
        points_of("train"),
        arrays_of("valid"),
        points_of("valid"),
        arrays_of("known"),
        tuple(sample.id for sample, _, _ in chosen["train"]),
        tuple(s.metadata.get("License", "not stated") for s, _, _ in chosen["train"]),
        np.array([numbers[key] for _, _, key in chosen["train"]], np.intp),
        tuple(names),
        tuple(names.values()),
        tuple(structures[key] for key in names),
        tuple(structures[key] for _, _, key in chosen["valid"]),
        str(split) if split else BY_CHEMICAL,
    )
