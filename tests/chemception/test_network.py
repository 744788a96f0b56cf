from __future__ import annotations

import pytest
import torch

from chemtranslate_chemception.network import EMBEDDING, Chemception, Heads


@pytest.mark.parametrize(("filters", "late"), [(8, 8), (8, 16), (24, 16)])
def test_the_embedding_layer_has_512_outputs_whatever_the_pooled_width(filters: int,
                                                                       late: int) -> None:
    network = Chemception(filters, late).eval()
    with torch.no_grad():
        assert network.features(torch.zeros(1, 4, 80, 80)).shape == (1, round(7.875 * late))
        assert network(torch.zeros(1, 4, 80, 80)).shape == (1, EMBEDDING)


def test_a_network_of_other_channels_takes_other_drawings() -> None:
    with torch.no_grad():
        outputs = Chemception(4, 4, channels=2).eval()(torch.zeros(1, 2, 80, 80))
        assert outputs.shape == (1, EMBEDDING)


def test_in_evaluation_mode_a_molecule_does_not_feel_its_batch() -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(5, 4, 80, 80, generator=generator)
    network = Chemception(4, 4).eval()
    with torch.no_grad():
        torch.testing.assert_close(network(images)[2:3], network(images[2:3]), atol=1e-5, rtol=1e-4)


def test_every_parameter_learns() -> None:
    torch.manual_seed(0)
    network, heads = Chemception(4, 4), Heads({"a": 3, "b": 2})
    outputs = heads(network(torch.randn(6, 4, 80, 80)))
    assert {name: tuple(value.shape) for name, value in outputs.items()} == {
        "a": (6, 3), "b": (6, 2)}
    sum(value.square().sum() for value in outputs.values()).backward()
    still = [name for module in (network, heads) for name, p in module.named_parameters()
             if p.grad is None or not p.grad.any()]
    assert not [name for name in still if not name.endswith("bias")]
