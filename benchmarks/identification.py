"""Naming chemicals that nobody has measured: how often it is right, and whether it knows.

On the chemicals of the test part, from which neither hub, encoder, decoder nor identifier has
learned; one spectrum of each, but for the last point.

1. Among all of them, and among all chemicals of the library, whose spectra are at hand but for the
   unknown's own: recall@1 and @10 by place in the hub, by match to the predicted spectrum, by match
   in the library, by all evidence, and by all evidence and the library.
2. Coverage and size of conformal sets, and whether probabilities hold (reliability).
3. Familiarity: area under the ROC curve for records of other ionisations, mixtures of two and
   shuffled spectra, against the test part's own.
4. Chemicals that the library does hold by another spectrum: all evidence beside library search
   alone, on clean spectra, on some with half of the peaks removed, and on some cut below m/z 100;
   of the difference a 95 % interval, from drawing chemicals anew.

    python benchmarks/identification.py PREPARED.msp --raw LIBRARY.msp.gz
        [--identifier DIR --encoder DIR --decoder DIR] [-o docs/results/identification.json]

LIBRARY is the file that PREPARED was made from: it has the records of other ionisations.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from measures import difference, ranks
from numpy.typing import NDArray
from report import save
from rich.console import Console
from rich.table import Table

from chemtranslate.batching import as_arrays
from chemtranslate.candidates import TOLERANCE, Candidates
from chemtranslate.hub import load_hub
from chemtranslate.identification.combination import Combination, Floats, weighed
from chemtranslate.identification.evidence import Library, Lineup, Seen, apart
from chemtranslate.identification.familiarity import as_seen, inputs_of
from chemtranslate.identification.identifier import ALONE, EVERYONE, TOGETHER, Identifier
from chemtranslate.identification.naming import identifier_of
from chemtranslate.identification.odd import mixtures, places_shuffled, values_shuffled
from chemtranslate.identification.training import everyone
from chemtranslate.learning.library import Pairs, by_chemical
from chemtranslate.sample import Reject, Sample
from chemtranslate.splits import part
from chemtranslate.translator import Translator
from chemtranslate_mass_spec.claims import other_ionisation
from chemtranslate_mass_spec.record_fields import lower_case

RANKS = (1, 10)
COVERAGES = (0.5, 0.7, 0.8, 0.9, 0.95)
BINS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0)
BLOCK = 64
HELD = ("library", "evidence", "evidence and library")
"""Ways to look for what a library holds; the last is compared with the first."""
CUT = 100
"""m/z below which a cut spectrum shows nothing."""


def recall(scores: Floats, own: NDArray[np.intp], columns: NDArray[np.intp]) -> dict[str, float]:
    """Return how often an unknown's own candidate is the first or among the first ten.

    Args:
        scores: (n, m).
        own: (n,) columns of the unknowns' own chemicals.
        columns: the candidates that count.
    """
    before = ranks(scores, own, columns)
    return {f"recall@{k}": round(float((before < k).mean()), 4) for k in RANKS}


def roc_area(familiar: Floats, odd: Floats) -> float:
    """Return the area under the ROC curve of telling odd samples, the less familiar ones."""
    from sklearn.metrics import roc_auc_score

    truth = np.r_[np.zeros(len(familiar)), np.ones(len(odd))]
    return round(float(roc_auc_score(truth, -np.r_[familiar, odd])), 4)


def in_blocks(count: int) -> Iterator[slice]:
    for start in range(0, count, BLOCK):
        yield slice(start, start + BLOCK)


def some(seen: Seen, block: slice) -> Seen:
    return Seen(seen.arrays[block], seen.encodable[block], seen.vectors[block],
                seen.signatures[block])


class Study:
    """What the parts of this benchmark share.

    Attributes:
        unseen: chemicals of the test part.
        first: the spectrum of each that is asked for, and its array.
    """

    def __init__(self, identifier: Identifier, known: dict[str, Pairs], candidates: Candidates,
                 ) -> None:
        self.identifier, self.known = identifier, known
        self.candidates = candidates
        self.place = {key: number for number, key in enumerate(candidates.keys)}
        self.unseen = sorted(key for key in known if part(key) == "test")
        self.first = {key: min(known[key], key=lambda pair: pair[0].id) for key in self.unseen}

    def seen(self, samples: list[Sample]) -> Seen:
        evidence = self.identifier.evidence
        encodable = np.stack([evidence.encoder.form.to_array(sample) for sample in samples])
        arrays = np.stack([evidence.decoder.form.to_array(sample) for sample in samples])
        return evidence.seen(arrays, encodable)

    def library(self, without: set[str]) -> Library:
        """Return all spectra but those with certain ids."""
        pairs = [(key, array) for key, own in self.known.items()
                 for sample, array in own if sample.id not in without]
        return self.identifier.library(pairs)

    def columns(self, keys: list[str]) -> NDArray[np.intp]:
        return np.array([self.place[key] for key in keys], np.intp)

    def scores(self, seen: Seen, lineup: Lineup, without: NDArray[np.intp] | None = None,
               ) -> dict[str, Floats]:
        """Return (n, m) scores of each way to rank.

        Args:
            without: (n,) chemicals whose spectra the library lacks, one for each unknown.
        """
        alone, together = (self.identifier.weights[name, EVERYONE] for name in (ALONE, TOGETHER))
        parts: dict[str, list[Floats]] = {}
        for found in self.evidence(seen, lineup, without):
            ways = {
                "place in the hub": found[0],
                "predicted spectrum": found[1],
                "library": np.where(found[-1] > 0, found[-2], -100),
                "evidence": weighed(alone, found[:-2]),
                "evidence and library": weighed(together, apart(found)),
            }
            for way, values in ways.items():
                parts.setdefault(way, []).append(values)
        return {way: np.concatenate(values) for way, values in parts.items()}


    def log_odds(self, seen: Seen, lineup: Lineup, combination: Combination,
                 without: NDArray[np.intp] | None = None) -> Floats:
        """Return (n, m) log odds.

        Args:
            without: (n,) chemicals whose spectra the library lacks, one for each unknown.
        """
        return np.concatenate([
            combination.logits(found[:-2] if lineup.library is None else apart(found))
            for found in self.evidence(seen, lineup, without)])

    def evidence(self, seen: Seen, lineup: Lineup, without: NDArray[np.intp] | None,
                 ) -> Iterator[Floats]:
        """Yield the evidence of a block of unknowns after the other, (k, n, m)."""
        for block in in_blocks(len(seen.vectors)):
            found = self.identifier.evidence.of(some(seen, block), lineup)
            if without is not None:
                found[-2:, np.arange(found.shape[1]), without[block]] = 0
            yield found


def unseen(study: Study) -> dict[str, Any]:
    """Identification among unseen chemicals, sets and probabilities."""
    keys = study.unseen
    asked = [study.first[key][0] for key in keys]
    lineup = study.identifier.lineup(study.candidates, study.library(set()))
    seen, own = study.seen(asked), study.columns(keys)
    library = study.columns(sorted(study.known))
    scores = study.scores(seen, lineup, without=own)
    ways = {
        way: {
            **{f"{name}, among {len(keys)}": value
               for name, value in recall(found, own, own).items()},
            **{f"{name}, among {len(library)}": value
               for name, value in recall(found, own, library).items()},
        }
        for way, found in scores.items()
    }
    ways["chance"] = {f"recall@{k}, among {n}": round(k / n, 4)
                      for n in (len(keys), len(library)) for k in RANKS}
    shown("unseen chemicals", ways)
    sets, sure = {}, {}
    for name, asked_among in {
        "all chemicals that there are": np.arange(len(study.candidates)),
        f"all {len(library)} chemicals of the library": library,
        f"all {len(keys)} unseen chemicals": own,
    }.items():
        among = study.identifier.lineup(study.candidates.some(np.sort(asked_among)))
        combination = study.identifier.combination(among)
        places = np.searchsorted(np.sort(asked_among), own)
        found = study.log_odds(seen, among, combination)
        lists = [np.arange(len(among))] * len(own)
        sets[name] = covered(combination, found, places, lists)
        sure[name] = reliability(combination, found, places, lists)
    masses, combination = study.candidates.masses, study.identifier.alike[ALONE]
    of_its_mass = [np.flatnonzero(np.abs(masses - masses[one]) <= TOLERANCE) for one in own]
    found = study.log_odds(seen, lineup.with_library(None), combination)
    sets["those of its mass"] = covered(combination, found, own, of_its_mass)
    sure["those of its mass"] = reliability(combination, found, own, of_its_mass)
    for name, rows in sets.items():
        shown(f"sets, {name}", rows)
        shown(f"reliability, {name}", sure[name])
    return {"unseen chemicals": len(keys), "ways": ways, "sets": sets, "reliability": sure}


def sets_with_library(study: Study) -> dict[str, Any]:
    """Coverage among all candidates where a library has been given, too."""
    keys = study.unseen
    several = [key for key in keys if len(study.known[key]) > 1]
    found = {}
    for name, unknowns in (("lacks", keys), ("holds by another spectrum", several)):
        asked = [study.first[key][0] for key in unknowns]
        lineup = study.identifier.lineup(
            study.candidates, study.library({sample.id for sample in asked}))
        combination, own = study.identifier.combination(lineup), study.columns(unknowns)
        scores = study.log_odds(study.seen(asked), lineup, combination,
                                own if name == "lacks" else None)
        lists = [np.arange(len(lineup))] * len(own)
        listed = np.repeat((lineup.listed >= 0)[None], len(own), 0)
        if name == "lacks":
            listed[np.arange(len(own)), own] = False
        title = f"chemicals that the library {name}, {len(own)}"
        found[title] = covered(combination, scores, own, lists, listed=listed)
        shown(f"sets with the library, {title}", found[title])
    return found


def covered(combination: Combination, scores: Floats, own: NDArray[np.intp],
            lists: list[NDArray[np.intp]], coverages: Sequence[float] = COVERAGES,
            listed: NDArray[np.bool_] | None = None) -> dict[str, dict[str, float]]:
    """Return coverage and size of the sets for each asked coverage.

    Args:
        listed: (n, m) which candidates a library has; none by default.
    """
    found: dict[str, dict[str, float]] = {}
    if listed is None:
        listed = np.zeros(scores.shape, bool)
    for coverage in coverages:
        held, sizes = [], []
        for row, there, columns, one in zip(scores, listed, lists, own, strict=True):
            inside = row >= row[columns].max() - combination.allowed(coverage, there)
            held.append(inside[one])
            sizes.append(inside[columns].sum())
        found[f"asked {coverage:g}"] = {
            "coverage": round(float(np.mean(held)), 4),
            "candidates in the set, median": float(np.median(sizes)),
            "mean": round(float(np.mean(sizes)), 2),
        }
    return found


def reliability(combination: Combination, scores: Floats, own: NDArray[np.intp],
                lists: list[NDArray[np.intp]]) -> dict[str, dict[str, float]]:
    """Return how often the first guess is right, by the probability that it was given.

    Each unknown is asked for twice: among a list with its chemical, and without.
    """
    stated, right = [], []
    for row, columns, one in zip(scores, lists, own, strict=True):
        for kept in (columns, columns[columns != one]):
            if kept.size:
                shares, _ = combination.probabilities(row[kept][None])
                best = int(shares[0].argmax())
                stated.append(float(shares[0, best]))
                right.append(kept[best] == one)
    probability, hits = np.array(stated), np.array(right, float)
    found: dict[str, dict[str, float]] = {}
    for low, high in pairwise(BINS):
        inside = (probability >= low) & ((probability < high) | (high == 1))
        if inside.any():
            found[f"{low:g} to {high:g}"] = {
                "unknowns": int(inside.sum()),
                "stated": round(float(probability[inside].mean()), 4),
                "right": round(float(hits[inside].mean()), 4),
            }
    return found


def familiarity(study: Study, raw: str, translator: Translator) -> dict[str, Any]:
    """Area under the ROC curve for samples of other kinds."""
    evidence = study.identifier.evidence
    keys = study.unseen
    asked = [study.first[key][0] for key in keys]
    form, seen_by = evidence.decoder.form, evidence.encoder.form
    familiarity = study.identifier.familiarity

    def judged(seen: Seen) -> Floats:
        return familiarity.of(inputs_of(familiarity.network, evidence, seen))

    rng = np.random.default_rng(7)
    own = study.seen(asked)
    measured = judged(own)
    odd: dict[str, Floats] = {}
    kinds: dict[str, Callable[..., Any]] = {
        "mixtures of two": mixtures, "intensities shuffled": values_shuffled,
        "m/z shuffled": places_shuffled}
    for name, kind in kinds.items():
        made = kind(own.arrays, rng)
        rows, encodable = as_seen(made, form, seen_by)
        odd[name] = judged(evidence.seen(made[rows], encodable))
    others: dict[str, list[Sample]] = {}
    for record in translator.records(raw, modality="mass_spec"):
        if not isinstance(record, Reject):
            stated = other_ionisation(lower_case(record.metadata))
            for name in ("FI", "APCI"):
                if name in stated.split("-"):
                    others.setdefault(name, []).append(record)
    for name, samples in others.items():
        usable, _ = as_arrays(samples, seen_by, lambda reject: None)
        odd[f"records of {name}"] = judged(study.seen(usable))
    found = {name: {"spectra": len(values), "area under the ROC curve": roc_area(measured, values),
                    "of them below 0.5": round(float((values < 0.5).mean()), 4)}
             for name, values in odd.items()}
    found["the test part's own"] = {"spectra": len(measured), "of them below 0.5": round(
        float((measured < 0.5).mean()), 4)}
    shown("familiarity", found)
    return found


def held(study: Study) -> dict[str, Any]:
    """Chemicals that the library holds by another spectrum.

    Each of their spectra is asked for, with the others in the library; those of one chemical count
    as much as the one of another.
    """
    several = {key: sorted(study.known[key], key=lambda pair: pair[0].id)
               for key in study.unseen if len(study.known[key]) > 1}
    rng = np.random.default_rng(3)
    before: dict[str, dict[str, list[Floats]]] = {}
    whose: dict[str, list[NDArray[np.intp]]] = {}
    library = study.columns(sorted(study.known))
    for number in range(max(map(len, several.values()))):
        asked = {key: pairs[number] for key, pairs in several.items() if len(pairs) > number}
        lineup = study.identifier.lineup(
            study.candidates, study.library({sample.id for sample, _ in asked.values()}))
        own = study.columns(list(asked))
        for name, arrays in damaged(np.stack([array for _, array in asked.values()]), rng):
            evidence = study.identifier.evidence
            rows, encodable = as_seen(arrays, evidence.decoder.form, evidence.encoder.form)
            scores = study.scores(evidence.seen(arrays[rows], encodable), lineup)
            whose.setdefault(name, []).append(own[rows])
            for way in HELD:
                found = ranks(scores[way], own[rows], library)
                before.setdefault(name, {}).setdefault(way, []).append(found)
    results: dict[str, Any] = {}
    for name, ways in before.items():
        _, chemicals = np.unique(np.concatenate(whose[name]), return_inverse=True)
        hits = {way: {k: shares_of(np.concatenate(found) < k, chemicals) for k in RANKS}
                for way, found in ways.items()}
        results[name] = {
            "chemicals": int(chemicals.max()) + 1, "spectra": len(chemicals),
            "ways": {way: {f"recall@{k}": round(float(share.mean()), 4)
                           for k, share in found.items()} for way, found in hits.items()},
            "difference": {f"recall@{k}": difference(hits[HELD[-1]][k], hits[HELD[0]][k])
                           for k in RANKS},
        }
        shown(f"held by another spectrum, {name}, {len(chemicals)}", results[name]["ways"])
        print(f"{HELD[-1]} less {HELD[0]}, with its 95 % interval:", results[name]["difference"])
    return results


def damaged(clean: Floats, rng: np.random.Generator) -> Iterator[tuple[str, Floats]]:
    """Yield (n, bins) spectra as they are, and damaged."""
    yield "clean", clean
    yield "half of the peaks removed", np.where(rng.random(clean.shape) < 0.5, 0, clean)
    yield f"cut below m/z {CUT}", np.where(np.arange(clean.shape[1]) < CUT - 1, 0, clean)


def shares_of(hits: NDArray[np.bool_], chemicals: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the share of the spectra of each chemical that are hits, (m,).

    Args:
        hits: (n,).
        chemicals: (n,) numbers of the chemicals, from 0 to m - 1.
    """
    return np.bincount(chemicals, hits) / np.bincount(chemicals)


