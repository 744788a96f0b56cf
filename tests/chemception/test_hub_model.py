from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from chemtranslate.artefact import CARD, read_model, write_model
from chemtranslate.errors import ArtefactError
from chemtranslate.hub import Hub
from chemtranslate_chemception.drawing import Drawing, draw, rasterise
from chemtranslate_chemception.hub_model import CANARIES, ChemceptionHub, hub_id, load


@pytest.fixture
def copy(tiny_hub_folder: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_hub_folder, tmp_path / "hub")


def test_the_id_changes_with_weights_map_and_architecture_and_nothing_else(
        tiny_hub_folder: Path) -> None:
    tensors, card = read_model(tiny_hub_folder)
    first = next(name for name in tensors if name.startswith("network.") and tensors[name].ndim > 1)
    assert hub_id(tensors, card.architecture) == card.hub
    for changed in ({**tensors, first: tensors[first] + 1},
                    {**tensors, "map.mean": tensors["map.mean"] + 1},
                    {**tensors, "map.matrix": tensors["map.matrix"] * 2}):
        assert hub_id(changed, card.architecture) != card.hub
    assert hub_id(tensors, {**card.architecture, "filters": 5}) != card.hub
    same = {name: tensor for name, tensor in tensors.items() if not name.startswith("heads.")}
    assert hub_id({**same, "canaries": tensors["canaries"] + 1}, card.architecture) == card.hub


def test_the_id_changes_with_the_drawing(tiny_hub_folder: Path,
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    tensors, card = read_model(tiny_hub_folder)
    monkeypatch.setitem(hub_id.__globals__["IMAGE_SPEC"], "version", 99)
    assert hub_id(tensors, card.architecture) != card.hub


def test_weights_swapped_under_a_card_are_refused(copy: Path) -> None:
    tensors, card = read_model(copy)
    moved = {**tensors, "map.mean": tensors["map.mean"] + 1}
    shutil.rmtree(copy)
    write_model(copy, moved, card)  # the digest fits, the hub's id does not
    with pytest.raises(ArtefactError, match=f"not those of hub {card.hub}"):
        load(copy)


def _with_another_rdkit(folder: Path) -> None:
    card = json.loads((folder / CARD).read_text())
    card["versions"]["rdkit"] = "1999.1"
    (folder / CARD).write_text(json.dumps(card))


def test_another_rdkit_that_draws_alike_is_harmless(copy: Path) -> None:
    _with_another_rdkit(copy)
    load(copy)


def test_another_rdkit_that_moves_the_canaries_is_refused(copy: Path) -> None:
    tensors, card = read_model(copy)
    shutil.rmtree(copy)
    write_model(copy, {**tensors, "canaries": tensors["canaries"] + 2e-4}, card)
    load(copy)  # the same RDKit: nothing to check
    _with_another_rdkit(copy)
    with pytest.raises(ArtefactError, match=r"known chemicals move by 0\.0002.*install RDKit 1999"):
        load(copy)


def test_the_canaries_stand_at_points_of_their_own(tiny_hub: Hub) -> None:
    vectors = tiny_hub.model.embed(CANARIES)
    assert np.isfinite(vectors).all()
    assert len(np.unique(vectors.round(4), axis=0)) == len(CANARIES)


def test_hub_vectors_are_the_outputs_under_the_linear_map(tiny_hub: Hub) -> None:
    model = tiny_hub.model
    assert isinstance(model, ChemceptionHub)
    outputs = model.outputs(["CCO", "C"])
    np.testing.assert_allclose(model.embed(["CCO", "C"]), (outputs - model.mean) @ model.matrix,
                               atol=1e-5)
    assert model.embed([]).shape == (0, 512)


def test_a_molecule_and_its_mirror_images_are_one_point(tiny_hub: Hub) -> None:
    model = tiny_hub.model
    assert isinstance(model, ChemceptionHub)
    assert model.views == 4
    drawing = draw("CC12CCC3C(CCC4=CC(=O)CCC43C)C1CCC2O")
    mirrored = Drawing(drawing.points * np.array([1, -1], np.float32), drawing.values)
    assert not np.array_equal(rasterise([drawing]), rasterise([mirrored]))
    np.testing.assert_allclose(model.seen([drawing]), model.seen([mirrored]), atol=1e-4)
