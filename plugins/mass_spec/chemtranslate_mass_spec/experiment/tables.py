"""The tables of the report but those of accuracies, from what the draws left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtranslate_mass_spec.experiment import quality as q
from chemtranslate_mass_spec.experiment.generators import (
    PEAK_REMOVAL,
    SIBLINGS,
    SPECIALISED,
    VAE,
)
from chemtranslate_mass_spec.experiment.metrics import ALIKE
from chemtranslate_mass_spec.experiment.plan import Plan
from chemtranslate_mass_spec.experiment.replicates import Replicates
from chemtranslate_mass_spec.experiment.report_parts import (
    ON_SPREAD,
    Cell,
    Table,
    deviation,
    seeds_of,
)
from chemtranslate_mass_spec.experiment.specialised import TUNED
from chemtranslate_mass_spec.networks import TABLE_1, sizes

Draw = Mapping[str, NDArray[Any]]
PAPER_4 = {q.ADAPTER: (0.82, 5.8, 0.86), VAE: (0.43, 12.74, 0.11)}
SHARE = "share over .9 similarity ratio, by similarity"
PAPER_MATCH = {SPECIALISED: 0.88}


def library_table(replicates: Replicates, about: Mapping[str, Any], command: str) -> Table:
    """Return what was read and what of it takes part, the paper's numbers beside it."""
    counts = np.bincount(replicates.own)
    rows: list[tuple[Cell, ...]] = [
        ("records read", about["read"], None),
        ("records set aside, each with a reason in rejects.csv", about["rejected"], None),
        ("chemicals in the experiment", len(replicates.keys), 40),
        ("spectra in the experiment", len(replicates), 335),
        ("spectra per chemical, at least", int(counts.min()), 5),
        ("spectra per chemical, at most", int(counts.max()), None),
        ("left out as filed twice", about["duplicates"], None),
        ("kept, but of little resemblance to their siblings", len(replicates.odd), None),
        ("chemicals with too few spectra", replicates.too_few, None),
        ("spectra of other chemicals, to learn from", about["others"], None),
    ]
    return Table(
        "library",
        "The library and what of it takes part",
        ("quantity", "here", "paper"),
        tuple(rows),
        command=command,
    )


def settings_tables(plan: Plan, bins: int, command: str, trained: bool = True) -> list[Table]:
    """Return Tables I to III: the paper's settings beside those of this run.

    Args:
        trained: the general models are of this run; else Tables I and II, which are about them,
            are left to the cards of those that ship.
    """
    widths = "-".join(map(str, sizes(bins)))
    back = "-".join(map(str, sizes(bins)[::-1]))
    paper, paper_back = "-".join(map(str, TABLE_1)), "-".join(map(str, TABLE_1[::-1]))
    encoder, pair, tuning, whole = plan.encoder, plan.pair, plan.tuning, plan.whole
    general = [
        Table(
            "table-1",
            "Table I: the encoder",
            ("setting", "here", "paper"),
            (
                ("layers", widths, paper),
                ("learning rate", _rate(encoder), "1e-5"),
                ("epochs", f"{encoder.epochs}, then with the decoder", "300"),
                ("batch", encoder.batch, 32),
            ),
            "Larger batches and a falling rate reach in minutes what the paper's settings reach "
            "in half an hour; the shipped encoder keeps to the paper's.",
            command,
        ),
        Table(
            "table-2",
            "Table II: the general decoder",
            ("setting", "here", "paper"),
            (
                ("layers", back, paper_back),
                ("learning rate", _rate(pair), "1e-3"),
                ("epochs", f"{pair.epochs}, encoder and decoder together (Eq. 3)", "500"),
                ("batch", pair.batch, 32),
                ("lambda", pair.cosine_weight, "not given"),
                ("peaks removed", pair.peaks_removed, 0.15),
            ),
            "Both are trained on chemicals outside the experiment, and then, in each draw, "
            f"{plan.acquaintance.epochs} steps on the training spectra of all chemicals. Eq. 3 is "
            "minimised as one sum: so what a vector misses its chemical's point by says in which "
            "way the spectrum differs from its siblings.",
            command,
        ),
    ]
    return [
        *(general if trained else []),
        Table(
            "table-3",
            "Table III: specialised decoders",
            ("setting", "adapters", "whole layers", "paper"),
            (
                ("trained layers", f"first {TUNED}", f"first {TUNED}", "first 5"),
                ("rank of the change", tuning.rank, "full", "full"),
                ("learning rate", _number(tuning.rate), _number(whole.rate), "1e-4"),
                ("steps, each over all spectra", tuning.epochs, whole.epochs, "300 epochs"),
                ("peaks removed", tuning.peaks_removed, whole.peaks_removed, 0.15),
            ),
            command=command,
        ),
    ]


