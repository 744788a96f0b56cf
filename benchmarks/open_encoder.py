"""What each part of an encoder for unmeasured chemicals is worth: one change at a time.

Every variant learns from the train part of the prepared spectra and is measured on the valid part:
how often the point nearest to a spectrum's vector is its own chemical's, among the chemicals of the
valid part and among all of the library; one spectrum of each chemical, the first by id. The test
part has no say. With `--seeds` the chosen variant is trained again with other seeds.

    python benchmarks/open_encoder.py PREPARED.msp [--only VARIANT ...] [--seeds N]
        [-o docs/results/open_encoder.json]

Trained networks stay in `--work`, so that a second run goes on where the first was stopped.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from report import save
from rich.console import Console
from rich.table import Table
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from chemtranslate.cli.ledger import TrainingBar
from chemtranslate.hub import load_hub
from chemtranslate.learning.dense import DENSE, Damage, DenseSettings, undamaged
from chemtranslate.learning.fitting import fit_with_dropout
from chemtranslate.learning.library import Library, library
from chemtranslate.learning.models import through
from chemtranslate.learning.networks import Residual
from chemtranslate.protocols import Array
from chemtranslate.search import unit
from chemtranslate.splits import part
from chemtranslate.translator import Translator
from chemtranslate_mass_spec.binning import ROOTS
from chemtranslate_mass_spec.dense import damaged
from chemtranslate_mass_spec.open_encoder import SETTINGS, damaged_with_losses, with_losses
from chemtranslate_mass_spec.record_fields import lower_case

PEAKS, DEPTH, HEADS, LAYERS = 48, 96, 4, 2
"""Of the network with attention: peaks that it sees, numbers for each, heads, layers."""
HARD = 64
"""Training chemicals nearest to a chemical: its hard negatives."""

Network = Callable[[int, int, DenseSettings], nn.Module]
Inputs = Callable[[Tensor], Tensor]


class Attention(nn.Module):
    """The strongest peaks as a set: m/z, loss and intensity of each -> points."""

    def __init__(self, inputs: int, outputs: int, settings: DenseSettings) -> None:
        super().__init__()
        self.mz, self.loss = nn.Embedding(inputs + 1, DEPTH), nn.Embedding(inputs + 1, DEPTH)
        self.height = nn.Sequential(nn.Linear(1, DEPTH), nn.GELU(), nn.Linear(DEPTH, DEPTH))
        layer = nn.TransformerEncoderLayer(DEPTH, HEADS, 3 * DEPTH, 0.1, "gelu", batch_first=True,
                                           norm_first=True)
        self.layers = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
        self.last = nn.Sequential(nn.LayerNorm(2 * DEPTH), nn.Dropout(settings.dropout),
                                  nn.Linear(2 * DEPTH, outputs))

    def forward(self, roots: Tensor) -> Tensor:
        """Map (n, bins) roots to (n, outputs)."""
        heights, mz = roots.topk(PEAKS, 1)
        there = heights > 0
        highest = torch.where(roots > 0.1, torch.arange(roots.shape[1]), 0).amax(1, keepdim=True)
        tokens = (self.mz(mz) + self.loss((highest - mz).clamp(min=0))
                  + self.height(heights[..., None])) * heights[..., None].sqrt()
        seen = self.layers(tokens, src_key_padding_mask=~there)
        seen = torch.where(there[..., None], seen, 0.0)
        mean = seen.sum(1) / there.sum(1, keepdim=True).clamp(min=1)
        most = torch.where(there[..., None], seen, -torch.inf).amax(1)
        points: Tensor = self.last(torch.cat([mean, most], 1))
        return points


def residual(inputs: int, outputs: int, settings: DenseSettings) -> nn.Module:
    return Residual(inputs, outputs, settings.width, settings.blocks, settings.dropout)


def also_with_losses(damage: Damage) -> Damage:
    return lambda arrays, generator: with_losses(damage(arrays[:, : ROOTS.count], generator))


@dataclass(frozen=True)
class Variant:
    """One way to learn.

    Attributes:
        settings: of the fit and the network.
        inputs: roots (n, bins) -> what the network sees.
        damage: of what it sees, while it learns.
        network: untrained.
        hard: whether only the nearest training chemicals count in the cross-entropy.
        others: reference chemicals without spectra that count in it, too.
        of: variants whose vectors are averaged instead.
    """

    settings: DenseSettings = field(
        default_factory=lambda: DENSE.model_copy(update={"dropout": 0.5, "contrast": 0.3}))
    inputs: Inputs = lambda roots: roots
    damage: Damage = damaged
    network: Network = residual
    hard: bool = False
    others: int = 0
    of: tuple[str, ...] = ()

    def but(self, **settings: Any) -> Variant:
        return replace(self, settings=self.settings.model_copy(update=settings))


DENSE_ = Variant()
LOSSES = Variant(inputs=with_losses, damage=also_with_losses(damaged))
ELSEWHERE = replace(LOSSES, damage=damaged_with_losses)
CHOSEN = "and losses, as other laboratories, narrower (mass_spec/open)"
VARIANTS = {
    "roots, distance alone": DENSE_.but(contrast=0.0),
    "roots and cross-entropy (mass_spec/dense)": DENSE_,
    "intensities instead of roots": replace(
        DENSE_, inputs=torch.square,
        damage=lambda arrays, generator: damaged(arrays.sqrt(), generator).square()),
    "no peaks removed, no jitter": replace(DENSE_, damage=undamaged),
    "hard negatives alone": replace(DENSE_, hard=True),
    "negatives that were never measured": replace(DENSE_, others=8000),
    "and losses": LOSSES,
    "and losses, half as wide": LOSSES.but(width=512),
    "and losses, as other laboratories": ELSEWHERE,
    CHOSEN: ELSEWHERE.but(width=SETTINGS.width),
    "set of peaks with attention": Variant(network=Attention).but(dropout=0.2, rate=5e-4),
    "mean of dense and losses": Variant(of=(
        "roots and cross-entropy (mass_spec/dense)", "and losses")),
}


class Study:
    """The spectra, and what all variants share."""

    def __init__(self, prepared: str, hub: str | None, work: Path) -> None:
        translator = Translator(load_hub(hub).remembered())
        self.hub, self.work = translator.hub, work
        samples = sorted(translator.read(prepared, modality="mass_spec"), key=lambda one: one.id)
        self.data: Library = library(samples, self.hub, ROOTS, lower_case)
        firsts: dict[str, Any] = {}
        for sample in samples:
            assert sample.chemical
            firsts.setdefault(sample.chemical.key, sample)
        keys = sorted(firsts)
        self.everyone = unit(self.hub.embed([firsts[key].chemical for key in keys]))
        self.own = np.array([n for n, key in enumerate(keys) if part(key) == "valid"], np.intp)
        self.asked = np.stack([ROOTS.to_array(firsts[keys[n]]) for n in self.own])

    def network(self, name: str, seed: int) -> nn.Module:
        """Return the trained network of a variant."""
        variant, data = VARIANTS[name], self.data
        settings = variant.settings.model_copy(update={"seed": seed})
        arrays = variant.inputs(torch.from_numpy(data.train))
        torch.manual_seed(seed)
        network = variant.network(arrays.shape[1], self.hub.dimensions, settings)
        folder = self.work / f"{''.join(c if c.isalnum() else '-' for c in name)}-{seed}"
        done = folder / "network.safetensors"
        if done.exists():
            network.load_state_dict(load_file(done))
            return network.eval()
        folder.mkdir(parents=True, exist_ok=True)
        points, own = torch.from_numpy(data.train_points), torch.from_numpy(data.own)
        aims = F.normalize(torch.from_numpy(data.points))
        near = (aims @ aims.T).topk(HARD + 1, 1).indices if variant.hard else None
        if variant.others:
            rng = np.random.default_rng(seed)
            reference = self.hub.reference.vectors
            rows = np.sort(rng.choice(len(reference), variant.others, replace=False))
            others = torch.from_numpy(unit(np.asarray(reference[rows], np.float32)))
            others = others[(others @ aims.T).amax(1) < 0.999]
            aims = torch.cat([aims, others])

        def loss_of(rows: Tensor, generator: torch.Generator) -> Tensor:
            vectors = network(variant.damage(arrays[rows], generator))
            loss = F.mse_loss(vectors, points[rows])
            if not settings.contrast:
                return loss
            cosines = F.normalize(vectors) @ aims.T / settings.temperature
            if near is None:
                return loss + settings.contrast * F.cross_entropy(cosines, own[rows])
            chosen = near[own[rows]]
            right = (chosen == own[rows][:, None]).int().argmax(1)
            return loss + settings.contrast * F.cross_entropy(cosines.gather(1, chosen), right)

        fit_with_dropout(network, len(arrays), loss_of, settings, folder, resume=True,
                         progress=TrainingBar(name))
        save_file({k: v.contiguous() for k, v in network.state_dict().items()}, done)
        return network

    def vectors(self, name: str, seed: int, roots: Array) -> NDArray[np.float32]:
        variant = VARIANTS[name]
        if variant.of:
            every = [unit(self.vectors(one, seed, roots)) for one in variant.of]
            return np.asarray(np.mean(every, 0), np.float32)
        seen = variant.inputs(torch.from_numpy(roots)).numpy()
        return through(self.network(name, seed), seen)

    def measured(self, name: str, seed: int) -> dict[str, float]:
        """Train a variant and return its figures on the valid part."""
        started = time.perf_counter()
        cosines = unit(self.vectors(name, seed, self.asked)) @ self.everyone.T
        right = cosines[np.arange(len(self.own)), self.own][:, None]
        found: dict[str, float] = {}
        for among in (self.own, np.arange(cosines.shape[1])):
            before = (cosines[:, among] > right).sum(1)
            for k in (1, 10):
                found[f"recall@{k} of {len(among):,}"] = round(float((before < k).mean()), 4)
        print(f"{name}, seed {seed}: {found}, {time.perf_counter() - started:.0f} s", flush=True)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("prepared")
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--seeds", type=int, default=0, help="of the chosen variant")
    parser.add_argument("--hub", default=None)
    parser.add_argument("--work", type=Path, default=Path("results/open_encoder"))
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    study = Study(args.prepared, args.hub, args.work)
    rows = {name: study.measured(name, 0) for name in args.only}
    results: dict[str, Any] = {"spectra": len(study.asked), "variants": rows}
    if args.seeds:
        every = [study.measured(CHOSEN, seed) for seed in range(args.seeds)]
        results["seeds"] = {"variant": CHOSEN, "number": args.seeds, "figures": {
            figure: {"mean": round(float(np.mean([one[figure] for one in every])), 4),
                     "deviation": round(float(np.std([one[figure] for one in every], ddof=1)), 4)}
            for figure in every[0]}}
    save(results, args.output)
    table = Table(f"valid part, {len(study.asked)} spectra", *next(iter(rows.values())))
    for name, figures in rows.items():
        table.add_row(name, *(f"{value:.3f}" for value in figures.values()))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
