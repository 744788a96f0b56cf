from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from chemtranslate.catalogue import everything
from chemtranslate.chemical import MAX_ATOMS, Chemical, quiet_rdkit, standardise
from chemtranslate.errors import StructureError

ONE_CHEMICAL = {
    "stereoisomers": ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "CC(N)C(=O)O"),
    "double bond isomers": ("C/C=C/C", "C/C=C\\C", "CC=CC"),
    "isotopologues": ("CCO", "[13CH3]CO", "[2H]C([2H])([2H])C([2H])([2H])O[2H]"),
    "salts of an acid": ("CC(=O)O", "CC(=O)[O-].[Na+]", "[K+].CC(=O)[O-]", "CC(=O)[O-]"),
    "salts of a base": ("CCN", "CC[NH3+].[Cl-]", "Cl.CCN"),
    "zwitterions": ("NCC(=O)O", "[NH3+]CC(=O)[O-]"),
    "2-pyridone and 2-hydroxypyridine": ("O=c1cccc[nH]1", "Oc1ccccn1"),
    "tautomers of benzotriazole": ("c1ccc2c(c1)[nH]nn2", "c1ccc2c(c1)nn[nH]2"),
    "a hydrate": ("OC(=O)CC(O)(C(=O)O)CC(=O)O.O", "OC(=O)CC(O)(C(=O)O)CC(=O)O"),
    "Kekulé forms": ("c1ccccc1", "C1=CC=CC=C1"),
    "explicit hydrogens": ("CO", "[H]C([H])([H])O[H]"),
}
MANY_CHEMICALS = {
    "keto and enol of acetone": ("CC(C)=O", "CC(O)=C"),
    "keto and enol of acetylacetone": ("CC(=O)CC(C)=O", "CC(O)=CC(C)=O"),
    "constitutional isomers": ("CCO", "COC"),
    "positional isomers": ("Cc1ccccc1C", "Cc1ccc(C)cc1", "Cc1cccc(C)c1"),
}
HARD = (
    "C", "[H][H]", "[He]", "[H+]", "[Na+].[Cl-]", "[Fe]", "F[Pt](F)(F)F", "Cl[Pt](Cl)(N)N",
    "C[Hg]C", "CCCC[Sn](CCCC)(CCCC)OC(C)=O", "[Li+].F[P-](F)(F)(F)(F)F", "OB(O)O",
    "C[Si](C)(C)O[Si](C)(C)C", "[Fe+2].c1cc[cH-]c1.c1cc[cH-]c1", "CC[N+](C)(C)C.[Br-]",
    "[O-][N+](=O)c1ccccc1", "O[Cr](=O)(=O)O", "[C-]#[O+]", "NC(=O)c1ccccc1", "CC(=O)Nc1ccc(O)cc1",
    "O=c1[nH]c(=O)c2[nH]c(=O)[nH]c2[nH]1",
)


@pytest.mark.parametrize("name", ONE_CHEMICAL)
def test_the_identity_policy_joins(name: str) -> None:
    assert len({standardise(smiles) for smiles in ONE_CHEMICAL[name]}) == 1


@pytest.mark.parametrize("name", MANY_CHEMICALS)
def test_the_identity_policy_keeps_apart(name: str) -> None:
    structures = MANY_CHEMICALS[name]
    assert len({standardise(smiles)[1] for smiles in structures}) == len(structures)
    assert len({standardise(smiles)[0] for smiles in structures}) == len(structures)


def test_the_key_is_the_first_block_of_the_inchikey() -> None:
    chemical = Chemical("OCC", name="spirit").standardised()
    assert chemical == Chemical("CCO", "LFQSCWFLJHTTHZ", "spirit")
    assert chemical.key == Chemical(inchikey="lfqscwfljhtthz-UHFFFAOYSA-N").key == "LFQSCWFLJHTTHZ"


def _sample_of_the_catalogue(step: int) -> list[str]:
    stated = [chemical.smiles for chemical in everything()][::step]
    with quiet_rdkit():
        return [smiles for smiles in stated if Chem.MolFromSmiles(smiles) is not None]


def test_standardising_twice_is_standardising_once() -> None:
    changed = []
    for smiles in (*HARD, *_sample_of_the_catalogue(400)):
        once = standardise(smiles)
        try:
            twice = standardise(once[0])
        except StructureError as error:
            twice = (str(error), "")
        if twice != once:
            changed.append(f"{smiles}: {once} -> {twice}")
    assert not changed, "\n".join(changed)


def test_any_order_of_atoms_gives_the_same_standard_structure() -> None:
    rng = random.Random(3)
    changed = []
    for smiles in (*HARD, *_sample_of_the_catalogue(400)):
        mol = Chem.MolFromSmiles(smiles)
        order = rng.sample(range(mol.GetNumAtoms()), mol.GetNumAtoms())
        shuffled = Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False)
        if standardise(shuffled) != standardise(smiles):
            changed.append(f"{smiles} as {shuffled}")
    assert not changed, "\n".join(changed)


@pytest.mark.parametrize(("smiles", "sentence"), [
    ("", "found an empty SMILES"),
    (" \t", "found an empty SMILES"),
    ("C1CC", "cannot parse SMILES 'C1CC'"),
    ("ethanol!", "cannot parse SMILES 'ethanol!'"),
    ("C(C)(C)(C)(C)C", "cannot parse SMILES"),
    ("*", "holds dummy atoms only"),
    ("**.*", "holds dummy atoms only"),
    ("C[*]", r"cannot describe 'C\[\*\]': it holds a dummy atom"),
    ("C" * (MAX_ATOMS + 1), f"{MAX_ATOMS + 1} heavy atoms, expected at most {MAX_ATOMS}"),
    ("C\0C", "cannot parse SMILES"),
])
def test_what_is_no_structure_is_refused_in_a_short_sentence(smiles: str, sentence: str) -> None:
    with pytest.raises(StructureError, match=sentence) as caught:
        standardise(smiles)
    assert len(str(caught.value)) < 160


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="CNOcnos[]()=#+-123@/\\.*HFel \u00e9", max_size=24))
def test_any_text_is_either_a_structure_or_a_structure_error(text: str) -> None:
    try:
        smiles, key = standardise(text)
    except StructureError:
        return
    assert smiles
    assert len(key) == 14


def test_rdkit_does_not_write_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StructureError):
        standardise("C1CC(")
    standardise("[13CH3]/C=C/[C@H](F)Cl")
    captured = capfd.readouterr()
    assert captured.err == captured.out == ""
