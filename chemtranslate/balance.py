"""How many new samples of each measured one bring every chemical up to the same number."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chemtranslate.batching import OnReject, as_arrays, unusable
from chemtranslate.chemical import Chemical, standardise
from chemtranslate.errors import StructureError
from chemtranslate.origin import is_synthetic, not_measured
from chemtranslate.protocols import ArrayForm
from chemtranslate.sample import Sample


@dataclass(frozen=True)
class Balance:
    """New samples wanted, so that each chemical has a number of samples, the measured included.

    Attributes:
        wanted: how many samples each chemical should have.
        copies: how many to make of each sample, in the order of the samples.
        measured: how many samples of each chemical there are, by key.
    """

    wanted: int
    copies: tuple[int, ...]
    measured: Mapping[str, int]

    @classmethod
    def of(cls, samples: Iterable[Sample], wanted: int, form: ArrayForm) -> Balance:
        """Share out what each chemical lacks among its samples, one after the other, in turns.

        Args:
            samples: of `countable`.
            wanted: how many samples each chemical should have.
            form: none is made of a sample that it cannot take, though it counts as measured.
        """
        measured: Counter[str] = Counter()
        usable: dict[str, list[int]] = defaultdict(list)
        for number, sample in enumerate(samples):
            key = key_of(sample)
            measured[key] += 1
            if as_arrays([sample], form, lambda reject: None)[0]:
                usable[key].append(number)
        copies = [0] * measured.total()
        for key, numbers in usable.items():
            rounds, rest = divmod(max(wanted - measured[key], 0), len(numbers))
            for turn, number in enumerate(numbers):
                copies[number] = rounds + (turn < rest)
        return cls(wanted, tuple(copies), measured)

    @property
    def nothing_lacks(self) -> bool:
        """Whether every chemical, and there is one, has enough samples already."""
        return bool(self.measured) and min(self.measured.values()) >= self.wanted

    def outcome(self, made: Mapping[str, int]) -> dict[str, int]:
        """Count the chemicals brought up to the number, those with enough, and the others.

        Args:
            made: how many new samples of each chemical there are, by key.
        """
        counts = {"brought_up": 0, "had_enough": 0, "fell_short": 0}
        for key, count in self.measured.items():
            if count >= self.wanted:
                counts["had_enough"] += 1
            elif count + made.get(key, 0) >= self.wanted:
                counts["brought_up"] += 1
            else:
                counts["fell_short"] += 1
        return counts


def countable(samples: Iterable[Sample], on_reject: OnReject) -> Iterator[Sample]:
    """Yield the measured samples whose chemical can be told; the others are rejected."""
    for sample in samples:
        if is_synthetic(sample.metadata):
            on_reject(not_measured(sample))
            continue
        try:
            key_of(sample)
        except StructureError as error:
            on_reject(unusable(sample, str(error)))
        else:
            yield sample


def key_of(sample: Sample) -> str:
    """Return the key of a sample's chemical under the identity policy.

    Raises:
        StructureError: the sample states no structure, or it cannot be standardised.
    """
    return standardise((sample.chemical or Chemical()).smiles)[1]
