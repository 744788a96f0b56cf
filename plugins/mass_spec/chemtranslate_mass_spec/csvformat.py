"""Spectra for spreadsheets: a table of peaks, written only, since it drops a sample's other fields.

One row per peak, with the columns

    id, name    of the sample
    mz          m/z of the peak
    intensity   on the sample's own scale (base peak 100 for decoded spectra)
    origin      of the sample, as its field Spectrum_origin states it ("synthetic" of one that
                `augment` made); where there is none, "translated" or "measured"

with a header row, comma-separated, quoted where needed (RFC 4180), UTF-8.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import IO

from chemtranslate.origin import origin_of
from chemtranslate.sample import Sample
from chemtranslate_mass_spec.spectrum import number

COLUMNS = ("id", "name", "mz", "intensity", "origin")


def write_csv(samples: Iterable[Sample], stream: IO[bytes]) -> None:
    """Write one row per peak of all samples, in their order."""
    stream.write((",".join(COLUMNS) + "\r\n").encode())
    for sample in samples:
        rows = io.StringIO(newline="")
        origin = origin_of(sample.metadata)
        peaks = zip(sample.signal.mz.tolist(), sample.signal.intensities.tolist(), strict=True)
        csv.writer(rows).writerows(
            (sample.id, sample.name, number(mz), number(intensity), origin)
            for mz, intensity in peaks
        )
        stream.write(rows.getvalue().encode("utf-8", errors="replace"))
