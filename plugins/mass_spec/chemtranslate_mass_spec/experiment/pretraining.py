"""What generators know before they meet the experiment's chemicals: models of all the others.

General encoder and decoder, the VAE and the sibling decoder are trained once, on chemicals that are
not in the experiment at all. So nothing that reaches a classifier has seen its test spectra.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from chemtranslate.learning.fitting import LossOf, fit
from chemtranslate.learning.networks import Stack
from chemtranslate_mass_spec.losses import weighted_cosine_loss
from chemtranslate_mass_spec.networks import sizes
from chemtranslate_mass_spec.training import Settings, encoder_loss, remove_peaks

Progress = Callable[[int, int, float], None]
Floats = NDArray[np.float32]

ENCODER = Settings(rate=3e-4, epochs=40, batch=128, falling=True)
"""Table I's encoder for a library of thousands: larger batches at a higher, falling rate reach in
minutes what 300 epochs in batches of 32 reach in half an hour."""
JOINT = Settings(
    rate=5e-4, epochs=60, batch=128, peaks_removed=0.15, cosine_weight=10.0, falling=True
)
"""Encoder and decoder together (Eq. 3)."""
ACQUAINTANCE = Settings(
    rate=5e-4, epochs=300, batch=128, peaks_removed=0.15, cosine_weight=10.0, falling=True
)
"""Of the pair with the experiment's chemicals, from their few training spectra, in steps."""
SIGNAL = 0.2
"""Weight of the decoder's term in Eq. 3 beside the encoder's, whose variance is 1."""
FEWEST, FEWEST_REPLICATED = 500, 100
"""Spectra of other chemicals, and chemicals with several, without which no general model is worth
training: the shipped ones are taken then."""


@dataclass(frozen=True)
class Others:
    """Spectra of the chemicals that are not in the experiment.

    Attributes:
        spectra: (n, bins) float32, base peak 100.
        points: (n, 512) hub vectors of their chemicals.
        own: (n,) number of the chemical of each.
        ids: of the n spectra.
    """

    spectra: Floats
    points: Floats
    own: NDArray[np.intp]
    ids: Sequence[str]

    def replicated(self) -> Others:
        """Return those of chemicals with at least two spectra."""
        rows = np.flatnonzero(np.bincount(self.own)[self.own] > 1)
        return Others(
            self.spectra[rows],
            self.points[rows],
            np.unique(self.own[rows], return_inverse=True)[1],
            [self.ids[row] for row in rows.tolist()],
        )


def enough(own: NDArray[np.intp]) -> bool:
    """Say whether general models can be trained on spectra of chemicals with these numbers."""
    replicated = int((np.bincount(own) > 1).sum()) if len(own) else 0
    return len(own) >= FEWEST and replicated >= FEWEST_REPLICATED


class Pair(nn.Module):
    """Encoder and decoder, trained together.

    Args:
        encoder: of (n, bins) spectra.
        bins: of a spectrum.
    """

    def __init__(self, encoder: Stack, bins: int) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, Stack(sizes(bins)[::-1])


def general_encoder(others: Others, settings: Settings, work: Path, progress: Progress) -> Stack:
    """Train Table I's encoder on other chemicals; checkpoints in `work`."""
    torch.manual_seed(settings.seed)
    network = Stack(sizes(others.spectra.shape[1]))
    loss = encoder_loss(network, others.spectra, others.points)
    fit(network, len(others.spectra), loss, settings, work, resume=True, progress=progress)
    return network


def pair_loss(pair: Pair, train: Floats, points: Floats, settings: Settings) -> LossOf:
    """Return Eq. 3 on rows of (n, bins) spectra and their (n, 512) hub vectors."""
    spectra, aims = torch.from_numpy(train), torch.from_numpy(points)

    def loss_of(rows: Tensor, generator: torch.Generator) -> Tensor:
        target = spectra[rows]
        vectors = pair.encoder(remove_peaks(target, settings.peaks_removed, generator))
        decoded = pair.decoder(vectors)
        cosine: Tensor = weighted_cosine_loss(decoded, target)
        signal = F.mse_loss(decoded, target) + settings.cosine_weight * cosine
        total: Tensor = F.mse_loss(vectors, aims[rows]) + SIGNAL * signal
        return total

    return loss_of


def general_pair(
    others: Others, encoder: Stack, settings: Settings, work: Path, progress: Progress
) -> Pair:
    """Train Table II's decoder on other chemicals, and the encoder on with it (Eq. 3).

    |h_c - E(x')| + |x - D(E(x'))| can be minimised one term after the other. Together, an encoder
    that aims at the chemical's point also keeps, in what it misses it by, in which way this
    spectrum differs from its siblings; a decoder of chemicals that neither has seen needs that.
    """
    torch.manual_seed(settings.seed)
    pair = Pair(encoder, others.spectra.shape[1])
    loss = pair_loss(pair, others.spectra, others.points, settings)
    fit(pair, len(others.spectra), loss, settings, work, resume=True, progress=progress)
    return pair


def acquainted(
    encoder: Stack, decoder: Stack, spectra: Floats, points: Floats, settings: Settings
) -> Pair:
    """Tune a pair that knows other chemicals to the training spectra of all the experiment's.

    The last four layers of a specialised decoder stay as they are in the general one. Those of a
    decoder that has never met a class of chemicals (bile acids, say) cannot write their spectra.

    Args:
        encoder, decoder: stay as they are; copies of them are tuned.
        spectra: (n, bins) the training spectra of this draw, and no others.
        points: (n, 512) hub vectors of their chemicals.
        settings: `epochs` counts steps: the same number, however few spectra there are.
    """
    pair = Pair(deepcopy(encoder), spectra.shape[1])
    pair.decoder.load_state_dict(decoder.state_dict())
    _fit_steps(pair, pair_loss(pair, spectra, points, settings), len(spectra), settings)
    return pair


def acquainted_alone(
    encoder: Stack, spectra: Floats, points: Floats, settings: Settings
) -> Stack:
    """Tune an encoder to the same spectra by its own term of Eq. 3, as the paper trained it.

    Arguments are those of `acquainted`.
    """
    tuned = deepcopy(encoder)
    _fit_steps(tuned, encoder_loss(tuned, spectra, points), len(spectra), settings)
    return tuned


def _fit_steps(network: nn.Module, loss: LossOf, count: int, settings: Settings) -> None:
    network.requires_grad_(True)
    per_epoch = -(-count // settings.batch)
    settings = settings.model_copy(update={"epochs": -(-settings.epochs // per_epoch)})
    fit(network, count, loss, settings, None, resume=False, progress=_quiet)


def _quiet(step: int, steps: int, loss: float) -> None:
    pass
