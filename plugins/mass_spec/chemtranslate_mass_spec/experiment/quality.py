"""How good made spectra are: Table IV, library match, memorisation; one draw at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from chemtranslate.learning.networks import Stack
from chemtranslate.search import unit
from chemtranslate_mass_spec.experiment import metrics
from chemtranslate_mass_spec.experiment.generators import (
    SPECIALISED,
    VAE,
    General,
    Generator,
    Real,
    Specialist,
    damaged,
    finished,
    met,
)
from chemtranslate_mass_spec.experiment.library_match import Library
from chemtranslate_mass_spec.experiment.plan import Plan
from chemtranslate_mass_spec.experiment.pretraining import acquainted_alone
from chemtranslate_mass_spec.experiment.replicates import Replicates, split
from chemtranslate_mass_spec.experiment.specialised import (
    nearest_regions,
)
from chemtranslate_mass_spec.experiment.vae import Vae, tuned_vae
from chemtranslate_mass_spec.similarity import mse, weighted_cosine

Floats = NDArray[np.float32]
Arrays = dict[str, NDArray[np.floating] | NDArray[np.integer]]

CLOSE_CALL = 10
"""Percentile of the training spectra's own cosines below which no region is chosen."""
COPIES = 2

ADAPTER, FULL = "specialised decoders, adapters", "specialised decoders, whole layers"
GROUPED = "specialised decoders, one for similar chemicals"
AUTO = "specialised decoders, chosen by hub region"
MET = "general decoder, tuned on all training spectra"
GENERAL = "general decoder, of other chemicals only"
COPY, NEAREST, MEAN = (
    "baseline: the damaged input",
    "baseline: nearest training spectrum",
    "baseline: mean training spectrum",
)
HELD_OUT = "held-out real spectra"
FROM_SCRATCH = "specialised decoders, from scratch, encoder trained alone"
SAME = f"{ADAPTER}, the same chemicals"
SCRATCH_TOGETHER = "specialised decoders, from scratch, encoder trained with a decoder"


@dataclass(frozen=True)
class Case:
    """What a draw is measured on.

    Attributes:
        replicates: all spectra of the experiment's chemicals.
        points: (m, 512) hub vectors of the chemicals.
        groups: (m,) group of similar chemicals.
        others: (n, bins) spectra of all other chemicals, for library search.
        general: models that know none of the experiment's chemicals.
    """

    replicates: Replicates
    points: Floats
    groups: NDArray[np.intp]
    others: Floats
    general: General


def quality(
    case: Case,
    ways: Mapping[str, Generator],
    plan: Plan,
    seed: int,
) -> Arrays:
    """Measure one draw.

    Args:
        ways: generators whose spectra are searched in the library.
        plan: its `tuning`, `acquaintance`, `whole` and `scratch`; whole layers and decoders from
            scratch, which are slow, only for seeds below `whole_seeds`.

    Returns:
        arrays by "figure|way" or, for Table IV, "metric|way": a value per test spectrum, per
        synthetic spectrum ("identified") or per chemical ("memorisation"); "own" and "made own"
        say whose they are.
    """
    replicates = case.replicates
    drawn = split(replicates, plan.training, np.random.default_rng([seed, plan.training]))
    real = Real(replicates.spectra[drawn.train], replicates.own[drawn.train], case.points)
    target, own = replicates.spectra[drawn.test], replicates.own[drawn.test]
    shown = damaged(target, 1, seed)
    tuned = plan.tuning.model_copy(update={"seed": seed})
    acquaintance = plan.acquaintance.model_copy(update={"seed": seed})
    known = met(case.general, real, acquaintance)
    specialist = Specialist(known, real, tuned)
    by_region = Auto(specialist)
    vae = tuned_vae(case.general.vae, real.spectra, seed, plan.vae_tuning)
    with torch.inference_mode():
        general = finished(case.general.decoder(case.general.encoder(torch.from_numpy(shown))))
        vectors = known.encoder(torch.from_numpy(shown))
        acquainted = finished(known.decoder(vectors))
    made = {
        ADAPTER: specialist.decode(vectors, own),
        GROUPED: Specialist(known, real, tuned, case.groups).decode(vectors, own),
        AUTO: by_region.decode(vectors),
        MET: acquainted,
        GENERAL: general,
        VAE: finished(vae.reconstruct(torch.from_numpy(shown))),
        COPY: shown,
        NEAREST: metrics.nearest(shown, own, real.spectra, real.own),
        MEAN: metrics.means(real.spectra, real.own, own),
    }
    if seed < plan.whole_seeds:
        full = Specialist(known, real, plan.whole.model_copy(update={"seed": seed}))
        made[FULL] = full.decode(vectors, own)
    arrays: Arrays = {"own": own}
    for way, spectra in made.items():
        ratios = metrics.similarity_ratios(
            spectra, target, own, replicates.spectra, replicates.own
        )
        arrays |= {
            f"weighted cosine|{way}": weighted_cosine(spectra, target),
            f"MSE|{way}": mse(spectra, target),
            f"entropy similarity|{way}": metrics.entropy_similarity(spectra, target),
            **{f"similarity ratio, {reading}|{way}": r for reading, r in ratios.items()},
        }
    copies = synthetic(real, ways, specialist, by_region, vae, seed)
    arrays |= matched(case, drawn.train, drawn.test, copies)
    del copies[AUTO]
    arrays |= {
        f"memorisation|{way}": metrics.memorisation(again[::COPIES], real.spectra, real.own)[1]
        for way, again in copies.items()
    }
    if seed < plan.whole_seeds:
        alone = acquainted_alone(
            case.general.alone, real.spectra, case.points[real.own], acquaintance
        )
        arrays |= from_scratch(real, specialist, alone, plan, seed)
    return arrays


