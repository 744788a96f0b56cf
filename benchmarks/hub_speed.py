"""How fast structures become hub vectors: the whole pipeline beside the bare network.

Prints, and with -o writes as JSON, molecules per second of: the network on ready pictures (every
view of a drawing, as the hub averages them);
drawing alone; drawing and network one after the other; both at once, another process drawing
(`ChemceptionHub.in_bulk`); the network through torch.compile; standardising; and of the training,
with and without torch.compile and, where the processor computes in it, bfloat16. All in one run,
with the same molecules; compare the ratios.

    python benchmarks/hub_speed.py [-n 1024] [-o hub_speed.json]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import torch
from report import fastest, save
from rich.console import Console
from rich.table import Table

from chemtranslate import load_hub
from chemtranslate.catalogue import organics
from chemtranslate.chemical import standardise
from chemtranslate_chemception.drawing import draw_all
from chemtranslate_chemception.hub_model import ChemceptionHub
from chemtranslate_chemception.training import HubSettings, Model, fast_at_bfloat16

BATCH, REPEATS = 64, 2


def training_step(settings: HubSettings, pictures: torch.Tensor) -> Callable[[], None]:
    """Return one step of the training (all but the losses themselves) on a batch."""
    torch._dynamo.reset()
    model = Model(settings, described=128)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    features = torch.compile(model.trunk.features) if settings.compiled else model.trunk.features
    optimizer = torch.optim.AdamW(model.parameters())

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=settings.bfloat16):
            pooled = features(pictures)
        outputs = model.heads(model.trunk.embedding(pooled.float()))
        optimizer.zero_grad()
        sum(group.square().mean() for group in outputs.values()).backward()
        optimizer.step()

    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("-n", "--count", type=int, default=1024)
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    hub = load_hub()
    model = hub.model
    assert isinstance(model, ChemceptionHub)
    stated = [chemical.smiles for chemical in islice(organics(), args.count)]
    smiles = [standardise(text)[0] for text in stated]
    drawings = draw_all(smiles)
    pictures = [
        picture
        for start in range(0, len(smiles), BATCH)
        for picture in model.pictures(drawings[start : start + BATCH])
    ]
    compiled = torch.compile(model.network)

    def through(network: Callable[[torch.Tensor], torch.Tensor]) -> None:
        with torch.inference_mode():
            for batch in pictures:
                network(batch)

    def standardised() -> None:
        standardise.cache_clear()
        for text in stated:
            standardise(text)

    through(model.network)
    with torch.inference_mode():
        through(compiled)
        apart = float((compiled(pictures[0]) - model.network(pictures[0])).abs().max())
    times = {
        "network on ready pictures": fastest(lambda: through(model.network), REPEATS),
        "drawing alone": fastest(lambda: draw_all(smiles), REPEATS),
        "drawing, then network": fastest(lambda: model.outputs(smiles), REPEATS),
    }
    with model.in_bulk():
        model.outputs(smiles[:BATCH])
        times["drawing beside network"] = fastest(lambda: model.outputs(smiles), REPEATS)
    times["compiled network on ready pictures"] = fastest(lambda: through(compiled), REPEATS)
    times["standardising"] = fastest(standardised, REPEATS)
    precisions = (False, True) if fast_at_bfloat16() else (False,)
    for settings in (HubSettings(compiled=c, bfloat16=b) for c in (0, 1) for b in precisions):
        kind = (", compiled" * settings.compiled) + (", bfloat16" * settings.bfloat16)
        step = training_step(settings, pictures[0])
        step()  # compiles
        times[f"training{kind}"] = fastest(step, 10) * len(smiles) / BATCH
    bare = times["network on ready pictures"]
    results = {
        name: {"molecules/s": round(len(smiles) / t), "share of the bare network": bare / t}
        for name, t in times.items()
    }
    shown = Table("what", "molecules/s", "share of the bare network")
    for name, row in results.items():
        shown.add_row(name, f"{row['molecules/s']:,}", f"{row['share of the bare network']:.2f}")
    Console().print(shown)
    print(f"largest difference of an output through torch.compile: {apart:.1e}")
    save(results, args.output)


if __name__ == "__main__":
    main()
