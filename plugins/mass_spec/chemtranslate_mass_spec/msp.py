"""MSP, the text format in which mass spectral libraries travel, in the dialects that exist.

Read: NIST, MassBank, MoNA (structures inside the comment), RIKEN and MS-DIAL, GOLM, matchms.
A record is a list of `Field: value` lines, the last of which is `Num Peaks: n`, followed by n
peaks; it ends at a blank line or at the next `Name:`. Annotations of peaks are not kept.

Written, the canonical form: `Name`, the other fields in their order (a value of several lines as
a repeated field), `Num Peaks`, one peak `m/z intensity` a line with the fewest digits that read
back as the same numbers, a blank line; UTF-8, LF. `DB#`, `SMILES`, `InChIKey` and `CASNO` are added
only where the fields would not say the sample's id and chemical.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

from chemtranslate.chemical import shorten
from chemtranslate.errors import InputError
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate_mass_spec.lines import BLOCK, read_lines
from chemtranslate_mass_spec.peak_lines import read_peaks
from chemtranslate_mass_spec.record_fields import Fields, fields_to_write, identity, one_line
from chemtranslate_mass_spec.spectrum import Spectrum, number

NUM_PEAKS = frozenset({"num peaks", "num_peaks", "numpeaks", "num peak"})
MAX_RECORD = 64 * BLOCK
"""Characters that one record may have."""


def read_msp(stream: IO[bytes], file: str) -> Iterator[Sample | Reject]:
    """Yield the records of an MSP file, a `Reject` for each malformed one.

    Args:
        stream: the file, uncompressed.
        file: its name, for messages.

    Raises:
        InputError: the file is not MSP: binary, empty, or its first record has neither a `Name`
            nor a `Num Peaks` field.
    """
    for count, lines in enumerate(_records(read_lines(stream, file), file), start=1):
        if count == 1:
            _expect_msp(lines, file)
        yield _parsed(lines, Place(file, count))


def write_msp(samples: Iterable[Sample], stream: IO[bytes]) -> None:
    """Write samples of mass spectra in the canonical form described above."""
    reserved = NUM_PEAKS | {"name"}
    for sample in samples:
        name = one_line(sample.name) or one_line(sample.id)
        lines = [f"Name: {name}"]
        lines += (
            f"{key}: {value}" for key, value in fields_to_write(sample, "DB#", name, ":", reserved)
        )
        lines.append(f"Num Peaks: {len(sample.signal)}")
        peaks = zip(sample.signal.mz.tolist(), sample.signal.intensities.tolist(), strict=True)
        lines += (f"{number(mz)} {number(intensity)}" for mz, intensity in peaks)
        stream.write(("\n".join(lines) + "\n\n").encode("utf-8", errors="replace"))


def _records(lines: Iterable[str], file: str) -> Iterator[list[str]]:
    record: list[str] = []
    named = False
    size = 0
    for line in lines:
        starts = line[:1] in ("N", "n") and line.partition(":")[0].rstrip().lower() == "name"
        if record and (not line or (starts and (named or not _is_field(record[-1])))):
            yield record
            record, named, size = [], False, 0
        if line:
            record.append(line)
            named = named or starts
            size += len(line)
            if size > MAX_RECORD:
                raise InputError(
                    f"{file}: found a record of more than {MAX_RECORD} characters that starts with "
                    f"{shorten(record[0])!r}, expected records parted by blank lines"
                )
    if record:
        yield record


def _is_field(line: str) -> bool:
    return ":" in line and not line[0].isdigit()


def _expect_msp(lines: list[str], file: str) -> None:
    keys = {line.partition(":")[0].strip().lower() for line in lines if ":" in line}
    if not keys & (NUM_PEAKS | {"name"}):
        raise InputError(
            f"{file}: found no `Name:` field in the first record, which starts with "
            f"{shorten(lines[0])!r}; expected an MSP file"
        )


def _parsed(lines: list[str], place: Place) -> Sample | Reject:
    fields = Fields()
    name = ""
    try:
        peaks_start, count = _read_header(lines, fields)
        name = fields.take_name()
        if not name:
            raise InputError("found no name, expected a `Name:` field that gives one")
        spectrum = _spectrum(lines[peaks_start:], count)
    except InputError as error:
        name = name or fields.take_name()
        label = identity(fields.metadata, name)[0] or name
        return Reject(place, label, str(error), kind="malformed", malformed=True)
    accession, chemical = identity(fields.metadata, name)
    return Sample(accession or name, spectrum, name, chemical, fields.metadata, place)


def _read_header(lines: list[str], fields: Fields) -> tuple[int, int]:
    for index, line in enumerate(lines):
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not colon:
            read_peaks([line])
            raise InputError(
                f"found the peak {shorten(line)!r} before any `Num Peaks:` field, expected it first"
            )
        if key.lower() in NUM_PEAKS:
            if not (value.isascii() and value.isdecimal() and len(value) < 10):
                raise InputError(f"found {shorten(value)!r} for Num Peaks, expected a whole number")
            return index + 1, int(value)
        fields.add(key, value)
    raise InputError("found no `Num Peaks:` field and no peaks: the record is cut short")


def _spectrum(lines: list[str], count: int) -> Spectrum:
    mz, intensities = read_peaks(lines)
    if len(mz) < count:
        raise InputError(
            f"found {len(mz)} peaks, expected the {count} that Num Peaks states: the record is cut "
            "short"
        )
    if len(mz) > count:
        raise InputError(f"found {len(mz)} peaks, expected the {count} that Num Peaks states")
    return Spectrum.of(mz, intensities)
