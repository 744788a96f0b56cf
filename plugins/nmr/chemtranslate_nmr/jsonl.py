"""Peak lists as JSON lines, the form in which nmrshiftdb2 is at hand: a molecule a line.

    {"id": 7, "smiles": "CCO", "spectra": {"13C": [{"i": 0, "peaks": [[18.1, "Q", 0], [57.8]]}]}}

A peak is its shift in ppm, then, optionally, multiplicity and number of the atom. A line may hold
spectra of several nuclei, and several of each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import IO, Any

from chemtranslate.chemical import Chemical, shorten
from chemtranslate.errors import InputError
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate_nmr.peaklist import UNKNOWN, PeakList
from chemtranslate_nmr.records import (
    conditions,
    malformed,
    other_nucleus,
    peak_list,
    same_nucleus,
    sample_of,
)

IDENTITY = ("name", "inchikey", "smiles", "cas")
_RESERVED = ("id", *IDENTITY, "spectra", "metadata")


def read_jsonl(stream: IO[bytes], file: str, nucleus: str) -> Iterator[Sample | Reject]:
    """Read the spectra of one nucleus; every spectrum of the file is a sample or a reject.

    The number of a record is that of its line. A spectrum has the id of its line; where that holds
    several of the nucleus, followed by "/" and the spectrum's own number.

    Raises:
        InputError: the file does not begin with a JSON object.
    """
    filled = ((at, line) for at, line in enumerate(stream, 1) if line.strip())
    number = 0
    for number, (at, line) in enumerate(filled, 1):
        place = Place(file, number)
        if number == 1 and not line.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
            start = shorten(line.decode("utf-8", "replace").strip())
            raise InputError(
                f"{file}, line {at}: found {start!r}, expected a JSON object, one a line"
            )
        molecule: dict[str, Any] = {}
        try:
            molecule = _object(line)
            spectra = list(_spectra(molecule))
        except InputError as error:
            yield malformed(place, _text(molecule.get("id")), at, error)
            continue
        yield from _read(molecule, spectra, nucleus, place, at)
    if not number:
        raise InputError(f"{file}: found nothing but white space, expected JSON objects")


read_13c = partial(read_jsonl, nucleus="13C")
read_1h = partial(read_jsonl, nucleus="1H")


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON: {shorten(str(error), 100)}") from None
    if not isinstance(found, dict):
        raise InputError(f"found {shorten(repr(found))}, expected a JSON object")
    return found


def _spectra(molecule: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield nucleus, number and peaks of each spectrum of a molecule."""
    by_nucleus = molecule.get("spectra")
    if not isinstance(by_nucleus, dict) or not any(by_nucleus.values()):
        raise InputError(f"found spectra: {shorten(repr(by_nucleus))}, expected some by nucleus")
    for nucleus, several in by_nucleus.items():
        for number, spectrum in enumerate(several if isinstance(several, list) else [several]):
            stated = spectrum if isinstance(spectrum, dict) else {"peaks": spectrum}
            yield nucleus, str(stated.get("i", number)), stated.get("peaks")


def _read(
    molecule: Mapping[str, Any],
    spectra: list[tuple[str, str, Any]],
    nucleus: str,
    place: Place,
    at: int,
) -> Iterator[Sample | Reject]:
    stated = {str(key): _text(value) for key, value in molecule.items() if key not in _RESERVED}
    more = molecule.get("metadata")
    written = {str(k): _text(v) for k, v in more.items()} if isinstance(more, dict) else {}
    identity = {key: _text(molecule.get(key)) for key in ("id", *IDENTITY)}
    base = identity["id"] or identity["name"] or f"record {place.record}"
    several = sum(same_nucleus(name, nucleus) for name, _, _ in spectra) > 1
    for name, own, peaks in spectra:
        if not same_nucleus(name, nucleus):
            yield other_nucleus(name, nucleus, place, base)
            continue
        label = f"{base}/{own}" if several else base
        try:
            signal = peak_list(nucleus, _peaks(peaks))
        except InputError as error:
            yield malformed(place, label, at, error)
            continue
        yield sample_of(identity, signal, conditions(stated, own) | written, place, label)


def _peaks(peaks: Any) -> Iterator[tuple[Any, Any, Any]]:
    if not isinstance(peaks, list):
        raise InputError(f"found peaks: {shorten(repr(peaks))}, expected a list of them")
    for peak in peaks:
        parts = peak if isinstance(peak, list) else [peak]
        if not 1 <= len(parts) <= 3:
            raise InputError(
                f"found {shorten(repr(peak))}, expected shift, multiplicity and number of the atom"
            )
        if isinstance(parts[0], str):
            raise InputError(f"found {shorten(repr(parts[0]))}, expected a shift in ppm")
        shift, multiplicity, atom = [*parts, None, None][:3]
        yield shift, multiplicity, atom


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def write_jsonl(samples: Iterable[Sample], stream: IO[bytes]) -> None:
    """Write a line for each sample; metadata are an object of their own."""
    for sample in samples:
        peaks: PeakList = sample.signal
        chemical = sample.chemical or Chemical()
        stated = {
            "id": sample.id,
            "name": sample.name,
            "inchikey": chemical.inchikey,
            "smiles": chemical.smiles,
            "cas": chemical.cas,
            "metadata": dict(sample.metadata),
        }
        line = {key: value for key, value in stated.items() if value}
        line["spectra"] = {peaks.nucleus: [{"i": 0, "peaks": list(_written(peaks))}]}
        stream.write((json.dumps(line, ensure_ascii=False) + "\n").encode())


def _written(peaks: PeakList) -> Iterator[list[Any]]:
    columns = (peaks.shifts.tolist(), peaks.multiplicities, peaks.atoms.tolist())
    for shift, multiplicity, atom in zip(*columns, strict=True):
        parts = [shift, multiplicity or None, None if atom == UNKNOWN else atom]
        while parts[-1] is None:
            parts.pop()
        yield parts