class Auto:
    """Decoding without being told the chemical: the decoder of the nearest region of the hub."""

    def __init__(self, specialist: Specialist) -> None:
        self.specialist = specialist
        served = specialist.served  # one decoder per chemical, so regions are chemicals
        self.centres = specialist.real.points[served]
        with torch.inference_mode():
            seen = specialist.general.encoder(torch.from_numpy(specialist.real.spectra)).numpy()
        own = specialist.real.points[specialist.real.own]
        self.least = float(np.percentile((unit(seen) * unit(own)).sum(1), CLOSE_CALL))

    def decode(self, vectors: torch.Tensor) -> Floats:
        """Decode (n, 512) hub vectors; those near no region with the general decoder."""
        regions = nearest_regions(vectors.numpy(), self.centres, self.least)
        with torch.inference_mode():
            made = finished(self.specialist.general.decoder(vectors))
        inside = regions >= 0
        if inside.any():
            chemicals = self.specialist.served[regions[inside]]
            made[inside] = self.specialist.decode(vectors[torch.from_numpy(inside)], chemicals)
        return made


def synthetic(
    real: Real,
    ways: Mapping[str, Generator],
    specialist: Specialist,
    by_region: Auto,
    vae: Vae,
    seed: int,
) -> dict[str, Floats]:
    """Make COPIES of each spectrum in every way, and with decoders chosen by region.

    Specialised decoders and VAE are those at hand: their generators would tune the same again.
    """
    at_hand = {SPECIALISED, VAE}
    made = {way: make(real, COPIES, seed) for way, make in ways.items() if way not in at_hand}
    inputs = damaged(real.spectra, COPIES, seed)
    with torch.inference_mode():
        vectors = specialist.general.encoder(torch.from_numpy(inputs))
    return made | {
        SPECIALISED: specialist.decode(vectors, np.repeat(real.own, COPIES)),
        VAE: finished(vae.vary(torch.from_numpy(real.spectra), COPIES, seed)),
        AUTO: by_region.decode(vectors),
    }


def matched(
    case: Case,
    train: NDArray[np.intp],
    test: NDArray[np.intp],
    spectra: Mapping[str, Floats],
) -> Arrays:
    """Search made and held-out spectra in the library of all prepared spectra.

    Of a synthetic spectrum, the one that it was made from may not answer ("identified"), and in the
    stricter reading none of its chemical's training spectra, as all of them tuned the decoder
    ("identified, strict"). Of a held-out real one, it may not answer itself.

    Args:
        train, test: rows of the replicates.
        spectra: made by each way, COPIES of each training spectrum.
    """
    replicates = case.replicates
    library = Library(
        np.concatenate([replicates.spectra, case.others]),
        np.concatenate([replicates.own, np.full(len(case.others), -1)]),
    )
    own = np.repeat(replicates.own[train], COPIES)
    itself = [[row] for row in np.repeat(train, COPIES).tolist()]
    siblings = [train[replicates.own[train] == chemical].tolist() for chemical in own]
    arrays: Arrays = {"made own": own}
    for way, made in spectra.items():
        arrays[f"identified|{way}"] = library.identified(made, own, itself).astype(np.int64)
        strict = library.identified(made, own, siblings)
        arrays[f"identified, strict|{way}"] = strict.astype(np.int64)
    arrays[f"identified|{HELD_OUT}"] = library.identified(
        replicates.spectra[test], replicates.own[test], [[row] for row in test.tolist()]
    ).astype(np.int64)
    return arrays


def from_scratch(
    real: Real, specialist: Specialist, alone: Stack, plan: Plan, seed: int
) -> Arrays:
    """Compare decoders of random weights with those that start from the general one (Figure 8).

    They are shown with the encoder that the others have, and with one trained alone, as the paper's
    was. The latter maps the spectra of a chemical to one point, as well as it can, and so leaves a
    decoder nothing to tell them apart by.
    """
    rows = np.flatnonzero(np.isin(real.own, specialist.served[: plan.scratch_chemicals]))
    some = Real(real.spectra[rows], real.own[rows], real.points)
    known, settings = specialist.general, plan.scratch.model_copy(update={"seed": seed})
    torch.manual_seed(seed)
    blank = Stack(known.decoder.sizes)
    inputs = damaged(some.spectra, 1, seed)
    outputs = {SAME: specialist.translate(inputs, some.own)}
    for way, encoder in ((FROM_SCRATCH, alone), (SCRATCH_TOGETHER, known.encoder)):
        start = replace(known, encoder=encoder, decoder=blank)
        outputs[way] = Specialist(start, some, settings).translate(inputs, some.own)
    arrays: Arrays = {}
    chemicals: NDArray[np.intp] = np.zeros(0, np.intp)
    for way, made in outputs.items():
        chemicals, arrays[f"memorisation|{way}"] = metrics.memorisation(
            made, some.spectra, some.own
        )
    if len(chemicals):  # Figure 8: the chemical whose spectra lose the most of their diversity
        lost = [
            metrics.spread(outputs[FROM_SCRATCH][mine])[0] - metrics.spread(some.spectra[mine])[0]
            for mine in (some.own == chemical for chemical in chemicals)
        ]
        worst = chemicals[np.argmax(lost)]
        mine = some.own == worst
        arrays |= {
            "figure 8 chemical": np.array([worst]),
            "figure 8 inputs": some.spectra[mine],
            "figure 8 scratch": outputs[FROM_SCRATCH][mine],
            "figure 8 tuned": outputs[SAME][mine],
        }
    return arrays
