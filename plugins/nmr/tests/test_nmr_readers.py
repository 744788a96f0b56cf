"""Reading and writing peak lists: what is read, what is rejected, and that nothing is lost."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemtranslate.chemical import Chemical
from chemtranslate.errors import InputError
from chemtranslate.sample import Reject, Sample
from chemtranslate_nmr import csvformat, jsonl, sdformat
from chemtranslate_nmr.peaklist import UNKNOWN, PeakList

Reader = Callable[..., object]
DATA = Path(os.environ.get("CHEMTRANSLATE_DATA", Path(__file__).parents[3] / "data"))
REAL = DATA / "nmr" / "nmrshiftdb2.jsonl.gz"

ETHANOL = {
    "id": 7, "inchikey": "LFQSCWFLJHTTHZ-UHFFFAOYSA-N", "smiles": "CCO",
    "solvent": "0:CDCl3 1:Unreported ", "field": "0:125 ", "source": {"year": 1999},
    "spectra": {
        "13C": [{"i": 0, "peaks": [[57.8, "0.0T", 1], [18.1, "0.0Q", 0]]}],
        "1H": [{"i": 1, "peaks": [[1.2, "0.0t", 0], [3.7, "0.0br s", 1]]}],
    },
}
SDF = """ethanol
  x

  3  2  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 C   0  0
    1.2000    0.7000    0.0000 C   0  0
    2.4000    0.0000    0.0000 O   0  0
  1  2  1  0
  2  3  1  0
M  END
> <nmrshiftdb2 ID>
7

> <Spectrum 13C 0>
18.1;0.0Q;0|57.8;0.0T;1|

> <Spectrum 1H 1>
1.2;0.0t;0|3.7;0.0;1|

> <Solvent>
0:CDCl3 1:neat

