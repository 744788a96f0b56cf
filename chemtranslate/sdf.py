"""SDF files: structures with data fields, whatever a sensor puts into the fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from chemtranslate.chemical import quiet_rdkit
from chemtranslate.files import text_lines

END = "M  END"
"""The line with which a structure ends and its data fields begin."""


@dataclass(frozen=True, slots=True)
class SdfRecord:
    """One record of an SDF, or a molfile.

    Attributes:
        name: first line of the record.
        smiles: the structure; "" where it has no atoms, or cannot be read.
        fields: data fields by name; lines of one value are joined by a space.
        fault: what is wrong with the record, "" where it is sound.
    """

    name: str
    smiles: str
    fields: dict[str, str]
    fault: str = ""


def read_records(stream: IO[bytes], file: str) -> Iterator[SdfRecord]:
    """Yield the records of an SDF or molfile, one by one.

    Raises:
        InputError: the file is not UTF-8 text.
    """
    from rdkit import Chem

    for block, complete in _blocks(stream, file):
        name = block.split("\n", 1)[0].strip()
        with quiet_rdkit():
            mol = Chem.MolFromMolBlock(block) if END in block else None
        if mol is None:
            truncated = f"found no line {END!r}, the record is truncated"
            why = "RDKit cannot make a molecule of it" if END in block else truncated
            yield SdfRecord(name, "", {}, why)
            continue
        yield SdfRecord(name, Chem.MolToSmiles(mol), _fields(block) if complete else {})


def _blocks(stream: IO[bytes], file: str) -> Iterator[tuple[str, bool]]:
    """Yield the text of each record, and whether all of its fields can be there."""
    lines: list[str] = []
    for line in text_lines(stream, file):
        if line.startswith("$$$$"):
            yield "".join(lines).replace("\r\n", "\n"), True
            lines = []
        else:
            lines.append(line)
    if any(line.strip() for line in lines):
        yield "".join(lines).replace("\r\n", "\n"), END in "".join(lines)


def _fields(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in block.split(END, 1)[-1].split("\n"):
        if line.startswith(">") and "<" in line:
            name = line[line.index("<") + 1 : line.rindex(">")]
            fields[name] = ""
        elif name and line.strip():
            fields[name] = f"{fields[name]} {line.strip()}".strip()
        else:
            name = ""
    return fields
