"""Candidates, what their structures say, and the lists that formulas and masses leave."""

from __future__ import annotations

import numpy as np
import pytest

from chemtranslate.candidates import Candidates, facts_of, hill
from chemtranslate.errors import InputError
from chemtranslate.table import EmbeddingTable, Entry, TableCard


def candidates(*smiles: str) -> Candidates:
    entries = [Entry(str(number), one, one, f"KEY{one}") for number, one in enumerate(smiles)]
    card = TableCard(hub="a hub", dimensions=3)
    return Candidates.of(EmbeddingTable(card, entries, np.eye(len(smiles), 3, dtype=np.float32)))


@pytest.mark.parametrize(("text", "expected"), [
    ("OC2H6", "C2H6O"), ("C 6 H12 O6", "C6H12O6"), ("H2O", "H2O"), ("ClCH3", "CH3Cl"),
    ("CH3CH2OH", "C2H6O"), ("NaCl", "ClNa"),
])
def test_formulas_are_put_in_the_order_of_hill(text: str, expected: str) -> None:
    assert hill(text) == expected


@pytest.mark.parametrize(("text", "reason"), [
    ("", "found the formula ''"), ("c6h6", "expected elements"), ("C6H6+", "expected elements"),
    ("Xx2", "element 'Xx'"), ("12", "expected elements"),
    ("C0", "expected elements"),
])
def test_what_is_no_formula_is_an_error(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        hill(text)


def test_formulas_and_masses_are_those_of_the_chemical_not_of_its_salt() -> None:
    formulas, masses = facts_of(["CCO", "", "C1CC", "[Na+].CC(=O)[O-]"])
    assert formulas.tolist() == ["C2H6O", "", "", "C2H4O2"]
    np.testing.assert_allclose(masses, [46.0419, np.nan, np.nan, 60.0211], atol=1e-3)


def test_candidates_are_chosen_by_formula_and_by_mass() -> None:
    every = candidates("CCO", "COC", "CCN", "CC=O")
    isomers = every.of_formula("H6C2O")
    assert isomers.smiles == ["CCO", "COC"]
    assert isomers.alike
    assert not every.alike
    assert every.of_mass(45.06, 0.1).smiles == ["CCN"]
    assert every.of_mass(44.6, 0.6).smiles == ["CCN", "CC=O"]
    assert [entry.smiles for entry in isomers.subtable().entries] == ["CCO", "COC"]
    np.testing.assert_array_equal(isomers.subtable().vectors, every.vectors[:2])


def test_a_mass_that_is_hardly_known_leaves_no_isomers() -> None:
    every = candidates("CCO", "COC", "CCCCCC", "c1ccccc1")
    assert every.of_mass(46.04, 0.1).alike
    assert not every.of_mass(60, 500).alike
    assert candidates("CCO", "COC").alike


def test_a_formula_or_mass_that_nothing_matches_is_an_error() -> None:
    every = candidates("CCO", "COC")
    with pytest.raises(InputError, match="no candidate of the formula C6H6 among 2"):
        every.of_formula("C6H6")
    with pytest.raises(InputError, match="no candidate of a mass of 100 ± 0.5 Da among 2"):
        every.of_mass(100)


def test_rows_of_one_key_are_one_candidate() -> None:
    entries = [Entry("1", "D", "CCO", "SAME"), Entry("2", "L", "CCO", "SAME"), Entry("3", "x")]
    card = TableCard(hub="a hub", dimensions=2)
    found = Candidates.of(EmbeddingTable(card, entries, np.ones((3, 2), np.float32)))
    assert found.rows.tolist() == [0, 2]
    assert found.keys == ["SAME", "2"]
