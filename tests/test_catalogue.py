from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chemtranslate.catalogue import ORGANIC_MASS, named, organics, resolve
from chemtranslate.chemical import Chemical
from chemtranslate.errors import ChemTranslateError, UnknownNameError

CAFFEINE = "RYYVLZVUVIJVGH"


@pytest.mark.parametrize("text", [
    "caffeine", "Caffeine", " 58-08-2 ", "RYYVLZVUVIJVGH-UHFFFAOYSA-N", CAFFEINE,
    "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
])
def test_a_chemical_is_found_by_name_cas_number_inchikey_and_smiles(text: str) -> None:
    chemical = resolve(text)
    assert chemical.key == CAFFEINE
    assert chemical.name == "caffeine"
    assert chemical.cas == "58-08-2"


@pytest.mark.parametrize("text", ["CCCCO", "CC(C)(C)CC", "FC(F)(F)c1ccc(Br)cc1I"])
def test_a_smiles_resolves_to_its_own_structure(text: str) -> None:
    assert resolve(text).key == Chemical(text).standardised().key


@pytest.mark.parametrize("text", [
    "caffiene", "no such chemical", "N acetyl nothing", "O xyleen", "I do not exist", "0-00-0",
    "1-1-1", "zzz",
])
def test_what_nobody_knows_is_an_error_and_never_some_chemical(text: str) -> None:
    with pytest.raises(UnknownNameError, match="unknown chemical"):
        resolve(text)


@pytest.mark.parametrize(("text", "key"), [
    ("nicotine", "SNICXCGAKADSCV"), ("Α-Pinene", "GRWFGVWFFZKLTI"),
    ("β-carotene", "OENHQHLEOONYIE"),
])
def test_greek_letters_are_read_and_a_name_stands_for_its_stereoisomers(
        text: str, key: str) -> None:
    assert resolve(text).key == key


def test_a_cas_number_with_a_wrong_check_digit_is_told() -> None:
    with pytest.raises(UnknownNameError, match="as a CAS number it would end with 2"):
        resolve("58-08-3")


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_name_is_said_to_be_empty(text: str) -> None:
    with pytest.raises(UnknownNameError, match="found an empty name, expected"):
        resolve(text)


@pytest.mark.parametrize(("text", "reason"), [
    ("9" * 5000 + "-64-1", "unknown chemical"), ("C1CC", "cannot parse"),
    ("[*][*]", "dummy atoms only"), ("C" * 10_000, "10000 heavy atoms"),
])
def test_what_is_nearly_a_structure_is_told_why_it_is_none(text: str, reason: str) -> None:
    with pytest.raises(UnknownNameError, match=reason) as caught:
        resolve(text)
    assert len(str(caught.value)) < 400


def test_an_unknown_name_suggests_close_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"close names are .*caffeine"):
        resolve("caffiene")


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=12))
@example("²-²-²")
@example("٣-٣-٣")
def test_any_text_resolves_or_is_an_error_of_the_project(text: str) -> None:
    try:
        chemical = resolve(text)
    except ChemTranslateError:
        return
    assert chemical.smiles
    assert chemical.key


def test_a_chemical_that_the_catalogue_lacks_keeps_its_own_words() -> None:
    for chemical in (Chemical("CCO", name="spirit"), Chemical("C" * 200).standardised()):
        assert named(chemical) == chemical


def test_reference_chemicals_are_organic_of_the_stated_mass_and_best_known_first() -> None:
    from rdkit.Chem import MolFromSmiles
    from rdkit.Chem.Descriptors import MolWt

    first = list(itertools.islice(organics(), 3000))
    assert {"ethanol", "caffeine", "benzene"} <= {c.name.lower() for c in first}
    for chemical in first[::100]:
        mol = MolFromSmiles(chemical.smiles)
        assert any(atom.GetAtomicNum() == 6 for atom in mol.GetAtoms())
        assert ORGANIC_MASS[0] - 1 <= MolWt(mol) <= ORGANIC_MASS[1] + 1


@pytest.mark.parametrize(("text", "name"), [
    ("O", "water"), ("CC(=O)O", "acetic acid"), ("OC(=O)c1ccccc1", "benzoic acid"),
    ("OC=O", "formic acid"), ("OC(=O)/C=C/C(=O)O", "fumaric acid"),
    ("OC(=O)/C=C\\C(=O)O", "maleic acid"), ("VZCYOOQTPOCHFL-OWOJBTEDSA-N", "fumaric acid"),
    ("QTBSBXVTEAMEQO", "acetic acid"), ("CC(=O)[O-]", "acetate ion"),
])
def test_a_structure_has_the_name_of_the_row_that_states_it(text: str, name: str) -> None:
    assert resolve(text).name == name


def test_of_the_rows_of_a_key_the_neutral_one_names_it() -> None:
    for smiles, name in (("CC(=O)[O-]", "acetic acid"), ("[OH-]", "water"), ("CCO", "ethanol")):
        assert named(Chemical(smiles).standardised()).name == name


def test_a_row_without_a_pubchem_number_is_not_the_best_known() -> None:
    assert all("vanadium" not in c.name for c in itertools.islice(organics(), 1000))


@pytest.mark.parametrize("text", ["9" * 5000 + "-17-5", "0" * 5000 + "64-17-4", "64175--", "1,"])
def test_what_is_nearly_a_cas_number_is_an_unknown_chemical(text: str) -> None:
    with pytest.raises(UnknownNameError, match="unknown chemical"):
        resolve(text)


def test_zeros_before_a_cas_number_are_passed_over() -> None:
    assert resolve("0" * 5000 + "64-17-5").smiles == "CCO"
