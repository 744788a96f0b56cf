"""CSV files of one record a line, as sensors with a fixed set of channels have them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import IO

from chemtranslate.chemical import shorten
from chemtranslate.errors import InputError
from chemtranslate.sample import Place, Reject, Sample

ToSample = Callable[[Sequence[str], Place], Sample]
"""The cells of a line, as many as the header has -> its sample; InputError says what is wrong."""


def read_rows(
    stream: IO[bytes], file: str, begin: Callable[[Sequence[str]], ToSample]
) -> Iterator[Sample | Reject]:
    """Read a record of each line after the first; blank lines are none.

    Args:
        begin: gets the header, cells stripped, and returns what makes samples of the others.

    Raises:
        InputError: the file is not text, or `begin` refuses the header.
    """
    lines = io.TextIOWrapper(stream, "utf-8-sig", errors="strict", newline="")
    try:
        header = [column.strip() for column in _cells(next(lines, ""))]
        to_sample = begin(header)
        filled = ((at, line) for at, line in enumerate(lines, 2) if line.strip())
        for number, (at, line) in enumerate(filled, 1):
            place = Place(file, number)
            try:
                cells = _cells(line)
                if len(cells) != len(header):
                    raise InputError(
                        f"found {len(cells)} cells, expected {len(header)} as in the header"
                    )
                sample = to_sample(cells, place)
            except (csv.Error, InputError) as error:
                name = shorten(line.partition(",")[0].strip())
                yield Reject(place, name, f"line {at}: {error}", "malformed", malformed=True)
            else:
                yield sample
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{file}: not a CSV file: {error}") from None


def _cells(line: str) -> list[str]:
    return next(csv.reader([line], strict=True), [])
