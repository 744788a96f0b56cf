from __future__ import annotations

import pytest
import torch

from chemtranslate_chemception.drawing import draw, rasterise
from chemtranslate_chemception.network import EMBEDDING, PALETTE, Chemception, Heads, Palette


@pytest.mark.parametrize(("filters", "late"), [(8, 8), (8, 16), (24, 16)])
def test_the_embedding_layer_has_512_outputs_whatever_the_pooled_width(filters: int,
                                                                       late: int) -> None:
    network = Chemception(filters, late).eval()
    with torch.no_grad():
        assert network.features(torch.zeros(1, 4, 32, 64)).shape == (1, round(7.875 * late))
        assert network(torch.zeros(1, 4, 32, 64)).shape == (1, EMBEDDING)


def test_the_palette_gives_every_usual_shade_a_channel_of_its_own() -> None:
    palette = Palette()
    for channel, (_, shades) in PALETTE.items():
        for shade in shades:
            image = torch.zeros(1, 4, 1, 1)
            image[0, channel] = float(torch.tensor(shade).half())  # as drawings store it
            seen = palette(image)[0, 4:, 0, 0]
            assert seen.max() > 0.95
            assert (seen > 0.05).sum() == 1
    assert not palette(torch.zeros(1, 4, 2, 2)).any()


def test_carbon_bonds_valences_and_orbitals_of_real_drawings_are_on_the_palette() -> None:
    for smiles, count in (("CC#N", 3), ("Clc1ccccc1Br", 8), ("CP(=O)(O)OC=C", 7)):
        seen = Palette()(torch.from_numpy(rasterise([draw(smiles)])))[0, 4:]
        valences = slice(14, 20)
        assert (seen[valences] > 0.9).any(0).sum() == (seen[20:] > 0.9).any(0).sum() == count
        painted = (seen[:14] > 0.9).any(0).sum()
        assert painted == torch.from_numpy(rasterise([draw(smiles)]))[0, 0].bool().sum()


def test_in_evaluation_mode_a_molecule_does_not_feel_its_batch() -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(5, 4, 32, 64, generator=generator)
    network = Chemception(4, 4).eval()
    with torch.no_grad():
        torch.testing.assert_close(network(images)[2:3], network(images[2:3]), atol=1e-5, rtol=1e-4)


def test_every_parameter_learns() -> None:
    torch.manual_seed(0)
    network, heads = Chemception(4, 4), Heads({"a": 3, "b": 2})
    outputs = heads(network(torch.randn(6, 4, 32, 64)))
    assert {name: tuple(value.shape) for name, value in outputs.items()} == {
        "a": (6, 3), "b": (6, 2)}
    sum(value.square().sum() for value in outputs.values()).backward()
    still = [name for module in (network, heads) for name, p in module.named_parameters()
             if p.grad is None or not p.grad.any()]
    assert not [name for name in still if not name.endswith("bias")]
