"""Readings for spreadsheets and for pandas: one line a reading.

Column `id`, and one column for each feature of each sensor: `s1_f1`, `s1_f2`, ..., `s16_f8`. Who
was measured is said by `gas`, a code or name of one of the six gases, or by `smiles`, `inchikey` or
`cas`. `ppmv` is the concentration, `batch` says when it was measured; these and all further
columns are metadata. Written files hold metadata that have no column as JSON in `fields`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

import numpy as np

from chemtranslate.chemical import Chemical, standardise
from chemtranslate.errors import InputError
from chemtranslate.files import csv_into
from chemtranslate.origin import MEASURED, ORIGIN, origin_of
from chemtranslate.rows import ToSample, read_rows
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate_sensor_array.gases import gas_of
from chemtranslate_sensor_array.reading import (
    BATCH,
    CONCENTRATION,
    Reading,
    concentration_of,
    number_of,
)

ID, GAS, FIELDS = "id", "gas", "fields"
IDENTITY = ("smiles", "inchikey", "name", "cas")
WRITTEN = (CONCENTRATION, BATCH, ORIGIN)
"""Metadata with a column of their own."""
_CHANNEL = re.compile(r"s([1-9]\d{0,3})_f([1-9]\d{0,3})")


def read_csv(stream: IO[bytes], file: str) -> Iterator[Sample | Reject]:
    """Read readings, one record a line.

    Raises:
        InputError: the file is not text, or its header has no `id`, names a column twice, or lacks
            a feature of a sensor.
    """

    def begin(header: Sequence[str]) -> ToSample:
        channels = _channels(header, file)
        return lambda cells, place: _sample(dict(zip(header, cells, strict=True)), channels, place)

    return read_rows(stream, file, begin)


def _channels(header: Sequence[str], file: str) -> list[list[str]]:
    """Return the columns of each sensor's features, a list for each sensor."""
    twice = {column for column in header if header.count(column) > 1}
    found = {(int(m[1]), int(m[2])) for column in header if (m := _CHANNEL.fullmatch(column))}
    if ID not in header or not found:
        raise InputError(
            f"{file}: found the columns {', '.join(header[:5]) or 'none'}, expected `id` and one "
            "named s1_f1, s1_f2, ... for each feature of each sensor"
        )
    if twice:
        raise InputError(f"{file}: found the column {min(twice)!r} twice, expected it once")
    sensors, features = (max(numbers) for numbers in zip(*found, strict=True))
    if len(found) < sensors * features:
        missing = next(
            f"s{s}_f{f}"
            for s in range(1, sensors + 1)
            for f in range(1, features + 1)
            if (s, f) not in found
        )
        raise InputError(
            f"{file}: found {len(found)} channels of {sensors} sensors with {features} features, "
            f"expected {sensors * features}: {missing} is missing"
        )
    return [[f"s{s}_f{f}" for f in range(1, features + 1)] for s in range(1, sensors + 1)]


def _sample(cells: dict[str, str], channels: list[list[str]], place: Place) -> Sample:
    table = [[number_of(cells[column], column) for column in sensor] for sensor in channels]
    words = {
        column: cell.strip()
        for column, cell in cells.items()
        if cell.strip() and not _CHANNEL.fullmatch(column)
    }
    if CONCENTRATION in words:
        concentration_of(words[CONCENTRATION])
    chemical = _chemical(words)
    name = words.get("name") or (chemical.name if chemical else "")
    metadata = {key: text for key, text in words.items() if key not in (ID, GAS, *IDENTITY)}
    metadata |= _more(metadata.pop(FIELDS, "{}"))
    signal = Reading.of(np.array(table))
    return Sample(
        words.get(ID) or name or f"row {place.record}", signal, name, chemical, metadata, place
    )


def _chemical(words: dict[str, str]) -> Chemical | None:
    """Return who was measured; a structure that stands beside `gas` must be the same chemical's."""
    smiles, inchikey, name, cas = (words.get(key, "") for key in IDENTITY)
    if gas := words.get(GAS, ""):
        chemical = gas_of(gas)
        if smiles and standardise(smiles)[1] != chemical.key:
            raise InputError(f"found the gas {gas!r} beside {smiles!r}, expected one chemical")
        return chemical
    return Chemical(smiles, inchikey, name, cas) if smiles or inchikey or cas else None


def _more(text: str) -> dict[str, str]:
    try:
        fields = json.loads(text)
    except ValueError:
        fields = None
    if not isinstance(fields, dict) or not all(isinstance(one, str) for one in fields.values()):
        raise InputError(f"found {text[:40]!r} in {FIELDS}, expected texts by name as JSON")
    return fields


def write_csv(samples: Iterable[Sample], stream: IO[bytes]) -> None:
    """Write readings of one shape, with all that is known of each.

    Raises:
        InputError: a reading has another shape than the first.
    """
    shape: tuple[int, ...] | None = None
    with csv_into(stream) as rows:
        for sample in samples:
            values = sample.signal.values
            if shape is None:
                shape = values.shape
                channels = [
                    f"s{s}_f{f}" for s in range(1, shape[0] + 1) for f in range(1, shape[1] + 1)
                ]
                rows.writerow([ID, *IDENTITY, *WRITTEN, FIELDS, *channels])
            if values.shape != shape:
                raise InputError(
                    f"{sample.id}: found a reading of shape {values.shape}, expected {shape} as "
                    "the first one's: a table holds readings of one shape"
                )
            rows.writerow([sample.id, *_about(sample), *(repr(float(v)) for v in values.flat)])


def _about(sample: Sample) -> list[str]:
    """Return the cells between the id and the values."""
    chemical = sample.chemical or Chemical()
    origin = origin_of(sample.metadata)
    stated = {**sample.metadata, ORIGIN: "" if origin == MEASURED else origin}
    more = {key: text for key, text in sample.metadata.items() if key not in WRITTEN}
    return [
        chemical.smiles,
        chemical.inchikey,
        sample.name or chemical.name,
        chemical.cas,
        *(stated.get(field, "") for field in WRITTEN),
        json.dumps(more, ensure_ascii=False) if more else "",
    ]
