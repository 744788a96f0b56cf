from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemtranslate.chemical import Chemical
from chemtranslate.errors import InputError
from chemtranslate.sample import Reject, Sample
from chemtranslate_chemception.formats import (
    read_csv,
    read_names,
    read_sdf,
    read_smi,
    write_csv,
    write_smi,
)

READERS = [read_csv, read_smi, read_sdf, read_names]
ETHANOL = """ethanol
  x

  3  2  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 C   0  0
    1.2000    0.7000    0.0000 C   0  0
    2.4000    0.0000    0.0000 O   0  0
  1  2  1  0
  2  3  1  0
M  END
> <Boiling point>
78.4 °C

"""


def _read(reader: Callable[..., object], content: str | bytes) -> list[Sample | Reject]:
    data = content.encode() if isinstance(content, str) else content
    return list(reader(io.BytesIO(data), "in"))


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n",
                             exclude_categories=["Cs", "Cc", "Zl", "Zp"]),
               max_size=12).map(str.strip)


@given(st.lists(st.builds(
    lambda i, name, note: Sample(i, Chemical("CCO", "LFQSCWFLJHTTHZ", name, "64-17-5"), name,
                                 Chemical("CCO", "LFQSCWFLJHTTHZ", name, "64-17-5"),
                                 {"Source_id": i, "Note": note}),
    TEXT.filter(bool), TEXT, TEXT), min_size=1, max_size=4))
def test_csv_that_is_written_reads_back_as_it_was(samples: list[Sample]) -> None:
    stream = io.BytesIO()
    write_csv(samples, stream)
    again = _read(read_csv, stream.getvalue())
    assert [(s.id, s.signal, s.name, s.metadata) for s in again] == [
        (s.id, s.signal, s.name, s.metadata) for s in samples]


def test_metadata_never_takes_the_place_of_the_chemical_in_csv() -> None:
    sample = Sample("T1", Chemical("CC(C)=O", name="acetone"), "Ethanol", None,
                    {"SMILES": "CCO", "InChIKey": "LFQSCWFLJHTTHZ", "Name": "Ethanol", "ID": "7"})
    stream = io.BytesIO()
    write_csv([sample], stream)
    header = next(csv.reader(io.StringIO(stream.getvalue().decode())))
    assert len({column.lower() for column in header}) == len(header)
    (again,) = _read(read_csv, stream.getvalue())
    assert again.id == "T1"
    assert again.signal == sample.signal


def test_a_csv_with_one_column_twice_is_refused() -> None:
    with pytest.raises(InputError, match="smiles"):
        _read(read_csv, "smiles,SMILES\nCCO,CC\n")


def test_smiles_that_are_written_read_back_with_their_id_and_name() -> None:
    stream = io.BytesIO()
    write_smi([Sample("T1 a", Chemical("CCO", name="ethyl\nalcohol")),
               Sample("water", Chemical("O", name="water")), Sample("", Chemical("C"))], stream)
    assert stream.getvalue() == b"CCO\tT1 a\tethyl alcohol\nO\twater\nC\n"
    assert [(s.id, s.name, s.signal.smiles) for s in _read(read_smi, stream.getvalue())] == [
        ("T1 a", "ethyl alcohol", "CCO"), ("water", "water", "O"), ("C", "", "C")]


@pytest.mark.parametrize(("reader", "content", "identified"), [
    (read_csv, "Name, SMILES ,id\nwater,O,W1\n\n,CCO,\nethane,CC,\n",
     [("W1", "O"), ("CCO", "CCO"), ("ethane", "CC")]),
    (read_csv, '\ufeffsmiles,name\r\nO,"a, ""b"""\r\n', [('a, "b"', "O")]),
    (read_smi, "CCO\tethyl alcohol\n\n  C\n", [("ethyl alcohol", "CCO"), ("C", "C")]),
    (read_names, "64-17-5\ncaffeine\n", [("64-17-5", "CCO"),
                                         ("caffeine", "Cn1c(=O)c2c(ncn2C)n(C)c1=O")]),
    (read_sdf, ETHANOL + "$$$$\n" + ETHANOL.replace("\n", "\r\n"),
     [("ethanol", "CCO"), ("ethanol", "CCO")]),
])
def test_records_are_identified_by_accession_else_name_else_structure(
        reader: Callable[..., object], content: str, identified: list[tuple[str, str]]) -> None:
    assert [(s.id, s.signal.smiles) for s in _read(reader, content)] == identified


