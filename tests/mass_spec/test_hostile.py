"""Every malformed record is set aside with its place and an exact reason, and nothing else is."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mass_spec_records import HOSTILE, READERS, read, read_hostile

from chemtranslate.errors import ChemTranslateError, InputError
from chemtranslate.sample import Place, Reject, Sample

RECORDS = {
    "truncated.msp": (
        "C1",
        "found 2 peaks, expected the 3 that Num Peaks states: the record is cut short",
    ),
    "truncated_header.msp": (
        "C1",
        "found no `Num Peaks:` field and no peaks: the record is cut short",
    ),
    "truncated_line.msp": ("C1", "line '43' is not a peak, expected an m/z and an intensity"),
    "fewer_peaks_than_stated.msp": (
        "few",
        "found 2 peaks, expected the 5 that Num Peaks states: the record is cut short",
    ),
    "more_peaks_than_stated.msp": ("many", "found 2 peaks, expected the 1 that Num Peaks states"),
    "nan_mz.msp": ("bad", "found m/z nan at peak 2, expected a finite number above 0"),
    "inf_mz.msp": ("bad", "found m/z inf at peak 1, expected a finite number above 0"),
    "negative_mz.msp": ("bad", "found m/z -41 at peak 1, expected a finite number above 0"),
    "nan_intensity.msp": (
        "bad",
        "found intensity nan at peak 1 (m/z 41), expected a finite number of at least 0",
    ),
    "negative_intensity.msp": (
        "bad",
        "found intensity -10 at peak 2 (m/z 43), expected a finite number of at least 0",
    ),
    "zero_peaks.msp": ("bad", "found no peaks, expected at least one"),
    "zero_intensities.msp": ("bad", "found 2 peaks of intensity 0, expected at least one above 0"),
    "not_a_peak.msp": ("bad", "line 'hello world' is not a peak, expected an m/z and an intensity"),
    "decimal_comma.msp": ("bad", "line '41,5' is not a peak, expected an m/z and an intensity"),
    "no_name.msp": ("C1", "found no name, expected a `Name:` field that gives one"),
    "no_num_peaks.msp": (
        "bad",
        "found the peak '41 5' before any `Num Peaks:` field, expected it first",
    ),
    "wrong_num_peaks.msp": ("bad", "found 'many' for Num Peaks, expected a whole number"),
    "truncated.mgf": (
        "cut",
        "found the end of the file, expected END IONS first: the record is cut short",
    ),
    "begin_twice.mgf": (
        "cut",
        "found BEGIN IONS, expected END IONS first: the record is cut short",
    ),
    "stray_lines.mgf": (
        "",
        "found 2 lines that start with '41 5', expected BEGIN IONS before them",
    ),
    "nan_mz.mgf": ("bad", "found m/z nan at peak 1, expected a finite number above 0"),
    "zero_peaks.mgf": ("bad", "found no peaks, expected at least one"),
    "not_a_peak.mgf": ("bad", "line '41 5 x y' is not a peak, expected an m/z and an intensity"),
    "no_name.mgf": (
        "",
        "found none of SPECTRUM_ID, NAME, TITLE and SCANS, expected one to name the record",
    ),
    "truncated.txt": ("A2", "found no `//` after the record, expected one: it is cut short"),
    "fewer_peaks_than_stated.txt": ("A2", "found 2 peaks, expected the 3 of PK$NUM_PEAK"),
    "missing_column.txt": (
        "A2",
        "line '41 5' is not a peak, expected the columns m/z int. rel.int.",
    ),
    "nan_mz.txt": ("A2", "found m/z nan at peak 1, expected a finite number above 0"),
    "no_accession.txt": ("bad", "found no accession, expected an `ACCESSION:` line that gives one"),
}
FILES = {
    "binary_garbage.msp": "found a NUL byte at offset 0, expected a text file (UTF-8 or Latin-1)",
    "utf16.msp": "found a NUL byte at offset 3, expected a text file (UTF-8 or Latin-1)",
    "only_blank_lines.msp": "found an empty or blank file, expected records",
    "not_an_msp.msp": "found no `Name:` field in the first record, which starts with "
    "'m/z,intensity'; expected an MSP file",
    "binary_garbage.mgf": "found a NUL byte at offset 0, expected a text file (UTF-8 or Latin-1)",
    "not_an_mgf.mgf": "found the line 'hello' before any BEGIN IONS, expected an MGF file",
    "no_records.mgf": "found no BEGIN IONS line, expected an MGF file",
    "not_massbank.txt": "found no `ACCESSION:` line in the first record, which starts with 'Dear "
    "reader,'; expected MassBank's record format",
}
SOUND = {"huge_mz.msp", "latin1.msp", "crlf.msp", "bom.msp"}


@pytest.mark.parametrize("name", RECORDS)
def test_a_malformed_record_is_set_aside_with_its_place_and_reason(name: str) -> None:
    before, bad, *after = read_hostile(name)
    label, reason = RECORDS[name]
    assert bad == Reject(Place(name, 2), label, reason, kind="malformed", malformed=True)
    assert isinstance(before, Sample)
    assert all(isinstance(sample, Sample) for sample in after)


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_format_is_an_error_that_says_what_it_is(name: str) -> None:
    with pytest.raises(InputError) as caught:
        read_hostile(name)
    assert str(caught.value) == f"{name}: {FILES[name]}"


def test_every_hostile_file_is_tested() -> None:
    assert {path.name for path in HOSTILE.iterdir()} == RECORDS.keys() | FILES.keys() | SOUND


def test_odd_but_sound_files_are_read() -> None:
    assert [s.name for s in read_hostile("crlf.msp")] == ["before", "after"]
    assert [s.name for s in read_hostile("bom.msp")] == ["before", "after"]
    assert [s.name for s in read_hostile("latin1.msp")] == ["éthanol"]
    assert [s.name for s in read_hostile("huge_mz.msp")] == ["before", "huge", "after"]


@pytest.mark.parametrize("suffix", READERS)
@given(data=st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_arbitrary_bytes_raise_nothing_but_errors_of_the_project(suffix: str, data: bytes) -> None:
    with suppress(ChemTranslateError):
        read(READERS[suffix], data)


@pytest.mark.parametrize("name", ["crlf.msp", "stray_lines.mgf", "fewer_peaks_than_stated.txt"])
@given(position=st.integers(0, 200), cut=st.integers(0, 30), insert=st.binary(max_size=8))
@settings(max_examples=150, deadline=None)
def test_mutated_files_raise_nothing_but_errors_of_the_project(
    name: str, position: int, cut: int, insert: bytes
) -> None:
    data = (HOSTILE / name).read_bytes()
    reader = READERS[name[-4:]]
    try:
        records = read(reader, data[:position] + insert + data[position + cut :])
    except ChemTranslateError:
        return
    for number, record in enumerate(records, start=1):
        assert record.place == Place("file", number)
        assert isinstance(record, Sample) or record.malformed
