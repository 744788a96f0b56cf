"""Readings as the drift data set has them: `gas;ppmv 1:value 2:value ... 128:value`, one a line.

Value 8 s + f + 1 is feature f of sensor s, both counted from 0. The batch is named by the file:
"batch3.dat". A line holds a gas by its code, a concentration and all values, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import IO

import numpy as np

from chemtranslate.chemical import shorten
from chemtranslate.errors import InputError
from chemtranslate.origin import MEASURED, origin_of
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate.translator import entry_of
from chemtranslate_sensor_array.channels import SHAPE
from chemtranslate_sensor_array.gases import code_of, gas_of
from chemtranslate_sensor_array.reading import (
    BATCH,
    CONCENTRATION,
    Reading,
    concentration_of,
    number_of,
)

COUNT = SHAPE[0] * SHAPE[1]
_BATCH = re.compile(r"batch[ _-]?(\w+)", re.IGNORECASE)
_LOOKS_RIGHT = re.compile(r"\s*\S*\s+\d+:\S+")


def read_libsvm(stream: IO[bytes], file: str) -> Iterator[Sample | Reject]:
    """Read readings, one record a line; blank lines are none.

    Raises:
        InputError: the first line is no libsvm line.
    """
    stem = PurePath(file.rpartition(":")[2]).name.partition(".")[0]
    found = _BATCH.search(stem)
    batch = {BATCH: found.group(1)} if found else {}
    number = 0
    for at, raw in enumerate(stream, 1):
        line = raw.decode("utf-8-sig" if at == 1 else "utf-8", errors="replace").strip()
        if not line:
            continue
        number += 1
        if number == 1 and not _LOOKS_RIGHT.match(line):
            raise InputError(
                f"{file}: found {shorten(line)!r} in line {at}, expected `gas;ppmv 1:value ...`"
            )
        place, name = Place(file, number), f"{stem}/{number}"
        try:
            yield _sample(line, name, batch, place)
        except InputError as error:
            yield Reject(place, name, f"line {at}: {error}", "malformed", malformed=True)


def _sample(line: str, name: str, batch: dict[str, str], place: Place) -> Sample:
    target, *pairs = line.split()
    code, semicolon, ppmv = target.partition(";")
    gas = gas_of(code)
    if not semicolon or not ppmv:
        raise InputError(f"found {target[:40]!r}, expected gas;ppmv: the concentration is missing")
    concentration_of(ppmv)
    signal = Reading.of(_values(pairs).reshape(SHAPE))
    return Sample(name, signal, gas.name, gas, {**batch, CONCENTRATION: ppmv}, place)


def _values(pairs: list[str]) -> np.ndarray:
    """Return the (COUNT,) values of `index:value` pairs, which may stand in any order."""
    found: dict[int, float] = {}
    for pair in pairs:
        index, colon, value = pair.partition(":")
        if not colon or not index.isdecimal() or not 1 <= int(index[:9]) <= COUNT:
            raise InputError(f"found {pair[:40]!r}, expected index:value, the index 1-{COUNT}")
        if int(index) in found:
            raise InputError(f"found the index {index} twice")
        found[int(index)] = number_of(value, f"the value of index {index}")
    missing = [index for index in range(1, COUNT + 1) if index not in found]
    if missing:
        raise InputError(
            f"found {len(found)} values, expected {COUNT}: index {missing[0]} is missing"
        )
    return np.array([found[index] for index in range(1, COUNT + 1)])


def write_libsvm(samples: Iterable[Sample], stream: IO[bytes]) -> None:
    """Write measured readings of the six gases; names and other metadata have no place in a line.

    Raises:
        InputError: a reading has another shape, is of another gas, states no concentration, or was
            not measured: a line cannot say so, and it would pass for a measured one.
    """
    for sample in samples:
        code = code_of(entry_of(sample).inchikey.partition("-")[0])
        ppmv = sample.metadata.get(CONCENTRATION, "")
        values, origin = sample.signal.values, origin_of(sample.metadata)
        for wrong, what in (
            (values.shape != SHAPE, f"a reading of shape {values.shape}, expected {SHAPE}"),
            (code is None, "a chemical that is none of the six gases of libsvm lines"),
            (not ppmv, "no concentration (ppmv), which each libsvm line states"),
            (origin != MEASURED, f"a {origin} reading, which would pass for a measured one"),
        ):
            if wrong:
                raise InputError(f"{sample.id}: found {what}; a CSV file (.csv) holds any reading")
        pairs = (f"{index}:{float(value)!r}" for index, value in enumerate(values.flat, 1))
        stream.write(f"{code};{ppmv} {' '.join(pairs)}\n".encode())
