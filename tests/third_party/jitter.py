"""A stranger's decoder of mass spectra that generates and has two parts."""

import numpy as np

from chemtranslate import ModelCard, hookimpl
from chemtranslate.artefact import read_model
from chemtranslate.specs import DecoderSpec
from chemtranslate_mass_spec.binning import FORM

MARK = 796
"""Bin in which every array made says from which hub vector."""


@hookimpl
def chemtranslate_decoders():
    return [DecoderSpec(name="mass_spec/jitter", modality="mass_spec", load="jitter:Jitter")]


class Jitter:
    """Heights off by up to a tenth; the last bin tells the vector."""

    form = FORM

    def __init__(self, folder, hub):
        self.card = ModelCard(role="decoder", name="mass_spec/jitter", modality="mass_spec",
                              hub=hub.id, data_licence="CC0", split="none", digest="0123")
        if folder is not None:
            _, self.card = read_model(folder)

    def decode(self, vectors):
        arrays = np.zeros((len(vectors), *FORM.shape), np.float32)
        arrays[:, 90] = 100
        arrays[:, MARK] = told(vectors)
        return arrays

    def generate(self, arrays, vectors, rngs):
        factors = np.stack([rng.uniform(0.9, 1, FORM.shape) for rng in rngs])
        made = (arrays * factors).astype(np.float32)
        made *= 100 / made.max(1, keepdims=True)
        made[:, MARK] = told(vectors)
        return made

    def regions(self, vectors):
        return ["few" if vector[0] < 0 else "many" for vector in vectors]


def told(vectors):
    """Return a height between 10 and 90 that a vector alone decides, (n,)."""
    return 50 + 40 * np.tanh(vectors[:, 0])
