"""Training of the sibling decoder on the replicates of the train part."""

from __future__ import annotations

import numpy as np
import torch
from pydantic import Field

from chemtranslate.artefact import ModelCard
from chemtranslate.errors import InputError
from chemtranslate.files import check_output
from chemtranslate.learning.folder import card_of, chosen, work_of, written
from chemtranslate.learning.library import Library, library
from chemtranslate.learning.models import weights_of
from chemtranslate.marks import marks
from chemtranslate.protocols import Training
from chemtranslate_mass_spec.binning import Bins
from chemtranslate_mass_spec.experiment.metrics import diversity
from chemtranslate_mass_spec.experiment.sibling import SiblingSettings, fit_sibling
from chemtranslate_mass_spec.record_fields import lower_case
from chemtranslate_mass_spec.sibling_decoder import SiblingDecoder
from chemtranslate_mass_spec.similarity import weighted_cosine


class Settings(SiblingSettings):
    """Hyper-parameters of the decoder that is kept.

    Attributes:
        bins: of a spectrum.
        fewest: chemicals with replicates without which it is not worth training: in how many ways
            spectra of one chemical can differ, few chemicals do not show.
    """

    bins: int = Field(797, ge=2)
    fewest: int = Field(200, ge=1)


SIBLING = Settings()


def train_sibling(training: Training) -> ModelCard:
    """Train the sibling decoder and write its folder; a `Trainer`.

    It learns from the chemicals of the train part that have two spectra or more once the held-out
    replicates are left out. It needs no encoder: its hub vectors are the chemicals' own points.

    Raises:
        InputError: too few chemicals have replicates, or as `library`.
    """
    check_output(training.folder, training.force)
    settings = chosen(SIBLING, training)
    data = library(training.samples, training.hub, Bins(settings.bins), lower_case).with_several(2)
    if len(data.keys) < settings.fewest:
        raise InputError(
            f"found {len(data.keys)} chemicals of the train part with two spectra or more to learn "
            f"from, expected at least {settings.fewest} (--set fewest=N for another number)"
        )
    network = fit_sibling(
        data.train,
        data.train_points,
        data.own,
        settings,
        training.progress,
        work=work_of(training),
        resume=training.resume,
    )
    card = card_of(
        training,
        "decoder",
        "mass_spec/sibling",
        "Sibling decoder: a conditional variational autoencoder of how spectra of one chemical "
        "differ from each other",
        settings,
        data,
        samples="spectra",
        architecture={"bins": settings.bins, "z": settings.z, "hidden": settings.hidden},
        metrics={},
    )
    tensors = weights_of(network)
    network.load_state_dict({k: torch.from_numpy(v).float() for k, v in tensors.items()})
    metrics = _metrics(SiblingDecoder(card, network), data, settings.seed)
    card = card.model_copy(update={"metrics": metrics})
    return written(training, tensors, card, marks(data.ids, data.train))


def _metrics(decoder: SiblingDecoder, data: Library, seed: int) -> dict[str, float]:
    """Return what is reached, and whether siblings are as varied as what they are made from."""
    reached = {}
    if len(data.valid):
        alike = weighted_cosine(decoder.decode(data.valid_points), data.valid).mean()
        name = "valid part: from the hub point alone, mean weighted cosine"
        reached[name] = round(float(alike), 4)
    rngs = [np.random.default_rng([seed, row]) for row in range(len(data.train))]
    made = decoder.generate(data.train, data.train_points, rngs)
    return reached | diversity(made, data.train, data.own)
