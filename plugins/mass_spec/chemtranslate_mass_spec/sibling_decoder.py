"""The sibling decoder, loaded from its folder: new spectra of a chemical from measured ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from chemtranslate.artefact import ModelCard, read_model
from chemtranslate.errors import ArtefactError
from chemtranslate.hub import Hub
from chemtranslate.learning.models import state_of
from chemtranslate.protocols import Array, Vectors
from chemtranslate_mass_spec.binning import Bins
from chemtranslate_mass_spec.experiment.sibling import Sibling, SiblingSettings, differing


class SiblingDecoder:
    """Measured spectra and hub vectors -> what another laboratory might have measured."""

    def __init__(self, card: ModelCard, network: Sibling) -> None:
        self.card = card
        self.form = Bins(network.new.out_features)
        self.network = network.eval()

    def generate(
        self, arrays: Array, vectors: Vectors, rngs: Sequence[np.random.Generator]
    ) -> Array:
        """Map (n, bins) spectra and (n, 512) hub vectors to one sibling each, (n, bins).

        Each row's z is drawn from its own generator. The base peak is 100, and no bin is fainter
        than a reader of spectra would report.
        """
        z = np.array([rng.normal(size=self.network.z) for rng in rngs], np.float32)
        sources = np.ascontiguousarray(arrays, np.float32)
        return differing(self.network, sources, vectors, z.reshape(-1, self.network.z))

    def decode(self, vectors: Vectors) -> Array:
        """Map (n, 512) to (n, bins): the spectrum to expect where none is measured.

        The source is blank and z is zero, the middle of all the ways in which siblings differ.
        """
        blank = np.zeros((len(vectors), self.form.count), np.float32)
        return differing(
            self.network, blank, vectors, np.zeros((len(vectors), self.network.z), np.float32)
        )


def load(folder: Path | None, hub: Hub) -> SiblingDecoder:
    """Load a sibling decoder from its folder."""
    if folder is None:
        raise ArtefactError("a sibling decoder needs a folder with its weights")
    tensors, card = read_model(folder)
    try:
        widths = SiblingSettings(z=card.architecture["z"], hidden=card.architecture["hidden"])
        network = Sibling(card.architecture["bins"], widths, hub.dimensions)
        network.load_state_dict(state_of(tensors))
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise ArtefactError(f"{folder}: weights and card do not fit: {error!r}") from None
    return SiblingDecoder(card, network)
