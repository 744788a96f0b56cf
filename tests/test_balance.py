from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chemtranslate.balance import Balance, countable, key_of
from chemtranslate.chemical import Chemical
from chemtranslate.errors import InputError
from chemtranslate.sample import Place, Reject, Sample


class Positive:
    """A form that takes positive numbers."""

    shape: tuple[int, ...] = (1,)
    dtype = "float32"

    def to_array(self, sample: Sample) -> np.ndarray:
        if sample.signal <= 0:
            raise InputError("not positive")
        return np.array([sample.signal], np.float32)

    def to_signal(self, array: np.ndarray) -> float:
        return float(array[0])


def _samples(*stated: str, unusable: tuple[int, ...] = ()) -> list[Sample]:
    return [Sample(f"S{number}", -1 if number in unusable else 1, chemical=Chemical(smiles),
                   place=Place("f", number + 1))
            for number, smiles in enumerate(stated)]


@pytest.mark.parametrize(("wanted", "copies"), [
    (1, (0, 0, 0, 0)), (2, (0, 1, 0, 0)), (3, (0, 2, 0, 0)), (5, (1, 4, 1, 0)), (8, (2, 7, 2, 1)),
])
def test_what_a_chemical_lacks_is_taken_from_its_samples_in_turns(wanted: int, copies: object,
                                                                  ) -> None:
    plan = Balance.of(_samples("CCO", "CC(C)=O", "OCC", "[2H]CCO"), wanted, Positive())
    assert plan.copies == copies
    for key, count in plan.measured.items():
        made = sum(number for number, sample in zip(
            plan.copies, _samples("CCO", "CC(C)=O", "OCC", "[2H]CCO"), strict=True)
            if key_of(sample) == key)
        assert count + made == max(count, wanted)


def test_a_sample_that_the_form_cannot_take_counts_and_is_not_copied() -> None:
    plan = Balance.of(_samples("CCO", "CCO", "CCO", "C", unusable=(1, 3)), 6, Positive())
    assert plan.copies == (2, 0, 1, 0)
    assert sorted(plan.measured.values()) == [1, 3]


def test_the_outcome_tells_chemicals_brought_up_from_those_with_enough_and_the_others() -> None:
    plan = Balance.of(_samples("CCO", "CC(C)=O", "c1ccccc1", "c1ccccc1"), 2, Positive())
    ethanol, acetone, _ = plan.measured
    assert not plan.nothing_lacks
    assert plan.outcome({ethanol: 1}) == {"brought_up": 1, "had_enough": 1, "fell_short": 1}
    assert plan.outcome({ethanol: 1, acetone: 1}) == {
        "brought_up": 2, "had_enough": 1, "fell_short": 0}


def test_nothing_lacks_where_every_chemical_has_enough_and_not_where_there_is_none() -> None:
    assert Balance.of(_samples("CCO", "C"), 1, Positive()).nothing_lacks
    assert not Balance.of(_samples("CCO", "CCO", "C"), 2, Positive()).nothing_lacks
    assert not Balance.of([], 2, Positive()).nothing_lacks


def test_samples_whose_chemical_cannot_be_told_are_rejected_with_the_reason() -> None:
    samples = [*_samples("CCO", "", "C1CC"), Sample("S3", 1)]
    rejects: list[Reject] = []
    assert [s.id for s in countable(samples, rejects.append)] == ["S0"]
    assert [r.name for r in rejects] == ["S1", "S2", "S3"]
    assert [r.reason.partition(" SMILES")[0] for r in rejects] == [
        "no structure: found an empty", "cannot parse", "no structure: found an empty"]


def test_synthetic_samples_are_rejected_and_do_not_count_as_measured() -> None:
    first, second = _samples("CCO", "CCO")
    rejects: list[Reject] = []
    told = list(countable([first, replace(second, metadata={"Spectrum_origin": "synthetic"})],
                          rejects.append))
    assert [(r.name, r.kind) for r in rejects] == [("S1", "synthetic")]
    assert "found Spectrum_origin: synthetic, expected a measured sample" in rejects[0].reason
    assert Balance.of(told, 3, Positive()).copies == (2,)
