from __future__ import annotations

import io
import random

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdDepictor

from chemtranslate.catalogue import everything
from chemtranslate.chemical import standardise
from chemtranslate.errors import StructureError
from chemtranslate.sample import Sample
from chemtranslate_chemception.drawing import COLUMNS, RESOLUTION, ROWS, Drawing, draw, rasterise
from chemtranslate_chemception.formats import read_sdf
from chemtranslate_chemception.modality import FORM

HARD = {
    "one atom": "C",
    "a noble gas": "[He]",
    "hydrogen": "[H][H]",
    "a proton": "[H+]",
    "a metal without charges": "[Fe]",
    "an ion of it": "[Fe+2].[Cl-].[Cl-]",
    "a complex": "Cl[Pt](Cl)(N)N",
    "an organometallic": "CCCC[Sn](CCCC)(CCCC)OC(C)=O",
    "an inorganic salt": "[Na+].[Cl-]",
    "a salt with a complex anion": "[Li+].F[P-](F)(F)(F)(F)F",
    "an organic salt": "[K+].CC(=O)[O-]",
    "wider than the picture": "C" * 120,
    "a polymer chain as large as allowed": "C" * 1000,
    "wide rings": "c1ccc2cc3cc4cc5cc6cc7ccccc7cc6cc5cc4cc3cc2c1",
    "a macrocycle": "C1" + "C" * 60 + "1",
    "a cage": "C12C3C4C1C5C2C3C45",
}


def picture(stated: str) -> np.ndarray:
    """Draw any SMILES of a chemical."""
    return rasterise([draw(standardise(stated)[0])])[0]


def shuffled(mol: Chem.Mol, seed: int) -> Chem.Mol:
    order = random.Random(seed).sample(range(mol.GetNumAtoms()), mol.GetNumAtoms())
    return Chem.RenumberAtoms(mol, order)


@pytest.mark.parametrize("name", HARD)
def test_everything_a_chemical_can_be_is_drawn_within_the_picture(name: str) -> None:
    drawing = draw(standardise(HARD[name])[0])
    assert np.isfinite(drawing.points).all()
    assert np.isfinite(drawing.values).all()
    image = rasterise([drawing])
    assert image.shape == (1, 4, ROWS, COLUMNS)
    assert image.dtype == np.float32
    assert np.isfinite(image).all()
    assert image[0, 0].any()


def test_a_chemical_draws_the_same_by_any_smiles_and_atom_order() -> None:
    structures = ["CC(=O)Oc1ccccc1C(=O)O", "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
                  "CC12CCC3C(CCC4=CC(=O)CCC43C)C1CCC2O", "NC(=O)c1ccccc1", "Oc1ccccn1",
                  *(chemical.smiles for chemical in list(everything())[100:60_000:2000])]
    for stated in structures:
        mol, expected = Chem.MolFromSmiles(stated), picture(stated)
        for seed in range(3):
            other = Chem.MolToSmiles(shuffled(mol, seed), canonical=False)
            assert np.array_equal(picture(other), expected), f"{stated} as {other}"
        Chem.Kekulize(mol)
        assert np.array_equal(picture(Chem.MolToSmiles(mol, kekuleSmiles=True)), expected)


def test_a_chemical_draws_the_same_by_any_molfile() -> None:
    for stated in ("CC(=O)Oc1ccccc1C(=O)O", "C[C@H](N)C(=O)O", "[Na+].CC(=O)[O-]",
                   "O=c1cccc[nH]1", "C"):
        mol = shuffled(Chem.MolFromSmiles(stated), 1)
        rdDepictor.Compute2DCoords(mol)
        for variant in (mol, Chem.AddHs(mol)):
            block = Chem.MolToMolBlock(variant).encode() + b"$$$$\n"
            (sample,) = read_sdf(io.BytesIO(block), "in.sdf")
            assert isinstance(sample, Sample)
            drawn = rasterise([draw(str(FORM.to_array(sample)))])[0]
            assert np.array_equal(drawn, picture(stated)), stated


def test_stereoisomers_isotopologues_and_salts_draw_the_same() -> None:
    for one, other in (("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"), ("F/C=C/F", "F/C=C\\F"),
                       ("CCO", "[2H]C([2H])([2H])[13CH2]O"), ("CC(=O)O", "CC(=O)[O-].[Na+]")):
        assert np.array_equal(picture(one), picture(other))


