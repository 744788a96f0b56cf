"""Table III's decoders by region of the hub: adapters of one general decoder, one per chemical.

A vector near the point of a chemical that has an adapter is decoded with it, any other by the
general decoder alone. The folder holds the adapters; the general decoder is found beside it or
among what ships, and is known by its digest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from chemtranslate.artefact import ModelCard, read_card, read_model
from chemtranslate.errors import ArtefactError
from chemtranslate.hub import Hub
from chemtranslate.learning.networks import Stack
from chemtranslate.models import load_decoder
from chemtranslate.plugins import registry
from chemtranslate.protocols import Array, Vectors
from chemtranslate_mass_spec.binning import Bins
from chemtranslate_mass_spec.experiment.specialised import nearest_regions
from chemtranslate_mass_spec.models import SpectrumDecoder, rescaled

BASE = "mass_spec/table2"
"""The general decoder, unless another one is named when the adapters are trained."""
GENERAL = "general"
"""Name of the region that has no adapter."""
_ROWS = 1024
"""Vectors decoded at once: each brings its own adapter, 0.2 MB in float32."""


class RegionalDecoder:
    """Hub vectors -> binned spectra, each with the decoder of its region.

    Args:
        card: `architecture` states `least_cosine`, to the nearest centre, below which a vector
            belongs to no region.
        general: the decoder that the adapters tune.
        tensors: for each tuned layer, of r regions, `down` (r, inputs, rank), `up` (r, rank,
            outputs) and `bias` (r, outputs), all added to the general layer; `centres` (r, 512);
            `chemicals`, JSON as bytes: name and key of each.
    """

    def __init__(
        self, card: ModelCard, general: Stack, tensors: Mapping[str, NDArray[Any]]
    ) -> None:
        self.card = card
        self.form = Bins(general.sizes[-1])
        self.general = general.eval()
        self.centres = tensors["centres"].astype(np.float32)
        self.least = float(card.architecture["least_cosine"])
        self.chemicals: list[dict[str, str]] = json.loads(tensors["chemicals"].tobytes())
        self.names = [*_distinct(self.chemicals), GENERAL]
        layers = sum(name.startswith("bias") for name in tensors)
        self.adapters = [
            [_with_none(tensors[f"{part}{layer}"]) for part in ("down", "up", "bias")]
            for layer in range(layers)
        ]
        regions = len(self.chemicals)
        if self.centres.shape != (regions, general.sizes[0]) or any(
            len(part) != regions + 1 for own in self.adapters for part in own
        ):
            raise ValueError(f"expected centres and adapters of {regions} regions")
        self._forward(torch.zeros(1, general.sizes[0]), torch.tensor([0]))  # do the shapes fit?

    def decode(self, vectors: Vectors) -> Array:
        """Map (n, 512) to (n, bins), clipped at zero, base peak 100 (all zero stays zero)."""
        rows = torch.from_numpy(self._regions(vectors))
        inputs = torch.from_numpy(np.ascontiguousarray(vectors))
        outputs = [
            self._forward(inputs[first : first + _ROWS], rows[first : first + _ROWS]).numpy()
            for first in range(0, len(inputs), _ROWS)
        ]
        return rescaled(np.concatenate([np.zeros((0, self.form.count), np.float32), *outputs]))

    def regions(self, vectors: Vectors) -> Sequence[str]:
        """Map (n, 512) to the name of the chemical whose adapter decodes each, or GENERAL."""
        return [self.names[row] for row in self._regions(vectors)]

    def _regions(self, vectors: Vectors) -> NDArray[np.intp]:
        """Return the adapter of each of n vectors; -1, which is the last one, changes nothing."""
        return nearest_regions(vectors, self.centres, self.least)

    @torch.inference_mode()
    def _forward(self, x: Tensor, rows: Tensor) -> Tensor:
        """Decode (n, 512), each with the adapter of its row, in one batch."""
        layer = 0
        for module in self.general.layers:
            y = module(x)
            if isinstance(module, nn.Linear):
                if layer < len(self.adapters):
                    down, up, bias = (part[rows].float() for part in self.adapters[layer])
                    y += torch.bmm(torch.bmm(x[:, None], down), up)[:, 0] + bias
                layer += 1
            x = y
        return x


def load(folder: Path | None, hub: Hub) -> RegionalDecoder:
    """Load the adapters from their folder, and the general decoder that they tune.

    Raises:
        ArtefactError: the folder is missing or damaged, or the general decoder is not there.
    """
    if folder is None:
        raise ArtefactError("decoders by region need a folder with their weights")
    tensors, card = read_model(folder)
    general = _base_of(folder, card, hub)
    try:
        return RegionalDecoder(card, general.network, tensors)
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise ArtefactError(f"{folder}: weights and card do not fit: {error!r}") from None


def _base_of(folder: Path, card: ModelCard, hub: Hub) -> SpectrumDecoder:
    """Find the general decoder by its digest: where the card says, else the one that ships."""
    hint = card.architecture.get("base")
    shipped = registry().decoder(BASE).folder
    places = [place for place in (hint and folder / str(hint), shipped) if place]
    for place in places:
        try:
            found = read_card(place).digest
        except ArtefactError:
            continue
        if found == card.base:
            return general_decoder(place, hub)[0]
    raise ArtefactError(
        f"{folder}: tunes the general decoder with digest {card.base}, which was found in none of "
        f"{', '.join(str(place) for place in places)}; expected it in one of them"
    )


def general_decoder(reference: str | Path, hub: Hub) -> tuple[SpectrumDecoder, Path]:
    """Load a general decoder by its name or folder; return it with its folder.

    Raises:
        ArtefactError: it is a decoder of another kind.
        UnknownNameError, HubMismatchError: as `load_decoder`.
    """
    guarded = load_decoder(reference, "mass_spec", hub, registry())
    model: object = guarded.model
    if not isinstance(model, SpectrumDecoder) or guarded.folder is None:
        raise ArtefactError(f"{reference}: found {guarded.name}, expected a general decoder")
    return model, guarded.folder


def _distinct(chemicals: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the names of chemicals; the key where there is no name or two have the same."""
    names = [one["name"] for one in chemicals]
    taken = {name for name in names if names.count(name) > 1} | {"", GENERAL}
    return [one["key"] if one["name"] in taken else one["name"] for one in chemicals]


def _with_none(part: NDArray[Any]) -> Tensor:
    """Return what is added in each region, and at the end nothing, for the rest of the hub."""
    return torch.from_numpy(np.concatenate([part, np.zeros_like(part[:1])]))
