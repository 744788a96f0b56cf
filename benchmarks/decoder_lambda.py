"""Choose lambda, the weight of the weighted cosine loss in the decoder's loss, on the valid part.

The paper gives no value. For each candidate, Table II's decoder is trained for a few epochs on the
train part and measured on chemicals of the valid part: spectra damaged by 15 %, against the
undamaged ones. Prints a table and, with -o, writes it as JSON.

    python benchmarks/decoder_lambda.py PREPARED.msp [--epochs 12] [-o lambda.json]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from chemtranslate import Translator
from chemtranslate.learning.fitting import fit
from chemtranslate.learning.library import library
from chemtranslate.learning.models import network_of
from chemtranslate.learning.networks import Stack
from chemtranslate_mass_spec.binning import Bins
from chemtranslate_mass_spec.networks import sizes
from chemtranslate_mass_spec.similarity import metrics
from chemtranslate_mass_spec.training import DECODER, decoder_loss, remove_peaks

CANDIDATES = (0.0, 1.0, 10.0, 100.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("prepared")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    translator = Translator()
    samples = translator.read(args.prepared, modality="mass_spec")
    data = library(samples, translator.hub, Bins(DECODER.bins))
    encoder = network_of(translator.encoder("mass_spec"))
    measured = torch.from_numpy(data.valid)
    damaged = remove_peaks(measured, DECODER.peaks_removed, torch.Generator().manual_seed(0))
    table = Table("lambda", "weighted cosine", "MSE")
    figures = {}
    for weight in CANDIDATES:
        settings = DECODER.model_copy(update={"cosine_weight": weight, "epochs": args.epochs})
        torch.manual_seed(settings.seed)
        network = Stack(sizes(settings.bins)[::-1])
        with tempfile.TemporaryDirectory() as work:
            loss = decoder_loss(network, encoder, data.train, settings)
            fit(
                network,
                len(data.train),
                loss,
                settings,
                Path(work),
                resume=False,
                progress=lambda step, steps, loss: None,
            )
        with torch.no_grad():
            decoded = network(encoder(damaged)).clamp(min=0)
        reached = {k: round(float(v.mean()), 4) for k, v in metrics(decoded, measured).items()}
        figures[f"lambda {weight:g}"] = reached
        table.add_row(f"{weight:g}", *(f"{value:.3f}" for value in reached.values()))
    Console().print(table)
    if args.output:
        args.output.write_text(
            json.dumps({"epochs": args.epochs, **figures}, indent=2) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