def test_different_chemicals_draw_differently() -> None:
    structures = ["CCO", "COC", "CCN", "CCC", "C=CC", "C#CC", "Cc1ccccc1C", "Cc1ccc(C)cc1",
                  "Oc1ccccc1", "Sc1ccccc1", "C", "N", "O", "[Na+]", "[Fe+2]", "[Fe+3]"]
    drawn = {picture(stated).tobytes() for stated in structures}
    assert len(drawn) == len(structures)


def test_a_small_molecule_keeps_its_scale_and_a_wide_one_fills_the_picture() -> None:
    ethane = np.argwhere(picture("CC")[0])
    assert np.ptp(ethane, axis=0).max() * RESOLUTION == pytest.approx(1.5, abs=RESOLUTION)
    for large in ("C" * 200, HARD["a macrocycle"]):
        painted = np.argwhere(picture(large)[0])
        spare = np.array([ROWS, COLUMNS]) - 1 - np.ptp(painted, axis=0)
        assert spare.min() in (0, 1), large
        middle = (painted.min(0) + painted.max(0)) / 2
        np.testing.assert_allclose(middle, ((ROWS - 1) / 2, (COLUMNS - 1) / 2), atol=1)


def test_the_long_axis_lies() -> None:
    for stated in ("CCCCCC", "C#CC#CC#C", "c1ccc2cc3ccccc3cc2c1", "CC(=O)Oc1ccccc1C(=O)O"):
        drawing = draw(standardise(stated)[0])
        standing = Drawing(drawing.points[:, ::-1], drawing.values)
        for one in (drawing, standing):
            height, width = np.ptp(np.argwhere(rasterise([one])[0, 0]), axis=0)
            assert width > height, stated


def test_a_wide_molecule_is_scaled_and_not_cut_off() -> None:
    oxygen = np.argwhere(picture("C" * 50 + "O" + "C" * 150)[0] > 0.75)
    assert len(oxygen) == 1
    place = oxygen[0][1]
    assert min(place, COLUMNS - 1 - place) == pytest.approx(COLUMNS / 4, abs=2)


def test_channels_show_element_and_charge_where_the_atoms_are() -> None:
    chloromethane = picture("CCl")
    assert chloromethane[0].max() == pytest.approx(1.7, rel=1e-3)
    at = np.unravel_index(chloromethane[0].argmax(), (ROWS, COLUMNS))
    assert chloromethane[1][at] < 0
    assert chloromethane[2][at] == pytest.approx(0.25)


def test_a_drawing_is_mirrored_left_right_up_down_and_both() -> None:
    drawing = draw(standardise("CC(=O)Oc1ccccc1C(=O)O")[0])
    images = rasterise([drawing] * 4, range(4))
    assert np.array_equal(images[0], rasterise([drawing])[0])
    flips = [images[0], images[0][:, :, ::-1], images[0][:, ::-1], images[0][:, ::-1, ::-1]]
    for which, image in enumerate(images):
        misses = [_misses(image, flip) for flip in flips]
        assert int(np.argmin(misses)) == which
        assert misses[which] < 0.1 < min(misses[:which] + misses[which + 1 :])


def _misses(one: np.ndarray, other: np.ndarray) -> float:
    """Return the share of painted pixels of one picture that lie over a pixel beside the other."""
    near = np.zeros((ROWS + 2, COLUMNS + 2), bool)
    for y, x in np.argwhere(other[0]):
        near[y : y + 3, x : x + 3] = True
    painted = np.argwhere(one[0])
    return float(np.mean([not near[y + 1, x + 1] for y, x in painted]))


def test_drawing_in_a_batch_is_drawing_alone() -> None:
    drawings = [draw(smiles) for smiles in ("CCO", "C", "C" * 100, "c1ccccc1")]
    together = rasterise(drawings, [0, 3, 1, 2])
    for index, (drawing, mirror) in enumerate(zip(drawings, [0, 3, 1, 2], strict=True)):
        assert np.array_equal(together[index], rasterise([drawing], [mirror])[0])


@pytest.mark.parametrize("smiles", ["", "C1CC", "not a structure"])
def test_what_is_no_structure_cannot_be_drawn(smiles: str) -> None:
    with pytest.raises(StructureError, match="not a structure"):
        draw(smiles)
