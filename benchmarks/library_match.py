"""Library match: 1,000 queries against a whole library, beside ms_entropy and matchms.

Prints, and with -o writes as JSON, seconds for the search of each query's best spectrum: by
cosine of weighted intensities here (all at once, one product of matrices); by spectral entropy
similarity with ms_entropy's Flash search; and by matchms' CosineGreedy with the same weights, in
an environment of its own. The slower ones get fewer queries and are scaled to 1,000; all in one
run, on the same spectra.

Beside it, how long specialised decoders take: all chemicals side by side, and one after the other.

    python benchmarks/library_match.py PREPARED.msp [--matchms PYTHON] [-o library_match.json]
"""

from __future__ import annotations

import argparse
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ms_entropy import FlashEntropySearch
from numpy.typing import NDArray
from report import fastest, save
from rich.console import Console
from rich.table import Table

from chemtranslate import Translator
from chemtranslate.learning.networks import Stack
from chemtranslate_mass_spec.binning import FORM
from chemtranslate_mass_spec.experiment.library_match import Library
from chemtranslate_mass_spec.experiment.specialised import ADAPTERS, tune
from chemtranslate_mass_spec.networks import TABLE_1

QUERIES, FEWER, CHEMICALS = 1000, 5, 64
MATCHMS = """
import sys, time
import numpy as np
from matchms import Spectrum, set_matchms_logger_level
from matchms.similarity import CosineGreedy
set_matchms_logger_level("ERROR")
stored = np.load(sys.argv[1])
def spectra(rows):
    found = []
    for row in rows:
        mz = np.flatnonzero(row)
        found.append(Spectrum(mz=mz + 1.0, intensities=row[mz].astype(float) / 100, metadata={}))
    return found
library, queries = spectra(stored["library"]), spectra(stored["queries"])
similarity = CosineGreedy(tolerance=0.4, mz_power=1.3, intensity_power=0.53)
similarity.matrix(library[:2], queries[:2])  # compiles
started = time.perf_counter()
similarity.matrix(library, queries)
print(time.perf_counter() - started)
"""


def flash(library: NDArray[np.float32], queries: NDArray[np.float32]) -> float:
    """Return the seconds of ms_entropy's open search, its index ready."""
    search = FlashEntropySearch(max_ms2_tolerance_in_da=0.2)
    index = [
        {"id": number, "precursor_mz": 1e4, "peaks": peaks(row)}
        for number, row in enumerate(library)
    ]
    search.build_index(
        index, max_indexed_mz=1000, min_ms2_difference_in_da=0.5, precursor_ions_removal_da=None,
        noise_threshold=0,
    )
    asked = [search.clean_spectrum_for_search(1e4, peaks(row), noise_threshold=0,
             min_ms2_difference_in_da=0.5, precursor_ions_removal_da=None) for row in queries]
    started = time.perf_counter()
    for one in asked:
        search.open_search(peaks=one, ms2_tolerance_in_da=0.2).argmax()
    return time.perf_counter() - started


def peaks(row: NDArray[np.float32]) -> NDArray[np.float32]:
    present = np.flatnonzero(row)
    return np.column_stack([present + 1.0, row[present]]).astype(np.float32)


def beside_matchms(
    python: Path, library: NDArray[np.float32], queries: NDArray[np.float32], stored: Path
) -> float:
    np.savez(stored, library=library, queries=queries)
    command = [str(python), "-c", MATCHMS, str(stored)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    stored.unlink()
    return float(done.stdout)


def tuning(spectra: NDArray[np.float32]) -> dict[str, float]:
    """Return seconds for tuning the decoders of 64 chemicals, side by side and one by one."""
    torch.manual_seed(0)
    encoder, decoder = Stack(TABLE_1).eval(), Stack(TABLE_1[::-1]).eval()
    settings = ADAPTERS.model_copy(update={"epochs": 20})
    own = np.repeat(np.arange(CHEMICALS), 4)
    some = spectra[: len(own)]
    few = settings.model_copy(update={"at_once": 1})
    return {
        "side by side": fastest(lambda: tune(decoder, encoder, some, own, settings), 1),
        "one by one": fastest(lambda: tune(decoder, encoder, some, own, few), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("prepared", type=Path)
    parser.add_argument("--matchms", type=Path, metavar="PYTHON")
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    samples = Translator().read(args.prepared, modality="mass_spec")
    spectra = np.array([FORM.to_array(sample) for sample in samples])
    rng = np.random.default_rng(0)
    rows = rng.choice(len(spectra), QUERIES, replace=False)
    library = Library(spectra, np.arange(len(spectra)))
    excluded = [[row] for row in rows.tolist()]
    ours = fastest(lambda: library.best(spectra[rows], excluded), 5)
    fewer = QUERIES // 10
    seconds = {
        "chemtranslate": ours,
        "ms_entropy, Flash search": flash(spectra, spectra[rows[:fewer]]) * QUERIES / fewer,
    }
    if args.matchms:
        few = beside_matchms(
            args.matchms, spectra, spectra[rows[:FEWER]], args.prepared.with_suffix(".bench.npz")
        )
        seconds["matchms, CosineGreedy"] = few * QUERIES / FEWER
    results: dict[str, Any] = {
        "spectra": len(spectra),
        "queries": QUERIES,
        **{f"seconds for {QUERIES:,} queries: {name}": round(s, 3) for name, s in seconds.items()},
    }
    taken = tuning(spectra)
    results |= {
        f"seconds for {CHEMICALS} specialised decoders, 20 steps: {name}": round(s, 2)
        for name, s in taken.items()
    }
    results["side by side, times as fast"] = round(taken["one by one"] / taken["side by side"], 2)
    shown = Table("what", "")
    for name, value in results.items():
        shown.add_row(name, f"{value:,}")
    Console().print(shown)
    save(results, args.output)


if __name__ == "__main__":
    main()
