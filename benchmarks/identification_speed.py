"""1,000 unknowns looked for among as many candidates as the catalogue has, by all evidence.

Times, on both cores and with nothing else running: predicting the candidates' signals (once; they
are kept in the cache), reading them again, calibrating on the candidates, and calibrating and
naming 1,000 unknowns; and the memory that it took. Points are the reference chemicals', moved by
noise so that there are enough of them: what a number is does not change how long it takes. The
unknowns are the first of SPECTRA, again and again where there are fewer.

    python benchmarks/identification_speed.py [SPECTRA.msp] [--rows 76000] [--unknowns 1000]
        [--identifier DIR --encoder DIR --decoder DIR] [-o docs/results/identification_speed.json]
"""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from report import save

from chemtranslate.cache import VARIABLE
from chemtranslate.candidates import Candidates
from chemtranslate.hub import Hub, load_hub
from chemtranslate.identification.naming import identifier_of
from chemtranslate.sample import Sample
from chemtranslate.table import EmbeddingTable, Entry
from chemtranslate.translator import Translator

EXAMPLES = "plugins/mass_spec/chemtranslate_mass_spec/examples/examples.msp"
NOISE = 0.3


def enlarged(hub: Hub, rows: int) -> EmbeddingTable:
    """Return a table of as many rows, the reference chemicals' again and again, moved."""
    reference, rng = hub.reference, np.random.default_rng(0)
    entries, vectors = list(reference.entries), np.asarray(reference.vectors, np.float32)
    source = np.arange(rows) % len(entries)
    points = vectors[source] + NOISE * rng.standard_normal((rows, hub.dimensions), np.float32)
    made = [Entry(str(row), "", entries[one].smiles, f"ROW{row:011}")
            for row, one in enumerate(source.tolist())]
    return EmbeddingTable(reference.card, made, points)


def timed(results: dict[str, Any], what: str, action: Callable[[], Any]) -> Any:
    started = time.perf_counter()
    found = action()
    results[f"{what}, s"] = round(time.perf_counter() - started, 2)
    print(f"{what}: {results[f'{what}, s']} s", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("spectra", nargs="?", default=EXAMPLES)
    parser.add_argument("--rows", type=int, default=76_000)
    parser.add_argument("--unknowns", type=int, default=1000)
    parser.add_argument("--identifier")
    parser.add_argument("--encoder")
    parser.add_argument("--decoder")
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    translator = Translator(load_hub(), encoder=args.encoder, decoder=args.decoder)
    identifier = identifier_of(translator, "mass_spec", args.identifier)
    read = translator.read(args.spectra, modality="mass_spec")
    few = list(itertools.islice(read, args.unknowns))
    unknowns: list[Sample] = list(itertools.islice(itertools.cycle(few), args.unknowns))
    table = enlarged(translator.hub, args.rows)
    results: dict[str, Any] = {
        "candidates": args.rows, "unknowns": args.unknowns, "different spectra": len(few)}
    with tempfile.TemporaryDirectory() as cache:
        os.environ[VARIABLE] = cache
        candidates = timed(results, "reading their structures, once", lambda: Candidates.of(table))
        timed(results, "predicting their spectra, once", lambda: identifier.lineup(candidates))
        candidates = timed(results, "loading: structures", lambda: Candidates.of(table))
        lineup = timed(results, "loading: predictions", lambda: identifier.lineup(candidates))
        timed(results, "calibrating on the candidates", lambda: identifier.combination(lineup))
        timed(results, "calibrating and naming the unknowns",
              lambda: list(identifier.answers(unknowns, lineup)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    results["memory at its highest, MB"] = round(peak * 1024 / 1e6)
    print(f"{results['memory at its highest, MB']} MB")
    save(results, args.output)


if __name__ == "__main__":
    main()
