"""Peak lists in the data fields of an SDF, as nmrshiftdb2 exports them.

A field `Spectrum 13C 0` holds the first spectrum of a molecule, its peaks as
`shift;multiplicity;atom|`, where nmrshiftdb2 puts a height before the multiplicity: `17.6;0.0Q;9|`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import IO, Any

from chemtranslate.chemical import shorten
from chemtranslate.errors import InputError
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate.sdf import SdfRecord, read_records
from chemtranslate_nmr.records import (
    conditions,
    other_nucleus,
    peak_list,
    same_nucleus,
    sample_of,
)

_SPECTRUM = re.compile(r"Spectrum\s+(\S+)\s+(\d+)", re.IGNORECASE)
_IDENTITY = {"nmrshiftdb2 id": "id", "inchi key": "inchikey", "inchikey": "inchikey", "cas": "cas"}


def read_sdf(stream: IO[bytes], file: str, nucleus: str) -> Iterator[Sample | Reject]:
    """Read the spectra of one nucleus; every spectrum of the file is a sample or a reject.

    The number of a record is that of its molecule. A spectrum has the molecule's `nmrshiftdb2 ID`,
    else its name, as id; where it holds several of the nucleus, followed by "/" and the spectrum's
    own number.

    Raises:
        InputError: the file is not UTF-8 text.
    """
    for number, record in enumerate(read_records(stream, file), 1):
        place = Place(file, number)
        if record.fault:
            reason = f"not a molfile: {record.fault}"
            yield Reject(place, record.name, reason, "malformed", malformed=True)
        else:
            yield from _read(record, nucleus, place)


read_13c = partial(read_sdf, nucleus="13C")
read_1h = partial(read_sdf, nucleus="1H")


def _read(record: SdfRecord, nucleus: str, place: Place) -> Iterator[Sample | Reject]:
    identity = {"name": record.name, "smiles": record.smiles}
    spectra, others = [], {}
    for field, text in record.fields.items():
        if spectrum := _SPECTRUM.fullmatch(field.strip()):
            spectra.append((spectrum[1], spectrum[2], text))
        elif known := _IDENTITY.get(field.lower()):
            identity[known] = text
        else:
            others[field] = text
    base = identity.get("id") or record.name or f"record {place.record}"
    if not spectra:
        reason = f"found no field 'Spectrum {nucleus} 0', expected one"
        yield Reject(place, base, reason, "no spectrum")
    several = sum(same_nucleus(name, nucleus) for name, _, _ in spectra) > 1
    for name, own, text in spectra:
        if not same_nucleus(name, nucleus):
            yield other_nucleus(name, nucleus, place, base)
            continue
        label = f"{base}/{own}" if several else base
        try:
            signal = peak_list(nucleus, _peaks(text))
        except InputError as error:
            reason = f"Spectrum {name} {own}: {error}"
            yield Reject(place, label, reason, "malformed", malformed=True)
            continue
        yield sample_of(identity, signal, conditions(others, own), place, label)


def _peaks(text: str) -> Iterator[tuple[Any, Any, Any]]:
    for peak in (part.strip() for part in text.split("|")):
        if not peak:
            continue
        parts = [part.strip() for part in peak.split(";")]
        if len(parts) > 3:
            raise InputError(f"found {shorten(peak)!r}, expected shift;multiplicity;atom")
        shift, multiplicity, atom = [*parts, None, None][:3]
        yield shift, multiplicity, atom
