"""The experiment from a library to results: stages that leave files, in as many processes as cores.

    stages/models-*     general models, of chemicals outside the experiment
    stages/trial-*      one draw of Table V each
    stages/quality-*    one draw of Table IV, library match and memorisation each
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from chemtranslate.learning.networks import Stack
from chemtranslate.processes import Processes, processes
from chemtranslate_mass_spec.experiment.generators import (
    SIBLINGS,
    VAE,
    General,
    generators,
)
from chemtranslate_mass_spec.experiment.plan import PAPER_CHEMICALS, Plan
from chemtranslate_mass_spec.experiment.pretraining import Others, general_encoder, general_pair
from chemtranslate_mass_spec.experiment.quality import Case, quality
from chemtranslate_mass_spec.experiment.replicates import Replicates, only, splittable
from chemtranslate_mass_spec.experiment.sibling import Sibling, fit_sibling
from chemtranslate_mass_spec.experiment.stages import Stages
from chemtranslate_mass_spec.experiment.trial import trial
from chemtranslate_mass_spec.experiment.vae import Vae, fit_vae
from chemtranslate_mass_spec.networks import sizes


class Done(Protocol):
    """Hears of a finished stage."""

    def __call__(self, name: str, was_there: bool = False) -> None:
        """Take note of it; `was_there`: it was finished by an earlier run."""


N = TypeVar("N", bound=nn.Module)
PAIR = "encoder and decoder"
MODELS = PAIR, VAE, SIBLINGS


@dataclass(frozen=True)
class Task:
    """One stage that a process can do alone.

    Attributes:
        name: of its file.
        kind: "trial", "paper", "quality".
        seed, k: of the draw.
        effort: about how long it takes, beside the others; for the time left.
    """

    name: str
    kind: str
    seed: int
    k: int = 0
    effort: float = 1.0


def tasks(plan: Plan) -> list[Task]:
    """Return all draws of a plan, the long ones first."""
    found = [
        *(Task(f"quality-{s}", "quality", s, effort=6.0) for s in range(plan.quality_seeds)),
        *(
            Task(f"trial-{k}-{s}", "trial", s, k, effort=1.0 + k)
            for s in range(plan.seeds)
            for k in plan.regimes
        ),
        *(Task(f"paper-{s}", "paper", s, plan.training, 2.0) for s in range(plan.paper_draws)),
    ]
    return sorted(found, key=lambda task: -task.effort)


def pretrained(stages: Stages, others: Others, plan: Plan, done: Done) -> None:
    """Train the models of other chemicals that are not there yet, as many at a time as cores."""
    waiting = []
    for name in MODELS:
        if stages.done(_file(name)):
            done(name, was_there=True)
        else:
            waiting.append(name)
    with _one_per_core(_alone) as several:
        for name in several.as_done(partial(_model, stages, others, plan), waiting):
            done(name)


def general_models(stages: Stages, bins: int, plan: Plan) -> General:
    """Read the models that `pretrained` left."""
    pair = stages.arrays(_file(PAIR))
    vae, sibling = (stages.arrays(_file(name)) for name in (VAE, SIBLINGS))
    widths = sizes(bins)
    return General(
        loaded(Stack(widths), pair, "encoder."),
        loaded(Stack(widths[::-1]), pair, "decoder."),
        loaded(Stack(widths), pair, "alone."),
        loaded(Vae(bins), vae),
        loaded(Sibling(bins, plan.sibling), sibling),
    )


def drawn(stages: Stages, case: Case, plan: Plan, done: Done) -> None:
    """Do all draws that are not there yet; `done` hears of each, also of those that were there."""
    waiting = []
    for task in tasks(plan):
        if stages.done(task.name):
            done(task.name, was_there=True)
        else:
            waiting.append(task)
    with _one_per_core(_take, stages, case, plan) as several:
        for name in several.as_done(_do, waiting):
            done(name)


def _one_per_core(
    initializer: Callable[..., None], *initargs: Any
) -> AbstractContextManager[Processes]:
    return processes(os.cpu_count() or 1, "does the experiment", initializer, initargs)


_HERE: dict[str, tuple[Stages, Case, Plan]] = {}


def _take(stages: Stages, case: Case, plan: Plan) -> None:
    _alone()
    _HERE["run"] = stages, case, plan


def _alone() -> None:
    """Keep this process to one core: there is one process for each."""
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    threadpool_limits(1)


def _do(task: Task) -> str:
    stages, case, plan = _HERE["run"]
    ways = generators(case.general, plan.tuning, plan.acquaintance, plan.vae_tuning)
    if task.kind == "quality":
        stages.arrays(task.name, lambda: quality(case, ways, plan, task.seed))
        return task.name
    replicates, points, ratios = case.replicates, case.points, plan.ratios
    if task.kind == "paper":
        replicates, points, ratios = *paper_size(replicates, points, task.k, task.seed), ()
    stages.data(
        task.name,
        lambda: trial(
            replicates,
            points,
            ways,
            task.k,
            task.seed,
            plan.copies,
            ratios,
            SIBLINGS,
            plan.steps,
        ),
    )
    return task.name


def paper_size(
    replicates: Replicates, points: NDArray[np.float32], k: int, seed: int
) -> tuple[Replicates, NDArray[np.float32]]:
    """Return as many chemicals as the paper has, drawn at random, with their points.

    Args:
        k: training spectra that each of them has, beside another to test on.
    """
    able = splittable(replicates, k)
    rng = np.random.default_rng([seed, PAPER_CHEMICALS])
    chosen = np.sort(rng.choice(able, min(PAPER_CHEMICALS, len(able)), replace=False))
    return only(replicates, chosen), points[chosen]


def _model(stages: Stages, others: Others, plan: Plan, name: str) -> str:
    dict(zip(MODELS, (_pair, _vae, _sibling), strict=True))[name](stages, others, plan)
    return name


def _pair(stages: Stages, others: Others, plan: Plan) -> None:
    def make() -> dict[str, NDArray[Any]]:
        encoder = general_encoder(others, plan.encoder, _work(stages, "encoder"), _quiet)
        alone = {f"alone.{name}": array.copy() for name, array in weights(encoder).items()}
        pair = general_pair(others, encoder, plan.pair, _work(stages, "pair"), _quiet)
        return weights(pair) | alone

    stages.arrays(_file(PAIR), make)


def _vae(stages: Stages, others: Others, plan: Plan) -> None:
    stages.arrays(_file(VAE), lambda: weights(fit_vae(others.spectra, plan.vae)))


def _sibling(stages: Stages, others: Others, plan: Plan) -> None:
    some = others.replicated()
    stages.arrays(
        _file(SIBLINGS),
        lambda: weights(fit_sibling(some.spectra, some.points, some.own, plan.sibling)),
    )


def weights(network: nn.Module) -> dict[str, NDArray[Any]]:
    """Return a network's weights as arrays."""
    return {name: tensor.detach().numpy() for name, tensor in network.state_dict().items()}


def loaded(network: N, arrays: Mapping[str, NDArray[Any]], prefix: str = "") -> N:
    """Give a network the weights whose names begin with `prefix`."""
    network.load_state_dict(
        {
            name.removeprefix(prefix): torch.from_numpy(array)
            for name, array in arrays.items()
            if name.startswith(prefix)
        }
    )
    return network.eval()


def _work(stages: Stages, name: str) -> Path:
    work = stages.folder / f"{name}.training"
    work.mkdir(exist_ok=True)
    return work


def _file(model: str) -> str:
    return f"models-{model.replace(' ', '-')}"


def _quiet(step: int, steps: int, loss: float) -> None:
    pass
