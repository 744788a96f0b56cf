"""Reading bytes in tests."""

from __future__ import annotations

import io
from pathlib import Path

from chemtranslate.protocols import Reader, Writer
from chemtranslate.sample import Reject, Sample
from chemtranslate_mass_spec.massbank import read_massbank
from chemtranslate_mass_spec.mgf import read_mgf
from chemtranslate_mass_spec.msp import read_msp

HOSTILE = Path(__file__).parent / "hostile"
READERS: dict[str, Reader] = {".msp": read_msp, ".mgf": read_mgf, ".txt": read_massbank}


def read(reader: Reader, text: str | bytes) -> list[Sample | Reject]:
    data = text.encode() if isinstance(text, str) else text
    return list(reader(io.BytesIO(data), "file"))


def read_samples(reader: Reader, text: str | bytes) -> list[Sample]:
    records = read(reader, text)
    assert all(isinstance(record, Sample) for record in records), records
    return [record for record in records if isinstance(record, Sample)]


def read_hostile(name: str) -> list[Sample | Reject]:
    path = HOSTILE / name
    with path.open("rb") as stream:
        return list(READERS[path.suffix](stream, name))


def rewritten(reader: Reader, writer: Writer, samples: list[Sample]) -> list[Sample]:
    stream = io.BytesIO()
    writer(samples, stream)
    return read_samples(reader, stream.getvalue())


def content(sample: Sample) -> tuple[object, ...]:
    return (
        sample.id,
        sample.name,
        sample.chemical,
        list(sample.metadata.items()),
        sample.signal.mz.tolist(),
        sample.signal.intensities.tolist(),
    )
