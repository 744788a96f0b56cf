from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chemtranslate.chemical import Chemical
from chemtranslate.errors import InputError
from chemtranslate.sample import Place, Sample
from chemtranslate_mass_spec.binning import Bins
from chemtranslate_mass_spec.experiment.replicates import (
    DUPLICATE,
    NEAR,
    collect,
    grouped,
    pairwise,
    split,
    splittable,
)
from chemtranslate_mass_spec.similarity import weighted_cosine
from chemtranslate_mass_spec.spectrum import Spectrum

FORM = Bins(60)
MZ = np.arange(10, 50, dtype=float)


def heights(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(1, 100, len(MZ))


def sample(name: str, smiles: str, intensities: np.ndarray, number: int = 1) -> Sample:
    return Sample(f"{name}-{number}", Spectrum.of(MZ, intensities), name, Chemical(smiles), {},
                  Place("library.msp", number))


def replicates_of(name: str, smiles: str, count: int, seed: int) -> list[Sample]:
    rng, pattern = np.random.default_rng(seed), heights(seed)
    return [sample(name, smiles, pattern * np.exp(0.5 * rng.normal(size=len(MZ))), number)
            for number in range(count)]


@pytest.fixture
def samples() -> list[Sample]:
    return [*replicates_of("ethanol", "CCO", 6, 1), *replicates_of("acetone", "CC(C)=O", 5, 2),
            *replicates_of("benzene", "c1ccccc1", 4, 3)]


def test_chemicals_with_enough_spectra_are_chosen(samples: list[Sample]) -> None:
    found = collect(samples, FORM)
    assert found.names == ("ethanol", "acetone")
    assert found.spectra.shape == (11, 60)
    assert found.own.tolist() == [0] * 6 + [1] * 5
    assert found.too_few == 1
    assert found.ids[0] == "ethanol-0"
    assert (found.duplicates, found.odd) == ((), ())
    np.testing.assert_allclose(found.spectra.max(1), 100)


def test_salts_and_stereoisomers_are_one_chemical() -> None:
    found = collect([*replicates_of("a", "C[C@H](N)C(=O)O", 3, 1),
                     *replicates_of("b", "C[C@@H](N)C(=O)O", 2, 2)], FORM)
    assert len(found.keys) == 1


def test_a_spectrum_filed_twice_is_left_out_and_named(samples: list[Sample]) -> None:
    twin = sample("ethanol", "OCC", samples[2].signal.intensities * 7, 99)
    found = collect([*samples, twin], FORM)
    assert len(found) == 11
    (duplicate,) = found.duplicates
    assert (duplicate.id, duplicate.kept) == ("ethanol-99", "ethanol-2")
    assert duplicate.similarity > DUPLICATE


def test_copies_do_not_make_up_for_missing_replicates() -> None:
    with pytest.raises(InputError, match="5 different spectra"):
        collect([sample("x", "CCO", heights(1), number) for number in range(8)], FORM)


def test_a_spectrum_unlike_its_siblings_is_flagged_and_kept(samples: list[Sample]) -> None:
    odd = replace(sample("ethanol", "CCO", heights(1), 50),
                  signal=Spectrum.of(np.arange(50.0, 58.0), np.arange(1.0, 9.0)))
    found = collect([*samples, odd], FORM)
    assert [one.id for one in found.odd] == ["ethanol-50"]
    assert "ethanol-50" in found.ids


def test_what_is_not_prepared_is_refused_with_its_place(samples: list[Sample]) -> None:
    nameless = Sample("u", samples[0].signal, "u", None, {}, Place("library.msp", 7))
    with pytest.raises(InputError, match=r"library\.msp, record 7.*prepare"):
        collect([*samples, nameless], FORM)


def test_pairwise_is_the_weighted_cosine_of_each_pair() -> None:
    spectra = np.random.default_rng(0).random((4, 30)).astype(np.float32)
    alike = pairwise(spectra)
    assert alike.shape == (4, 4)
    assert alike[1, 3] == pytest.approx(weighted_cosine(spectra[1:2], spectra[3:4])[0])


def test_chains_of_near_spectra_are_one_group() -> None:
    alike = np.eye(5)
    for one, other in ((0, 3), (3, 1), (2, 4)):
        alike[one, other] = alike[other, one] = NEAR + 0.005
    assert grouped(alike) == [0, 0, 2, 0, 2]


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_a_split_gives_each_chemical_k_spectra_and_keeps_groups_apart(
        samples: list[Sample], k: int) -> None:
    near = [sample("ethanol", "CCO",
                   samples[0].signal.intensities * np.exp(0.16 * rng.normal(size=len(MZ))), n)
            for n, rng in ((70, np.random.default_rng(5)), (71, np.random.default_rng(6)))]
    found = collect([*samples, *near], FORM)
    assert len(found) == 13
    assert len(np.unique(found.groups)) == 11
    seen = set()
    for seed in range(12):
        drawn = split(found, k, np.random.default_rng(seed))
        assert np.bincount(found.own[drawn.train]).tolist() == [k, k]
        assert set(found.own[drawn.test]) == {0, 1}
        assert not set(found.groups[drawn.train]) & set(found.groups[drawn.test])
        assert not set(drawn.train) & set(drawn.test)
        assert drawn.left_out == ()
        seen.add(tuple(sorted(drawn.train)))
    assert len(seen) > 1


def test_a_chemical_that_cannot_be_split_is_left_out_of_the_draw_and_named() -> None:
    same = [sample("x", "CCO", heights(1) * np.exp(0.1 * np.random.default_rng(n).normal(
        size=len(MZ))), n) for n in range(5)]
    found = collect([*same, *replicates_of("acetone", "CC(C)=O", 5, 2)], FORM)
    assert split(found, 2, np.random.default_rng(0)).left_out == (0,)
    with pytest.raises(InputError, match="no chemical with 5 spectra"):
        split(found, 5, np.random.default_rng(0))


def test_the_smallest_group_is_kept_for_testing_where_chance_would_leave_nothing() -> None:
    found = replace(collect(replicates_of("a", "CCO", 5, 1), FORM),
                    groups=np.array([0, 0, 2, 3, 4]))
    for seed in range(30):
        drawn = split(found, 4, np.random.default_rng(seed))
        assert (len(drawn.train), len(drawn.test), drawn.left_out) == (4, 1, ())


def test_chemicals_that_can_be_split_are_known_beforehand() -> None:
    found = collect([*replicates_of("a", "CCO", 5, 1), *replicates_of("b", "CCN", 5, 2)], FORM)
    found = replace(found, groups=np.array([0, 0, 0, 3, 3, 5, 6, 7, 8, 9]))
    assert [splittable(found, k).tolist() for k in (3, 4, 5)] == [[0, 1], [1], []]
    for k in (3, 4):
        assert split(found, k, np.random.default_rng(0)).left_out == (() if k == 3 else (0,))


def test_metadata_stay_with_their_spectra_though_ids_are_the_same() -> None:
    samples = [replace(one, id="ethanol", metadata={"Instrument": str(number)})
               for number, one in enumerate(replicates_of("a", "CCO", 5, 1))]
    found = collect(samples, FORM)
    assert [one["Instrument"] for one in found.metadata] == list("01234")
