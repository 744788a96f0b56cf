"""Encoders and decoders that are one network each, as loaded from their folders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import nn

from chemtranslate.artefact import ModelCard, Tensors, halved, read_model
from chemtranslate.errors import ArtefactError, InputError
from chemtranslate.protocols import Array, ArrayForm, Vectors

Network = TypeVar("Network", bound=nn.Module)


class NetworkEncoder(Generic[Network]):
    """Arrays -> hub vectors; fulfils `Encoder`."""

    def __init__(self, card: ModelCard, network: Network, form: ArrayForm) -> None:
        self.card = card
        self.form = form
        self.network = network.eval()

    def encode(self, arrays: Array) -> Vectors:
        """Map (n, *form.shape) to (n, 512)."""
        return through(self.network, arrays)


class NetworkDecoder(Generic[Network]):
    """Hub vectors -> arrays; fulfils `Decoder`.

    Args:
        finish: what is done to the network's outputs, (n, *form.shape), so that they are signals.
    """

    def __init__(
        self,
        card: ModelCard,
        network: Network,
        form: ArrayForm,
        finish: Callable[[Array], Array] = lambda arrays: arrays,
    ) -> None:
        self.card = card
        self.form = form
        self.network = network.eval()
        self.finish = finish

    def decode(self, vectors: Vectors) -> Array:
        """Map (n, 512) to (n, *form.shape)."""
        return self.finish(through(self.network, vectors))


def load_network(
    folder: Path | None, build: Callable[[Mapping[str, Any]], Network]
) -> tuple[ModelCard, Network]:
    """Load a network from its model folder.

    Args:
        build: makes the network, untrained, from the architecture that the card states.

    Raises:
        ArtefactError: there is no folder, it is damaged, or weights and card do not fit.
    """
    if folder is None:
        raise ArtefactError("this model ships without weights: train it, and name its folder")
    tensors, card = read_model(folder)
    try:
        network = build(card.architecture)
        network.load_state_dict(state_of(tensors))
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise ArtefactError(f"{folder}: weights and card do not fit: {error!r}") from None
    return card, network


def state_of(tensors: Tensors) -> dict[str, torch.Tensor]:
    """Return the tensors of a folder as a network takes them: numbers in single precision."""
    return {
        name: torch.from_numpy(tensor.astype(np.float32) if tensor.dtype.kind == "f" else tensor)
        for name, tensor in tensors.items()
    }


def weights_of(network: nn.Module) -> Tensors:
    """Return the weights of a network as they are kept in its folder."""
    return halved({name: tensor.numpy() for name, tensor in network.state_dict().items()})


def network_of(encoder: object) -> nn.Module:
    """Return the network of an encoder, for training on its vectors without a detour.

    Raises:
        InputError: the encoder is not one network.
    """
    network = getattr(getattr(encoder, "model", encoder), "network", None)
    if not isinstance(network, nn.Module):
        raise InputError(
            f"cannot train on the vectors of {encoder!r}: expected an encoder that is one network"
        )
    return network.eval()


def through(network: nn.Module, arrays: Array) -> Array:
    """Pass (n, ...) numbers through a network."""
    with torch.inference_mode():
        outputs: Array = network(torch.from_numpy(np.ascontiguousarray(arrays))).numpy()
    return outputs
