"""`results.md`: what was measured, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pages.grids import cell, named_values, printed, tables
from pages.places import NOT_MEASURED, NOTE, RESULTS, measured

HELD_OUT, PREDICTIONS = "held_out.json", "spectrum_prediction.json"
MEASURED = {
    "hub_identity.json": ("The hub: telling chemicals apart",
                          "python benchmarks/hub_identity.py PREPARED.msp --part test"),
    "hub_properties.json": ("The hub: properties", "python benchmarks/hub_properties.py DATA"),
    "hub_ablations.json": ("The hub: what each part of its training gives",
                           "python benchmarks/hub_ablations.py DATA PREPARED.msp "
                           "--structures mass_spec=LIBRARY.msp.gz --epochs 2 --only 'as shipped' "
                           "'one view of a drawing' 'no similarity loss' 'no computed targets' "
                           "'no palette' 'fingerprint loss at a quarter' 'narrower last blocks' "
                           "'end points weigh more'"),
    "spectrum_prediction.json": ("Mass spectra of unseen chemicals, predicted from the structure",
                                 "python benchmarks/spectrum_prediction.py PREPARED.msp "
                                 "--work DIR"),
    "lambda.json": ("Weight of the cosine in the decoder's loss",
                    "python benchmarks/decoder_lambda.py PREPARED.msp"),
    "bench.json": ("Speed of a translation", "python benchmarks/main_road.py PREPARED.msp"),
    "hub_speed.json": ("Speed of the hub", "python benchmarks/hub_speed.py -n 2000"),
    "search.json": ("Speed of a search", "python benchmarks/search.py"),
    "library_match.json": ("Library match beside ms_entropy and matchms; specialised decoders side "
                           "by side", "python benchmarks/library_match.py PREPARED.msp"),
}
"""Results by their file: title, and the command that writes it."""
REMARKS = {
    "hub_identity.json": "Of the chemicals of PREPARED.msp. The effective rank on the "
                         "[hub's card](models.md) is that of other chemicals: the test part of the "
                         "data it was trained from.",
    "hub_ablations.json": "Each was trained for 2 epochs, an eighth of what the shipped hub was, "
                          "from one seed, and measured on the valid part. All but the first are "
                          "measured by one view of a drawing: compare them with the second.",
    "spectrum_prediction.json":
        "Of the chemicals of the test part. *Its network* is the decoder's, trained again from "
        "what is named and the mass of the molecule; where there are both a hub point and a "
        "structure, the mean of two predictions counts, with the point and without, as of the "
        "decoder (without substructures the second is poor, and lowers the mean). Figures of it, "
        "and of the network after NEIMS (Wei et al. 2019, arXiv 1811.08545; ours is smaller, "
        "`benchmarks/neims.py` says how), are means over seeds. The signature is what candidates "
        "are ranked by: square roots of intensities times m/z. Where a chemical has several "
        "spectra, they come from one laboratory: those of two would be less alike. After ± stands "
        "the standard deviation over seeds; in brackets, the 95 % interval, over chemicals, of the "
        "difference from the decoder: above zero, the other way is better.",
    "hub_properties.json": "The test part is unseen by the network: these rows compare with the "
                           "published ones, which are cross-validated. In the rows of folds only "
                           "the linear heads are: the network has learned from most of these "
                           "labels, so the hub's rows say how much of them its outputs hold. None "
                           "of the test part's chemicals of new scaffolds is in FreeSolv, whose "
                           "whole test part is 35 chemicals.",
}
"""What a reader of a table has to know beside it."""


def page(folder: Path = RESULTS) -> str:
    """Return all results of a folder as tables."""
    lines = [NOTE, "# Results", "",
             "Each table is filled from a file in `docs/results/`, which a command wrote.", "",
             "Whether synthetic mass spectra help where measured ones are few has "
             "[a page of its own](experiment.md).", "",
             "## Held-out replicates of known chemicals", ""]
    lines += _held_out(measured(folder / HELD_OUT))
    for name, (title, command) in MEASURED.items():
        content = measured(folder / name)
        lines += [f"## {title}", "", f"`{command} -o docs/results/{name}`", ""]
        if name in REMARKS:
            lines += [REMARKS[name], ""]
        table = predictions if name == PREDICTIONS else tables
        lines += table(content) if content else [NOT_MEASURED, ""]
    return "\n".join(lines).rstrip() + "\n"


def _held_out(study: Mapping[str, Any] | None) -> list[str]:
    if not study:
        return [NOT_MEASURED, "",
                "`chemtranslate evaluate --from mass_spec --to mass_spec PREPARED.msp --held-out "
                f"-o docs/results/{HELD_OUT}` measures it.", ""]
    lines = [
        f"Encoder `{study['encoder']}`, decoder `{study['decoder']}`, hub `{study['hub']}`; "
        f"{study['known chemicals']:,} known chemicals with "
        f"{study['their training samples']:,} training samples; seed {study['seed']}.",
        "",
        "Of each known chemical (train part, five or more samples) one replicate was held out of "
        "all training. It is damaged by the augmenter; what is made of the damaged one is compared "
        "with the undamaged one.",
        "", *replicates(study), "",
    ]
    for title in ("own chemical nearest, among the known", "unseen chemicals (test part)"):
        if title in study:
            lines += named_values(title[:1].upper() + title[1:], study[title])
    return lines


def replicates(study: Mapping[str, Any]) -> list[str]:
    """Return the table of held-out replicates: a row per way, a mean and a median per figure."""
    ways = study["held-out replicates"]
    names = list(next(iter(ways.values())))
    heads = [f"{name}, {kind}" for name in names for kind in ("mean", "median")]
    lines = ["| held-out replicates | " + " | ".join(heads) + " |",
             "|---|" + "---:|" * len(heads)]
    for way, figures in ways.items():
        values = [printed(figures[name][kind]) for name in names for kind in ("mean", "median")]
        lines.append(f"| {cell(way)} | " + " | ".join(values) + " |")
    return lines


def predictions(study: Mapping[str, Any]) -> list[str]:
    """Return the tables of predicted spectra: spread and difference stand beside each mean."""
    lines = named_values("Measured", {name: value for name, value in study.items()
                                      if not isinstance(value, Mapping)})
    for title in (name.removesuffix(": means") for name in study if name.endswith(": means")):
        means, spread, apart = (study.get(f"{title}: {what}", {}) for what in (
            "means", "standard deviation over seeds",
            "difference from the decoder, with its 95 % interval"))
        names = list(next(iter(means.values())))
        lines += [f"{title[:1].upper()}{title[1:]}:", "", "| | " + " | ".join(names) + " |",
                  "|---|" + "---:|" * len(names)]
        for way, row in means.items():
            cells = [f"{row[name]:.3f}" for name in names]
            for column, name in enumerate(names):
                if name in spread.get(way, {}):
                    cells[column] += f" ± {spread[way][name]:.3f}"
                if name in apart.get(way, {}):
                    cells[column] += " ({:+.3f} to {:+.3f})".format(*apart[way][name][1:])
            lines.append(f"| {cell(way)} | " + " | ".join(cells) + " |")
        lines.append("")
    return lines