def predictions(study: Study) -> dict[str, Any]:
    """How alike predicted spectra are to measured ones, of unseen chemicals."""
    keys = study.unseen
    asked = [study.first[key] for key in keys]
    lineup = study.identifier.lineup(study.candidates)
    evidence = study.identifier.evidence
    signature = evidence.signature(np.stack([array for _, array in asked]))
    alike = (signature * lineup.predicted[study.columns(keys)]).sum(1)
    return {"mean likeness": round(float(alike.mean()), 4),
            "median": round(float(np.median(alike)), 4)}


def shown(title: str, rows: dict[str, dict[str, Any]]) -> None:
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    table = Table(title, *columns)
    for name, row in rows.items():
        table.add_row(name, *(f"{row[c]:g}" if c in row else "" for c in columns))
    Console(width=150).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("library", help="prepared spectra")
    parser.add_argument("--raw", help="what they were prepared from")
    parser.add_argument("--identifier")
    parser.add_argument("--encoder")
    parser.add_argument("--decoder")
    parser.add_argument("--hub", default=None)
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    translator = Translator(load_hub(args.hub).remembered(), encoder=args.encoder,
                            decoder=args.decoder)
    identifier = identifier_of(translator, "mass_spec", args.identifier)
    known, structures = by_chemical(
        translator.read(args.library, modality="mass_spec"), identifier.evidence.decoder.form)
    names = {key: pairs[0][0].name for key, pairs in known.items()}
    study = Study(identifier, known, everyone(translator.hub, structures, names))
    results = {
        "identifier": identifier.card.digest,
        "encoder": identifier.evidence.encoder.label,
        "decoder": identifier.evidence.decoder.label,
        "identification": unseen(study),
        "sets with the library": sets_with_library(study),
        "predictions": predictions(study),
        "held by another spectrum": held(study),
    }
    if args.raw:
        results["familiarity"] = familiarity(study, args.raw, translator)
    save(results, args.output)


if __name__ == "__main__":
    main()
