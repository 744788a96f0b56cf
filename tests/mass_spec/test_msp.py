"""MSP: all dialects mean the same, and what is written is read again unchanged."""

from __future__ import annotations

import gzip
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mass_spec_records import content, read, read_samples, rewritten

from chemtranslate.chemical import Chemical
from chemtranslate.sample import Reject, Sample
from chemtranslate_mass_spec.msp import read_msp, write_msp
from chemtranslate_mass_spec.spectrum import Spectrum

PEAKS = Spectrum.of([41, 43, 58], [120.5, 999, 300])
DIALECTS = {
    "nist": "Name: Acetone\nCAS#: 67-64-1;  NIST#: 123\nMW: 58\nNum Peaks: 3\n"
    "41 120.5; 43 999; 58 300;\n",
    "mona": 'Name: Acetone\nDB#: M1\nComments: "SMILES=CC(C)=O" "InChIKey=CSCPPACGZOOCGX" '
    '"cas number=67-64-1"\nNum Peaks: 3\n41 120.5 "C3H5+"\n43 999 "a; b, c"\n58 300\n',
    "riken": "NAME: Acetone\nSMILES: CC(C)=O\nINCHIKEY: CSCPPACGZOOCGX\nNum Peaks: 3\n"
    "41\t120.5\n43\t999\n58\t300\n",
    "golm": "Name: Acetone\nSynon: METB N: Acetone\nSynon: RI: 500\nNum Peaks: 3\n"
    "41:120.5 43:999 58:300\n",
    "commas": "name: Acetone\nnum peaks: 3\n58 300, 43 999\n41 120.5\n",
    "matchms": "COMPOUND_NAME: Acetone\nSPECTRUM_ID: M9\nNUM PEAKS: 3\n41.0 120.5\n43.0 999.0\n"
    "58.0 300.0\n",
}
LABELS = {"nist": "123", "mona": "M1", "matchms": "M9"}
STRUCTURED = {"mona", "riken"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_gives_the_same_spectrum_and_says_who_was_measured(dialect: str) -> None:
    (sample,) = read_samples(read_msp, DIALECTS[dialect])
    assert isinstance(sample, Sample)
    assert (sample.signal, sample.name) == (PEAKS, "Acetone")
    assert sample.id == LABELS.get(dialect, "Acetone")
    if dialect in STRUCTURED:
        assert sample.chemical is not None
        assert (sample.chemical.smiles, sample.chemical.key) == ("CC(C)=O", "CSCPPACGZOOCGX")
    if dialect in {"nist", "mona"}:
        assert sample.chemical is not None
        assert sample.chemical.cas == "67-64-1"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_survives_being_written(dialect: str) -> None:
    samples = [s for s in read(read_msp, DIALECTS[dialect]) if isinstance(s, Sample)]
    assert [content(s) for s in rewritten(read_msp, write_msp, samples)] == [
        content(s) for s in samples
    ]


def test_records_may_follow_each_other_without_a_blank_line() -> None:
    records = read(read_msp, "Name: a\nNum Peaks: 1\n41 5\nName: b\nName: c\nNum Peaks: 1\n42 5\n")
    assert [type(record) for record in records] == [Sample, Reject, Sample]


def test_a_field_that_a_record_repeats_loses_no_line() -> None:
    (sample,) = read_samples(read_msp, "Name: a\nSynon: x\nMW: 1\nSYNON: y\nNum Peaks: 1\n41 5\n")
    assert dict(sample.metadata) == {"Synon": "x\ny", "MW": "1"}


def test_an_id_or_structure_that_no_field_states_is_written() -> None:
    chemical = Chemical("CCO", "LFQSCWFLJHTTHZ", "ethanol", "64-17-5")
    sample = Sample("new", PEAKS, "ethanol", chemical, {"DB#": "old", "SMILES": "OCC", "RI": "5"})
    (again,) = rewritten(read_msp, write_msp, [sample])
    assert (again.id, again.chemical, again.signal) == ("new", chemical, PEAKS)
    assert again.metadata["RI"] == "5"


@given(value=st.text(max_size=40), key=st.text(max_size=10))
@settings(max_examples=200, deadline=None)
def test_no_value_can_forge_a_field_or_a_record(key: str, value: str) -> None:
    sample = Sample("S1", PEAKS, value, None, {key: value, "DB#": "S1"})
    (again,) = rewritten(read_msp, write_msp, [sample])
    assert isinstance(again, Sample)
    assert (again.id, again.signal) == ("S1", PEAKS)


LINE = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=15)
NUMBER = st.floats(1e-3, 1e6, allow_nan=False)


@given(
    st.lists(
        st.tuples(
            st.text("abcXYZ019 é", min_size=1).map(str.strip).filter(bool),
            st.dictionaries(
                st.sampled_from(
                    [
                        "DB#",
                        "SMILES",
                        "InChIKey",
                        "CASNO",
                        "Synon",
                        "Comments",
                        "Formula",
                        "compound_name",
                        "ID",
                        "CAS#",
                    ]
                ),
                LINE,
            ),
            st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=5),
        ),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=200, deadline=None)
def test_writing_then_reading_is_the_identity(
    records: list[tuple[str, dict[str, str], list[tuple[float, float]]]],
) -> None:
    text = "".join(
        f"Name: {name}\n"
        + "".join(f"{key}: {value}\n" for key, value in fields.items())
        + f"Num Peaks: {len(peaks)}\n"
        + "".join(f"{m!r} {i!r}\n" for m, i in peaks)
        + "\n"
        for name, fields, peaks in records
    )
    samples = [s for s in read(read_msp, text) if isinstance(s, Sample)]
    assert len(samples) == len(records)
    assert [content(s) for s in rewritten(read_msp, write_msp, samples)] == [
        content(s) for s in samples
    ]


def test_numbers_are_written_with_the_fewest_digits() -> None:
    stream = io.BytesIO()
    write_msp([Sample("a", Spectrum.of([41, 43.1], [0.1, 1e-7]), "a")], stream)
    assert stream.getvalue() == b"Name: a\nNum Peaks: 2\n41 0.1\n43.1 1e-07\n\n"


@pytest.mark.real_data
def test_massbank_survives_being_written(massbank_file: Path) -> None:
    with gzip.open(massbank_file) as stream:
        samples = read_samples(read_msp, stream.read())
    assert len(samples) == 12_993
    again = rewritten(read_msp, write_msp, samples)
    assert [replace(s, place=None) for s in again] == [replace(s, place=None) for s in samples]
