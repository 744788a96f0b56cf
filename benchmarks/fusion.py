"""Several sensors together: how much better they name a chemical than the best of them alone.

Five folds over the chemicals that all the sensors have measured: for each, every sensor's encoder
is trained without the fold's chemicals, and then names them, alone and together with the others.
One sample of each chemical and sensor. The hub has learned from the structures of its train part,
so a fold's chemicals are unseen by the sensors; the test part of them, unseen by the hub as well,
is counted apart.

Ways to combine: by each encoder's own error along the hub's axes (`chemtranslate.axes`), the plain
mean of the vectors, the sum of the cosines, and the product of the odds that each encoder states:
the sum of the cosines, each over its encoder's temperature. Intervals are 95 %, paired, from a
bootstrap over chemicals.

    python benchmarks/fusion.py mass_spec=PREPARED.msp infrared=PREPARED.jdx nmr_13c=PREPARED.jsonl
        --encoder mass_spec=mass_spec/dense [--folds 5] [--work results/fusion] [-o fusion.json]

Slow: minutes for each encoder and fold. Trained encoders stay in WORK.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from report import save
from rich.console import Console
from rich.table import Table

from chemtranslate.chemical import standardise
from chemtranslate.cli.ledger import TrainingBar
from chemtranslate.hub import Hub, load_hub
from chemtranslate.models import load_encoder
from chemtranslate.pair_study import Measured
from chemtranslate.plugins import registry
from chemtranslate.protocols import Training
from chemtranslate.sample import Sample
from chemtranslate.search import unit
from chemtranslate.specs import resolve
from chemtranslate.splits import part
from chemtranslate.translator import Translator

Hits = NDArray[np.float64]
Places = dict[tuple[tuple[str, ...], str], NDArray[np.intp]]
OWN_ERROR, PLAIN = "by each encoder's error", "plain mean"
COSINES, ODDS = "sum of cosines", "product of odds"
RANKS = (1, 10)
DRAWS = 10_000


def key_of(sample: Sample) -> str:
    return standardise(sample.chemical.smiles if sample.chemical else "")[1]


def ranks(cosines: NDArray[np.float32], own: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the place of each of n unknowns' own chemical, 0 being the first."""
    right = cosines[np.arange(len(own)), own][:, None]
    before: NDArray[np.intp] = (cosines > right).sum(1)
    return before


