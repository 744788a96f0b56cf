from __future__ import annotations

import numpy as np
import pytest

from chemtranslate_mass_spec.experiment.classifiers import (
    BATCH,
    KINDS,
    STEPS,
    passes,
    predicted,
)
from chemtranslate_mass_spec.experiment.generators import Real, damaged
from chemtranslate_mass_spec.experiment.replicates import Replicates
from chemtranslate_mass_spec.experiment.trial import (
    BOTH,
    ONLY,
    REAL,
    SEARCH,
    accuracies,
    balanced,
    trial,
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_classifier_names_chemicals_it_has_seen(kind: str, replicates: Replicates) -> None:
    rows = np.arange(len(replicates))
    known, asked = rows[rows % 6 < 3], rows[rows % 6 >= 3]
    named = predicted(kind, replicates.spectra[known], replicates.own[known],
                      replicates.spectra[asked], seed=0)
    assert (named == replicates.own[asked]).mean() > 0.9
    again = predicted(kind, replicates.spectra[known], replicates.own[known],
                      replicates.spectra[asked], seed=0)
    np.testing.assert_array_equal(named, again)


def test_a_network_with_few_spectra_takes_as_many_steps() -> None:
    for spectra in (10, 95, 300, 4000):
        assert passes(spectra) * -(-spectra // BATCH) == pytest.approx(STEPS, rel=0.05)


def test_a_trial_shows_generators_the_training_spectra_and_nothing_else(
        replicates: Replicates, points: np.ndarray) -> None:
    seen: list[np.ndarray] = []

    def spy(real: Real, copies: int, seed: int) -> np.ndarray:
        seen.append(real.spectra)
        return damaged(real.spectra, copies, seed)

    found = trial(replicates, points, {"spy": spy}, k=2, seed=3, copies=2, ratios=(0.5, 2.0),
                  ratio_way="spy")
    assert found["train"] == 12
    assert found["test"] == len(replicates) - 12
    drawn = {tuple(spectrum) for spectrum in seen[0].round(3)}
    test = [s for s, own in zip(replicates.spectra, replicates.own, strict=True)
            if tuple(s.round(3)) not in drawn]
    assert len(test) == found["test"]
    assert set(found["named"]) == set(KINDS)
    assert set(found["named"][KINDS[0]]) == {REAL, f"spy: {ONLY}", f"spy: {BOTH}", "ratio 0.5",
                                             "ratio 2"}
    reached = accuracies(found)
    assert reached[SEARCH, REAL] > 0.9
    assert all(0 <= value <= 1 for value in reached.values())


def test_the_same_seed_gives_the_same_trial(replicates: Replicates, points: np.ndarray) -> None:
    ways = {"peaks": lambda real, copies, seed: damaged(real.spectra, copies, seed)}
    one, again = (trial(replicates, points, ways, 1, 5, 1) for _ in range(2))
    assert one == again


def test_any_part_of_a_balanced_order_is_balanced() -> None:
    own = np.array([0] * 6 + [1] * 6 + [2] * 3)
    order = balanced(own, np.random.default_rng(0))
    assert sorted(order) == list(range(15))
    for size in range(1, 10):
        counts = np.bincount(own[order[:size]], minlength=3)
        assert counts.max() - counts.min() <= 1