def table_4(draws: Sequence[Draw], training: int, command: str, trained: bool = True) -> Table:
    """Return Table IV: damaged test spectra, decoded, against the undamaged ones."""
    rows: list[tuple[Cell, ...]] = []
    for way in ways_of(draws, "weighted cosine"):
        held = [draw for draw in draws if f"weighted cosine|{way}" in draw]
        cosines = [draw[f"weighted cosine|{way}"] for draw in held]
        errors = [draw[f"MSE|{way}"] for draw in held]
        similar = [draw[f"similarity ratio, by similarity|{way}"] for draw in held]
        different = [draw[f"similarity ratio, by difference|{way}"] for draw in held]
        entropy = [draw[f"entropy similarity|{way}"] for draw in held]
        rows.append(
            (
                way if trained or way != q.GENERAL else "general decoder, as it ships",
                _mean(cosines),
                _spread(cosines),
                _median(cosines),
                _mean(errors),
                _median(errors),
                _share(similar),
                _share(different),
                _mean(entropy),
                len(held),
                *PAPER_4.get(way, (None, None, None)),
            )
        )
    return Table(
        "table-4",
        "Table IV: test spectra, 15 % of their peaks removed, encoded and decoded",
        (
            "way",
            "weighted cosine, mean",
            "spread over draws",
            "median",
            "MSE, mean",
            "MSE, median",
            SHARE,
            "by difference",
            "entropy similarity, mean",
            "draws",
            "paper: weighted cosine",
            "paper: MSE",
            "paper: share",
        ),
        tuple(rows),
        f"{training} training spectra of each chemical. Encoder and general decoder "
        + ("come from other chemicals" if trained else "are those that ship")
        + ", are tuned on the training spectra of all, and the decoder then on those of each. The "
        "similarity ratio compares prediction and target with the real spectra of a chemical among "
        "each other: by similarity (Figure 9's wording) or by mean squared difference. MSE is of "
        f"intensities in percent of the base peak. Baselines use no model. {ON_SPREAD}",
        command,
        seeds_of(len(draws)),
    )


def adapter_table(draws: Sequence[Draw], plan: Plan, bins: int, command: str) -> Table:
    """Return what low-rank adapters cost and save beside decoders tuned whole."""
    both = [draw for draw in draws if f"weighted cosine|{q.FULL}" in draw]
    layers = list(pairwise(sizes(bins)[::-1]))
    rank = plan.tuning.rank or 0
    added = sum((one + other) * rank + other for one, other in layers[:TUNED])
    whole = sum(one * other + other for one, other in layers)
    rows: list[tuple[Cell, ...]] = []
    for way, numbers in ((q.ADAPTER, added), (q.FULL, whole)):
        cosines = [draw[f"weighted cosine|{way}"] for draw in both]
        rows.append((way, _mean(cosines), 2 * numbers / 1000, numbers / whole))
    return Table(
        "adapters",
        "Low-rank adapters beside whole layers",
        ("way", "weighted cosine, mean", "kB a chemical (float16)", "share of a decoder"),
        tuple(rows),
        f"Rank {rank}. The same draws in both rows.",
        command,
        seeds_of(len(both)),
    )