def test_data_fields_of_an_sdf_and_other_columns_of_a_csv_are_metadata() -> None:
    assert _read(read_sdf, ETHANOL + "$$$$\n")[0].metadata == {"Boiling point": "78.4 °C"}
    assert _read(read_csv, "smiles,Boiling point\nCCO,78.4\n")[0].metadata == {
        "Boiling point": "78.4"}


def test_a_malformed_record_is_a_reject_at_its_place_and_the_next_one_is_read() -> None:
    first, second, third = _read(read_csv, "smiles,name\nCCO\nC,methane\nN,a,b\n")
    assert isinstance(first, Reject)
    assert first.malformed
    assert first.place.record == 1
    assert "found 1 cells, expected 2" in first.reason
    assert second.id == "methane"
    assert isinstance(third, Reject)
    broken = ETHANOL.replace("M  END", "M  CHG")
    first, second = _read(read_sdf, broken + "$$$$\n" + ETHANOL + "$$$$\n")
    assert isinstance(first, Reject)
    assert "truncated" in first.reason
    assert second.signal.smiles == "CCO"
    first, second = _read(read_names, "no such thing\nwater\n")
    assert isinstance(first, Reject)
    assert first.name == "no such thing"
    assert second.signal.smiles == "O"


@pytest.mark.parametrize("content", [
    'smiles,name\nO,water\n"CCO,ethanol\nCCC,propane\nCCN,amine\n',
    'smiles,name\nO,water\nCCO,"ethanol\nCCC,propane\nCCN,amine\n',
    'smiles,name\nO,water\nCCO,"ethanol\nCCC,propane\nCCN,"amine"\n',
    'smiles,name\nO,water\n"CCO,ethanol\nCCC,propane"\nCCN,amine\n',
    'smiles,name\nO,water\nCCO,"ethanol\nCCC,propane"\nCCN,amine\n',
])
def test_a_quote_that_is_not_closed_swallows_no_other_line_of_a_csv(content: str) -> None:
    records = _read(read_csv, content)
    assert len(records) == len(content.splitlines()) - 1
    broken = records[1]
    assert isinstance(broken, Reject)
    assert broken.malformed
    assert broken.place.record == 2
    assert "line 3: " in broken.reason
    assert isinstance(records[3], Sample)
    assert records[3].signal.smiles == "CCN"


def test_line_breaks_in_cells_of_a_csv_that_are_free_text_are_read() -> None:
    first, second = _read(read_csv, 'smiles,note\nCCO,"two\nlines"\nC,one\n')
    assert first.metadata == {"note": "two\nlines"}
    assert second.signal.smiles == "C"


@pytest.mark.parametrize(("reader", "content", "sentence"), [
    (read_csv, "smiles;name\nCCO;ethanol\n", "expected one named 'smiles' and commas"),
    (read_csv, "smiles\tname\nCCO\tethanol\n", "expected one named 'smiles' and commas"),
    (read_csv, '"smiles,name\nCCO,ethanol\n', "not a CSV file"),
    (read_csv, "name,cas\nwater,7732-18-5\n",
     "found columns name, cas, expected one named 'smiles'"),
    (read_csv, b"smiles\n\xff\xfe\n", "line 2: not UTF-8 text"),
    (read_smi, b"\x00\x01\x02", "line 1: found a NUL byte"),
    (read_names, b"\x89PNG\r\n\x1a\n\x00", "not UTF-8 text|NUL byte"),
    (read_sdf, b"\xd0\xcf\x11\xe0", "not UTF-8 text"),
])
def test_what_is_not_of_the_format_is_refused_in_a_sentence(
        reader: Callable[..., object], content: str | bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        _read(reader, content)


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=30, deadline=None)
@given(content=st.one_of(
    st.binary(max_size=200),
    st.text(alphabet="smiles,nameC CO\"\n\r$M END\t>¿", max_size=80).map(
        lambda text: ("smiles,name\n" + text).encode())))
def test_readers_raise_nothing_but_input_errors_on_any_bytes(reader: Callable[..., object],
                                                             content: bytes) -> None:
    try:
        records = _read(reader, content)
    except InputError:
        return
    assert all(isinstance(record, Sample | Reject) for record in records)
