"""Infrared spectra for spreadsheets and for pandas: one line a spectrum.

The first column is `id`; each column named by a number holds the absorbance at that many 1/cm. The
last one written, `Spectrum_origin`, says whether a spectrum was measured, translated or made. Other
columns (`smiles`, `name`, `inchikey`, `cas`, metadata) are read, and not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import IO

import numpy as np

from chemtranslate.chemical import Chemical
from chemtranslate.errors import InputError
from chemtranslate.files import csv_into
from chemtranslate.origin import ORIGIN, origin_of
from chemtranslate.rows import ToSample, read_rows
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate_infrared.spectrum import InfraredSpectrum

ID = "id"
IDENTITY = ("smiles", "inchikey", "name", "cas")


def read_csv(stream: IO[bytes], file: str) -> Iterator[Sample | Reject]:
    """Read spectra, one record a line; an empty cell is a point that was not measured.

    Raises:
        InputError: the file is not text, or its header names no `id` or fewer than two wavenumbers.
    """

    def begin(header: Sequence[str]) -> ToSample:
        places = {column: _wavenumber(column) for column in header}
        axis = [(i, places[c]) for i, c in enumerate(header) if places[c] is not None]
        if ID not in header or len(axis) < 2:
            raise InputError(
                f"{file}: found the columns {', '.join(header[:5]) or 'none'}, expected `id` and "
                "one named by each wavenumber in 1/cm"
            )
        wavenumbers = np.array([x for _, x in axis], np.float64)

        def to_sample(cells: Sequence[str], place: Place) -> Sample:
            values = [_absorbance(cells[i], header[i]) for i, _ in axis]
            signal = InfraredSpectrum.of(wavenumbers, values)
            return _sample(dict(zip(header, cells, strict=True)), signal, place)

        return to_sample

    return read_rows(stream, file, begin)


def _wavenumber(column: str) -> float | None:
    try:
        value = float(column)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _absorbance(cell: str, column: str) -> float:
    try:
        return float(cell) if cell.strip() else float("nan")
    except ValueError:
        raise InputError(f"found {cell!r} at {column} 1/cm, expected a number") from None


def _sample(cells: dict[str, str], signal: InfraredSpectrum, place: Place) -> Sample:
    words = {
        column: cell.strip()
        for column, cell in cells.items()
        if _wavenumber(column) is None and cell.strip()
    }
    identity = {key: text for key, text in words.items() if key.lower() in (ID, *IDENTITY)}
    lowered = {key.lower(): text for key, text in identity.items()}
    smiles, inchikey, name, cas = (lowered.get(key, "") for key in IDENTITY)
    return Sample(
        lowered.get(ID) or name or f"row {place.record}",
        signal,
        name,
        Chemical(smiles, inchikey, name, cas) if smiles or inchikey or cas else None,
        {key: text for key, text in words.items() if key not in identity},
        place,
    )


def write_csv(samples: Iterable[Sample], stream: IO[bytes]) -> None:
    """Write spectra that share one axis, as translated ones do.

    Raises:
        InputError: a spectrum has another axis than the first.
    """
    axis = None
    with csv_into(stream) as rows:
        for sample in samples:
            spectrum: InfraredSpectrum = sample.signal
            if axis is None:
                axis = spectrum.wavenumbers
                rows.writerow([ID, *(f"{x:.10g}" for x in axis), ORIGIN])
            if not np.array_equal(axis, spectrum.wavenumbers):
                raise InputError(
                    f"{sample.id}: found another wavenumber axis than that of the first spectrum; "
                    "a table has one, a JCAMP-DX file (.jdx) one for each spectrum"
                )
            rows.writerow(
                [
                    sample.id,
                    *("" if np.isnan(y) else f"{y:.6g}" for y in spectrum.absorbances),
                    origin_of(sample.metadata),
                ]
            )
