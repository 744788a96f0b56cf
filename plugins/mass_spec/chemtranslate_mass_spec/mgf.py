"""MGF, Mascot's generic format, as GNPS and matchms write it for mass spectral libraries.

A record is BEGIN IONS, `KEY=value` lines, peaks `m/z intensity [charge]`, END IONS. `KEY=value`
lines before the first record hold for every record that does not state them itself. Lines that
start with `#`, `;`, `!` or `/` are comments and are, like the charges of peaks, not kept.

The id is SPECTRUM_ID, SPECTRUMID or another accession, else the name, else SCANS; the name is NAME,
COMPOUND_NAME or TITLE. These fields stay in the metadata.

Written, the canonical form: one record per sample, fields in their order, one peak a line with the
fewest digits that read back as the same numbers, a blank line after END IONS; UTF-8, LF.
SPECTRUM_ID, NAME, SMILES, INCHIKEY and CASNO are added only where the fields would not say the
sample's id, name and chemical.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import IO

from chemtranslate.chemical import shorten
from chemtranslate.errors import InputError
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate_mass_spec.lines import BLOCK, read_lines
from chemtranslate_mass_spec.peak_lines import read_peaks
from chemtranslate_mass_spec.record_fields import Fields, fields_to_write, identity, one_line
from chemtranslate_mass_spec.spectrum import Spectrum, number

NAMES = ("name", "compound_name", "title")
COMMENT = "#;!/"
"""Signs with which a line of comment starts."""
MAX_RECORD = 64 * BLOCK
"""Characters that one record may have."""


def read_mgf(stream: IO[bytes], file: str) -> Iterator[Sample | Reject]:
    """Yield the records of an MGF file, a `Reject` for each malformed one.

    Lines outside of records, once the first has begun, make a malformed record of their own.

    Args:
        stream: the file, uncompressed.
        file: its name, for messages.

    Raises:
        InputError: the file is not MGF: binary, empty, or something else than `KEY=value` lines
            comes before the first BEGIN IONS, or none comes.
    """
    lines = (line for line in read_lines(stream, file) if line and line[0] not in COMMENT)
    common: list[str] = []
    size = 0
    for line in lines:
        if line.upper() == "BEGIN IONS":
            break
        size += len(line)
        if "=" not in line or size > BLOCK:
            raise InputError(
                f"{file}: found the line {shorten(line)!r} before any BEGIN IONS, expected an MGF "
                "file"
            )
        common.append(line)
    else:
        raise InputError(f"{file}: found no BEGIN IONS line, expected an MGF file")
    for count, (record, fault) in enumerate(_records(lines, file), start=1):
        yield _parsed(common, record, fault, Place(file, count))


def write_mgf(samples: Iterable[Sample], stream: IO[bytes]) -> None:
    """Write samples of mass spectra in the canonical form described above."""
    for sample in map(_with_stated_name, samples):
        fallback = _fallback(sample.metadata)
        lines = ["BEGIN IONS"]
        for key, value in fields_to_write(sample, "SPECTRUM_ID", fallback, "=", frozenset()):
            mark = "_" if key[0] in COMMENT else ""
            lines.append(f"{mark}{key}={value}")
        peaks = zip(sample.signal.mz.tolist(), sample.signal.intensities.tolist(), strict=True)
        lines += (f"{number(mz)} {number(intensity)}" for mz, intensity in peaks)
        stream.write(("\n".join(lines) + "\nEND IONS\n\n").encode("utf-8", errors="replace"))


def _with_stated_name(sample: Sample) -> Sample:
    name = one_line(sample.name)
    if not name or name == _name(sample.metadata):
        return sample
    others = {key: value for key, value in sample.metadata.items() if key.lower() != "name"}
    return replace(sample, metadata={"NAME": name, **others})


def _records(lines: Iterable[str], file: str) -> Iterator[tuple[list[str], str]]:
    """Yield the lines of each record, from after BEGIN IONS, and what is wrong around it."""
    record: list[str] = []
    size = 0
    inside = True
    for line in lines:
        mark = line.upper() if len(line) == len("BEGIN IONS") or len(line) == 8 else ""
        if mark == "BEGIN IONS":
            if inside:
                yield record, "found BEGIN IONS, expected END IONS first: the record is cut short"
            elif record:
                yield record, _outside(record)
            record, size, inside = [], 0, True
        elif mark == "END IONS" and inside:
            yield record, ""
            record, size, inside = [], 0, False
        else:
            record.append(line)
            size += len(line)
            if size > MAX_RECORD:
                raise InputError(
                    f"{file}: found a record of more than {MAX_RECORD} characters that starts with "
                    f"{shorten(record[0])!r}, expected records that end with END IONS"
                )
    if inside:
        yield record, "found the end of the file, expected END IONS first: the record is cut short"
    elif record:
        yield record, _outside(record)


def _outside(record: list[str]) -> str:
    return (
        f"found {len(record)} lines that start with {shorten(record[0])!r}, expected BEGIN IONS "
        "before them"
    )


def _parsed(common: list[str], lines: list[str], fault: str, place: Place) -> Sample | Reject:
    fields = Fields()
    try:
        peaks = [line for line in lines if not _add_field(fields, line)]
        own = {key.lower() for key in fields.metadata}
        for line in common:
            if line.partition("=")[0].strip().lower() not in own:
                _add_field(fields, line)
        if fault:
            raise InputError(fault)
        name = _name(fields.metadata)
        accession, chemical = identity(fields.metadata, name)
        label = accession or _fallback(fields.metadata)
        if not label:
            raise InputError(
                "found none of SPECTRUM_ID, NAME, TITLE and SCANS, expected one to name the record"
            )
        mz, intensities = read_peaks([_without_charge(line) for line in peaks])
        spectrum = Spectrum.of(mz, intensities)
    except InputError as error:
        found = identity(fields.metadata, "")[0] or _fallback(fields.metadata)
        return Reject(place, found, str(error), kind="malformed", malformed=True)
    return Sample(label, spectrum, name, chemical, fields.metadata, place)


def _add_field(fields: Fields, line: str) -> bool:
    key, equals, value = line.partition("=")
    if equals:
        fields.add(key.strip(), value.strip())
    return bool(equals)


def _without_charge(line: str) -> str:
    tokens = line.split()
    charged = len(tokens) == 3 and tokens[2].strip("+-").isdecimal()
    return f"{tokens[0]} {tokens[1]}" if charged else line


def _name(metadata: Mapping[str, str]) -> str:
    lowered = {key.lower(): value for key, value in metadata.items()}
    stated = (lowered.get(key, "").partition("\n")[0].strip() for key in NAMES)
    return next(filter(None, stated), "")


def _fallback(metadata: Mapping[str, str]) -> str:
    lowered = {key.lower(): value for key, value in metadata.items()}
    return _name(metadata) or lowered.get("scans", "").partition("\n")[0].strip()
