"""Structures as a modality: encoded by the hub's network, decoded to the nearest reference."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chemtranslate.artefact import ModelCard
from chemtranslate.chemical import Chemical, standardise
from chemtranslate.hub import Hub
from chemtranslate.protocols import Array, Vectors
from chemtranslate.sample import Sample


class Structures:
    """Array form of structures: canonical SMILES of the standardised structure, one text each.

    Args:
        known: chemicals by SMILES, to give decoded structures their names.
    """

    shape: tuple[int, ...] = ()
    dtype = "str"

    def __init__(self, known: Mapping[str, Chemical] | None = None) -> None:
        self.known = known or {}

    def to_array(self, sample: Sample) -> Array:
        """Standardise the structure of a sample whose signal is a Chemical.

        Raises:
            StructureError: the structure cannot be standardised.
        """
        return np.array(standardise(sample.signal.smiles)[0])

    def to_signal(self, array: Array) -> Chemical:
        """Return the chemical that a SMILES stands for."""
        smiles = str(array)
        return self.known.get(smiles) or Chemical(smiles).standardised()


FORM = Structures()


class HubEncoder:
    """The hub's network as an encoder."""

    def __init__(self, hub: Hub) -> None:
        self.card = _card("encoder", "chemception/hub", hub)
        self.form = FORM
        self._hub = hub

    def encode(self, arrays: Array) -> Vectors:
        """Map (n,) SMILES to (n, 512)."""
        return self._hub.model.embed([str(smiles) for smiles in arrays])


class NearestReference:
    """Hub vector -> the nearest reference chemical."""

    def __init__(self, hub: Hub) -> None:
        self.card = _card("decoder", "chemception/nearest", hub)
        self._hub = hub
        self.form = Structures({e.smiles: e.chemical for e in hub.reference.entries})

    def decode(self, vectors: Vectors) -> Array:
        """Map (n, 512) to (n,) SMILES."""
        rows, _ = self._hub.reference.search(vectors, 1)
        return np.array([self._hub.reference.entries[row].smiles for row in rows[:, 0]])


def _card(role: Literal["encoder", "decoder"], name: str, hub: Hub) -> ModelCard:
    """Return the card of a model that is the hub itself: its data, split and digest."""
    return ModelCard(
        role=role,
        name=name,
        modality="chemception",
        hub=hub.id,
        data_licence=hub.card.data_licence,
        split=hub.card.split,
        digest=hub.card.digest,
    )


def load_encoder(folder: Path | None, hub: Hub) -> HubEncoder:
    """Return the hub's own encoder; it has no folder of its own."""
    return HubEncoder(hub)


def load_decoder(folder: Path | None, hub: Hub) -> NearestReference:
    """Return the decoder to reference chemicals; it has no folder of its own."""
    return NearestReference(hub)


def metrics(predicted: NDArray[Any], measured: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """Compare (n,) SMILES: 1 where the structure is the same chemical, else 0."""
    return {"same chemical": (predicted == measured).astype(np.float64)}
