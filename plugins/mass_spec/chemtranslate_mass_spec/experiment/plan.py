"""How large the experiment is: the full run, and the quick one that shows what it does."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from chemtranslate_mass_spec.experiment.classifiers import STEPS
from chemtranslate_mass_spec.experiment.pretraining import ACQUAINTANCE, ENCODER, JOINT
from chemtranslate_mass_spec.experiment.sibling import SiblingSettings
from chemtranslate_mass_spec.experiment.specialised import (
    ADAPTERS,
    SCRATCH,
    WHOLE,
    TuningSettings,
)
from chemtranslate_mass_spec.experiment.vae import TUNING, VaeSettings
from chemtranslate_mass_spec.training import Settings

PAPER_CHEMICALS = 40


class Plan(BaseModel):
    """Numbers of the experiment.

    Attributes:
        most_others: spectra of other chemicals that are used at most.
        seeds: draws per regime.
        regimes: real training spectra of each chemical.
        copies: synthetic spectra made of each real one.
        ratios: synthetic spectra per real one in the study of their number.
        training: real training spectra of each chemical in Table IV and at the paper's size: all
            but a test one, of the five that each has at least.
        quality_seeds: draws of Table IV, library match and memorisation.
        whole_seeds: of these, draws that also tune whole layers, and decoders from scratch.
        paper_draws: draws of 40 chemicals, the paper's size.
        encoder, pair, vae, sibling: of the models of other chemicals.
        acquaintance: of the pair with the experiment's training spectra.
        vae_tuning: of the VAE to the experiment's training spectra.
        tuning, whole, scratch: of the specialised decoders.
        scratch_chemicals: how many get a decoder from scratch.
        steps: of the network that classifies.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    most_others: int | None = None
    seeds: int = 10
    regimes: tuple[int, ...] = (1, 2, 3, 4)
    copies: int = 10
    ratios: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0)
    training: int = 4
    quality_seeds: int = 10
    whole_seeds: int = 1
    paper_draws: int = 10
    encoder: Settings = ENCODER
    pair: Settings = JOINT
    vae: VaeSettings = VaeSettings(epochs=60, batch=128)
    sibling: SiblingSettings = SiblingSettings()
    acquaintance: Settings = ACQUAINTANCE
    vae_tuning: VaeSettings = TUNING
    tuning: TuningSettings = ADAPTERS.model_copy(update={"epochs": 60})
    whole: TuningSettings = WHOLE.model_copy(update={"epochs": 100})
    scratch: TuningSettings = SCRATCH
    scratch_chemicals: int = 8
    steps: int = STEPS

    @property
    def draws(self) -> int:
        """How many draws a part has at most."""
        return max(self.seeds, self.quality_seeds)

    def of_a_draw(self) -> dict[str, Any]:
        """Return what decides how a draw is made, without how many are: more can follow later."""
        counts = {"seeds", "regimes", "quality_seeds", "paper_draws"}
        return self.model_dump(mode="json", exclude=counts)


def quick(plan: Plan) -> Plan:
    """Return a plan of two minutes: everything is there, nothing is finished learning."""
    return plan.model_copy(
        update={
            "most_others": 1500,
            "seeds": 2,
            "regimes": (1,),
            "copies": 2,
            "ratios": (1.0,),
            "quality_seeds": 1,
            "whole_seeds": 1,
            "paper_draws": 1,
            "encoder": plan.encoder.model_copy(update={"epochs": 6}),
            "pair": plan.pair.model_copy(update={"epochs": 12}),
            "vae": plan.vae.model_copy(update={"epochs": 4}),
            "sibling": plan.sibling.model_copy(update={"epochs": 5}),
            "acquaintance": plan.acquaintance.model_copy(update={"epochs": 40}),
            "vae_tuning": plan.vae_tuning.model_copy(update={"epochs": 8}),
            "tuning": plan.tuning.model_copy(update={"epochs": 10}),
            "whole": plan.whole.model_copy(update={"epochs": 5}),
            "scratch": plan.scratch.model_copy(update={"epochs": 30}),
            "scratch_chemicals": 3,
            "steps": 300,
        }
    )
