"""What each part of the hub's training gives: variants, each at a quarter of the epochs.

Every variant is trained from the same molecules and seed, and measured on the valid part, as
`hub_identity.py` and `chemtranslate hub evaluate` measure: whether it tells chemicals apart, where
it puts similar ones, and what it knows of properties. Variants that make an epoch longer get
proportionally fewer of them. One seed each: differences of a point or two mean nothing. To save
time all but the first are measured by one view of a drawing: compare them with that.

Slow: about 20 minutes a variant on two cores. Checkpoints and results stay in WORK, so that a
second run goes on where the first stopped.

    python benchmarks/hub_ablations.py DATA PREPARED.msp --structures mass_spec=LIBRARY.msp.gz
        [--epochs 4] [--only NAME ...] [--work results/ablations] [-o hub_ablations.json]
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from hub_identity import EPOCHS, Measured, geometry, ranks
from numpy.typing import NDArray
from report import save
from rich.console import Console
from rich.table import Table
from torch import Tensor

from chemtranslate.artefact import ModelCard, digest_of_records, versions, write_model
from chemtranslate.catalogue import organics
from chemtranslate.cli.hub import structures_of
from chemtranslate.cli.ledger import TrainingBar
from chemtranslate.hub import Hub
from chemtranslate_chemception import drawing, network, training
from chemtranslate_chemception.hub_model import VIEWS, hub_id, load
from chemtranslate_chemception.making import bits_of, evaluate_hub, export
from chemtranslate_chemception.training import HubSettings, Weights, shuffled, train
from chemtranslate_chemception.training_set import TrainingSet, build


class Blank(network.Palette):
    """A palette that shows nothing."""

    def forward(self, x: Tensor) -> Tensor:
        seen = super().forward(x)
        return torch.cat([x, torch.zeros_like(seen[:, x.shape[1] :])], 1)


def unmirrored(
    rows: NDArray[np.intp], seed: int, epoch: int
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    order, mirrors = shuffled(rows, seed, epoch)
    return order, np.zeros_like(mirrors)


SQUARE = {
    "ROWS": 80,
    "COLUMNS": 80,
    "_ROOM": np.array([39.5, 39.5]) - 2 * drawing._TIE_BREAK,
}


@dataclass(frozen=True)
class Variant:
    """One change of the training.

    Attributes:
        settings: what differs in `HubSettings`.
        patches: (module, name, replacement): what is no setting.
        cost: time of an epoch over that of the shipped one.
        views: of a drawing, that are averaged.
        of: the variant whose network it shares.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    patches: tuple[tuple[Any, str, Any], ...] = ()
    cost: float = 1.0
    views: int = 1
    of: str = ""


VARIANTS = {
    "as shipped": Variant(views=VIEWS),
    "one view of a drawing": Variant(of="as shipped"),
    "no palette": Variant(patches=((network, "Palette", Blank),)),
    "no mirrored drawings": Variant(patches=((training, "shuffled", unmirrored),)),
    "80 x 80 pixels, fewer epochs": Variant(
        patches=tuple((drawing, name, value) for name, value in SQUARE.items()), cost=3.0
    ),
    "end points weigh more": Variant({"weights": Weights(tox21=0.5, hiv=2.5, freesolv=0.8)}),
    "no dropout": Variant({"dropout": 0.0}),
    "no similarity loss": Variant({"weights": Weights(similarity=0)}),
    "fingerprint loss at a quarter": Variant({"weights": Weights(fingerprint=5)}),
    "no computed targets": Variant(
        {"weights": Weights(descriptors=0, fingerprint=0, similarity=0)}
    ),
    "narrower last blocks": Variant({"late": 32}),
    "wider everywhere, fewer epochs": Variant({"filters": 48, "late": 96}, cost=2.0),
}


def measured_hub(folder: Path, settings: HubSettings, data: TrainingSet, views: int) -> Hub:
    """Train one variant, within its patches, and write it as a hub."""
    model, scales = train(data, settings, folder, resume=True, progress=TrainingBar(folder.name))
    tensors, architecture = export(model, scales, views)
    card = ModelCard(
        role="hub",
        name=folder.name,
        hub=hub_id(tensors, architecture),
        data_licence="a benchmark's",
        split="train part",
        architecture=architecture,
        versions=versions("rdkit"),
    )
    write_model(folder / "model", tensors, card, force=True)
    return Hub(load(folder / "model"), folder / "model")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("--structures", action="append", default=[])
    parser.add_argument("--epochs", type=int, default=HubSettings().epochs // 4)
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--work", type=Path, default=Path("results/ablations"))
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    found = args.work / "results.json"
    asked = [str(args.data.resolve()), *sorted(args.structures)]
    molecules = args.work / f"training_set-{digest_of_records(asked)}.npz"
    if not molecules.exists():
        more = itertools.chain((c.smiles for c in organics()), structures_of(args.structures))
        build(args.data, more)[0].save(molecules)
    data, spectra = TrainingSet.load(molecules), Measured.read(args.prepared)
    bits = bits_of(spectra.smiles)
    results = json.loads(found.read_text()) if found.exists() else {}
    for name in args.only:
        variant = VARIANTS[name]
        epochs = max(1, round(args.epochs / variant.cost))
        settings = HubSettings(epochs=epochs, **variant.settings)
        if results.get(name, {}).get("epochs") == epochs:
            continue
        with ExitStack() as stack:
            for patch in variant.patches:
                stack.enter_context(mock.patch.object(*patch))
            trained = (variant.of or name).replace(" ", "-").replace(",", "")
            folder = args.work / f"{trained}-{epochs}"
            folder.mkdir(exist_ok=True)
            hub = measured_hub(folder, settings, data, variant.views)
            vectors = hub.embed(spectra.smiles)
            properties = evaluate_hub(hub, args.data, only="valid")
        figures = {
            **{k: v for k, v in properties.items() if "ROC" in k or "RMSE" in k},
            **geometry(vectors, bits, spectra.parts == "valid"),
            **{
                f"{figure}, {loss}": value
                for loss in EPOCHS
                for figure, value in ranks(spectra, vectors, "valid", 0, loss).items()
            },
        }
        results[name] = {"epochs": epochs, **{k: round(v, 4) for k, v in figures.items()}}
        save(results, found)
    save({name: results[name] for name in VARIANTS if name in results}, args.output)
    shown = Table("", *(name for name in results))
    for row in next(iter(results.values())):
        shown.add_row(row, *(f"{figures[row]:,.3f}" for figures in results.values()))
    Console(width=200).print(shown)


if __name__ == "__main__":
    main()
