"""Records of an SDF: structure, fields, and what is wrong with one."""

from __future__ import annotations

import io

from chemtranslate.sdf import SdfRecord, read_records

WATER = """water
  x

  1  0  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 O   0  0
M  END
"""


def read(text: str) -> list[SdfRecord]:
    return list(read_records(io.BytesIO(text.encode()), "in.sdf"))


def test_a_field_may_have_several_lines() -> None:
    (record,) = read(WATER + "> <Peaks>\n1;2\n3;4\n\n>  5 <Of>\nx\n\n$$$$\n")
    assert record == SdfRecord("water", "O", {"Peaks": "1;2 3;4", "Of": "x"})


def test_a_molfile_is_a_record_and_line_ends_do_not_matter() -> None:
    for text in (WATER, WATER.replace("\n", "\r\n")):
        assert read(text) == [SdfRecord("water", "O", {})]


def test_a_record_that_is_no_molfile_says_why_and_the_next_one_is_read() -> None:
    cut = WATER.replace("M  END", "")
    wrong = WATER.replace(" O ", " ? ").replace("  1  0  0", "  9  0  0")
    first, second, third = read(f"{cut}$$$$\n{wrong}$$$$\n{WATER}$$$$\n")
    assert first.fault == "found no line 'M  END', the record is truncated"
    assert second.fault == "RDKit cannot make a molecule of it"
    assert third.fault == ""


def test_a_structure_without_atoms_has_no_smiles() -> None:
    atom = "    0.0000    0.0000    0.0000 O   0  0\n"
    empty = WATER.replace(atom, "").replace("  1  0", "  0  0")
    assert read(empty) == [SdfRecord("water", "", {})]