def match_table(draws: Sequence[Draw], searched: int, command: str) -> Table:
    """Return the library match of synthetic and held-out spectra."""
    rows = []
    for way in ways_of(draws, "identified"):
        found = [draw[f"identified|{way}"] for draw in draws]
        strict = [draw[f"identified, strict|{way}"] for draw in draws if way != q.HELD_OUT]
        rows.append(
            (
                way,
                _mean(found),
                _spread(found),
                _mean(strict) if strict else None,
                PAPER_MATCH.get(way),
            )
        )
    return Table(
        "library-match",
        "Library match: share of spectra whose own chemical is named first",
        ("spectra", "identified", "spread over draws", "identified, strict", "paper"),
        tuple(rows),
        f"Searched among all {searched:,} prepared spectra by cosine, m/z to the power of 1.3 and "
        "intensity of .53 (Kim et al. 2012). The spectrum that a synthetic one "
        "was made from may not answer; strict: none of its chemical's training spectra may. "
        + ON_SPREAD,
        command,
        seeds_of(len(draws)),
    )


def memorisation_table(draws: Sequence[Draw], command: str) -> Table:
    """Return how much of the inputs' diversity is left in the outputs (Figure 8)."""
    rows = []
    for way in ways_of(draws, "memorisation"):
        name = f"memorisation|{way}"
        values = np.concatenate([draw[name] for draw in draws if name in draw])
        if len(values):
            rows.append((way, float(values.mean()), float(np.median(values)), len(values)))
    return Table(
        "memorisation",
        "Memorisation: diversity of a chemical's outputs over that of their inputs",
        ("way", "mean", "median", "chemicals, all draws"),
        tuple(rows),
        "Near 0: one output whatever the input, the spectra are learned by heart (Figure 8). "
        "Near 1: as varied as the spectra that the inputs were made from by removing peaks. An "
        "encoder that is trained alone maps the spectra of a chemical to one point; a decoder from "
        "scratch then learns one output. One trained together with a decoder (Eq. 3 as one sum) "
        "keeps what tells them apart: compare the two rows from scratch.",
        command,
        seeds_of(len(draws)),
    )


def ways_of(draws: Sequence[Draw], figure: str) -> list[str]:
    """Return the ways that a figure was measured for, in the order of measuring."""
    names = [name for draw in draws for name in draw if name.startswith(f"{figure}|")]
    return sorted({name.partition("|")[2] for name in names}, key=_rank)


_ORDER = (
    q.ADAPTER,
    q.FULL,
    q.GROUPED,
    SPECIALISED,
    q.AUTO,
    SIBLINGS,
    q.MET,
    q.GENERAL,
    VAE,
    PEAK_REMOVAL,
    q.COPY,
    q.NEAREST,
    q.MEAN,
    q.HELD_OUT,
)


def _rank(way: str) -> tuple[int, str]:
    return (_ORDER.index(way) if way in _ORDER else len(_ORDER), way)


def _mean(values: Sequence[NDArray[Any]]) -> float:
    return float(np.mean([np.nanmean(one) for one in values]))


def _spread(values: Sequence[NDArray[Any]]) -> float:
    return deviation([float(np.nanmean(one)) for one in values])


def _median(values: Sequence[NDArray[Any]]) -> float:
    return float(np.mean([np.nanmedian(one) for one in values]))


def _share(values: Sequence[NDArray[Any]]) -> float:
    return float(np.mean([np.mean(one > ALIKE) for one in values]))


def _rate(settings: Any) -> str:
    return f"{_number(settings.rate)}, falling" if settings.falling else _number(settings.rate)


def _number(value: float) -> str:
    """Return a learning rate as the paper writes them: 1e-4."""
    digits, power = f"{value:e}".split("e")
    return f"{float(digits):g}e{int(power)}"
