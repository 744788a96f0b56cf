"""The trained hub: drawings through the network, then the fixed linear map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from chemtranslate.artefact import ModelCard, digest, read_model, versions
from chemtranslate.errors import ArtefactError
from chemtranslate.hub import Hub
from chemtranslate.processes import Processes, processes
from chemtranslate.protocols import Predicted
from chemtranslate_chemception.drawing import IMAGE_SPEC, Drawing, draw_all, rasterise
from chemtranslate_chemception.network import Chemception, Heads
from chemtranslate_chemception.targets import TARGETS

CANARIES = (
    "O",
    "CCO",
    "c1ccccc1O",
    "CC(=O)Oc1ccccc1C(=O)O",
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "CCCCCCCCCCCCCCCC(=O)O",
    "CC12CCC3C(CCC4=CC(=O)CCC43C)C1CCC2O",
    "O=[N+]([O-])c1ccccc1",
)
"""Structures embedded again wherever RDKit is of another version than at training."""
DRIFT = 1e-4
VIEWS = 4
_BATCH = 64


class ChemceptionHub:
    """Structures -> hub vectors.

    A molecule and its mirror images are one chemical, but not one picture: the network is shown
    the drawing in every view, and its outputs are averaged.

    Attributes:
        card: the model's card.
        network: drawing -> 512 outputs.
        heads: 512 outputs -> training targets.
        views: how many views of a drawing are averaged: 1 (as laid out), 2 (and mirrored left to
            right) or 4 (and both mirrored up-down).
    """

    def __init__(
        self,
        card: ModelCard,
        network: Chemception,
        heads: Heads,
        mean: NDArray[np.float32],
        matrix: NDArray[np.float32],
        views: int = VIEWS,
    ) -> None:
        self.card = card
        self.network = network.eval()
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.heads = heads.eval()
        self.mean = mean
        self.matrix = matrix
        self.views = views
        self._drawers: Processes | None = None

    def embed(self, smiles: Sequence[str]) -> NDArray[np.float32]:
        """Map n canonical SMILES to hub vectors, (n, 512) float32.

        Raises:
            StructureError: one of them cannot be drawn.
        """
        return self.mapped(self.outputs(smiles))

    def mapped(self, outputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Apply the hub's linear map to the network's outputs, (n, 512) each."""
        vectors: NDArray[np.float32] = (outputs - self.mean).astype(np.float32) @ self.matrix
        return vectors

    def outputs(self, smiles: Sequence[str]) -> NDArray[np.float32]:
        """Map n canonical SMILES to the network's own outputs, (n, 512) float32."""
        blocks = [np.zeros((0, len(self.mean)), np.float32)]
        batches = [smiles[start : start + _BATCH] for start in range(0, len(smiles), _BATCH)]
        in_order = self._drawers.in_order if self._drawers else map
        drawn = in_order(draw_all, batches)
        return np.concatenate([*blocks, *map(self.seen, drawn)])

    def seen(self, drawings: Sequence[Drawing]) -> NDArray[np.float32]:
        """Map n drawings to the network's outputs, averaged over the views, (n, 512) float32."""
        with torch.inference_mode():
            shown = [self.network(picture) for picture in self.pictures(drawings)]
            outputs: NDArray[np.float32] = torch.stack(shown).mean(0).numpy()
        return outputs

    def pictures(self, drawings: Sequence[Drawing]) -> Iterator[torch.Tensor]:
        """Yield the pictures of n drawings, (n, 4, 32, 64), in each view."""
        for view in range(self.views):
            yield torch.from_numpy(rasterise(drawings, [view] * len(drawings)))

    @contextmanager
    def in_bulk(self) -> Iterator[None]:
        """Let another process draw while the network runs, as long as the context lasts.

        The other process imports the main script anew: one that uses this needs the usual
        `if __name__ == "__main__":`.
        """
        with processes(1, "draws structures") as started:
            self._drawers = started
            try:
                yield
            finally:
                self._drawers = None


def predict(hub: Hub, smiles: Sequence[str]) -> list[Predicted]:
    """Predict Tox21 and HIV activity (probabilities) and hydration free energy (kcal/mol).

    A `HubPredictor`: the heads are linear functions of the network's 512 outputs.
    """
    model = hub.model
    assert isinstance(model, ChemceptionHub)
    with torch.inference_mode():
        raw = model.heads.head("end_points")(torch.from_numpy(model.outputs(smiles)))
        active = torch.sigmoid(raw)
    return [
        Predicted(name, "kcal/mol", raw[:, column].numpy())
        if name == "freesolv"
        else Predicted(name, "probability", active[:, column].numpy())
        for column, name in enumerate(TARGETS)
    ]


def hub_id(tensors: dict[str, NDArray[Any]], architecture: dict[str, Any]) -> str:
    """Return the id of a hub: digest of weights, linear map, drawing and architecture.

    The heads and the canaries do not move a point, so they do not count.
    """
    placing = {
        name: tensor for name, tensor in tensors.items() if name.startswith(("network.", "map."))
    }
    return digest(placing, {"architecture": architecture, "drawing": IMAGE_SPEC})


def load(folder: Path) -> ChemceptionHub:
    """Load a hub from its folder and check that it still draws as it did when trained.

    Raises:
        ArtefactError: damaged, or this RDKit's drawings move the canaries by more than DRIFT.
    """
    tensors, card = read_model(folder)
    if hub_id(tensors, card.architecture) != card.hub:
        raise ArtefactError(f"{folder}: its weights or its drawing are not those of hub {card.hub}")
    network = Chemception(card.architecture["filters"], card.architecture["late"])
    network.load_state_dict(_part(tensors, "network."))
    heads = Heads(card.architecture["heads"])
    heads.load_state_dict(_part(tensors, "heads."))
    hub = ChemceptionHub(
        card,
        network,
        heads,
        tensors["map.mean"],
        tensors["map.matrix"],
        card.architecture.get("views", 1),
    )
    if versions("rdkit")["rdkit"] != card.versions.get("rdkit"):
        check_canaries(hub, tensors["canaries"], folder)
    return hub


def check_canaries(hub: ChemceptionHub, expected: NDArray[np.float32], folder: Path) -> None:
    """Raise ArtefactError if the canaries are no longer where they were at training."""
    drift = float(np.abs(hub.embed(CANARIES) - expected).max())
    if drift > DRIFT:
        raise ArtefactError(
            f"{folder}: drawn by RDKit {versions('rdkit')['rdkit']}, known chemicals move by "
            f"{drift:.2g} (at most {DRIFT:g} is harmless); install RDKit "
            f"{hub.card.versions.get('rdkit')}, for which this hub was made"
        )


def _part(tensors: dict[str, NDArray[Any]], prefix: str) -> dict[str, torch.Tensor]:
    return {
        name.removeprefix(prefix): torch.from_numpy(
            tensor.astype(np.float32) if tensor.dtype == np.float16 else tensor
        )
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
