"""What speaks for each candidate: its place in the hub, its predicted signal, and more.

All evidence is a number for each unknown and each candidate, the larger the better. Similarities s
between 0 and 1 count as log((s + .02) / (1.02 - s)), which tells .98 from .9 as well as .5 from .1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtranslate.artefact import Tensors
from chemtranslate.candidates import Candidates
from chemtranslate.errors import InputError, PluginError
from chemtranslate.kept import kept
from chemtranslate.models import GuardedDecoder, GuardedEncoder
from chemtranslate.plugins import Registry
from chemtranslate.protocols import Array, Clues, Signature
from chemtranslate.sample import Sample
from chemtranslate.search import unit
from chemtranslate.specs import resolve

Floats = NDArray[np.float32]
Retention = Callable[[Sample], float | None]
HUB, PREDICTED = "place in the hub", "predicted signal"
LIBRARY, LISTED = "library match", "is in the library"
BLOCK = 1024
"""Candidates whose signals are predicted at once."""
NUMBERS = 2**24
"""Numbers of evidence that each worker holds: 64 MiB."""
WORKERS = 2
"""Batches that are compared at the same time: numpy lets go of the interpreter as it reckons."""
_SOFT = 0.02


@dataclass(frozen=True)
class Seen:
    """n unknowns, ready to be compared.

    Attributes:
        arrays: (n, *shape), in the decoder's form.
        encodable: (n, *shape), in the encoder's form.
        vectors: (n, dimensions), as the encoder places them.
        signatures: (n, s).
        indices: (n,) retention indices, NaN where none is stated; None where they do not matter.
    """

    arrays: Array
    encodable: Array
    vectors: Floats
    signatures: Floats
    indices: Floats | None = None


@dataclass(frozen=True)
class Library:
    """Measured samples of known chemicals, those of one chemical side by side.

    Attributes:
        signatures: (l, s).
        keys: of the chemicals, each once.
        starts: (chemicals,) first sample of each.
        indices: (l,) retention indices, NaN where none is stated; None where they do not matter.
        tolerance: by which those of two samples of one chemical may differ.
    """

    signatures: Floats
    keys: list[str]
    starts: NDArray[np.intp]
    indices: Floats | None = None
    tolerance: float = np.inf

    @classmethod
    def of(
        cls,
        keys: Sequence[str],
        signatures: Floats,
        indices: Floats | None = None,
        tolerance: float = np.inf,
    ) -> Library:
        """Return a library of l samples of chemicals with these keys."""
        order = np.argsort(np.array(keys, np.str_), kind="stable")
        names, starts = np.unique(np.array(keys, np.str_)[order], return_index=True)
        ordered = None if indices is None else indices[order]
        return cls(signatures[order], names.tolist(), starts.astype(np.intp), ordered, tolerance)

    def best(self, signatures: Floats, indices: Floats | None = None) -> Floats:
        """Return how alike n samples are to the most similar one of each chemical.

        Samples whose retention indices differ by more than the tolerance are not alike at all.

        Args:
            signatures: (n, s).
            indices: (n,), as of `Seen`.
        """
        alike = products(signatures, self.signatures)
        if indices is not None and self.indices is not None:
            alike[np.abs(indices[:, None] - self.indices) > self.tolerance] = 0
        found: Floats = np.maximum.reduceat(alike, self.starts, axis=1)
        return found


@dataclass(frozen=True)
class Lineup:
    """m candidates, ready to be compared.

    Attributes:
        candidates: who they are.
        units: (m, dimensions) their points, of length 1.
        predicted: (m, s) signatures of what the decoder makes of them.
        library: measured samples, where there are any.
        listed: (m,) number of each candidate among the library's chemicals; -1 where it has none.
    """

    candidates: Candidates
    units: Floats
    predicted: Floats
    library: Library | None
    listed: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.candidates)

    def with_library(self, library: Library | None) -> Lineup:
        """Return the same candidates beside measured samples."""
        places = {key: number for number, key in enumerate(library.keys)} if library else {}
        listed = np.array([places.get(key, -1) for key in self.candidates.keys], np.intp)
        return replace(self, library=library, listed=listed)


class Evidence:
    """Compares samples of one modality with candidates.

    Args:
        encoder, decoder: of the modality.
        learned: what the modality's clues have learned (`learn`).

    Raises:
        InputError: the encoder states no odds, or the decoder does not make numbers.
    """

    def __init__(
        self,
        encoder: GuardedEncoder,
        decoder: GuardedDecoder,
        plugins: Registry,
        learned: Tensors | None = None,
    ) -> None:
        if encoder.temperature is None:
            raise InputError(f"encoder {encoder.name} states no odds: its card has no temperature")
        if np.dtype(decoder.form.dtype).kind != "f":
            raise InputError(
                f"decoder {decoder.name} makes arrays of type {decoder.form.dtype}, expected one "
                "that makes numbers"
            )
        spec = plugins.modality(encoder.card.modality or "")
        self.encoder, self.decoder = encoder, decoder
        self.temperature = encoder.temperature
        self._signature: Signature = resolve(spec.signature) if spec.signature else flat
        self.clues: Clues | None = resolve(spec.clues) if spec.clues else None
        self._retention: Retention | None = resolve(spec.retention) if spec.retention else None
        self.learned: Tensors = learned or {}

    @property
    def names(self) -> tuple[str, ...]:
        """What the evidence is called, in the order of `of`; that of a library comes last."""
        return HUB, PREDICTED, *(self.clues.names if self.clues else ()), LIBRARY, LISTED

    def signature(self, arrays: Array) -> Floats:
        """Return what is compared of (n, *shape) arrays: (n, s), of length 1 or less.

        Raises:
            PluginError: the plugin returned something else.
        """
        made = np.asarray(self._signature(arrays))
        if made.ndim != 2 or len(made) != len(arrays) or not np.isfinite(made).all():
            raise PluginError(
                f"signature of {self.encoder.card.modality}: found shape {made.shape}, expected "
                f"({len(arrays)}, s) of finite numbers"
            )
        return made.astype(np.float32)

    def learn(self, arrays: Array, smiles: Sequence[str]) -> Tensors:
        """Let the clues learn from n samples, (n, *shape), and their chemicals' structures."""
        self.learned = self.clues.learn(arrays, smiles) if self.clues else {}
        return self.learned

    def seen(self, arrays: Array, encodable: Array, indices: Floats | None = None) -> Seen:
        """Return unknowns ready to be compared, given in the decoder's and the encoder's form."""
        vectors = self.encoder.encode(encodable)
        return Seen(arrays, encodable, vectors, self.signature(arrays), indices)

    def indices(self, samples: Sequence[Sample]) -> Floats:
        """Return the retention indices of n samples, (n,), NaN where none is stated.

        Raises:
            InputError: samples of the modality have none.
        """
        if self._retention is None:
            raise InputError(f"samples of {self.encoder.card.modality} have no retention index")
        found = [self._retention(sample) for sample in samples]
        return np.array([np.nan if one is None else one for one in found], np.float32)

    def predicted(self, candidates: Candidates) -> Floats:
        """Return the signatures of what the decoder makes of m candidates, (m, s).

        Those of many are kept in the cache, 2 bytes a number.
        """
        points, smiles, card = candidates.vectors, candidates.smiles, self.decoder.card

        def made() -> Tensors:
            signatures = []
            for start in range(0, len(points), BLOCK):
                block = slice(start, start + BLOCK)
                arrays = self.decoder.decode_structures(points[block], smiles[block])
                signatures.append(self.signature(arrays).astype(np.float16))
            return {"signatures": np.concatenate(signatures)}

        depends_on = (self.decoder.who, card.digest, card.hub, "\n".join(smiles), points)
        found = kept("predictions", depends_on, len(points), made)
        return found["signatures"].astype(np.float32)

    def lineup(self, candidates: Candidates, library: Library | None = None) -> Lineup:
        """Return candidates ready to be compared: the signal of each is predicted.

        Raises:
            InputError: there are none.
        """
        if not len(candidates):
            raise InputError("found no candidate, expected at least one")
        nothing = np.full(len(candidates), -1, np.intp)
        predicted = self.predicted(candidates)
        lineup = Lineup(candidates, unit(candidates.vectors), predicted, None, nothing)
        return lineup.with_library(library)

    def at_once(self, lineup: Lineup) -> int:
        """Return how many unknowns to compare with all candidates at once."""
        return max(1, NUMBERS // (len(self.names) * len(lineup)))

    def of(self, seen: Seen, lineup: Lineup) -> Floats:
        """Return the evidence, (len(names), n, m).

        Of candidates that the library lacks, and without one, the last two are 0.
        """
        found = np.zeros((len(self.names), len(seen.vectors), len(lineup)), np.float32)
        np.matmul(unit(seen.vectors) / self.temperature, lineup.units.T, out=found[0])
        found[1] = odds(products(seen.signatures, lineup.predicted))
        if self.clues:
            found[2:-2] = self.clues.weigh(self.learned, seen.arrays, lineup.candidates)
        if lineup.library is not None:
            there = lineup.listed >= 0
            best = odds(lineup.library.best(seen.signatures, seen.indices))
            found[-2][:, there] = best[:, lineup.listed[there]]
            found[-1][:, there] = 1
        return found


def apart(found: Floats) -> Floats:
    """Return evidence in which candidates of a library have weights of their own.

    Where a chemical has been measured, its prediction tells little more; so all evidence but the
    library's stands twice, for those that the library lacks and for those that it has.

    Args:
        found: (k, n, m), as of `Evidence.of`.

    Returns:
        (2 k - 1, n, m): k - 2 of candidates that the library lacks, k - 2 of those that it has, the
        library match, the same times its size, and whether the library has it.
    """
    listed = found[-1] > 0
    plain, match = found[:-2], found[-2]
    return np.concatenate(
        [
            np.where(listed, 0, plain),
            np.where(listed, plain, 0),
            match[None],
            (match * np.abs(match) / 4)[None],
            found[-1:],
        ]
    )


def products(signatures: Floats, others: Floats) -> Floats:
    """Return the inner products of (n, s) and (m, s) vectors, (n, m).

    Where the n are all zero at the end, as spectra are above the heaviest ion, nothing is reckoned.
    """
    end = int(np.flatnonzero(signatures.any(0)).max(initial=0)) + 1
    found: Floats = signatures[:, :end] @ others[:, :end].T
    return found


def odds(similarities: Floats) -> Floats:
    """Return log((s + .02) / (1.02 - s)) of similarities, those out of range brought to 0 or 1."""
    s = similarities.clip(0, 1)
    above = s + np.float32(_SOFT)
    above /= np.subtract(1 + _SOFT, s, out=s)
    logs: Floats = np.log(above, out=above)
    return logs


def likeness(odds: Floats) -> Floats:
    """Return the similarities that `odds` was given."""
    share = 1 / (1 + np.exp(-odds))
    found: Floats = (share * (1 + 2 * _SOFT) - _SOFT).clip(0, 1).astype(np.float32)
    return found


def flat(arrays: Array) -> Floats:
    """Return (n, *shape) arrays as vectors of length 1: their products are cosines."""
    return unit(np.asarray(arrays, np.float32).reshape(len(arrays), -1))


def unprefixed(named: Mapping[str, Any], prefix: str) -> Tensors:
    """Return the tensors whose names begin with a prefix, without it."""
    return {k.removeprefix(prefix): v for k, v in named.items() if k.startswith(prefix)}

