"""Structure -> mass spectrum, of chemicals that nothing here has learned from: how alike?

Measured on the spectra of the test part, by the weighted cosine, the cosine and the likeness by
which candidates are ranked (signature); of several spectra of one chemical the mean counts.

1. The decoder, from the hub point and the structure; and each of the two predictions of which it
   takes the mean, with the point and without.
2. Its own network, trained here again by the same settings and loss from the same spectra: from
   all, from all but the hub point (what the hub brings), and from the hub point and the mass of the
   molecule without its substructures, its fragments, or both. Where there are both a point and a
   structure, the mean of its predictions with the point and without counts, as of the decoder.
3. A network after NEIMS (`neims.py`), from the fingerprint.
4. The mean spectrum of the training chemicals, and that of the nearest of them: by Tanimoto
   similarity of fingerprints, and by cosine in the hub.
5. Another measured spectrum of the same chemical, where there is one.

Networks are trained from several seeds: figures are means over them, with the standard deviation
beside. Of each difference from the decoder, 95 % intervals are found by drawing chemicals anew.

By spectra so predicted the right chemical is looked for, with the first spectrum of each: among the
chemicals of the test part, and among all.

    python benchmarks/spectrum_prediction.py PREPARED.msp [--decoder DIR] --work DIR
        [-o docs/results/spectrum_prediction.json]

What is trained stays in the folder WORK: a second run trains only what is missing there.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import neims
import numpy as np
import torch
from measures import difference, ranks
from numpy.typing import NDArray
from report import save
from rich.console import Console
from rich.table import Table

from chemtranslate.hub import load_hub
from chemtranslate.learning.fitting import FitSettings
from chemtranslate.learning.library import by_chemical, library
from chemtranslate.search import nearest_rows
from chemtranslate.splits import part
from chemtranslate.translator import Translator
from chemtranslate_mass_spec.binning import ROOTS
from chemtranslate_mass_spec.open_decoder import (
    NAME,
    OpenDecoder,
    Settings,
    learned,
    of_structures,
    predicted,
)
from chemtranslate_mass_spec.record_fields import lower_case
from chemtranslate_mass_spec.similarity import cosine, signature, weighted_cosine
from chemtranslate_mass_spec.two_sided import Known, TwoSided

Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]
Figures = dict[str, NDArray[np.float64]]
"""By their names, a value for each unseen chemical."""

OURS, AGAIN, NEIMS = "the decoder", "its network, from", "after NEIMS, from the fingerprint"
PARTS = {"substructures": ("counts",), "fragments": ("masses", "numbers")}
"""Of what is known of a structure beside its mass, by their names in `Known`."""
GIVEN: dict[str, tuple[str, ...]] = {
    "hub point, substructures, fragments": (),
    "substructures, fragments": ("hub",),
    "hub point, fragments": ("substructures",),
    "hub point, substructures": ("fragments",),
    "hub point": ("substructures", "fragments"),
}
"""What a network is trained from beside the mass, and what is withheld for that."""
RANKS = (1, 10)


def in_a_row(one: Floats, other: Floats) -> NDArray[np.float64]:
    """Return the likeness of (n, bins) signatures, pair by pair."""
    return (signature(one) * signature(other)).sum(1).astype(np.float64)


ALIKE: dict[str, Callable[[Floats, Floats], NDArray[np.float64]]] = {
    "weighted cosine": weighted_cosine, "cosine": cosine, "signature": in_a_row}


@dataclass(frozen=True)
class Study:
    """All m chemicals, the training spectra and those of the test part.

    Attributes:
        points, prints: (m, ...) hub points and fingerprints.
        known: what the decoder knows of the structures.
        roots, own: of the training spectra, and the numbers of their chemicals.
        spectra, theirs: the same of the test part; `spectra` are intensities, sorted by id.
        unseen: (u,) numbers of the chemicals of the test part.
    """

    structures: list[str]
    points: Floats
    prints: Floats
    known: Known
    roots: Floats
    own: Numbers
    spectra: Floats
    theirs: Numbers
    unseen: Numbers

    @classmethod
    def of(cls, translator: Translator, network: TwoSided, file: str) -> Study:
        samples = list(translator.read(file, modality="mass_spec"))
        known, structures = by_chemical(samples, ROOTS, lower_case)
        data = library(samples, translator.hub, ROOTS, lower_case)
        keys = sorted(known)
        place = {key: number for number, key in enumerate(keys)}
        smiles = [structures[key] for key in keys]
        test = [(place[key], array) for key in keys if part(key) == "test"
                for _, array in sorted(known[key], key=lambda pair: pair[0].id)]
        theirs = np.array([number for number, _ in test], np.intp)
        numbers = np.array([place[key] for key in data.keys], np.intp)
        return cls(smiles, translator.hub.model.embed(smiles), neims.fingerprints(smiles),
                   network.read(smiles), data.train, numbers[data.own],
                   np.stack([array for _, array in test]) ** 2, theirs, np.unique(theirs))

    def figures(self, made: Floats) -> Figures:
        """Compare what was made of the unseen chemicals, (u, bins), with what was measured."""
        rows = np.searchsorted(self.unseen, self.theirs)
        count = np.bincount(rows)
        return {name: np.bincount(rows, alike(made[rows], self.spectra)) / count
                for name, alike in ALIKE.items()}

    def found(self, made: Floats) -> Figures:
        """Look for the unseen chemicals by what was made of all m, (m, bins)."""
        firsts = np.unique(self.theirs, return_index=True)[1]
        scores = signature(self.spectra[firsts]) @ signature(made).T
        hits: Figures = {}
        for columns in (self.unseen, np.arange(len(self.structures))):
            before = ranks(scores, self.unseen, columns)
            hits |= {f"recall@{k}, among {len(columns)}": (before < k).astype(float)
                     for k in RANKS}
        return hits

    def replicates(self) -> tuple[Numbers, Figures]:
        """Return which of the u chemicals have several spectra, and how alike these are."""
        pairs = [(one, other) for one in range(len(self.theirs)) for other in range(one)
                 if self.theirs[one] == self.theirs[other]]
        first, second = np.array(pairs, np.intp).T
        rows = np.searchsorted(self.unseen, self.theirs[first])
        several = np.unique(rows)
        count = np.bincount(rows)[several]
        return several, {
            name: np.bincount(rows, alike(self.spectra[first], self.spectra[second]))[several]
            / count for name, alike in ALIKE.items()}


def without(study: Study, withheld: Sequence[str]) -> tuple[Floats, Known]:
    """Return points and what is known of the structures, some of it replaced by zeros."""
    known = study.known
    for one in withheld:
        known = known._replace(**{name: torch.zeros_like(getattr(known, name))
                                  for name in PARTS.get(one, ())})
    return (np.zeros_like(study.points) if "hub" in withheld else study.points), known


def of_networks(study: Study, settings: Settings, seeds: int, work: Path,
                ) -> dict[str, list[Floats]]:
    """Return what each network predicts of all m chemicals, once for each seed."""
    ways: dict[str, list[Floats]] = {}
    learned_from = (study.points, study.prints, study.roots, study.own,
                    *(tensor.numpy() for tensor in study.known))

    def trained(way: str, chosen: FitSettings, spectra_of: Callable[[Any, Path], Floats]) -> None:
        for seed in range(seeds):
            now = chosen.model_copy(update={"seed": seed})
            digest = hashlib.sha256(f"{way} {now.model_dump_json()}".encode())
            for array in learned_from:
                digest.update(np.ascontiguousarray(array).tobytes())
            folder = work / digest.hexdigest()[:16]
            folder.mkdir(parents=True, exist_ok=True)
            started = time.perf_counter()
            ways.setdefault(way, []).append(spectra_of(now, folder) ** 2)
            Console().print(f"{way}, seed {seed}: {time.perf_counter() - started:.0f} s")

    for given, withheld in GIVEN.items():
        points, known = without(study, withheld)
        chosen, made_by = settings, of_structures
        if "hub" in withheld:  # no noise in its stead, and no example of which nothing is known
            chosen = settings.model_copy(update={"jitter": 0.0, "unknown": 0.0, "unplaced": 0.0})
            made_by = predicted
        elif withheld == (*PARTS,):  # nothing is left beside the mass where there is no point
            chosen, made_by = settings.model_copy(update={"unplaced": 0.0}), predicted
        trained(f"{AGAIN} {given}", chosen,
                lambda now, folder, p=points, k=known, made_by=made_by: made_by(learned(
                    p, k, study.roots, study.own, now, folder, resume=True, progress=silent), p, k))
    trained(NEIMS, neims.SETTINGS, lambda now, folder: neims.predicted(neims.learned(
        study.prints, study.known.ends.numpy(), study.roots, study.own, now, folder),
        study.prints, study.known.ends.numpy()))
    return ways


def silent(step: int, steps: int, loss: float) -> None:
    """Say nothing of how far a training is."""


def of_training_spectra(study: Study) -> dict[str, Floats]:
    """Return the mean spectrum and those of nearest training chemicals, for the unseen ones."""
    trained = np.unique(study.own)
    rows = np.searchsorted(trained, study.own)
    mean = np.zeros((len(trained), study.roots.shape[1]), np.float32)
    np.add.at(mean, rows, study.roots**2)
    mean /= np.bincount(rows)[:, None]
    unseen = study.unseen
    nearest = {
        "Tanimoto similarity": tanimoto(study.prints[unseen], study.prints[trained]).argmax(1),
        "cosine in the hub": nearest_rows(study.points[unseen], study.points[trained], 1)[0][:, 0],
    }
    return {**{f"nearest training chemical by {name}": mean[best]
               for name, best in nearest.items()},
            "mean spectrum": np.repeat(mean.mean(0, keepdims=True), len(unseen), 0)}


def tanimoto(one: Floats, other: Floats) -> Floats:
    """Return the similarity of what occurs in (n, b) and (m, b) fingerprints: (n, m)."""
    a, b = (one > 0).astype(np.float32), (other > 0).astype(np.float32)
    both = a @ b.T
    return both / np.maximum(a.sum(1)[:, None] + b.sum(1) - both, 1)


def compared(ways: Mapping[str, Sequence[Figures]], ours: Figures, medians: bool,
             ) -> dict[str, dict[str, dict[str, Any]]]:
    """Return figures of ways, each measured once or for several seeds, as three tables."""
    means: dict[str, dict[str, Any]] = {}
    spread: dict[str, dict[str, Any]] = {}
    apart: dict[str, dict[str, Any]] = {}
    for way, runs in ways.items():
        for name in ours:
            values = np.stack([run[name] for run in runs])
            row = means.setdefault(way, {})
            row[name] = round(float(values.mean()), 4)
            if medians:
                row[f"{name}, median"] = round(float(np.median(values, 1).mean()), 4)
            if len(runs) > 1:
                deviation = float(values.mean(1).std(ddof=1))
                spread.setdefault(way, {})[name] = round(deviation, 4)
            if runs[0] is not ours:
                apart.setdefault(way, {})[name] = difference(values.mean(0), ours[name])
    return {"means": means, "standard deviation over seeds": spread,
            "difference from the decoder, with its 95 % interval": apart}


def shown(title: str, rows: dict[str, dict[str, Any]]) -> None:
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    table = Table(title, *columns)
    for name, row in rows.items():
        cells = [row.get(column, "") for column in columns]
        table.add_row(name, *(" ".join(f"{v:g}" for v in c) if isinstance(c, list) else str(c)
                              for c in cells))
    Console(width=160).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("library", help="prepared spectra")
    parser.add_argument("--decoder", help=f"folder of {NAME}, where it is not the one that ships")
    parser.add_argument("--hub", default=None)
    parser.add_argument("--work", type=Path, required=True, help="where trained networks are kept")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    translator = Translator(load_hub(args.hub).remembered(), decoder=args.decoder or NAME)
    decoder = translator.decoder("mass_spec")
    if not isinstance(decoder.model, OpenDecoder):
        parser.error(f"found decoder {decoder.label}, expected one of {NAME}")
    settings = Settings.model_validate(decoder.card.settings)
    study = Study.of(translator, decoder.model.network, args.library)
    network = decoder.model.network
    ways = {OURS: [decoder.decode_structures(study.points, study.structures)],
            f"{OURS}: its prediction with the hub point": [
                predicted(network, study.points, study.known) ** 2],
            f"{OURS}: its prediction without": [
                predicted(network, np.zeros_like(study.points), study.known) ** 2],
            **of_networks(study, settings, args.seeds, args.work)}
    figures: dict[str, Sequence[Figures]] = {
        way: [study.figures(made[study.unseen]) for made in runs] for way, runs in ways.items()}
    figures |= {way: [study.figures(made)] for way, made in of_training_spectra(study).items()}
    several, again = study.replicates()
    few: dict[str, Sequence[Figures]] = {
        way: [{name: values[several] for name, values in run.items()} for run in figures[way]]
        for way in ways}
    few["another spectrum of the same chemical"] = [again]
    hits = {way: [study.found(made) for made in runs] for way, runs in ways.items()}
    results: dict[str, Any] = {
        "decoder": decoder.label,
        "hub": translator.hub.id,
        "training spectra": len(study.roots),
        "unseen chemicals": len(study.unseen),
        "their spectra": len(study.spectra),
        "seeds": args.seeds,
    }
    for title, tables in {
        "prediction": compared(figures, figures[OURS][0], medians=True),
        f"the {len(several)} unseen chemicals with several spectra": compared(
            few, few[OURS][0], medians=True),
        "retrieval by predicted spectra": compared(hits, hits[OURS][0], medians=False),
    }.items():
        for name, rows in tables.items():
            if rows:
                results[f"{title}: {name}"] = rows
                shown(f"{title}: {name}", rows)
    save(results, args.output)


if __name__ == "__main__":
    main()
