"""MassBank's own record format: tagged lines, a table of peaks, `//` after each record.

Tags with a subtag (`CH$LINK: CAS 50-00-0`) become one field each, named "CH$LINK CAS"; a repeated
tag is one field of several lines, as is a table other than that of the peaks. Names beyond the
first stay in the field CH$NAME. Of the peaks the columns m/z and int. are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

from chemtranslate.chemical import shorten
from chemtranslate.errors import InputError
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate_mass_spec.lines import BLOCK, read_lines
from chemtranslate_mass_spec.peak_lines import read_peaks
from chemtranslate_mass_spec.record_fields import Fields, identity
from chemtranslate_mass_spec.spectrum import Spectrum

MAX_RECORD = 64 * BLOCK
"""Characters that one record may have."""
SUBTAGGED = frozenset(
    {
        "CH$LINK", "SP$LINK", "AC$MASS_SPECTROMETRY", "AC$CHROMATOGRAPHY", "AC$GENERAL",
        "AC$ION_MOBILITY", "MS$FOCUSED_ION", "MS$DATA_PROCESSING",
    }
)  # fmt: skip


def read_massbank(stream: IO[bytes], file: str) -> Iterator[Sample | Reject]:
    """Yield the records of a MassBank file, a `Reject` for each malformed one.

    Args:
        stream: the file, uncompressed.
        file: its name, for messages.

    Raises:
        InputError: the file is not of this format: binary, empty, or its first record has neither
            an `ACCESSION:` nor a `PK$PEAK:` line.
    """
    for count, (lines, complete) in enumerate(_records(read_lines(stream, file), file), start=1):
        if count == 1 and not any(line.startswith(("ACCESSION:", "PK$PEAK:")) for line in lines):
            raise InputError(
                f"{file}: found no `ACCESSION:` line in the first record, which starts with "
                f"{shorten(lines[0])!r}; expected MassBank's record format"
            )
        yield _parsed(lines, complete, Place(file, count))


def _records(lines: Iterable[str], file: str) -> Iterator[tuple[list[str], bool]]:
    """Yield the lines of each record and whether its closing `//` was there."""
    record: list[str] = []
    size = 0
    for line in lines:
        if line == "//" or (record and line.startswith("ACCESSION:")):
            if record:
                yield record, line == "//"
            record, size = [], 0
        if line and line != "//":
            record.append(line)
            size += len(line)
            if size > MAX_RECORD:
                raise InputError(
                    f"{file}: found a record of more than {MAX_RECORD} characters that starts with "
                    f"{shorten(record[0])!r}, expected records that end with `//`"
                )
    if record:
        yield record, False


def _parsed(lines: list[str], complete: bool, place: Place) -> Sample | Reject:
    fields = Fields()
    name = ""
    try:
        peaks = _read_fields(lines, fields)
        name = fields.take_name()
        accession, chemical = identity(fields.metadata, name)
        if not complete:
            raise InputError("found no `//` after the record, expected one: it is cut short")
        if not accession:
            raise InputError("found no accession, expected an `ACCESSION:` line that gives one")
        if not name:
            raise InputError("found no name, expected a `CH$NAME:` line that gives one")
        spectrum = _spectrum(fields.metadata, peaks)
    except InputError as error:
        label = identity(fields.metadata, "")[0] or name or fields.take_name()
        return Reject(place, label, str(error), kind="malformed", malformed=True)
    fields.metadata.pop("PK$NUM_PEAK", None)
    fields.metadata.pop("PK$PEAK", None)
    return Sample(accession, spectrum, name, chemical, fields.metadata, place)


def _read_fields(lines: list[str], fields: Fields) -> list[str]:
    """Fill the fields; return the lines of the peak table."""
    peaks: list[str] = []
    tag = ""
    for line in lines:
        head, colon, value = line.partition(": ")
        if not colon and line.endswith(":"):
            head, colon, value = line[:-1], ":", ""
        if colon and _is_tag(head):
            tag = head
            value = value.strip()
            if tag in SUBTAGGED and " " in value:
                subtag, _, value = value.partition(" ")
                fields.add(f"{tag} {subtag}", value.strip())
            else:
                fields.add(tag, value)
        elif tag == "PK$PEAK":
            peaks.append(line)
        elif tag:
            fields.add(tag, line)
        else:
            raise InputError(f"line {shorten(line)!r} has no tag, expected one like `ACCESSION:`")
    return peaks


def _is_tag(head: str) -> bool:
    return head[:1].isalpha() and head.isupper() and " " not in head


def _spectrum(metadata: dict[str, str], lines: list[str]) -> Spectrum:
    columns = metadata.get("PK$PEAK", "").split()
    if "m/z" not in columns or "int." not in columns:
        raise InputError(
            f"found the peak columns {' '.join(columns)!r}, expected m/z and int. among them"
        )
    count = metadata.get("PK$NUM_PEAK", "")
    if not (count.isascii() and count.isdecimal() and len(count) < 10):
        raise InputError(f"found {shorten(count)!r} for PK$NUM_PEAK, expected a whole number")
    picked = []
    for line in lines:
        tokens = line.split()
        if len(tokens) != len(columns):
            raise InputError(
                f"line {shorten(line)!r} is not a peak, expected the columns {' '.join(columns)}"
            )
        picked.append(f"{tokens[columns.index('m/z')]} {tokens[columns.index('int.')]}")
    if len(picked) != int(count):
        raise InputError(f"found {len(picked)} peaks, expected the {count} of PK$NUM_PEAK")
    return Spectrum.of(*read_peaks(picked))
