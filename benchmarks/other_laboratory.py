"""Identification of what other laboratories measured, of chemicals that no model has learned from.

    python benchmarks/other_laboratory.py split PREPARED.msp --own Fac_Eng_Univ_Tokyo --work DIR
    chemtranslate train mass_spec DIR/own.msp --role encoder --encoder mass_spec/open -o DIR/encoder
    chemtranslate train mass_spec DIR/own.msp --role decoder --decoder mass_spec/open -o DIR/decoder
    chemtranslate train mass_spec DIR/own.msp --role identifier --encoder DIR/encoder \\
      --decoder DIR/decoder -o DIR/identifier
    python benchmarks/other_laboratory.py measure PREPARED.msp --work DIR
        [-o docs/results/other_laboratory.json]

`split` writes to DIR/own.msp the spectra of one contributor, less those of chemicals that others
measured, too, and to DIR/other.msp the spectra of all other contributors. `measure` looks for these
among all chemicals of the prepared spectra. Sets are asked for as the identifier comes, and after
it was calibrated on 100 spectra of these laboratories, drawn five times, whose chemicals are then
not asked for.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from identification import COVERAGES, Study, covered, recall, shown
from numpy.typing import NDArray
from report import save

from chemtranslate.files import written_whole
from chemtranslate.hub import load_hub
from chemtranslate.identification.naming import Measured, identifier_of, recalibrated
from chemtranslate.identification.training import everyone
from chemtranslate.learning.library import by_chemical
from chemtranslate.sample import Sample
from chemtranslate.translator import Translator
from chemtranslate_mass_spec.binning import FORM
from chemtranslate_mass_spec.msp import write_msp
from chemtranslate_mass_spec.record_fields import lower_case

DRAWS, CALIBRATING = 5, 100


def split(samples: Iterable[Sample], own: str, work: Path) -> None:
    """Write the spectra of one contributor, and those of the others, to two files."""
    known, _ = by_chemical(samples, FORM)
    mine: list[Sample] = []
    others: list[Sample] = []
    for pairs in known.values():
        labs = [lower_case(sample.metadata).get("contributor") for sample, _ in pairs]
        elsewhere = any(lab != own for lab in labs)
        for (sample, _), lab in zip(pairs, labs, strict=True):
            if lab != own:
                others.append(sample)
            elif not elsewhere:
                mine.append(sample)
    work.mkdir(parents=True, exist_ok=True)
    for name, group in (("own", mine), ("other", others)):
        with written_whole(work / f"{name}.msp", force=True) as stream:
            write_msp(group, stream)
        print(f"{len(group)} spectra -> {work / name}.msp")


def measure(translator: Translator, prepared: str, work: Path) -> dict[str, Any]:
    """Return the figures of the others' spectra."""
    identifier = identifier_of(translator, "mass_spec", work / "identifier")
    known, structures = by_chemical(translator.read(prepared, modality="mass_spec"), FORM)
    names = {key: pairs[0][0].name for key, pairs in known.items()}
    study = Study(identifier, known, everyone(translator.hub, structures, names))
    found = list(translator.read(str(work / "other.msp"), modality="mass_spec"))
    others = Measured.of(identifier, found)
    library = study.columns(sorted(known))
    lineup = identifier.lineup(study.candidates.some(np.sort(library)))
    own = np.searchsorted(np.sort(library), study.columns(others.keys))
    seen = study.seen(others.samples)
    theirs = np.unique(own)
    raw = study.log_odds(seen, lineup, identifier.combination(lineup))
    every = np.arange(len(lineup))
    ways = {
        f"among {len(among):,}": recall(raw, own, among) for among in (theirs, every)
    }
    shown(f"{len(own)} spectra of other laboratories", ways)
    lists = [every] * len(own)
    as_it_comes = covered(identifier.combination(lineup), raw, own, lists)
    shown("sets, as the identifier comes", as_it_comes)
    draws = [
        recalibrated_sets(study, translator, others, lineup, own, seed) for seed in range(DRAWS)
    ]
    after = {
        asked: {
            figure: round(float(np.mean([draw[asked][figure] for draw in draws])), 4)
            for figure in draws[0][asked]
        }
        for asked in draws[0]
    }
    shown(f"sets, calibrated on {CALIBRATING} of them, mean of {DRAWS} draws", after)
    labs = Counter(lower_case(s.metadata).get("contributor", "") for s in others.samples)
    return {
        "spectra": len(own),
        "chemicals": len(theirs),
        "laboratories": dict(labs.most_common()),
        "identifier": identifier.card.digest,
        "identification": ways,
        "sets as the identifier comes": as_it_comes,
        "sets after calibration": after,
    }


def recalibrated_sets(
    study: Study, translator: Translator, others: Measured, lineup: Any, own: NDArray[np.intp],
    seed: int,
) -> dict[str, dict[str, float]]:
    """Return coverage and sizes of sets, calibrated on some spectra, for those of others."""
    rng = np.random.default_rng(seed)
    some = rng.choice(len(own), CALIBRATING, replace=False)
    keys = {others.keys[row] for row in some}
    calibrating = Measured.of(study.identifier, [others.samples[row] for row in some])
    identifier = recalibrated(study.identifier, translator.hub, calibrating)
    combination = identifier.combination(lineup)
    rest = [row for row, key in enumerate(others.keys) if key not in keys]
    seen = study.seen([others.samples[row] for row in rest])
    odds = study.log_odds(seen, lineup, combination)
    return covered(combination, odds, own[rest], [np.arange(len(lineup))] * len(rest),
                   [c for c in COVERAGES if c * (CALIBRATING + 1) <= CALIBRATING])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("step", choices=("split", "measure"))
    parser.add_argument("prepared")
    parser.add_argument("--own", default="Fac_Eng_Univ_Tokyo")
    parser.add_argument("--work", type=Path, default=Path("results/laboratory"))
    parser.add_argument("--hub", default=None)
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    hub = load_hub(args.hub).remembered()
    if args.step == "split":
        split(Translator(hub).read(args.prepared, modality="mass_spec"), args.own, args.work)
        return
    translator = Translator(hub, encoder={"mass_spec": args.work / "encoder"},
                            decoder={"mass_spec": args.work / "decoder"})
    save(measure(translator, args.prepared, args.work), args.output)


if __name__ == "__main__":
    main()
