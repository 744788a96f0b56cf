"""Fragments that breaking bonds can give, and substructures."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from chemtranslate_mass_spec.fragments import DESCRIBED, MOST, Structures, commonest

BINS = 200


def read(*smiles: str) -> Structures:
    return Structures.of(smiles, commonest(smiles, 4), BINS)


def masses(smiles: str, way: int) -> dict[int, int]:
    """Return how many fragments of a way have which whole m/z."""
    numbers = np.expm1(read(smiles).numbers[0, way].astype(float))
    return {int(place) + 1: round(numbers[place]) for place in np.flatnonzero(numbers)}


def test_a_bond_of_a_chain_gives_two_fragments() -> None:
    assert masses("CCCO", 0) == {15: 1, 45: 1, 29: 1, 31: 1, 43: 1, 17: 1}


def test_two_bonds_give_what_lies_between() -> None:
    assert masses("CCCO", 1) == {14: 2, 28: 1}  # either CH2, and both
    assert masses("CC(C)O", 1) == {28: 2, 30: 1}  # without a methyl and OH, without both methyls


def test_a_ring_breaks_at_two_bonds() -> None:
    found = masses("C1CCC1", 2)
    assert found == {14: 4, 42: 4, 28: 4}  # one or three CH2, or two and two
    assert masses("C1CCC1", 0) == {}


@pytest.mark.parametrize(("smiles", "fragments"), [
    ("C1CC2CCC1C2", 2 * 2 + 2 * 5),  # norbornane: 5 pairs of bonds break it, some in two rings
    ("C1CCC2(C1)CCCC2", 2 * 2 * 10),  # two rings that share an atom: 10 pairs of bonds each
    ("C1CCCCC1", 2 * 15),
])
def test_a_pair_of_bonds_breaks_rings_once(smiles: str, fragments: int) -> None:
    assert sum(masses(smiles, 2).values()) == fragments


def test_a_bond_that_two_rings_share_goes_with_none_of_one_alone() -> None:
    found = masses("C1CCC2CCCCC2C1", 2)
    assert sum(found.values()) == 2 * 2 * 10  # five bonds of each ring, without the shared one
    assert max(found) == 138 - 14  # no more is left than without one CH2


def test_fragments_are_described_from_either_side() -> None:
    found = read("Cc1ccccc1")
    assert found.masses[0, :2].tolist() == [15, 77]
    methyl, phenyl = found.about[0, :2].astype(float)
    aromatic, plain = 0, 4
    assert methyl[plain] == 1
    assert methyl[11 + aromatic] == 1
    assert phenyl[aromatic] == 1
    assert phenyl[11 + plain] == 1
    assert phenyl[22] == pytest.approx(0.6, abs=1e-3)  # six carbons, in tens
    assert methyl[-2] + phenyl[-2] == pytest.approx(1, abs=1e-2)
    assert found.about.shape == (1, MOST, DESCRIBED)


def test_substructures_are_those_of_most_chemicals() -> None:
    smiles = ["CCO", "CCCO", "CCCCO", "c1ccccc1"]
    few = commonest(smiles, 3)
    assert (np.diff(few) > 0).all()
    counts = Structures.of(smiles, few, BINS).counts
    assert (counts[:3] > 0).all()
    assert (counts[3] == 0).all()
    assert commonest(["C"], 9).size == 1
    assert counts.max() >= log(2)


def test_what_cannot_be_read_or_broken_says_nothing() -> None:
    found = read("nonsense(", "C", "")
    for array in (found.masses, found.about, found.numbers):
        assert not array.any()
    assert found.ends.tolist() == [[0, 0], [16, 18], [0, 0]]


def test_of_a_large_molecule_the_first_fragments_are_described_and_all_are_counted() -> None:
    found = Structures.of(["C" * 80], commonest(["CC"], 2), 2000)
    assert (found.masses[0] > 0).all()
    assert np.expm1(found.numbers[0, 0].astype(float)).sum() == pytest.approx(2 * 79, rel=1e-2)


def test_a_chain_of_a_thousand_atoms_is_read() -> None:
    found = Structures.of(["C" * 1000], commonest(["CC"], 2), 797)
    counted = np.expm1(found.numbers[0, 1].astype(float))
    assert counted[13] == pytest.approx(998, rel=1e-2)  # each CH2
