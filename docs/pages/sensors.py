"""The page of several sensors: every translation between them, fusion, one classifier for all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pages.grids import cell, printed, tables
from pages.places import IMAGES, NOT_MEASURED, NOTE, RESULTS, measured

PAIRS, FUSION, CLASSIFIER = "pairs.json", "fusion.json", "cross_sensor.json"
DATA = "mass_spec=PREPARED.msp infrared=PREPARED.jdx nmr_13c=PREPARED.jsonl"


def page(folder: Path = RESULTS) -> str:
    """Return what was measured of several sensors."""
    return "\n".join([
        NOTE, "# Several sensors", "",
        "All figures are of chemicals that no model has learned from: those of the test part, or "
        "of the fold that was left out. Each table is filled from a file in `docs/results/`.", "",
        *_picture("sensors.png", "One chemical by several sensors: measured, and translated from "
                  "each, as expected, and from its structure. No model has learned from it."),
        *_pairs(measured(folder / PAIRS)),
        *_fusion(measured(folder / FUSION)),
        *_classifier(measured(folder / CLASSIFIER)),
    ]).rstrip() + "\n"


def _pairs(found: Mapping[str, Any] | None) -> list[str]:
    lines = [
        "## Every translation", "",
        f"`python benchmarks/pairs.py {DATA} --models DIR -o docs/results/{PAIRS}`", "",
    ]
    if not found:
        return [*lines, NOT_MEASURED, ""]
    lines += [
        "One sample of each chemical that both have measured is translated. How often is the "
        "right sample of the target, among those of all these chemicals, one of the ten most "
        "similar to it (recall@10)?", "", *_picture("pairs.png", "The same as the table below."),
        *matrix(found), "",
        "*Translated, as expected* is what `translate --expected` writes, of those reference "
        "chemicals that models may learn from: those asked for are not among them.", "",
    ]
    for pair, study in found.items():
        lines += [f"**{pair}**, {study['unseen chemicals']} chemicals. Encoder "
                  f"`{study['encoder']}`, decoder `{study['decoder']}`.", "", *_ways(study), ""]
    return lines


def _picture(name: str, text: str) -> list[str]:
    """Return the lines that show a picture, if `docs/sensor_figures.py` has drawn it."""
    there = (IMAGES / name).exists()
    return [f"![{text}](images/{name})", "", f"*{text}*", ""] if there else []


def matrix(found: Mapping[str, Any]) -> list[str]:
    """Return the table of recall@10 and of the number of chemicals, a row for each source."""
    names = list(dict.fromkeys(name for study in found.values()
                               for name in (study["from"], study["to"])))
    lines = ["| from, to | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    for source in names:
        cells = [_in_short(found.get(f"{source} -> {target}")) for target in names]
        lines.append(f"| {source} | " + " | ".join(cells) + " |")
    return lines


def recall(study: Mapping[str, Any]) -> float:
    """Return recall@10 of a translation; of structures as the target, by hub vector."""
    ways = study["ways"]
    value: float = ways.get("by hub vector", ways["translated"])["recall@10"]
    return value


def _in_short(study: Mapping[str, Any] | None) -> str:
    return f"{recall(study):.2f} of {study['unseen chemicals']}" if study else ""


def _ways(study: Mapping[str, Any]) -> list[str]:
    metrics = [name for name, value in study["ways"]["translated"].items()
               if isinstance(value, Mapping)]
    ranks = [name for name in study["ways"]["translated"] if name not in metrics]
    heads = [f"{name}, {kind}" for name in metrics for kind in ("mean", "median")] + ranks
    lines = ["| | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(heads)]
    for way, values in study["ways"].items():
        numbers = [values[name][kind] if name in values else ""
                   for name in metrics for kind in ("mean", "median")]
        numbers += [values.get(name, "") for name in ranks]
        lines.append(f"| {cell(way)} | " + " | ".join(map(printed, numbers)) + " |")
    chance = [""] * 2 * len(metrics) + [printed(study["chance"][name]) for name in ranks]
    return [*lines, "| chance | " + " | ".join(chance) + " |"]


def _fusion(found: Mapping[str, Any] | None) -> list[str]:
    lines = ["## Together they name more", "",
             f"`python benchmarks/fusion.py {DATA} --encoder mass_spec=mass_spec/dense "
             f"-o docs/results/{FUSION}`", ""]
    if not found:
        return [*lines, NOT_MEASURED, ""]
    return [*lines,
            f"{found['chemicals']:,} chemicals that all these sensors have measured, "
            f"{found['folds']} folds: the encoders of a fold have not learned from its chemicals. "
            "How often is the chemical itself the nearest (recall@1), or one of the ten nearest, "
            "among all of them, among those of its fold, and among all for the "
            f"{found['unseen by the hub']} that the hub has not learned from either?",
            "", *tables(found["ways"])]


def _classifier(found: Mapping[str, Any] | None) -> list[str]:
    lines = ["## One classifier for several sensors", "",
             f"`python benchmarks/cross_sensor.py {DATA} --models DIR "
             f"-o docs/results/{CLASSIFIER}`", ""]
    if not found:
        return [*lines, NOT_MEASURED, ""]
    lines += ["A random forest names the functional groups of a chemical from its sample. It has "
              "learned from translations alone, or from measured samples; it is tested on measured "
              "samples of the test part.", ""]
    for pair, study in found.items():
        lines += [f"**{pair}**, {study['test chemicals']} chemicals, {study['groups']} groups, "
                  f"{study['seeds']} seeds:", "", *tables(study["ways"])]
    return lines
