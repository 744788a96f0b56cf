"""Readings of one batch as mass spectra: how alike are they to a library's, and whom does it name?

Readings of ethanol, acetone and toluene go through the shipped encoder and the shipped decoder for
mass spectra. Beside them stands what that decoder makes of the chemicals' own points. Weighted
cosine is with the most similar of the chemical's library spectra; the rank is that of the chemical
among all of the library's, by the score of a library match.

Prints, and with -o writes as JSON, the figures.

    python plugins/sensor_array/benchmarks/to_mass_spec.py gas_drift.zip PREPARED.msp --batch 6 \
        -o docs/results/sensor_array_to_mass_spec.json
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtranslate import Translator
from chemtranslate.chemical import standardise
from chemtranslate.evaluation import as_written
from chemtranslate_mass_spec.experiment.library_match import scored
from chemtranslate_mass_spec.similarity import weighted_cosine
from chemtranslate_sensor_array.gases import GASES
from chemtranslate_sensor_array.reading import BATCH

SHOWN = ("ethanol", "acetone", "toluene")
Spectra = NDArray[np.float32]


@dataclass(frozen=True)
class Library:
    """Spectra to compare with (n, bins), as unit vectors, too, and whose they are (n,)."""

    spectra: Spectra
    units: Spectra
    keys: NDArray[np.str_]

    @classmethod
    def of(cls, translator: Translator, file: Path) -> Library:
        form = translator.decoder("mass_spec").form
        samples = list(translator.read(file, modality="mass_spec"))
        keys = [standardise(one.chemical.smiles if one.chemical else "")[1] for one in samples]
        spectra = np.stack([form.to_array(sample) for sample in samples])
        return cls(spectra, scored(spectra), np.array(keys))

    def figures(self, made: Spectra, key: str) -> dict[str, float]:
        """Compare (n, bins) spectra with those of a chemical, and with all."""
        own = self.spectra[self.keys == key]
        alike = [max(weighted_cosine(np.broadcast_to(one, own.shape), own)) for one in made]
        scores = scored(made) @ self.units.T
        best = scores[:, self.keys == key].max(1)
        ahead = [len(set(self.keys[row > mine])) for row, mine in zip(scores, best, strict=True)]
        return {
            "weighted cosine, mean": round(float(np.mean(alike)), 3),
            "rank, median": float(np.median(ahead)) + 1,
            "named first": round(float(np.mean([rank == 0 for rank in ahead])), 3),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("archive", type=Path)
    parser.add_argument("library", type=Path, help="prepared mass spectra")
    parser.add_argument("--batch", default="6", help="whose readings are translated")
    parser.add_argument("--most", type=int, default=100, help="readings of each gas")
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    translator = Translator()
    library = Library.of(translator, args.library)
    encoder, decoder = translator.encoder("sensor_array"), translator.decoder("mass_spec")
    read = [sample for sample in translator.read(args.archive, modality="sensor_array")
            if sample.metadata[BATCH] == args.batch]
    results: dict[str, Any] = {
        "encoder": encoder.label,
        "decoder": decoder.label,
        "batch": args.batch,
        "chemicals in the library": len(set(library.keys)),
        "gases": {},
    }
    for gas in GASES.values():
        some = [sample for sample in read if sample.chemical == gas][: args.most]
        if gas.name not in SHOWN or not some:
            continue
        readings = np.stack([encoder.form.to_array(sample) for sample in some])
        ways = {"translated": encoder.encode(readings),
                "from the structure": translator.hub.embed([gas.smiles])}
        row: dict[str, Any] = {"readings": len(some),
                               "library spectra": int((library.keys == gas.key).sum())}
        for way, vectors in ways.items():
            made = as_written(decoder.decode(vectors), decoder.form)
            found = library.figures(made, gas.key)
            row |= {f"{way}: {name}": value for name, value in found.items()}
        results["gases"][gas.name] = row
    print(json.dumps(results, indent=2))
    if args.output:
        args.output.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
