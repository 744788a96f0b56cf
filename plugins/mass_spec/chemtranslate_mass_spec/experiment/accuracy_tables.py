"""Table V: what synthetic spectra bring to classifiers, from what the draws left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtranslate_mass_spec.experiment.classifiers import KINDS
from chemtranslate_mass_spec.experiment.generators import SPECIALISED, VAE
from chemtranslate_mass_spec.experiment.plan import PAPER_CHEMICALS
from chemtranslate_mass_spec.experiment.report_parts import (
    ON_INTERVALS,
    ON_SPREAD,
    Cell,
    Table,
    deviation,
    interval,
    seeds_of,
)
from chemtranslate_mass_spec.experiment.trial import BOTH, ONLY, REAL, SEARCH, accuracies

Trial = Mapping[str, Any]
PAPER_5 = {
    "random forest": {
        REAL: 0.72,
        f"{SPECIALISED}: {ONLY}": 0.57,
        f"{SPECIALISED}: {BOTH}": 0.79,
        f"{VAE}: {ONLY}": 0.10,
        f"{VAE}: {BOTH}": 0.72,
    },
    "neural network": {
        REAL: 0.75,
        f"{SPECIALISED}: {ONLY}": 0.74,
        f"{SPECIALISED}: {BOTH}": 0.84,
        f"{VAE}: {ONLY}": 0.09,
        f"{VAE}: {BOTH}": 0.76,
    },
}


def tables_5(trials: Sequence[Trial], paper_trials: Sequence[Trial], command: str) -> list[Table]:
    """Return Table V of all chemicals and, where there are enough, at the paper's size.

    Args:
        trials: draws of all chemicals.
        paper_trials: draws of as many chemicals as the paper has, or of all where there are fewer:
            these would show again what Table V shows.
    """
    title = "Table V: which chemical is it? Accuracy on test spectra"
    size = min((trial["chemicals"] for trial in paper_trials), default=0)
    if size < PAPER_CHEMICALS:
        left_out = (
            f"Table V at the paper's size is left out: that takes {PAPER_CHEMICALS} chemicals with "
            f"spectra enough, and this library has {size}."
        )
        return [table_5(trials, "table-5", title, command, left_out if paper_trials else "")]
    drawn = f"Table V at the paper's size: {size} chemicals drawn at random"
    return [
        table_5(trials, "table-5", title, command),
        table_5(paper_trials, "table-5-paper-size", drawn, command),
    ]


def table_5(
    trials: Sequence[Trial], name: str, title: str, command: str, remark: str = ""
) -> Table:
    """Return Table V: accuracies with and without synthetic spectra, by regime and classifier.

    Args:
        remark: ends the note.
    """
    rows: list[tuple[Cell, ...]] = []
    for k, kind, way, values, gains in compared(trials):
        rows.append(
            (
                way,
                kind,
                k,
                float(np.mean(values)),
                deviation(values),
                None if way in (REAL, SEARCH) else float(np.mean(gains)),
                None if way in (REAL, SEARCH) else interval(gains),
                _papers(kind, way),
            )
        )
    draws = len({trial["seed"] for trial in trials})
    some = trials[0]
    return Table(
        name,
        title,
        (
            "trained on",
            "classifier",
            "real spectra per chemical",
            "accuracy, mean",
            "spread over draws",
            "gain over real only",
            "95 % interval, ±",
            "paper",
        ),
        tuple(rows),
        f"{some['copies']} synthetic spectra of each real one. Gains are paired: same draw, same "
        f"seed. {ON_SPREAD} {ON_INTERVALS} The paper's values are for {PAPER_CHEMICALS} chemicals "
        f"with all their training spectra. {remark}".rstrip(),
        command,
        seeds_of(draws),
    )


def draws_table(trials: Sequence[Trial], command: str) -> Table:
    """Return how many chemicals and spectra the draws of Table V have, by regime."""
    rows: list[tuple[Cell, ...]] = []
    for k in sorted({trial["k"] for trial in trials}):
        some = [trial for trial in trials if trial["k"] == k]
        chemicals = [trial["chemicals"] for trial in some]
        rows.append(
            (
                k,
                len(some),
                _range(chemicals),
                _range([trial["train"] for trial in some]),
                _range([trial["test"] for trial in some]),
                1 / max(chemicals),
            )
        )
    return Table(
        "draws",
        "Draws of Table V",
        (
            "real spectra per chemical",
            "draws",
            "chemicals",
            "training spectra",
            "test spectra",
            "accuracy by chance",
        ),
        tuple(rows),
        "Chemicals that have fewer different spectra do not take part. What a draw takes beyond "
        "its training spectra from a group of nearly equal ones is not tested on, so the number of "
        "test spectra varies.",
        command,
        seeds_of(len({trial["seed"] for trial in trials})),
    )


def _range(values: Sequence[int]) -> Cell:
    low, high = min(values), max(values)
    return low if low == high else f"{low} to {high}"


def accuracy_table(trials: Sequence[Trial], command: str) -> Table:
    """Return the mean accuracies of Table V at a glance: a row per way, a column per regime."""
    rows: dict[str, dict[tuple[str, int], float]] = defaultdict(dict)
    for k, kind, way, values, _ in compared(trials):
        rows[way][kind, k] = float(np.mean(values))
    regimes = sorted({trial["k"] for trial in trials})
    asked = [(kind, k) for kind in KINDS for k in regimes]
    searched = rows.pop(SEARCH)
    found: list[tuple[Cell, ...]] = [
        (way, *(reached.get(one) for one in asked)) for way, reached in rows.items()
    ]
    found.append((SEARCH, *(searched[SEARCH, k] for _, k in asked)))
    return Table(
        "accuracies",
        "Accuracy on test spectra, by number of real training spectra per chemical",
        ("trained on", *(f"{kind}, {k}" for kind, k in asked)),
        tuple(found),
        "Means over draws; gains with their intervals are in Table V. Library search names the "
        "chemical of the most similar training spectrum.",
        command,
        seeds_of(len({trial["seed"] for trial in trials})),
    )


def compared(
    trials: Sequence[Trial],
) -> list[tuple[int, str, str, NDArray[np.float64], NDArray[np.float64]]]:
    """Return (k, classifier, way, accuracies, gains over real only), an entry per draw in each."""
    found: dict[tuple[int, str, str], list[float]] = defaultdict(list)
    real: dict[tuple[int, str], list[float]] = defaultdict(list)
    for trial in sorted(trials, key=lambda one: (one["k"], one["seed"])):
        reached = accuracies(trial)
        for known in KINDS:
            real[trial["k"], known].append(reached[known, REAL])
        for (kind, way), value in reached.items():
            if not way.startswith("ratio"):
                label = SEARCH if kind == SEARCH else way
                found[trial["k"], kind, label].append(value)
    rows = []
    for (k, kind, way), values in found.items():
        base = np.array(real[k, kind]) if kind in KINDS else np.zeros(len(values))
        rows.append((k, kind, way, np.array(values), np.array(values) - base))
    order: dict[str, int] = {kind: i for i, kind in enumerate((*KINDS, SEARCH))}
    return sorted(rows, key=lambda row: (row[0], order[row[1]]))


def ratio_table(trials: Sequence[Trial], command: str) -> Table:
    """Return what more synthetic spectra bring, by their number per real one."""
    rows: list[tuple[Cell, ...]] = []
    for k, kind, ratio, gains in by_ratio(trials):
        rows.append((k, kind, ratio, float(np.mean(gains)), interval(gains)))
    return Table(
        "ratio",
        "Synthetic spectra per real one, siblings: gain in accuracy",
        ("real spectra per chemical", "classifier", "ratio", "gain, mean", "95 % interval, ±"),
        tuple(rows),
        "The paper: more synthetic spectra helped until they equalled the real ones in number. "
        + ON_INTERVALS,
        command,
        seeds_of(len({trial["seed"] for trial in trials})),
    )


def by_ratio(trials: Sequence[Trial]) -> list[tuple[int, str, float, NDArray[np.float64]]]:
    """Return (k, classifier, ratio, gains over real only), ascending; classifiers as ever."""
    found: dict[tuple[int, str, float], list[float]] = defaultdict(list)
    for trial in trials:
        reached = accuracies(trial)
        for (kind, way), value in reached.items():
            if way.startswith("ratio "):
                ratio = float(way.removeprefix("ratio "))
                found[trial["k"], kind, ratio].append(value - reached[kind, REAL])
    ordered = sorted(found, key=lambda key: (key[0], KINDS.index(key[1]), key[2]))
    return [(*key, np.array(found[key])) for key in ordered]


def _papers(kind: str, way: str) -> float | None:
    return PAPER_5.get(kind, {}).get(way)
