"""Choose form and settings on early batches: learned from 1 and 2, chosen on 3, none later opened.

Prints, and with -o writes as JSON, the accuracy of naming the gas on batch 3 by each candidate form
and, for the form of ratios, by other settings: mean and standard deviation over seeds.

    python plugins/sensor_array/benchmarks/choose.py batch1.dat batch2.dat batch3.dat
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from naming import Readings, accuracy, by_batch, by_classifier, by_hub

from chemtranslate import Translator
from chemtranslate_sensor_array.augmenter import DRIFT, Drift
from chemtranslate_sensor_array.channels import Channels, Kind

KINDS: tuple[Kind, ...] = ("values", "logs", "between", "within", "ratios")
COMPARED: tuple[Kind, ...] = ("ratios", "values")
BASE = {"contrast": "0.5"}
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "contrast 0": {"contrast": "0"},
    "contrast 2": {"contrast": "2"},
    "epochs 10": {"epochs": "10"},
    "blocks 0": {"blocks": "0"},
    "dropout 0.5": {"dropout": "0.5"},
}
DRIFTS = {
    "noise 0.1": replace(DRIFT, noise=0.1),
    "noise 0.3": replace(DRIFT, noise=0.3),
    "gain 0": replace(DRIFT, gain=0.0),
    "gain 0.4": replace(DRIFT, gain=0.4),
}
"""What is tried in place of BASE and of the drift that the encoders have by default."""
TOGETHER = {
    "contrast 0, gain 0": replace(DRIFT, gain=0.0),
    "contrast 0, noise 0": replace(DRIFT, noise=0.0),
}
"""What is tried at last: without contrast, which was best for both forms, another drift."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("files", type=Path, nargs="+", help="of batches 1, 2 and 3, and no other")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    translator = Translator()
    batches = by_batch(translator, args.files)
    if set(batches) != {"1", "2", "3"}:
        parser.error(f"found the batches {', '.join(sorted(batches))}, expected 1, 2 and 3")
    learned, asked = Readings.of(batches["1"] + batches["2"]), Readings.of(batches["3"])
    results: dict[str, list[float]] = {}

    def tried(name: str, once: Callable[[int], list[np.ndarray]], seeds: int) -> None:
        found = [accuracy(once(seed)[0], asked) for seed in range(seeds)]
        results[name] = [round(float(np.mean(found)), 4), round(float(np.std(found)), 4)]
        print(f"{name:32s} {results[name][0]:.3f} ± {results[name][1]:.3f}", flush=True)

    def hub(
        kind: Kind, settings: Mapping[str, str] | None = None, drift: Drift = DRIFT
    ) -> Callable[[int], list[np.ndarray]]:
        form, chosen = Channels(kind), {**BASE, **(settings or {})}
        return lambda seed: by_hub(translator.hub, form, learned, seed, [asked], drift, chosen)

    def classifier(kind: Kind, name: str) -> Callable[[int], list[np.ndarray]]:
        return lambda seed: by_classifier(name, Channels(kind), learned, seed, [asked])

    for kind in KINDS:
        tried(f"{kind}, hub", hub(kind), args.seeds)
    for kind in COMPARED:
        for name, settings in SETTINGS.items():
            tried(f"{kind}, hub, {name}", hub(kind, settings), args.seeds)
        for name, drift in DRIFTS.items():
            tried(f"{kind}, hub, {name}", hub(kind, drift=drift), args.seeds)
        for name, drift in TOGETHER.items():
            tried(f"{kind}, hub, {name}", hub(kind, {"contrast": "0"}, drift), args.seeds)
    for kind in KINDS:
        for name, seeds in (("nearest neighbour", 1), ("random forest", args.seeds)):
            tried(f"{kind}, {name}", classifier(kind, name), seeds)
    if args.output:
        args.output.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
