"""Every translation between modalities, measured on the chemicals of the test part.

For each ordered pair of the modalities given, and of structures: how similar a translated sample is
to the measured one, and how often the right sample is among the first of all those that the target
measured of unseen chemicals; beside the mean sample, two-step library search, and what the decoder
makes of the structures themselves (`chemtranslate.pair_study`).

    python benchmarks/pairs.py mass_spec=PREPARED.msp infrared=PREPARED.jdx [nmr_13c=...]
        --models DIR [-o docs/results/pairs.json]

DIR holds `<modality>/encoder` and `<modality>/decoder`, as `chemtranslate train ... -o` writes
them; where there is none, the models that ship are taken.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, Literal

from report import save
from rich.console import Console
from rich.table import Table

from chemtranslate.chemical import Chemical
from chemtranslate.hub import load_hub
from chemtranslate.pair_study import pair_study
from chemtranslate.sample import Sample
from chemtranslate.translator import Translator

Role = Literal["encoder", "decoder"]


def chosen(models: Path | None, modalities: list[str], role: Role) -> dict[str, Path]:
    """Return the folders of one's own models, by modality."""
    folders = {name: models / name / role for name in modalities} if models else {}
    return {name: folder for name, folder in folders.items() if folder.is_dir()}


def structures(samples: list[Sample]) -> Iterator[Sample]:
    """Yield the structures of samples as if they had been measured, each once."""
    for smiles in dict.fromkeys(s.chemical.smiles for s in samples if s.chemical):
        yield Sample(smiles, Chemical(smiles), chemical=Chemical(smiles))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data", nargs="+", metavar="MODALITY=FILE")
    parser.add_argument("--models", type=Path)
    parser.add_argument("--hub", default=None)
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    files = dict(item.split("=", 1) for item in args.data)
    hub = load_hub(args.hub).remembered()
    translator = Translator(hub, encoder=chosen(args.models, list(files), "encoder"),
                            decoder=chosen(args.models, list(files), "decoder"))
    measured = {name: list(translator.read(file, modality=name)) for name, file in files.items()}
    drawn = translator.plugins.structures
    results: dict[str, Any] = {}
    for source, target in product([*files, drawn], repeat=2):
        if source == target:
            continue
        other = measured[target if source == drawn else source]
        samples, against = (
            structures(other) if name == drawn else iter(measured[name])
            for name in (source, target)
        )
        found = pair_study(translator, source, target, samples, against)
        results[f"{source} -> {target}"] = found
        table = Table(f"{source} -> {target}, {found['unseen chemicals']} chemicals",
                      "mean", "recall@1", "recall@10")
        for way, values in found["ways"].items():
            means = [one["mean"] for one in values.values() if isinstance(one, dict)]
            table.add_row(way, f"{means[0]:.3f}" if means else "",
                          *(f"{values[f'recall@{k}']:.3f}" for k in (1, 10)))
        Console(width=110).print(table)
    save(results, args.output)


if __name__ == "__main__":
    main()