$$$$
"""
CSV = """id,shift_ppm,multiplicity,atom,smiles,Solvent
7,57.8,T,1,CCO,CDCl3
7,18.1,Q,0,,
8,206.7,,,CC(C)=O,
"""


def read(reader: Reader, content: str | bytes | dict) -> list:
    text = json.dumps(content) if isinstance(content, dict) else content
    return list(reader(io.BytesIO(text.encode() if isinstance(text, str) else text), "in"))


def with_peaks(*peaks: object, nucleus: str = "13C") -> dict:
    return {**ETHANOL, "spectra": {nucleus: [{"i": 0, "peaks": list(peaks)}]}}


def same(one: Sample, other: Sample) -> None:
    assert (one.id, one.name, one.chemical) == (other.id, other.name, other.chemical)
    assert one.metadata == other.metadata
    assert one.signal.nucleus == other.signal.nucleus
    assert one.signal.multiplicities == other.signal.multiplicities
    np.testing.assert_array_equal(one.signal.shifts, other.signal.shifts)
    np.testing.assert_array_equal(one.signal.atoms, other.signal.atoms)


def test_a_spectrum_of_a_json_line_is_a_sample_with_its_own_conditions() -> None:
    sample, other = read(jsonl.read_13c, ETHANOL)
    assert (sample.id, str(sample.place)) == ("7", "in, record 1")
    assert sample.chemical == Chemical("CCO", "LFQSCWFLJHTTHZ-UHFFFAOYSA-N")
    assert sample.metadata == {"solvent": "CDCl3", "field": "125", "source": '{"year": 1999}'}
    assert sample.signal.shifts.tolist() == [18.1, 57.8]
    assert sample.signal.multiplicities == ("Q", "T")
    assert sample.signal.atoms.tolist() == [0, 1]
    assert isinstance(other, Reject)
    assert (other.kind, other.malformed) == ("other nucleus", False)
    assert other.reason == "found a spectrum of 1H, expected one of 13C"
    other, sample = read(jsonl.read_1h, ETHANOL)
    assert sample.metadata["solvent"] == "Unreported"
    assert sample.signal.multiplicities == ("t", "br s")


def test_several_spectra_of_a_line_have_ids_of_their_own() -> None:
    several = {"id": "x", "spectra": {"13C": [{"i": 4, "peaks": [[1]]}, {"peaks": [2.5]}]}}
    assert [sample.id for sample in read(jsonl.read_13c, several)] == ["x/4", "x/1"]


@pytest.mark.parametrize(("line", "reason"), [
    (with_peaks(), "found no shift, expected at least one"),
    (with_peaks([7500.0, "s", 1]), "found the shift 7500 ppm of 13C, expected -350 to 500"),
    (with_peaks([float("nan")]), "found nan, expected a shift in ppm"),
    (with_peaks([float("inf")]), "found the shift inf ppm of 13C"),
    (with_peaks([10**400]), "expected a shift in ppm"),
    (with_peaks([True]), "found True, expected a shift in ppm"),
    (with_peaks(["18.1"]), "found '18.1', expected a shift in ppm"),
    (with_peaks([None]), "found None, expected a shift in ppm"),
    (with_peaks([18.1, "Q", 0, 1]), "expected shift, multiplicity and number of the atom"),
    (with_peaks([18.1, [], 0]), "found [], expected a multiplicity"),
    (with_peaks([18.1, "Q", 0.5]), "found 0.5, expected the number of an atom"),
    (with_peaks([18.1, "Q", -7]), "found -7, expected the number of an atom"),
    ({"id": 7, "spectra": {"13C": [18.1]}}, "found peaks: 18.1, expected a list"),
    ({"id": 7, "spectra": {}}, "found spectra: {}, expected some by nucleus"),
    ({"id": 7}, "found spectra: None"),
])
def test_a_spoilt_spectrum_is_rejected_and_the_next_line_is_read(line: dict, reason: str) -> None:
    first, *others = read(jsonl.read_13c, f"{json.dumps(line)}\n\n{json.dumps(ETHANOL)}")
    assert isinstance(first, Reject)
    assert first.malformed
    assert first.name == "7"
    assert str(first.place) == "in, record 1"
    assert first.reason.startswith("line 1: ")
    assert reason in first.reason
    assert [type(one) for one in others] == [Sample, Reject]
    assert str(others[0].place) == "in, record 2"


@pytest.mark.parametrize("line", ["{", '{"id": 1', "[1]", "7", '"x"', '{"a": ' + "[" * 9999])
def test_a_line_that_is_no_json_object_is_rejected(line: str) -> None:
    _, _, reject = read(jsonl.read_13c, f"{json.dumps(ETHANOL)}\n{line}\n")
    assert reject.malformed
    assert reject.reason.startswith("line 2: ")


def test_a_nucleus_that_nobody_knows_is_rejected() -> None:
    (reject,) = read(jsonl.read_13c, with_peaks([1.0], nucleus="31P"))
    assert reject.reason == "found a spectrum of 31P, expected one of 13C"
    with pytest.raises(InputError, match="found the nucleus '31P', expected 13C or 1H"):
        PeakList.of("31P", [1.0])


@pytest.mark.parametrize("name", ["13C", "13c", "C13", "C-13", "13-C"])
def test_a_nucleus_may_be_spelt_in_several_ways(name: str) -> None:
    (sample,) = read(jsonl.read_13c, with_peaks([1.0], nucleus=name))
    assert sample.signal.nucleus == "13C"


def test_an_sdf_has_spectra_in_its_fields() -> None:
    sample, other = read(sdformat.read_13c, SDF)
    assert (sample.id, sample.name) == ("7", "ethanol")
    assert sample.chemical.smiles == "CCO"
    assert sample.metadata == {"Solvent": "CDCl3"}
    assert sample.signal.shifts.tolist() == [18.1, 57.8]
    assert sample.signal.multiplicities == ("Q", "T")
    assert sample.signal.atoms.tolist() == [0, 1]
    assert other.kind == "other nucleus"
    assert read(sdformat.read_1h, SDF)[1].metadata == {"Solvent": "neat"}


@pytest.mark.parametrize(("old", "new", "reason"), [
    ("18.1;", "x;", "Spectrum 13C 0: found 'x', expected a shift in ppm"),
    ("18.1;0.0Q;0|57.8;0.0T;1|", "|", "Spectrum 13C 0: found no shift"),
    ("18.1;0.0Q;0", "18.1;0.0Q;0;9", "found '18.1;0.0Q;0;9', expected shift;multiplicity;atom"),
    ("M  END", "M  CHG", "not a molfile: found no line 'M  END'"),
])
def test_a_spoilt_record_of_an_sdf_is_rejected(old: str, new: str, reason: str) -> None:
    records = read(sdformat.read_13c, SDF.replace(old, new) + SDF)
    assert isinstance(records[0], Reject)
    assert records[0].malformed
    assert reason in records[0].reason
    assert sum(isinstance(record, Sample) for record in records) == 1


def test_an_sdf_without_spectra_is_none() -> None:
    (reject,) = read(sdformat.read_13c, SDF.replace("<Spectrum", "<Peaks"))
    assert reject.kind == "no spectrum"
    assert reject.name == "7"


def test_a_table_has_a_row_for_each_peak() -> None:
    first, second = read(csvformat.read_13c, CSV)
    assert first.signal.shifts.tolist() == [18.1, 57.8]
    assert first.signal.multiplicities == ("Q", "T")
    assert first.chemical == Chemical("CCO")
    assert first.metadata == {"Solvent": "CDCl3"}
    assert second.signal.atoms.tolist() == [UNKNOWN]
    assert (second.id, second.place.record) == ("8", 2)


def test_a_table_of_shifts_alone_is_one_spectrum() -> None:
    (sample,) = csvformat.read_13c(io.BytesIO(b"ppm\n18.1\n57.8\n"), "a/unknown.csv")
    assert sample.id == "unknown"
    assert len(sample.signal) == 2


@pytest.mark.parametrize(("row", "reason"), [
    ("7,x,Q,0,,", "line 3: found 'x', expected a shift in ppm"),
    ("7,,Q,0,,", "line 3: found '', expected a shift in ppm"),
    ("7,nan,Q,0,,", "line 3: found 'nan', expected a shift in ppm"),
    ("7,1e9,Q,0,,", "line 3: found the shift 1e+09 ppm"),
    ("7,18.1,Q", "line 3: found 3 cells, expected 6 as in the header"),
    ('7,18.1,"Q,0,,', "line 3: not a row of CSV"),
])
def test_a_spoilt_row_spoils_its_spectrum_and_no_other(row: str, reason: str) -> None:
    first, second = read(csvformat.read_13c, CSV.replace("7,18.1,Q,0,,", row))
    assert isinstance(first, Reject)
    assert first.malformed
    assert first.name == "7"
    assert first.reason.startswith(reason)
    assert isinstance(second, Sample)


def test_rows_of_a_spectrum_that_stand_apart_are_rejected() -> None:
    *_, last = read(csvformat.read_13c, CSV + "7,20.0,,,,\n")
    assert isinstance(last, Reject)
    assert "'7' stands in line 2 already" in last.reason


def test_rows_of_another_nucleus_are_no_spectrum() -> None:
    reject, mixed = read(csvformat.read_13c,
                         "id,ppm,nucleus\n1,1.0,1H\n2,30,13C\n2,1.0,1H\n")
    assert reject.kind == "other nucleus"
    assert mixed.reason == "line 4: found '1H' in a spectrum of 13C"


@pytest.mark.parametrize(("reader", "content", "sentence"), [
    (jsonl.read_13c, "id,ppm\n", "in, line 1: found 'id,ppm', expected a JSON object"),
    (jsonl.read_13c, b"\x89PNG\n", "in, line 1: found"),
    (jsonl.read_13c, " \n", "found nothing but white space"),
    (csvformat.read_13c, "id;ppm\n1;2\n", "expected one named shift_ppm and commas"),
    (csvformat.read_13c, "", "found the columns none, expected one named shift_ppm"),
    (csvformat.read_13c, "ppm,ppm\n", "found two columns of one name"),
    (csvformat.read_13c, b"ppm\n\xff\n", "not UTF-8 text"),
    (sdformat.read_13c, b"\xd0\xcf\x11\xe0", "not UTF-8 text"),
])
def test_what_is_not_of_the_format_is_refused_in_a_sentence(
        reader: Reader, content: str | bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read(reader, content)


@pytest.mark.parametrize("reader", [jsonl.read_13c, csvformat.read_1h, sdformat.read_13c])
@settings(max_examples=40, deadline=None)
@given(content=st.one_of(
    st.binary(max_size=100),
    st.text('{}[]":,0123456789.eE-spectra13Hi\n', max_size=60).map(
        lambda text: (json.dumps(ETHANOL) + "\n{" + text).encode()),
    st.text('0123456789.,;|"-nai\n', max_size=60).map(
        lambda text: ("id,ppm,atom,nucleus\n" + text).encode())))
def test_readers_raise_nothing_but_input_errors_on_any_bytes(
        reader: Reader, content: bytes) -> None:
    try:
        records = read(reader, content)
    except InputError:
        return
    assert all(isinstance(record, Sample | Reject) for record in records)


PEAKS = st.lists(st.tuples(
    st.floats(-300, 400).map(lambda shift: round(shift, 3)),
    st.sampled_from(["", "S", "D", "br s", "dd"]), st.integers(-1, 99)), min_size=1, max_size=9)
WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), max_size=9)


@settings(max_examples=60, deadline=None)
@given(several=st.lists(st.tuples(PEAKS, WORDS, WORDS), min_size=1, max_size=4))
def test_what_is_written_reads_back(several: list) -> None:
    samples = []
    for number, (peaks, name, value) in enumerate(several):
        shifts, multiplicities, atoms = zip(*peaks, strict=True)
        metadata = {"License": value} if value else {}
        samples.append(Sample(
            name or f"n{number}", PeakList.of("13C", shifts, multiplicities, atoms), name,
            Chemical("CCO", "LFQSCWFLJHTTHZ", name, "64-17-5"), metadata))
    for write, reader in ((jsonl.write_jsonl, jsonl.read_13c),
                          (csvformat.write_csv, csvformat.read_13c)):
        stream = io.BytesIO()
        write(samples, stream)
        for before, after in zip(samples, read(reader, stream.getvalue()), strict=True):
            same(before, after)


@pytest.mark.real_data
@pytest.mark.skipif(not REAL.is_file(), reason=f"no real data: no {REAL} (CHEMTRANSLATE_DATA)")
def test_every_spectrum_of_nmrshiftdb2_is_read_or_rejected() -> None:
    import gzip
    from itertools import islice

    with gzip.open(REAL) as stream:
        lines = list(islice(stream, 3000))
    spectra = sum(
        len(several) for line in lines for several in json.loads(line)["spectra"].values())
    for reader in (jsonl.read_13c, jsonl.read_1h):
        found = read(reader, b"".join(lines))
        assert len(found) == spectra
        assert {one.kind for one in found if isinstance(one, Reject)} <= {"other nucleus"}
        samples = [one for one in found if isinstance(one, Sample)]
        assert len({sample.id for sample in samples}) == len(samples) > 500
