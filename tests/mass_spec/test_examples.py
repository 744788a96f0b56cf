"""The packaged example spectra: cited, readable, and of the chemicals that they name."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

import chemtranslate_mass_spec
from chemtranslate.catalogue import resolve
from chemtranslate.sample import Sample
from chemtranslate.translator import Translator
from chemtranslate_mass_spec.binning import FORM

FILE = Path(chemtranslate_mass_spec.__file__).parent / "examples" / "examples.msp"
EXAMPLES = list(Translator().read(FILE, modality="mass_spec"))

each_example = pytest.mark.parametrize("example", EXAMPLES, ids=[e.id for e in EXAMPLES])


def test_there_are_a_handful_with_names_of_their_own() -> None:
    assert 5 <= len(EXAMPLES) <= 12
    assert len({example.id for example in EXAMPLES}) == len(EXAMPLES)
    assert len({example.chemical and example.chemical.key for example in EXAMPLES}) == len(EXAMPLES)


@each_example
def test_an_example_says_where_its_peaks_were_published(example: Sample) -> None:
    comment = example.metadata["Comment"]
    assert comment.startswith("after ")
    assert "http://" in comment or "J. Agric. Food Chem." in comment
    assert example.metadata["Instrument_type"].startswith("EI")


@each_example
def test_structure_inchikey_formula_and_cas_number_agree(example: Sample) -> None:
    chemical = example.chemical
    assert chemical is not None
    molecule = Chem.MolFromSmiles(chemical.smiles)
    assert Chem.MolToSmiles(molecule) == chemical.smiles
    assert Chem.MolToInchiKey(molecule) == chemical.inchikey
    assert CalcMolFormula(molecule) == example.metadata["Formula"]
    assert resolve(chemical.cas).key == chemical.key


@each_example
def test_an_example_is_a_spectrum_that_the_models_can_take(example: Sample) -> None:
    assert len(example.signal) >= 8
    assert FORM.to_array(example).max() == 100
    assert example.signal.mz.max() <= FORM.count
    assert (example.signal.mz % 1 == 0).all()