def interval(differences: Hits) -> list[float]:
    """Return the 95 % bootstrap interval of a mean of paired differences."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(differences), (DRAWS, len(differences)))
    bounds: list[float] = np.quantile(differences[drawn].mean(1), (0.025, 0.975)).round(4).tolist()
    return bounds


def trained(
    modality: str, name: str | None, samples: Iterable[Sample], hub: Hub, folder: Path
) -> Any:
    """Return an encoder of a modality, trained unless it lies in the folder already."""
    plugins = registry()
    spec = plugins.encoder(name or plugins.modality(modality).encoder or "")
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        resolve(spec.train or "")(Training(
            samples=samples, hub=hub, folder=folder, resume=True,
            progress=TrainingBar(f"{folder.parent.name} {modality}")))
    return load_encoder(folder, modality, hub, plugins)


def compared(found: Places, among: Places, unseen: NDArray[np.bool_]) -> dict[str, Any]:
    """Print and return the figures of each way.

    Args:
        found, among: places among all chemicals and among those of the fold, by sensors and way.
        unseen: which chemicals the hub has not learned from.
    """
    alone = max((s for s, _ in found if len(s) == 1), key=lambda s: (found[s, PLAIN] < 1).mean())
    table = Table(f"{len(unseen)} chemicals", "recall@1", "recall@10", "recall@1, of the fold",
                  "recall@10, of the fold", "over the best alone")
    results: dict[str, Any] = {}
    for (sensors, way), places in found.items():
        gain = (places < 1).astype(float) - (found[alone, PLAIN] < 1)
        row = {
            **{f"recall@{k}, all": share(places, k) for k in RANKS},
            **{f"recall@{k}, of the fold": share(among[sensors, way], k) for k in RANKS},
            **{f"recall@{k}, all, unseen by the hub": share(places[unseen], k) for k in RANKS},
            "recall@1 over the best alone": round(float(gain.mean()), 4),
            "interval": interval(gain),
        }
        name = " + ".join(sensors) + (f", {way}" if len(sensors) > 1 else "")
        results[name] = row
        table.add_row(name, *(f"{row[c]:.3f}" for c in list(row)[:4]),
                      f"{gain.mean():+.3f} [{row['interval'][0]:+.3f}, {row['interval'][1]:+.3f}]")
    Console(width=140).print(table)
    return results


def share(places: NDArray[np.intp], k: int) -> float:
    return round(float((places < k).mean()), 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data", nargs="+", metavar="MODALITY=FILE")
    parser.add_argument("--encoder", action="append", default=[], metavar="MODALITY=NAME")
    parser.add_argument("--hub", default=None)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--work", type=Path, default=Path("results/fusion"))
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    files = dict(item.split("=", 1) for item in args.data)
    names = dict(item.split("=", 1) for item in args.encoder)
    hub = load_hub(args.hub).remembered()
    reading = Translator(hub)
    samples = {m: list(reading.read(file, modality=m)) for m, file in files.items()}
    keys = {m: [key_of(sample) for sample in own] for m, own in samples.items()}
    common = sorted(set.intersection(*map(set, keys.values())))
    fold_of = np.random.default_rng(0).permutation(len(common)) % args.folds
    structures = {
        key: sample.chemical.smiles
        for m, own in samples.items()
        for key, sample in zip(keys[m], own, strict=True)
        if sample.chemical
    }
    points = hub.model.embed([standardise(structures[key])[0] for key in common])
    place = {key: number for number, key in enumerate(common)}
    several = [
        c for size in range(1, len(files) + 1) for c in combinations(files, size)
    ]
    found: Places = {}
    among: Places = {}
    for fold in range(args.folds):
        out = [key for key, own in zip(common, fold_of, strict=True) if own == fold]
        rows = np.array([place[key] for key in out])
        vectors, errors, temperatures = {}, {}, {}
        for modality in files:
            left = [s for s, key in zip(samples[modality], keys[modality], strict=True)
                    if key not in set(out)]
            folder = args.work / f"fold-{fold}" / modality
            encoder = trained(modality, names.get(modality), left, hub, folder)
            asked = [s for s, key in zip(samples[modality], keys[modality], strict=True)
                     if key in set(out)]
            seen = Measured.of(asked, encoder.form, print)
            vectors[modality] = encoder.encode(seen.some(out))
            errors[modality], temperatures[modality] = encoder.error, encoder.temperature
        for sensors in several:
            taken = [vectors[m] for m in sensors]
            cosines = {
                OWN_ERROR: unit(hub.axes.fused(taken, [errors[m] for m in sensors])),
                PLAIN: unit(np.mean(taken, 0)),
                COSINES: np.mean([unit(v) for v in taken], 0),
                ODDS: np.sum([unit(vectors[m]) / temperatures[m] for m in sensors], 0),
            }
            for way, aim in cosines.items():
                if len(sensors) == 1 and way != PLAIN:
                    continue
                alike = aim @ unit(points).T
                found.setdefault((sensors, way), np.full(len(common), -1))[rows] = ranks(
                    alike, rows)
                among.setdefault((sensors, way), np.full(len(common), -1))[rows] = ranks(
                    alike[:, rows], np.arange(len(rows)))
    unseen = np.array([part(key) == "test" for key in common])
    ways = compared(found, among, unseen)
    save({"chemicals": len(common), "unseen by the hub": int(unseen.sum()), "folds": args.folds,
          "ways": ways}, args.output)


if __name__ == "__main__":
    main()
