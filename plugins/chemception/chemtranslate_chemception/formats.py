"""Files of chemicals: CSV, SMILES files, SDF and plain lists of names.

The signal of a sample of this modality is its `Chemical`. Structures are not parsed while
reading (except SDF, which has no SMILES): whoever needs them standardises them and rejects
what cannot be.
"""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Iterable, Iterator
from typing import IO

from chemtranslate.catalogue import resolve
from chemtranslate.chemical import Chemical, shorten
from chemtranslate.errors import ChemTranslateError, InputError
from chemtranslate.files import csv_into, text_lines
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate.sdf import read_records

COLUMNS = ("smiles", "name", "inchikey", "cas")
METADATA = "metadata"
"""Column of a written file that holds all metadata as a JSON object."""


def read_csv(stream: IO[bytes], file: str) -> Iterator[Sample | Reject]:
    """Read a CSV file with a column `smiles`; `id`, `name`, `inchikey`, `cas` are optional.

    Other columns become metadata; a column `metadata` may hold a JSON object of them. Column
    names may be in any case. A line whose quotes do not close is malformed, and reading goes on
    with the line after it.

    Raises:
        InputError: the file is not text, or has no column `smiles`.
    """
    lines = _Rereadable(text_lines(stream, file))
    rows = csv.reader(lines, strict=True)
    try:
        header = [column.strip() for column in next(rows, [])]
    except csv.Error as error:
        raise InputError(f"{file}: not a CSV file: {error}") from None
    fields = [column.lower() for column in header]
    if "smiles" not in fields:
        other = any(mark in cell for mark in ";\t" for cell in header)
        raise InputError(
            f"{file}: found columns {', '.join(header) or 'none'}, expected one named 'smiles'"
            + (" and commas between the cells" if other else "")
        )
    if twice := sorted({field for field in fields if fields.count(field) > 1}):
        raise InputError(f"{file}: found two columns named {twice[0]!r}, expected one")
    number = 0
    while True:
        lines.forget()
        cells: dict[str, str] = {}
        try:
            row = next(rows)
            if not row:
                continue
            fault = f"found {len(row)} cells, expected {len(header)} as in the header"
            if len(row) == len(header):
                cells = dict(zip(fields, map(str.strip, row), strict=True))
                fault = _broken(cells)
        except StopIteration:
            return
        except csv.Error as error:
            fault = f"not a row of CSV, is a quote missing? {error}"
        number += 1
        place = Place(file, number)
        if fault:
            line = lines.first
            name = shorten(lines.keep_only_first().strip())
            yield Reject(place, name, f"line {line}: {fault}", "malformed", malformed=True)
            continue
        chemical = Chemical(
            *(cells.get(column, "") for column in ("smiles", "inchikey", "name", "cas"))
        )
        metadata = {
            column: cells[field]
            for column, field in zip(header, fields, strict=True)
            if field not in (*COLUMNS, "id", METADATA)
        }
        metadata |= _unpacked(cells.get(METADATA, ""))
        yield _sample(chemical, place, cells.get("id", ""), metadata)


def read_smi(stream: IO[bytes], file: str) -> Iterator[Sample | Reject]:
    """Read a SMILES file: a SMILES, then optionally white space and a name, on each line.

    Two columns after the SMILES, parted by a tab, are an id and a name.
    """
    lines = (line.strip() for line in text_lines(stream, file))
    for number, line in enumerate((line for line in lines if line), 1):
        smiles, *rest = line.split(maxsplit=1)
        record_id, _, name = "".join(rest).rpartition("\t")
        chemical = Chemical(smiles=smiles, name=name.strip())
        yield _sample(chemical, Place(file, number), record_id.strip())


def read_names(stream: IO[bytes], file: str) -> Iterator[Sample | Reject]:
    """Read a list of names, CAS numbers, InChIKeys or SMILES, one a line, by the catalogue."""
    lines = (line.strip() for line in text_lines(stream, file))
    for number, line in enumerate((line for line in lines if line), 1):
        place = Place(file, number)
        try:
            yield _sample(resolve(line), place, line)
        except ChemTranslateError as error:
            yield Reject(place, line, str(error), "unknown chemical")


def read_sdf(stream: IO[bytes], file: str) -> Iterator[Sample | Reject]:
    """Read an SDF or molfile; the first line of a record is its name, data fields are metadata."""
    for number, record in enumerate(read_records(stream, file), 1):
        place, name = Place(file, number), record.name
        if record.fault:
            yield Reject(place, name, f"not a molfile: {record.fault}", "malformed", malformed=True)
            continue
        yield _sample(Chemical(smiles=record.smiles, name=name), place, name, record.fields)


def write_csv(samples: Iterable[Sample], stream: IO[bytes]) -> None:
    """Write id, smiles, name, inchikey, cas and, as one JSON object, all metadata."""
    with csv_into(stream) as rows:
        rows.writerow(["id", *COLUMNS, METADATA])
        for sample in samples:
            who: Chemical = sample.signal
            metadata = json.dumps(dict(sample.metadata), ensure_ascii=False)
            rows.writerow([sample.id, who.smiles, who.name, who.inchikey, who.cas, metadata])


def write_smi(samples: Iterable[Sample], stream: IO[bytes]) -> None:
    """Write one line a sample, in columns: SMILES, id and, where it is another, the name."""
    for sample in samples:
        chemical: Chemical = sample.signal
        labels = (" ".join(text.split()) for text in (sample.id, chemical.name))
        columns = dict.fromkeys(filter(None, (chemical.smiles, *labels)))
        stream.write(("\t".join(columns) + "\n").encode())


def _unpacked(cell: str) -> dict[str, str]:
    try:
        found = json.loads(cell) if cell else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return {METADATA: cell}
    return {str(name): str(value) for name, value in found.items()}


def _broken(cells: dict[str, str]) -> str:
    """Return what shows that a cell has swallowed lines after its own; empty if nothing does."""
    for column in ("id", *COLUMNS):
        if "\n" in cells.get(column, ""):
            return f"found a line break in the cell {column!r}, is a quote missing?"
    return ""


class _Rereadable:
    """Lines of which those after the first of a broken row can be read again.

    Attributes:
        first: number of the first line since `forget`.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._taken = lines, list[str]()
        self._again: deque[str] = deque()
        self.first = 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._taken.append(line)
        return line

    def forget(self) -> None:
        """Go on: the lines taken so far are done with."""
        self.first += len(self._taken)
        self._taken = []

    def keep_only_first(self) -> str:
        """Put back all lines since `forget` but the first, which is returned."""
        first, *others = self._taken
        self._again.extendleft(reversed(others))
        self._taken = [first]
        return first


def _sample(
    chemical: Chemical, place: Place, record_id: str = "", metadata: dict[str, str] | None = None
) -> Sample:
    return Sample(
        record_id or chemical.name or chemical.smiles,
        chemical,
        chemical.name,
        chemical,
        metadata or {},
        place,
    )
