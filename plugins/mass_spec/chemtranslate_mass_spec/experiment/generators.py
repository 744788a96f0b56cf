"""Ways to make new spectra of chemicals that have few, side by side.

Each takes k measured spectra of every chemical and returns the same number of new ones of each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from chemtranslate.learning.networks import Stack
from chemtranslate_mass_spec.experiment.pretraining import acquainted
from chemtranslate_mass_spec.experiment.sibling import FAINTEST, Sibling, siblings
from chemtranslate_mass_spec.experiment.specialised import (
    ADAPTERS,
    TuningSettings,
    decoders,
    tune,
)
from chemtranslate_mass_spec.experiment.vae import TUNING, Vae, VaeSettings, tuned_vae
from chemtranslate_mass_spec.training import Settings, remove_peaks

Floats = NDArray[np.float32]

PEAKS_REMOVED = 0.15
PEAK_REMOVAL, VAE, SIBLINGS = "peak removal", "VAE", "siblings"
SPECIALISED = "specialised decoders"
"""The paper's way."""


@dataclass(frozen=True)
class General:
    """Models that have seen no chemical of the experiment.

    Attributes:
        encoder, decoder: of Tables I and II, trained together.
        alone: the encoder before that, trained on hub points alone, as the paper's was.
        vae: the paper's baseline; None where it is trained on each draw's spectra alone.
        sibling: the sibling decoder.
    """

    encoder: Stack
    decoder: Stack
    alone: Stack
    vae: Vae | None
    sibling: Sibling


@dataclass(frozen=True)
class Real:
    """What a generator is given.

    Attributes:
        spectra: (n, bins) measured spectra, base peak 100.
        own: (n,) the chemical of each, a row of `points`.
        points: (m, 512) hub vectors of all chemicals.
    """

    spectra: Floats
    own: NDArray[np.intp]
    points: Floats

    def __len__(self) -> int:
        return len(self.spectra)


def met(general: General, real: Real, settings: Settings) -> General:
    """Return general models that have met the training spectra of a draw, and no others."""
    points = real.points[real.own]
    pair = acquainted(general.encoder, general.decoder, real.spectra, points, settings)
    return replace(general, encoder=pair.encoder, decoder=pair.decoder)


Generator = Callable[[Real, int, int], Floats]
"""Measured spectra, copies of each, seed -> (n * copies, bins), the copies of one together."""


def damaged(spectra: Floats, copies: int, seed: int) -> Floats:
    """Return copies of (n, bins) spectra without 15 % of their peaks, (n * copies, bins)."""
    repeated = torch.from_numpy(spectra).repeat_interleave(copies, 0)
    generator = torch.Generator().manual_seed(seed)
    left: Floats = remove_peaks(repeated, PEAKS_REMOVED, generator).numpy()
    return left


def finished(raw: Tensor) -> Floats:
    """Return what a decoder gave as spectra: base peak 100, nothing below FAINTEST percent."""
    made = raw.clamp(min=0)
    made = made * (100 / made.amax(-1, keepdim=True).clamp(min=1e-9))
    made[made < FAINTEST] = 0.0
    spectra: Floats = made.numpy()
    return spectra


class Specialist:
    """The paper's generator: damage, encode, decode with the chemical's own decoder.

    Args:
        general: what the decoders start from.
        real: the only spectra that they are tuned on.
        settings: of the tuning.
        groups: (m,) decoder of each chemical; one each by default.
    """

    def __init__(
        self,
        general: General,
        real: Real,
        settings: TuningSettings = ADAPTERS,
        groups: NDArray[np.intp] | None = None,
    ) -> None:
        self.general, self.real = general, real
        self.groups = np.arange(len(real.points)) if groups is None else groups
        self.served, own = np.unique(self.groups[real.own], return_inverse=True)
        self.tuned = tune(general.decoder, general.encoder, real.spectra, own, settings)

    def decode(self, vectors: Tensor, chemicals: NDArray[np.intp]) -> Floats:
        """Decode (n, 512) hub vectors, each with the decoder of its chemical, (n, bins)."""
        place = np.searchsorted(self.served, self.groups[chemicals])
        made = np.empty((len(vectors), self.general.decoder.sizes[-1]), np.float32)
        with torch.inference_mode():
            for decoder in np.unique(place):
                rows = np.flatnonzero(place == decoder)
                model = decoders(self.general.decoder, self.tuned, np.array([decoder]))
                made[rows] = finished(model(vectors[rows][None])[0])
        return made

    def translate(self, spectra: Floats, chemicals: NDArray[np.intp]) -> Floats:
        """Encode and decode (n, bins) spectra."""
        with torch.inference_mode():
            vectors = self.general.encoder(torch.from_numpy(spectra))
        return self.decode(vectors, chemicals)


def generators(
    general: General,
    tuning: TuningSettings,
    acquaintance: Settings,
    vae_tuning: VaeSettings = TUNING,
) -> Mapping[str, Generator]:
    """Return the ways of Table V by name; the one without a model first, the sibling decoder last.

    Args:
        general: models that know none of the experiment's chemicals.
        tuning: of the specialised decoders.
        acquaintance: of the general pair with the training spectra, before that.
        vae_tuning: of the VAE to the training spectra.
    """

    def specialised(real: Real, copies: int, seed: int) -> Floats:
        known = met(general, real, acquaintance.model_copy(update={"seed": seed}))
        specialist = Specialist(known, real, tuning.model_copy(update={"seed": seed}))
        return specialist.translate(
            damaged(real.spectra, copies, seed), np.repeat(real.own, copies)
        )

    def vae(real: Real, copies: int, seed: int) -> Floats:
        model = tuned_vae(general.vae, real.spectra, seed, vae_tuning)
        return finished(model.vary(torch.from_numpy(real.spectra), copies, seed))

    def sibling(real: Real, copies: int, seed: int) -> Floats:
        rng = np.random.default_rng(seed)
        made = siblings(general.sibling, real.spectra, real.points[real.own], copies, rng)
        return made.reshape(-1, made.shape[-1])

    return {
        PEAK_REMOVAL: lambda real, copies, seed: damaged(real.spectra, copies, seed),
        VAE: vae,
        SPECIALISED: specialised,
        SIBLINGS: sibling,
    }
