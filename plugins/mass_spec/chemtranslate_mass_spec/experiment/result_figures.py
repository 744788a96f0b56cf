"""From a finished run to the figures of its report; they are drawn when they are written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from chemtranslate.chemical import quiet_rdkit
from chemtranslate.search import unit
from chemtranslate_mass_spec.experiment import accuracy_tables as a
from chemtranslate_mass_spec.experiment import figures as draw
from chemtranslate_mass_spec.experiment import quality as q
from chemtranslate_mass_spec.experiment.classifiers import KINDS
from chemtranslate_mass_spec.experiment.exemplars import (
    Company,
    best_company,
    contributor,
    exemplar,
    spaced,
)
from chemtranslate_mass_spec.experiment.generators import SIBLINGS, VAE, damaged
from chemtranslate_mass_spec.experiment.metrics import spread
from chemtranslate_mass_spec.experiment.report_parts import (
    LEAST_DRAWS,
    Figure,
    interval,
)
from chemtranslate_mass_spec.experiment.results import Results
from chemtranslate_mass_spec.experiment.sibling import inferred, siblings
from chemtranslate_mass_spec.experiment.trial import BOTH, ONLY, REAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

SHOWN, COPIES = 6, 4
"""Chemicals of Figure 6, whose spectra are many; and siblings of one spectrum that are shown."""
MORE = "Additional figure"
"""What the paper does not have is numbered on its own."""
LABELS = {
    "instrument": ("instrument_type", "instrument"),
    "contributor": ("contributor", "authors"),
}
"""Fields that say how and where a spectrum was measured."""


def figures(results: Results) -> list[Figure]:
    """Return all figures of the report, in its order; they are drawn when they are written."""
    counts = np.bincount(results.data.replicates.own)
    replicates = results.data.replicates
    most = int(counts.argmax())
    name = replicates.names[most]
    typical = f"of its {counts[most]} spectra the one most like the others"
    shown = best_company(replicates)
    fewest = results.plan.regimes[0]
    found = [
        Figure(
            "figure-2",
            "Figure 2: a spectrum and its structure",
            f"{_capital(name)}: {typical} (highest mean weighted cosine).",
            partial(_spectrum, results, most),
        ),
        Figure(
            "figure-3",
            "Figure 3: spectra per chemical",
            "After duplicates are left out. Coloured: the chemicals of the experiment.",
            partial(
                draw.spectra_per_chemical,
                np.concatenate([counts, results.data.other_counts[results.data.other_counts > 0]]),
            ),
        ),
        Figure(
            "figure-4",
            "Figure 4: the hub follows structure",
            "Cosine of two chemicals' hub points against the Tanimoto similarity of their "
            "fingerprints; all pairs of the experiment's chemicals. Named are the nearest pair, "
            "the farthest, and the one that is farthest for how alike its structures are.",
            partial(_distances, results),
        ),
        Figure(
            "figure-6",
            "Figure 6: encoded spectra around their chemical's point",
            f"The {min(SHOWN, len(counts))} chemicals with the most spectra, on the two principal "
            "axes of what is shown. "
            + (
                "The encoder has seen none of these chemicals."
                if results.trained
                else "The encoder is the one that ships and may know some of them."
            ),
            partial(_encoded, results, np.argsort(-counts, kind="stable")[:SHOWN]),
        ),
        Figure(
            "figure-7",
            "Figure 7: four damaged versions of a spectrum",
            "15 % of the peaks are removed at random (grey, marked below the axis); none is added. "
            f"What is left is relative to its own base peak. {_capital(name)}: {typical}.",
            partial(_damaged, results, most),
        ),
        Figure(
            "figure-9",
            "Figure 9: similarity ratio of decoded test spectra",
            "Above 0.9, a decoded spectrum is as close to its target as real replicates are to "
            "each other. Test spectra of all draws; ratios beyond the axis count at its end.",
            partial(_ratios, results),
        ),
        Figure(
            "figure-10",
            "Figure 10: what was taken for what",
            f"Shares of a chemical's test spectra, over all draws with {_counted(fewest)} per "
            "chemical to train on.",
            partial(_confusion, results),
        ),
        Figure(
            "accuracy",
            f"{MORE} 1: accuracy by number of real training spectra",
            _over(results.trials, ", cut off at 0 and 100 %"),
            partial(_by_regime, results),
        ),
        Figure(
            "ratio",
            f"{MORE} 2: gain by number of synthetic spectra",
            f"Gain of real spectra and siblings over real spectra only. {_over(results.trials)}",
            partial(_by_ratio, results),
        ),
        Figure(
            "siblings",
            f"{MORE} 3: siblings of a spectrum",
            f"{_capital(replicates.names[shown.chemical])}: siblings that the sibling decoder "
            "makes of one spectrum, the one most like the others of the chemical, and "
            + (
                "spectra by other contributors, as their records name them"
                if shown.foreign
                else "other real spectra; the records name no other contributor"
            )
            + f"{_picked(shown)}. "
            + (
                "The decoder has seen no spectrum of this chemical."
                if results.trained
                else "The decoder is the one that ships and may know the chemical."
            ),
            partial(_siblings, results, shown),
        ),
    ]
    if any("figure 8 inputs" in one for one in results.draws):
        place = next(i for i, figure in enumerate(found) if figure.name == "figure-9")
        found.insert(
            place,
            Figure(
                "figure-8",
                "Figure 8: learned by heart",
                "Measured spectra of one chemical, and what they are decoded to when 15 % of their "
                "peaks are removed: by a decoder from scratch, on an encoder trained alone, and "
                "by one that starts from the general decoder, on the encoder trained with it. Of "
                "the chemicals tried, it is the one whose spectra lose the most of what sets them "
                "apart.",
                partial(_memorised, results),
            ),
        )
    several = [what for what in LABELS if len(set(_labels(results, what))) > 1]
    for number, what in enumerate(several, 4):
        found.append(
            Figure(
                f"z-{what}",
                f"{MORE} {number}: what the sibling decoder's vector knows: {what}",
                "Each dot is a measured spectrum: the mean of the vectors that lead to it from "
                "its siblings, on the two principal axes. In brackets: spectra.",
                partial(_z, results, what),
            )
        )
    return found


def _spectrum(results: Results, chemical: int) -> Picture:
    replicates = results.data.replicates
    spectrum = replicates.spectra[exemplar(replicates, chemical)]
    return draw.spectrum_with_structure(
        spectrum, replicates.smiles[chemical], replicates.names[chemical]
    )


def _distances(results: Results) -> Picture:
    replicates = results.data.replicates
    cosines = unit(results.data.points) @ unit(results.data.points).T
    alike = _tanimoto(replicates.smiles)
    pairs = np.triu_indices(len(cosines), 1)
    order = np.argsort(cosines[pairs], kind="stable")
    chosen = [order[-1], order[0], np.argmax(alike[pairs] - cosines[pairs])]
    named = [
        (
            replicates.names[pairs[0][one]],
            replicates.names[pairs[1][one]],
            float(cosines[pairs][one]),
            float(alike[pairs][one]),
        )
        for one in dict.fromkeys(map(int, chosen))
    ]
    return draw.distances_follow_structure(cosines[pairs], alike[pairs], named)


def _tanimoto(smiles: Sequence[str]) -> NDArray[np.float64]:
    from rdkit import Chem, DataStructs
    from rdkit.Chem import rdFingerprintGenerator

    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    with quiet_rdkit():
        prints = [generator.GetFingerprint(Chem.MolFromSmiles(text)) for text in smiles]
    return np.array([DataStructs.BulkTanimotoSimilarity(one, prints) for one in prints])


def _encoded(results: Results, chemicals: NDArray[np.intp]) -> Picture:
    replicates = results.data.replicates
    rows = np.flatnonzero(np.isin(replicates.own, chemicals))
    with torch.inference_mode():
        encoded = results.case.general.encoder(torch.from_numpy(replicates.spectra[rows])).numpy()
    order = np.argsort(chemicals)
    own = order[np.searchsorted(chemicals[order], replicates.own[rows])]
    return draw.encoded_around_points(
        encoded, own, results.data.points[chemicals], [replicates.names[c] for c in chemicals]
    )


def _damaged(results: Results, chemical: int) -> Picture:
    replicates = results.data.replicates
    spectrum = replicates.spectra[[exemplar(replicates, chemical)]]
    return draw.damaged_versions(
        spectrum[0], damaged(spectrum, 4, 0), replicates.names[chemical]
    )


def _memorised(results: Results) -> Picture:
    one = next(one for one in results.draws if "figure 8 inputs" in one)
    inputs = one["figure 8 inputs"]
    outputs = {
        "from the general decoder": one["figure 8 tuned"],
        "from scratch": one["figure 8 scratch"],
    }
    shown = 1 - spread(inputs)[0]
    return draw.memorisation(
        inputs,
        outputs,
        results.data.replicates.names[int(one["figure 8 chemical"][0])],
        {way: (1 - spread(made)[0]) / shown for way, made in outputs.items()},
    )


def _ratios(results: Results) -> Picture:
    return draw.ratio_histograms(
        {
            way: np.concatenate(
                [one[f"similarity ratio, by similarity|{way}"] for one in results.draws]
            )
            for way in (q.ADAPTER, VAE)
        }
    )


def _confusion(results: Results) -> Picture:
    names = results.data.replicates.names
    size = len(names)
    matrices = {}
    some = [one for one in results.trials if one["k"] == results.plan.regimes[0]]
    for kind in KINDS:
        for way, label in ((REAL, "real only"), (f"{SIBLINGS}: {BOTH}", "real and siblings")):
            counts = np.zeros((size, size))
            for one in some:
                np.add.at(counts, (one["truth"], one["named"][kind][way]), 1)
            matrices[f"{kind}, {label}"] = counts
    return draw.confusion(matrices, names)


def _by_regime(results: Results) -> Picture:
    series: dict[str, dict[str, tuple[list[float], list[float], list[float]]]] = defaultdict(dict)
    for k, kind, way, values, _ in a.compared(results.trials):
        if kind in KINDS and (way == REAL or way.endswith(BOTH) or way == f"{SIBLINGS}: {ONLY}"):
            xs, means, widths = series[kind].setdefault(way, ([], [], []))
            xs.append(k)
            means.append(float(values.mean()))
            widths.append(interval(values))
    chance = 1 / max(one["chemicals"] for one in results.trials)
    return draw.accuracy_by_regime(series, chance)


def _by_ratio(results: Results) -> Picture:
    series: dict[str, dict[str, tuple[list[float], list[float], list[float]]]] = defaultdict(dict)
    for k, kind, ratio, gains in a.by_ratio(results.trials):
        xs, means, widths = series[kind].setdefault(_counted(k), ([], [], []))
        xs.append(ratio)
        means.append(float(gains.mean()))
        widths.append(interval(gains))
    return draw.accuracy_by_ratio(series)


def _siblings(results: Results, shown: Company) -> Picture:
    replicates = results.data.replicates
    source = replicates.spectra[[shown.source]]
    made = siblings(
        results.case.general.sibling,
        source,
        results.data.points[[shown.chemical]],
        COPIES,
        np.random.default_rng(0),
    )[0]
    others = spaced(shown.rows, COPIES)
    return draw.siblings(
        source[0],
        made,
        replicates.spectra[others],
        replicates.names[shown.chemical],
        "by other contributors" if shown.foreign else "other spectra",
        [contributor(replicates, row) for row in (shown.source, *others)],
    )


def _picked(shown: Company) -> str:
    """Say which of the real spectra are shown, where not all are."""
    count = len(shown.rows)
    return f" ({COPIES} of {count}, from the most to the least alike)" if count > COPIES else ""


def _capital(name: str) -> str:
    """Return a name as a sentence begins with it."""
    return name[:1].upper() + name[1:]


def _counted(spectra: int) -> str:
    return "1 real spectrum" if spectra == 1 else f"{spectra} real spectra"


def _over(trials: Sequence[Mapping[str, Any]], remark: str = "") -> str:
    """Say what means are over, and whether they have intervals, on which there is a remark."""
    draws = len({trial["seed"] for trial in trials})
    if draws == 1:
        return "One draw, so there is no interval."
    if draws < LEAST_DRAWS:
        return f"Means over {draws} draws; a 95 % interval takes {LEAST_DRAWS} or more."
    return f"Means over {draws} draws, and 95 % intervals (Student's t){remark}."


def _labels(results: Results, what: str) -> list[str]:
    found = []
    for metadata in results.data.replicates.metadata:
        fields = {name.lower(): value for name, value in metadata.items()}
        found.append(next((fields[name] for name in LABELS[what] if fields.get(name)), ""))
    return found


def _z(results: Results, what: str) -> Picture:
    replicates = results.data.replicates
    vectors = inferred(results.case.general.sibling, replicates.spectra, replicates.own)
    return draw.what_z_knows(vectors, _labels(results, what), f"What the vector knows: {what}")
