"""Draw the figures of `sensors.md`: one chemical by several sensors, the matrix of translations.

    python docs/sensor_figures.py mass_spec=PREPARED.msp infrared=PREPARED.jdx ... --models DIR
        --smiles SMILES [--output docs/images]

writes `sensors.png`, a row for each sensor that is translated into and a column for each that is
translated from, as is expected of the reference chemicals of the train part; without SMILES it
lists the chemicals that there are to choose from. `pairs.png` is drawn from
`docs/results/pairs.json`. Files and models are those of `benchmarks/pairs.py`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtranslate.chemical import standardise
from chemtranslate.evaluation import as_written, metrics_of
from chemtranslate.expectation import Expectation
from chemtranslate.hub import load_hub
from chemtranslate.learning.library import Pairs, by_chemical
from chemtranslate.pair_study import training_points
from chemtranslate.panels import FAINT, INK, MEASURED, TRANSLATED, plain
from chemtranslate.splits import part
from chemtranslate.translator import Translator
from chemtranslate_infrared.grid import FORM as INFRARED
from pages.places import IMAGES, RESULTS, measured
from pages.sensors import PAIRS, recall

mpl.use("Agg")

TITLES = {"chemception": "structure", "mass_spec": "mass spectrum", "infrared": "infrared",
          "nmr_13c": "$^{13}$C NMR", "nmr_1h": "$^1$H NMR", "structure": "structure"}
AXES = {"mass_spec": "m/z", "infrared": "1/cm", "nmr_13c": "ppm", "nmr_1h": "ppm"}


ENDS = INFRARED.wavenumbers[[0, -1]]
Measured = dict[str, dict[str, Pairs]]
"""By sensor and by chemical: samples, each with its array."""


def draw(axes: Axes, modality: str, signal: Any, colour: str) -> None:
    """Draw a signal as its readers are used to seeing it, without axes of intensity."""
    if modality == "infrared":
        shown = (signal.wavenumbers >= ENDS[0]) & (signal.wavenumbers <= ENDS[-1])
        heights = signal.absorbances[shown] / np.nanmax(signal.absorbances[shown])
        axes.plot(signal.wavenumbers[shown], heights, color=colour, linewidth=0.8)
    elif modality == "mass_spec":
        axes.vlines(signal.mz, 0, signal.intensities / signal.intensities.max(), color=colour,
                    linewidth=1.2)
    else:
        shifts, heights = np.unique(signal.shifts, return_counts=True)
        axes.vlines(shifts, 0, heights / heights.max(), color=colour, linewidth=1.2)
    axes.set_ylim(0, 1.3)
    axes.set_yticks([])
    plain(axes)
    axes.spines["left"].set_visible(False)


def shared_chemical(samples: Measured, asked: str) -> str:
    """Return the key of the chemical to show: the one asked for, by SMILES."""
    key = standardise(asked)[1]
    without = [modality for modality, own in samples.items() if key not in own]
    if without or part(key) != "test":
        raise SystemExit(f"found no sample of {asked} in {without or 'the test part'}")
    return key


def grid(translator: Translator, samples: Measured, smiles: str) -> Figure:
    """Return the figure of one chemical: measured, and translated from every other sensor."""
    key = shared_chemical(samples, smiles)
    names, possible = list(samples), training_points(translator.hub)
    structure = standardise(smiles)[0]
    vectors = {name: translator.encoder(name).encode(samples[name][key][0][1][None])
               for name in names}
    vectors["structure"] = translator.hub.model.embed([structure])
    figure = Figure((2.2 * (len(vectors) + 1), 1.35 * len(names) + 0.6), facecolor="white",
                    layout="constrained")
    figure.suptitle(samples[names[0]][key][0][0].name.lower(), fontsize=11, color=INK)
    panels = figure.subplots(len(names), len(vectors) + 1, squeeze=False)
    for row, target in enumerate(names):
        decoder, own = translator.decoder(target), samples[target][key][0][0]
        measure = metrics_of(translator, target)
        first = panels[row, 0]
        draw(first, target, own.signal, MEASURED)
        first.set_ylabel(TITLES.get(target, target), fontsize=10, color=INK)
        truth = decoder.form.to_array(own)[None]
        for axes, (source, vector) in zip(panels[row, 1:], vectors.items(), strict=True):
            made = (
                Expectation(translator.encoder(source), decoder, *possible).decode(vector)
                if source in names else decoder.decode_structures(vector, [structure]))
            draw(axes, target, decoder.form.to_signal(made[0]), TRANSLATED)
            axes.set_xlim(first.get_xlim())
            figures = measure(as_written(made, decoder.form), truth)
            name, values = next(iter(figures.items()))
            axes.text(0.99, 0.99, f"{name} {values[0]:.2f}", transform=axes.transAxes, ha="right",
                      va="top", fontsize=7.5, color=INK)
        for axes in panels[row]:
            low, high = sorted(first.get_xlim())
            axes.set_xlim((low, high) if target == "mass_spec" else (high, low))
            axes.set_xlabel(AXES.get(target, ""), fontsize=7.5, color=INK, labelpad=1)
            axes.tick_params(labelsize=7)
    for axes, title in zip(panels[0], ["measured", *(
            f"from {TITLES.get(name, name)}" for name in vectors)], strict=True):
        axes.set_title(title, fontsize=10, color=MEASURED if title == "measured" else TRANSLATED)
    return figure


def matrix(studies: dict[str, dict[str, object]]) -> Figure:
    """Return the matrix of recall@10, a row for each source and a column for each target."""
    targets = list(dict.fromkeys(str(study["to"]) for study in studies.values()))
    sources = list(dict.fromkeys(str(study["from"]) for study in studies.values()))
    values = np.full((len(sources), len(targets)), np.nan)
    figure = Figure((1.55 * len(targets) + 1.6, 0.9 * len(sources) + 0.9), facecolor="white",
                    layout="constrained")
    axes = figure.subplots()
    for study in studies.values():
        at = sources.index(str(study["from"])), targets.index(str(study["to"]))
        values[at] = recall(study)
        axes.text(at[1], at[0], f"{values[at]:.2f}\nof {study['unseen chemicals']}", ha="center",
                  va="center", fontsize=9, color="white" if values[at] > 0.55 else INK)
    axes.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for ticks, labels in ((axes.set_xticks, targets), (axes.set_yticks, sources)):
        ticks(range(len(labels)), [TITLES.get(label, label) for label in labels])
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("translated into", fontsize=10, color=INK)
    axes.set_ylabel("from", fontsize=10, color=INK)
    axes.tick_params(length=0, labelsize=10, labelcolor=INK)
    for spine in axes.spines.values():
        spine.set_color(FAINT)
    return figure


def main() -> None:
    """Draw what there is to draw."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data", nargs="*", metavar="MODALITY=FILE")
    parser.add_argument("--models", type=Path)
    parser.add_argument("--smiles", help="the chemical to show, one of the test part")
    parser.add_argument("--output", type=Path, default=IMAGES)
    args = parser.parse_args()
    if found := measured(RESULTS / PAIRS):
        matrix(dict(found)).savefig(args.output / "pairs.png", dpi=150)
    if not args.data:
        return
    files = dict(item.split("=", 1) for item in args.data)
    folders = {role: {name: args.models / name / role for name in files
                      if (args.models / name / role).is_dir()} for role in ("encoder", "decoder")}
    translator = Translator(load_hub(), encoder=folders["encoder"], decoder=folders["decoder"])
    samples = {name: by_chemical(translator.read(file, modality=name),
                                 translator.encoder(name).form)[0] for name, file in files.items()}
    if not args.smiles:
        for key in set.intersection(*map(set, samples.values())):
            if part(key) == "test":
                print(next(iter(samples.values()))[key][0][0].name, key, sep="\t")
        return
    grid(translator, samples, args.smiles).savefig(args.output / "sensors.png", dpi=150)


if __name__ == "__main__":
    main()
