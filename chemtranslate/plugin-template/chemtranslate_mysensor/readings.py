"""Readings of the sensor: what one is, how files hold them, and how they become arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import IO

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtranslate.batching import finite
from chemtranslate.chemical import Chemical
from chemtranslate.errors import InputError
from chemtranslate.files import csv_into
from chemtranslate.preparation import fit_for_training
from chemtranslate.protocols import Array
from chemtranslate.rows import ToSample, read_rows
from chemtranslate.sample import Place, Reject, Sample

CHANNELS = tuple(f"channel_{number}" for number in range(1, 9))
COLUMNS = ("id", "name", "smiles", *CHANNELS)


def read_csv(stream: IO[bytes], file: str) -> Iterator[Sample | Reject]:
    """Return a Sample or a Reject for each line after the header.

    The signal of a sample is (8,) float64. Columns that are not `COLUMNS` become metadata.

    Raises:
        InputError: the file is not text, or its header lacks `id` or a channel.
    """

    def begin(header: Sequence[str]) -> ToSample:
        if missing := sorted({"id", *CHANNELS} - set(header)):
            raise InputError(f"{file}: found no column {missing[0]!r}, expected id and channels")
        return partial(_sample, header)

    return read_rows(stream, file, begin)


def _sample(header: Sequence[str], cells: Sequence[str], place: Place) -> Sample:
    row = dict(zip(header, map(str.strip, cells), strict=True))
    try:
        signal = np.array([float(row[channel]) for channel in CHANNELS])
    except ValueError as error:
        raise InputError(str(error)) from None
    if not np.isfinite(signal).all():
        raise InputError("found a channel that is not finite, expected numbers")
    name, smiles = row.get("name", ""), row.get("smiles", "")
    return Sample(
        row["id"] or name or f"reading {place.record}",
        signal,
        name,
        Chemical(smiles, name=name) if smiles else None,
        {column: cell for column, cell in row.items() if column not in COLUMNS},
        place,
    )


def write_csv(samples: Iterable[Sample], stream: IO[bytes]) -> None:
    """Write one line a sample."""
    with csv_into(stream) as rows:
        rows.writerow(COLUMNS)
        for sample in samples:
            smiles = sample.chemical.smiles if sample.chemical else ""
            channels = (f"{value:.6g}" for value in sample.signal)
            rows.writerow([sample.id, sample.name, smiles, *channels])


class Channels:
    """Readings <-> (8,) float32, the strongest channel being 1; fulfils `ArrayForm`."""

    shape: tuple[int, ...] = (len(CHANNELS),)
    dtype = "float32"

    def to_array(self, sample: Sample) -> NDArray[np.float32]:
        """Return the reading of a sample as an array.

        Raises:
            InputError: no channel is above zero.
        """
        strongest = float(np.max(sample.signal))
        if strongest <= 0:
            raise InputError(f"found no channel above zero (highest {strongest:g})")
        array: NDArray[np.float32] = (sample.signal / strongest).astype(np.float32)
        return array

    def to_signal(self, array: ArrayLike) -> NDArray[np.float64]:
        """Return a decoded array as a reading; there are no negative ones.

        Raises:
            InputError: the shape is another one, a value is not finite, or none is above zero.
        """
        reading = finite(array, self.shape).clip(0)
        if not reading.any():
            raise InputError("found no channel above zero, expected a reading")
        return reading


FORM = Channels()


def prepare(records: Iterable[Sample | Reject]) -> Iterator[Sample | Reject]:
    """Yield every record again, as a sample fit for training or as a reject."""
    return fit_for_training(records, FORM)


def metrics(predicted: Array, measured: Array) -> Mapping[str, NDArray[np.float64]]:
    """Return the root mean square difference of (n, 8) arrays, (n,)."""
    difference = np.asarray(predicted, np.float64) - np.asarray(measured, np.float64)
    return {"RMS difference": np.sqrt((difference**2).mean(-1))}
