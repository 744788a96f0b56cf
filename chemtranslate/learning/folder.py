"""What trainers have in common: settings as asked for, checkpoints, a card."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError
from torch import nn
from torch.nn import functional as F  # noqa: N812

from chemtranslate.artefact import ModelCard, Tensors, digest_of_records, versions, write_model
from chemtranslate.checkpoint import work_folder
from chemtranslate.errors import ArtefactError, InputError
from chemtranslate.hub import Hub
from chemtranslate.learning.library import Library
from chemtranslate.learning.models import through
from chemtranslate.protocols import Training
from chemtranslate.search import unit

Settings = TypeVar("Settings", bound=BaseModel)
FEWEST = 20
"""Samples of the valid part from which an encoder's error is measured, at least."""
TEMPERATURES = np.geomspace(0.01, 1, 156)
"""Those that are tried, 3 % apart."""


def chosen(settings: Settings, training: Training) -> Settings:
    """Return hyper-parameters, those that were asked for in place of the model's own.

    Raises:
        InputError: one is unknown or out of range.
    """
    asked: dict[str, object] = {**training.settings, "seed": training.seed}
    if training.epochs is not None:
        asked["epochs"] = training.epochs
    known = type(settings)
    try:
        return known.model_validate({**settings.model_dump(), **asked})
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            f"setting {first['loc'][0]!r}: {first['msg']}; known are "
            f"{', '.join(known.model_fields)}"
        ) from None


def work_of(training: Training) -> Path:
    """Return the folder of the training's checkpoints, made if need be."""
    work = work_folder(training.folder)
    work.mkdir(parents=True, exist_ok=True)
    return work


def card_of(
    training: Training,
    role: Literal["encoder", "decoder"],
    name: str,
    description: str,
    settings: BaseModel,
    data: Library,
    *,
    architecture: Mapping[str, Any],
    metrics: Mapping[str, float],
    base: str | None = None,
    samples: str = "samples",
    terms: str | None = None,
    doubts: Doubts | None = None,
) -> ModelCard:
    """Return the card of a trained model.

    Args:
        name: "modality/model".
        data: what was learned from, and no more.
        base: digest of the model that it builds on.
        samples: what the modality calls its samples ("spectra").
        terms: licence of the data, where records do not state it one by one.
        doubts: of an encoder.
    """
    return ModelCard(
        role=role,
        name=name,
        modality=name.partition("/")[0],
        hub=training.hub.id,
        base=base,
        description=description,
        architecture=dict(architecture),
        settings=settings.model_dump(),
        data={
            samples: len(data.train),
            "chemicals": len(data.keys),
            "digest": digest_of_records(data.ids),
            "held-out replicates": len(data.known),
            "licences": data.licences,
        },
        data_licence=terms
        or "; ".join(f"{n} {samples} {stated}" for stated, n in data.licences.items()),
        split=data.split,
        seed=training.seed,
        versions=versions("torch", "numpy", "rdkit"),
        metrics=dict(metrics),
        temperature=doubts.temperature if doubts else None,
        expected=doubts.expected if doubts else None,
        command=training.command,
    )


def error_of(
    hub: Hub, predicted: NDArray[np.float32], points: NDArray[np.float32]
) -> NDArray[np.float32] | None:
    """Return an encoder's error along the axes of the hub, from n samples of the valid part.

    Args:
        predicted, points: (n, 512).

    Returns:
        (512,); None where they are too few to tell, or the hub has no reference chemicals.
    """
    if len(points) < FEWEST:
        return None
    try:
        return hub.axes.error(predicted, points)
    except ArtefactError:
        return None


def temperature_of(
    predicted: NDArray[np.float32], points: NDArray[np.float32], others: NDArray[np.float32]
) -> float | None:
    """Return the temperature of an encoder's odds, from n samples of the valid part.

    It is the one that makes it most likely, by softmax(cosines / temperature), that the samples are
    of their chemicals and of none of the others (Guo et al. 2017, 1706.04599).

    Args:
        predicted, points: (n, 512).
        others: (m, 512) points of the chemicals that were learned from.

    Returns:
        to 3 %; None where the samples are too few to tell.
    """
    if len(points) < FEWEST:
        return None
    aims = unit(predicted)
    own = (aims * unit(points)).sum(1, keepdims=True)
    cosines = torch.from_numpy(np.concatenate([own, aims @ unit(others).T], 1))
    first = torch.zeros(len(own), dtype=torch.long)
    best = min(TEMPERATURES, key=lambda t: float(F.cross_entropy(cosines / float(t), first)))
    return round(float(best), 4)


def expected_of(
    hub: Hub, predicted: NDArray[np.float32], points: NDArray[np.float32]
) -> tuple[float, float] | None:
    """Return how the cosines of n vectors with their chemicals' points follow from nearness.

    Args:
        predicted, points: (n, 512), of the valid part.

    Returns:
        offset and slope of the line of least squares; None where the samples are too few, or the
        hub has no reference chemicals.
    """
    if len(points) < FEWEST:
        return None
    try:
        near = hub.nearness(predicted).astype(np.float64)
    except ArtefactError:
        return None
    cosines = (unit(predicted) * unit(points)).sum(1, dtype=np.float64)
    spread = near - near.mean()
    slope = float((spread * cosines).sum() / max((spread**2).sum(), 1e-12))
    return round(float(cosines.mean() - slope * near.mean()), 4), round(slope, 4)


@dataclass(frozen=True)
class Doubts:
    """What the valid part says of an encoder.

    Attributes:
        metrics: for the card.
        error: as of `error_of`.
        temperature: as of `temperature_of`.
        expected: as of `expected_of`.
    """

    metrics: dict[str, float] = field(default_factory=dict)
    error: NDArray[np.float32] | None = None
    temperature: float | None = None
    expected: tuple[float, float] | None = None


def doubts_of(hub: Hub, network: nn.Module, data: Library, *, unseen: bool = True) -> Doubts:
    """Measure an encoder's network on the valid part, if there is one.

    Args:
        unseen: whether the chemicals of the valid part are others than those learned from; only
            then do its error and temperature say anything of an unknown.
    """
    if not len(data.valid):
        return Doubts()
    predicted = through(network, data.valid)
    mse = float(((predicted - data.valid_points) ** 2).mean())
    metrics = {"valid part: MSE": round(mse, 4)}
    if not unseen:
        return Doubts(metrics)
    return Doubts(
        metrics,
        error_of(hub, predicted, data.valid_points),
        temperature_of(predicted, data.valid_points, data.points),
        expected_of(hub, predicted, data.valid_points),
    )


def written(
    training: Training,
    tensors: Tensors,
    card: ModelCard,
    marks: NDArray[np.uint64] | None,
    error: NDArray[np.float32] | None = None,
) -> ModelCard:
    """Write the model folder, remove the checkpoints and return the card with its digests.

    Args:
        marks: of all samples that the model has learned from; None where that is not known.
        error: of an encoder, as of `error_of`.
    """
    card = write_model(
        training.folder, tensors, card, force=training.force, marks=marks, error=error
    )
    shutil.rmtree(work_folder(training.folder), ignore_errors=True)
    return card
