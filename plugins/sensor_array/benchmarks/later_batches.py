"""Name the gas of readings that were measured months later: batches 4, 5, 6 and 8, opened once.

Learned from batches 1 to 3, and for 6 and 8 also from 1 to 5. Compared are the values as they are
("plain") and ratios ("drift-aware"); both by the hub, that is by which of the six gases' points is
nearest to what the encoder says, by a random forest and by the nearest neighbour. Form and settings
were chosen by choose.py, which sees batches 1 to 3 alone.

Prints, and with -o writes as JSON, accuracies: mean and standard deviation over seeds.

    python plugins/sensor_array/benchmarks/later_batches.py gas_drift.zip \
        -o docs/results/sensor_array.json
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from naming import Readings, accuracy, by_batch, by_classifier, by_hub
from numpy.typing import NDArray

from chemtranslate import Translator
from chemtranslate_sensor_array.channels import RATIOS, VALUES
from chemtranslate_sensor_array.gases import GASES

FORMS = {"plain": VALUES, "drift-aware": RATIOS}
CLASSIFIERS = ("random forest", "nearest neighbour")
PLAN = {("1", "2", "3"): ("4", "5", "6", "8"), ("1", "2", "3", "4", "5"): ("6", "8")}
"""Batches learned from, and those asked of."""
NAMES = [gas.name for gas in GASES.values()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("archive", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    translator = Translator()
    batches = by_batch(translator, [args.archive])
    results: dict[str, Any] = {
        "hub": translator.hub.id,
        "seeds": args.seeds,
        "readings": {f"batch {batch}": _counts(Readings.of(batches[batch]))
                     for batch in sorted(batches)},
        "accuracy": {},
    }
    for learned, asked in PLAN.items():
        table = _compared(translator, batches, learned, asked, args.seeds)
        results["accuracy"][f"learned from batches {learned[0]} to {learned[-1]}"] = table
    if args.output:
        args.output.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def _counts(readings: Readings) -> dict[str, int]:
    counts = Counter(readings.gases.tolist())
    return {name: counts[number] for number, name in enumerate(NAMES)}


def _compared(
    translator: Translator,
    batches: dict[str, Any],
    learned: tuple[str, ...],
    asked: tuple[str, ...],
    seeds: int,
) -> dict[str, Any]:
    """Return by way, and by batch: mean and spread, and the accuracy if the commonest is guessed.
    """
    source = Readings.of(sample for batch in learned for sample in batches[batch])
    targets = [Readings.of(batches[batch]) for batch in asked]
    table: dict[str, Any] = {}
    for form_name, form in FORMS.items():
        runs = [by_hub(translator.hub, form, source, seed, targets) for seed in range(seeds)]
        table[f"hub, {form_name}"] = _row(runs, targets, asked)
        for name in CLASSIFIERS:
            runs = [by_classifier(name, form, source, seed, targets) for seed in range(seeds)]
            table[f"{name}, {form_name}"] = _row(runs, targets, asked)
    commonest = np.bincount(source.gases).argmax()
    table["always the commonest of what was learned"] = _row(
        [[np.full(len(one.gases), commonest) for one in targets]], targets, asked
    )
    for way, row in table.items():
        print(f"{learned[0]}-{learned[-1]}  {way:42s}", json.dumps(row), flush=True)
    return table


def _row(
    runs: list[list[NDArray[np.intp]]], targets: list[Readings], asked: tuple[str, ...]
) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for number, (batch, target) in enumerate(zip(asked, targets, strict=True)):
        found = [accuracy(run[number], target) for run in runs]
        row[f"batch {batch}"] = round(float(np.mean(found)), 4)
        row[f"batch {batch}, spread"] = round(float(np.std(found)), 4)
    return row


if __name__ == "__main__":
    main()
