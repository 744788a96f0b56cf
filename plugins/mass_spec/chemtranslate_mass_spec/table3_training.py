"""Training of Table III's decoders: the general decoder, tuned to each chemical with replicates."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import nn

from chemtranslate.artefact import ModelCard, digest, halved, read_marks, read_tensors
from chemtranslate.errors import ArtefactError, InputError
from chemtranslate.files import check_output, written_whole
from chemtranslate.learning.folder import card_of, chosen, work_of, written
from chemtranslate.learning.library import Library, library
from chemtranslate.learning.models import network_of
from chemtranslate.learning.networks import Stack
from chemtranslate.marks import marks
from chemtranslate.plugins import registry
from chemtranslate.protocols import Encoder, Progress, Training
from chemtranslate.search import unit
from chemtranslate_mass_spec.experiment.metrics import diversity
from chemtranslate_mass_spec.experiment.specialised import TuningSettings, tune
from chemtranslate_mass_spec.models import SpectrumDecoder
from chemtranslate_mass_spec.record_fields import lower_case
from chemtranslate_mass_spec.similarity import weighted_cosine
from chemtranslate_mass_spec.table3 import BASE, GENERAL, RegionalDecoder, general_decoder


class Settings(TuningSettings):
    """Hyper-parameters of the adapters that are kept.

    Attributes:
        rank: width of the adapters.
        base: the general decoder, a name or a folder.
        spectra: fewest training spectra of a chemical that has an adapter: the five of the paper,
            less the one that is held out.
        percentile: of the cosines between the vector of a training spectrum and the point of its
            chemical; a vector farther than that from all points is decoded by the general decoder.
    """

    rank: int = Field(4, ge=1)
    base: str = BASE
    spectra: int = Field(4, ge=1)
    percentile: float = Field(10.0, ge=0, le=100)


TABLE_3 = Settings()


def train_table3(training: Training) -> ModelCard:
    """Tune adapters on the vectors of `training.encoder` and write their folder; a `Trainer`.

    A chemical of the train part has an adapter if it has enough spectra once the held-out
    replicate is left out.

    Raises:
        InputError: no chemical has enough spectra, the general decoder decodes the vectors of
            another encoder, or as `library`.
    """
    if training.encoder is None:
        raise InputError("a decoder is trained on the vectors of an encoder; none was given")
    check_output(training.folder, training.force)
    settings = chosen(TABLE_3, training)
    encoder = training.encoder
    general, base = general_decoder(settings.base, training.hub)
    if general.card.base not in (None, encoder.card.digest):
        raise InputError(
            f"{settings.base}: decodes the vectors of the encoder with digest {general.card.base}, "
            f"found {encoder.card.digest}; expected its own encoder, or --set base=FOLDER with a "
            "decoder of the one in use"
        )
    data = library(training.samples, training.hub, general.form, lower_case)
    data = data.with_several(settings.spectra)
    if not data.keys:
        raise InputError(
            f"found no chemical of the train part with {settings.spectra} spectra to learn from, "
            "expected at least one (--set spectra=N for another number)"
        )
    tuned = _tuned(training, network_of(encoder), general, data, settings)
    for layer, bias in enumerate(_biases(general.network)[: settings.tuned]):
        tuned[f"bias{layer}"] = tuned[f"bias{layer}"] - bias
    chemicals = [
        {"key": key, "name": name} for key, name in zip(data.keys, data.names, strict=True)
    ]
    tensors = {
        **halved({**tuned, "centres": data.points}),
        "chemicals": np.frombuffer(json.dumps(chemicals).encode(), np.uint8),
    }
    own = (unit(encoder.encode(data.train)) * unit(data.train_points)).sum(1)
    card = card_of(
        training,
        "decoder",
        "mass_spec/table3",
        "Table III of the GC-MS paper: the general decoder, tuned to each chemical with "
        f"{settings.spectra} or more training spectra by adapters of rank {settings.rank}; chosen "
        "by region of the hub",
        settings,
        data,
        samples="spectra",
        architecture={
            "regions": len(data.keys),
            "tuned": settings.tuned,
            "rank": settings.rank,
            "least_cosine": float(np.percentile(own, settings.percentile)),
            "encoder": f"{encoder.card.name} {encoder.card.digest}",
            **_hint(base, training.folder),
        },
        metrics={},
        base=general.card.digest,
    )
    card = card.model_copy(
        update={
            "metrics": _metrics(
                encoder, general, RegionalDecoder(card, general.network, tensors), data
            ),
            "data_licence": f"{card.data_licence}; the general decoder that it tunes: "
            f"{general.card.data_licence}",
        }
    )
    of_base = read_marks(base)
    learned = (
        None
        if of_base is None  # then nobody knows all that it has learned from
        else np.concatenate([of_base, marks(data.ids, data.train).ravel()])
    )
    return written(training, tensors, card, learned)


def _tuned(
    training: Training,
    encode: nn.Module,
    general: SpectrumDecoder,
    data: Library,
    settings: Settings,
) -> dict[str, NDArray[np.float32]]:
    """Tune chemicals block by block; blocks that are done lie in the work folder meanwhile.

    Raises:
        ArtefactError: what lies there belongs to another training.
    """
    from safetensors.numpy import save

    work = work_of(training)
    if not training.resume:
        shutil.rmtree(work)
        work.mkdir()
    encoder = training.encoder.card.digest if training.encoder else ""
    run = digest(
        {"train": data.train, "own": data.own},
        {**settings.model_dump(), "base": general.card.digest, "encoder": encoder},
    )
    if any(not path.name.startswith(run) for path in work.glob("*.safetensors")):
        raise ArtefactError(
            f"{work} belongs to another run; start in an empty folder or leave out --resume"
        )
    firsts = range(0, len(data.keys), settings.at_once)
    blocks = []
    for number, first in enumerate(firsts):
        path = work / f"{run}-{first}.safetensors"
        if not path.exists():
            rows = np.flatnonzero((data.own >= first) & (data.own < first + settings.at_once))
            tuned = tune(
                general.network,
                encode,
                data.train[rows],
                data.own[rows] - first,
                settings.model_copy(update={"seed": settings.seed + first}),
                _shifted(training.progress, number * settings.epochs, len(firsts)),
            )
            with written_whole(path, force=True) as aside:
                aside.write(save(tuned))
        blocks.append(read_tensors(path))
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _shifted(progress: Progress, done: int, blocks: int) -> Progress:
    return lambda step, steps, loss: progress(done + step, blocks * steps, loss)


def _biases(general: Stack) -> list[NDArray[np.float32]]:
    return [
        module.bias.detach().numpy() for module in general.layers if isinstance(module, nn.Linear)
    ]


def _hint(base: Path, folder: Path) -> dict[str, str]:
    """Return how the card says where the general decoder lies.

    The one that ships is found without that; another one is named relative to the adapters, so
    that both can be moved together.
    """
    shipped = registry().decoder(BASE).folder
    if base == shipped:
        return {}
    return {"base": Path(os.path.relpath(base.resolve(), folder.resolve())).as_posix()}


def _metrics(
    encoder: Encoder, general: SpectrumDecoder, regional: RegionalDecoder, data: Library
) -> dict[str, float]:
    """Return what is reached on spectra that were not learned from, beside the general decoder."""
    reached: dict[str, float] = {}
    for name, spectra in (("held-out replicates", data.known), ("valid part", data.valid)):
        if not len(spectra):
            continue
        vectors = encoder.encode(spectra)
        adapted = np.array([region != GENERAL for region in regional.regions(vectors)])
        for way, decoder in (("by region", regional), ("general decoder", general)):
            alike = weighted_cosine(decoder.decode(vectors), spectra).mean()
            reached[f"{name}: {way}, mean weighted cosine"] = round(float(alike), 4)
        reached[f"{name}: share decoded by an adapter"] = round(float(adapted.mean()), 4)
    made = regional.decode(encoder.encode(data.train))
    return reached | diversity(made, data.train, data.own)
