"""Reading and writing readings: what is read, what is rejected, and that nothing is lost."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest

from chemtranslate.errors import InputError
from chemtranslate.sample import Reject, Sample
from chemtranslate_sensor_array.csvformat import read_csv, write_csv
from chemtranslate_sensor_array.gases import GASES
from chemtranslate_sensor_array.libsvm import read_libsvm, write_libsvm
from chemtranslate_sensor_array.reading import Reading

VALUES = [f"{index}:{index * 1.5}" for index in range(1, 129)]


def line(target: str = "1;10.000000", values: list[str] = VALUES) -> str:
    return " ".join([target, *values]) + "\n"


def libsvm(text: str, file: str = "a.zip:batch3.dat") -> list[Sample | Reject]:
    return list(read_libsvm(io.BytesIO(text.encode()), file))


def table(text: str) -> list[Sample | Reject]:
    return list(read_csv(io.BytesIO(text.encode()), "x.csv"))


def sample_of(record: Sample | Reject) -> Sample:
    assert isinstance(record, Sample), record
    return record


def reject_of(record: Sample | Reject) -> Reject:
    assert isinstance(record, Reject), record
    return record


def test_a_line_is_a_reading_and_its_file_names_the_batch() -> None:
    first, second = map(sample_of, libsvm(line() + "\n" + line("5;200")))
    assert (first.id, second.id) == ("batch3/1", "batch3/2")
    assert first.chemical == GASES["1"]
    assert (second.name, second.place.record) == ("acetone", 2)
    assert first.metadata == {"batch": "3", "ppmv": "10.000000"}
    assert first.signal.values.shape == (16, 8)
    assert first.signal.values[1, 0] == 9 * 1.5


def test_a_file_that_names_no_batch_states_none() -> None:
    assert sample_of(libsvm(line(), "readings.dat")[0]).metadata == {"ppmv": "10.000000"}


@pytest.mark.parametrize(("text", "reason"), [
    (line(values=VALUES[:-1]), "found 127 values, expected 128: index 128 is missing"),
    (line(values=VALUES[:3] + VALUES[4:]), "found 127 values, expected 128: index 4 is missing"),
    (line(values=[*VALUES, "129:1"]), "found '129:1', expected index:value, the index 1-128"),
    (line(values=[*VALUES[:-1], "7:1"]), "found the index 7 twice"),
    (line(values=[*VALUES[:-1], "128:one"]), "found 'one' as the value of index 128, expected a"),
    (line(values=[*VALUES[:-1], "128:nan"]), "found 'nan' as the value of index 128, expected a"),
    (line(values=[*VALUES[:-1], "128:inf"]), "found 'inf' as the value of index 128"),
    (line(values=[*VALUES[:-1], "128"]), "found '128', expected index:value"),
    (line(values=[*VALUES[:-1], "9" * 9000 + ":1"]), "found '9999"),
    (line("7;10"), "found the gas '7', expected one of 1 (ethanol), 2 (ethylene)"),
    (line("1"), "found '1', expected gas;ppmv: the concentration is missing"),
    (line("1;"), "found '1;', expected gas;ppmv: the concentration is missing"),
    (line("1;much"), "found 'much' as the concentration, expected a finite number"),
    (line("1;-5"), "found a concentration of -5 ppmv, expected a number from 0"),
    ("\x00\ufffd\n", "found the gas"),
])
def test_a_damaged_line_is_rejected_and_the_others_are_read(text: str, reason: str) -> None:
    one, damaged, other = libsvm(line() + text + line())
    assert isinstance(one, Sample)
    reject = reject_of(damaged)
    assert reject.reason.startswith(f"line 2: {reason}")
    assert (reject.malformed, reject.name, reject.place.record) == (True, "batch3/2", 2)
    assert sample_of(other).place.record == 3


def test_bytes_that_are_no_text_spoil_their_line_alone() -> None:
    stream = io.BytesIO(line().encode() + b"\xff\xfe\n" + line().encode())
    assert [type(one) for one in read_libsvm(stream, "batch1.dat")] == [Sample, Reject, Sample]


@pytest.mark.parametrize("text", ["id,s1_f1\na,1\n", "BEGIN IONS\n", "\x00\x01\n"])
def test_another_file_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"^a\.zip:batch3\.dat: found .* expected `gas;ppmv"):
        libsvm(text)


def test_libsvm_lines_read_back_as_they_were_written() -> None:
    values = np.random.default_rng(0).normal(0, 1e5, (16, 8)) ** 3
    before = replace(sample_of(libsvm(line())[0]), signal=Reading.of(values))
    stream = io.BytesIO()
    write_libsvm([before], stream)
    after = sample_of(libsvm(stream.getvalue().decode())[0])
    np.testing.assert_array_equal(after.signal.values, values)
    assert (after.chemical, after.metadata) == (before.chemical, before.metadata)


def test_what_has_no_place_in_a_libsvm_line_is_said() -> None:
    good = sample_of(libsvm(line())[0])
    for bad, reason in (
        (replace(good, metadata={}), "no concentration"),
        (replace(good, chemical=None), "a chemical that is none of the six"),
        (replace(good, metadata={**good.metadata, "Spectrum_origin": "synthetic"}), "a synthetic"),
        (replace(good, metadata={**good.metadata, "Translated_from": "x"}), "a translated reading"),
        (replace(good, signal=Reading.of([[1.0, 2.0]])), r"a reading of shape \(1, 2\)"),
    ):
        with pytest.raises(InputError, match=f"batch3/1: found {reason}"):
            write_libsvm([bad], io.BytesIO())


def test_a_table_reads_back_as_it_was_written_with_all_that_is_known() -> None:
    first = sample_of(libsvm(line())[0])
    second = replace(first, id="b", name="a sniff", chemical=None, metadata={
        "batch": "4", "Source_id": "x, \"y\"", "Spectrum_origin": "synthetic"})
    stream = io.BytesIO()
    write_csv([first, second], stream)
    for before, after in zip((first, second), table(stream.getvalue().decode()), strict=True):
        read = sample_of(after)
        assert (read.id, read.name, read.chemical) == (before.id, before.name, before.chemical)
        assert read.metadata == before.metadata
        np.testing.assert_array_equal(read.signal.values, before.signal.values)


def test_a_table_of_any_number_of_sensors_names_gas_or_structure() -> None:
    text = ("id,gas,smiles,ppmv,batch,lab,s1_f1,s1_f2,s2_f1,s2_f2\n"
            "a,ethanol,,10,1,north,1,2,3,4\nb,6,,,,,1,2,3,4\nc,,CCC,5,,,1,2,3,4\n")
    a, b, c = map(sample_of, table(text))
    assert a.chemical == GASES["1"]
    assert a.metadata == {"ppmv": "10", "batch": "1", "lab": "north"}
    assert (b.name, b.metadata) == ("toluene", {})
    assert c.chemical is not None
    assert c.chemical.smiles == "CCC"
    np.testing.assert_array_equal(a.signal.values, [[1, 2], [3, 4]])


@pytest.mark.parametrize(("row", "reason"), [
    ("a,,1,2,,3", "found 6 cells, expected 7 as in the header"),
    ("a,,1,2,,3,", "found '' as s2_f2, expected a finite number"),
    ("a,,1,2,,3,x", "found 'x' as s2_f2, expected a finite number"),
    ("a,,1,2,,3,NaN", "found 'NaN' as s2_f2, expected a finite number"),
    ("a,helium,1,2,,3,4", "found the gas 'helium', expected one of"),
    ("a,,1,2,lots,3,4", "found 'lots' as the concentration, expected a finite number"),
    ('a,"x,1,2,,3,4', "unexpected end of data"),
])
def test_a_damaged_row_is_rejected_and_the_others_are_read(row: str, reason: str) -> None:
    header = "id,gas,s1_f1,s1_f2,ppmv,s2_f1,s2_f2\n"
    damaged, other = table(f"{header}{row}\nb,1,1,2,3,4,5\n")
    reject = reject_of(damaged)
    assert reject.reason.startswith(f"line 2: {reason}")
    assert (reject.malformed, reject.name) == (True, "a")
    assert sample_of(other).place.record == 2


def test_gas_and_structure_must_be_of_one_chemical() -> None:
    good, bad = table("id,gas,smiles,s1_f1\na,ethanol,OCC,1\nb,ethanol,CCC,1\n")
    assert sample_of(good).chemical == GASES["1"]
    assert "expected one chemical" in reject_of(bad).reason


def test_further_fields_must_be_texts_by_name() -> None:
    for cell in ("[1]", "{", '"{""a"": 1}"'):
        assert "in fields, expected" in reject_of(table(f"id,fields,s1_f1\na,{cell},1\n")[0]).reason


@pytest.mark.parametrize(("header", "reason"), [
    ("gas,s1_f1", "found the columns gas, s1_f1, expected `id`"),
    ("id,gas", "found the columns id, gas, expected `id` and one named s1_f1"),
    ("id,s1_f1,s1_f1", "found the column 's1_f1' twice"),
    ("id,s1_f1,s1_f2,s2_f1", "found 3 channels of 2 sensors with 2 features, expected 4: s2_f2"),
    ("", "found the columns none"),
])
def test_a_header_without_all_channels_is_refused(header: str, reason: str) -> None:
    with pytest.raises(InputError, match=f"^x.csv: {reason}"):
        table(header + "\n")


def test_a_table_holds_readings_of_one_shape() -> None:
    samples = [Sample("a", Reading.of([[1.0]])), Sample("b", Reading.of([[1.0, 2.0]]))]
    with pytest.raises(InputError, match=r"b: found a reading of shape \(1, 2\)"):
        write_csv(samples, io.BytesIO())
