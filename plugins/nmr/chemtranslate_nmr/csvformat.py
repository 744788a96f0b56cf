"""Peak lists as tables: one row a peak, as chemists report them and as pandas groups them.

The column `shift_ppm` (or `ppm`, `shift`, `delta`) is needed. `id` says whose peak a row is: rows
of one spectrum stand together. Without it, the file is one spectrum. `record` numbers the spectra,
where ids may be the same. `nucleus`, `multiplicity`, `atom`, `name`, `smiles`, `inchikey` and `cas`
are optional, `metadata` is a JSON object; any other column becomes metadata.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import PurePath
from typing import IO

from chemtranslate.chemical import Chemical, shorten
from chemtranslate.errors import InputError
from chemtranslate.files import csv_into, text_lines
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate_nmr.peaklist import UNKNOWN, PeakList
from chemtranslate_nmr.records import (
    malformed,
    other_nucleus,
    peak_list,
    same_nucleus,
    sample_of,
)

SHIFT = ("shift_ppm", "ppm", "shift", "delta")
IDENTITY = ("name", "smiles", "inchikey", "cas")
PEAK = ("multiplicity", "atom")
COLUMNS = ("record", "id", "nucleus", SHIFT[0], *PEAK, *IDENTITY, "metadata")
"""Of a written table; metadata stand in the first row of each spectrum."""
_KNOWN = (*SHIFT, *COLUMNS)


@dataclass(frozen=True)
class _Row:
    """A line of the table: its cells by column, and what is wrong with it."""

    line: int
    cells: Mapping[str, str]
    fault: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.cells.get("record", ""), self.cells.get("id", "")


def read_csv(stream: IO[bytes], file: str, nucleus: str) -> Iterator[Sample | Reject]:
    """Read the spectra of one nucleus; a record is a run of rows of one `record` and `id`.

    Raises:
        InputError: the file is not text, or its header names no column of shifts, or one twice.
    """
    lines = text_lines(stream, file)
    header = _header(next(lines, ""), file)
    filled = ((at, line) for at, line in enumerate(lines, 2) if line.strip())
    rows = (_row(at, line, header) for at, line in filled)
    seen: dict[tuple[str, str], int] = {}
    for number, (key, group) in enumerate(groupby(rows, lambda row: row.key), 1):
        place, own = Place(file, number), list(group)
        label = key[1] or _stated(own, "name") or _default(file, number, header)
        earlier = seen.setdefault(key, own[0].line)
        if earlier != own[0].line:
            why = f"{label!r} stands in line {earlier} already, expected the rows of a spectrum"
            yield malformed(place, label, own[0].line, f"{why} to stand together")
            continue
        yield _spectrum(own, header, nucleus, place, label)


read_13c = partial(read_csv, nucleus="13C")
read_1h = partial(read_csv, nucleus="1H")


def _header(line: str, file: str) -> dict[str, str]:
    """Return the columns of a header, lower case, each with its own spelling."""
    try:
        stated = [column.strip() for column in next(csv.reader([line], strict=True), [])]
    except csv.Error as error:
        raise InputError(f"{file}: not a CSV file: {error}") from None
    header = {column.lower(): column for column in stated}
    if not any(column in header for column in SHIFT):
        other = any(mark in line for mark in ";\t")
        raise InputError(
            f"{file}: found the columns {shorten(', '.join(stated)) or 'none'}, expected one named "
            f"{SHIFT[0]}" + (" and commas between the cells" if other else "")
        )
    if len(header) < len(stated):
        raise InputError(f"{file}: found two columns of one name, expected each once")
    return header


def _row(at: int, line: str, header: Mapping[str, str]) -> _Row:
    fault = ""
    try:
        cells = next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        fault, cells = f"not a row of CSV: {error}", next(csv.reader([line]), [])
    if not fault and len(cells) != len(header):
        fault = f"found {len(cells)} cells, expected {len(header)} as in the header"
    return _Row(at, dict(zip(header, map(str.strip, cells), strict=False)), fault)


def _stated(rows: Iterable[_Row], column: str) -> str:
    return next((row.cells[column] for row in rows if row.cells.get(column)), "")


def _default(file: str, number: int, header: Mapping[str, str]) -> str:
    """Return what to call a spectrum that has no id: the file, where that holds no other."""
    if "id" in header or "record" in header:
        return f"record {number}"
    return PurePath(file.rpartition(":")[2]).name.partition(".")[0]


def _spectrum(
    rows: list[_Row],
    header: Mapping[str, str],
    nucleus: str,
    place: Place,
    label: str,
) -> Sample | Reject:
    stated = _stated(rows, "nucleus") or nucleus
    if not same_nucleus(stated, nucleus):
        return other_nucleus(stated, nucleus, place, label)
    shift = next(column for column in SHIFT if column in header)
    at = rows[0].line
    try:
        metadata = {
            spelled: text
            for column, spelled in header.items()
            if column not in _KNOWN and (text := _stated(rows, column))
        }
        metadata |= _unpacked(_stated(rows, "metadata"))
        for row in rows:
            at = row.line
            _check(row, shift, nucleus)
        signal = peak_list(nucleus, (_peak(row, shift) for row in rows))
    except InputError as error:
        return malformed(place, label, at, error)
    identity = {column: _stated(rows, column) for column in IDENTITY}
    return sample_of(identity, signal, metadata, place, label)


def _check(row: _Row, shift: str, nucleus: str) -> None:
    """Raise InputError if a row is no peak of the nucleus."""
    other = row.cells.get("nucleus")
    if row.fault:
        raise InputError(row.fault)
    if other and not same_nucleus(other, nucleus):
        raise InputError(f"found {other!r} in a spectrum of {nucleus}")
    peak_list(nucleus, [_peak(row, shift)])


def _peak(row: _Row, shift: str) -> tuple[str | None, str | None, str | None]:
    return row.cells.get(shift), row.cells.get(PEAK[0]), row.cells.get(PEAK[1])


def _unpacked(cell: str) -> dict[str, str]:
    try:
        found = json.loads(cell) if cell else {}
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InputError(f"found the metadata {shorten(cell)!r}, expected a JSON object")
    return {str(name): str(value) for name, value in found.items()}


def write_csv(samples: Iterable[Sample], stream: IO[bytes]) -> None:
    """Write a row for each peak; who it is of stands in each, metadata in the first of each."""
    with csv_into(stream) as rows:
        rows.writerow(COLUMNS)
        for number, sample in enumerate(samples, 1):
            peaks: PeakList = sample.signal
            who = sample.chemical or Chemical()
            identity = (_line(sample.name), who.smiles, who.inchikey, who.cas)
            label = _line(sample.id)
            metadata = json.dumps(dict(sample.metadata), ensure_ascii=False)
            columns = (peaks.shifts.tolist(), peaks.multiplicities, peaks.atoms.tolist())
            for shift, multiplicity, atom in zip(*columns, strict=True):
                peak = (f"{shift:.10g}", multiplicity, "" if atom == UNKNOWN else atom)
                rows.writerow((number, label, peaks.nucleus, *peak, *identity, metadata))
                metadata = ""


def _line(text: str) -> str:
    """Keep a text on one line, as rows are."""
    return " ".join(text.split())
