"""What the fields of a record say about it, in the words of every dialect.

The readers keep a record's fields verbatim and in order; id, name and chemical are read out of
them here, by the same rules when reading and when writing. That is why a record survives being
written and read again: a writer adds or corrects a field only where the fields would say
something else than the sample.

A field that a record repeats becomes one value with a line for each; writers repeat it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from chemtranslate.chemical import Chemical, shorten
from chemtranslate.errors import InputError
from chemtranslate.sample import Sample

IDS = (
    "db#", "accession", "spectrum_id", "spectrumid", "spectrum id", "nistno", "nist#", "feature_id",
    "id",
)  # fmt: skip
NAMES = ("name", "compound_name", "compound name", "compoundname", "ch$name")
SMILES = ("smiles", "computed smiles", "ch$smiles", "smiles_canonical", "canonical_smiles")
INCHI = ("inchi", "computed inchi", "ch$iupac")
INCHIKEYS = ("inchikey", "inchi_key", "inchi key", "inchiaux", "ch$link inchikey")
CAS = ("casno", "cas#", "cas", "cas number", "cas no", "casrn", "ch$link cas")
NOTHING = frozenset({"", "n/a", "na", "none", "null", "unknown", "-", "0"})
"""Values by which files say that they say nothing."""

_EMBEDDED = re.compile(r'"([A-Za-z][^"=]*)=([^"]*)"')
_NIST_NUMBER = re.compile(r"NIST#:\s*([^\s;]+)", re.IGNORECASE)
_COMMENTS = ("comments", "comment")


class Fields:
    """Fields of one record while it is read.

    Attributes:
        metadata: values by the record's own names, in the record's order.
    """

    def __init__(self) -> None:
        self.metadata: dict[str, str] = {}
        self._keys: dict[str, str] = {}

    def add(self, key: str, value: str) -> None:
        """Add a field; case does not tell names apart, and a repeated one gets another line.

        Raises:
            InputError: the field has no name, or holds a NUL byte.
        """
        if not key or "\0" in key or "\0" in value:
            raise InputError(
                f"found the field {shorten(key)!r} with the value {shorten(value)!r}, expected a "
                "name and text without NUL bytes"
            )
        known = self._keys.setdefault(key.lower(), key)
        before = self.metadata.get(known)
        self.metadata[known] = value if before is None else f"{before}\n{value}"

    def take_name(self) -> str:
        """Remove and return the record's name, "" where it states none.

        Of a name stated on several lines the first is taken and the others stay in the metadata.
        """
        for alias in NAMES:
            if (key := self._keys.pop(alias, None)) is not None:
                name, _, others = self.metadata.pop(key).partition("\n")
                if others:
                    self.add(key, others)
                if name:
                    return name
        return ""


def lower_case(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return the fields by lower-case name, those embedded in a MoNA comment included."""
    lowered = {key.lower(): value for key, value in metadata.items()}
    for comment in _COMMENTS:
        for key, value in _EMBEDDED.findall(lowered.get(comment, "")):
            lowered.setdefault(key.strip().lower(), value.strip())
    return lowered


def first_stated(lowered: Mapping[str, str], names: Iterable[str]) -> str:
    """Return the first of the named fields that says something, its first line; else ""."""
    for name in names:
        value = lowered.get(name)
        if value is not None:
            value = value.partition("\n")[0].strip()
            if value.lower() not in NOTHING:
                return value
    return ""


def _accession(lowered: Mapping[str, str]) -> str:
    if found := first_stated(lowered, IDS):
        return found
    # NIST's own exports put two fields on one line: "CAS#: 50-00-0;  NIST#: 229088".
    nist = _NIST_NUMBER.search(lowered.get("cas#", ""))
    return nist.group(1) if nist else ""


def identity(metadata: Mapping[str, str], name: str) -> tuple[str, Chemical | None]:
    """Return the accession ("" if none) and the chemical that the fields state.

    The chemical is as the record puts it, nothing is checked or standardised; it is None where
    the record states neither SMILES nor InChIKey nor CAS number.
    """
    lowered = lower_case(metadata)
    smiles = first_stated(lowered, SMILES)
    inchikey = first_stated(lowered, INCHIKEYS)
    cas = first_stated(lowered, CAS).partition(";")[0].strip()
    chemical = Chemical(smiles, inchikey, name, cas) if smiles or inchikey or cas else None
    return _accession(lowered), chemical


def fields_to_write(
    sample: Sample, id_field: str, fallback: str, separator: str, reserved: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Yield names and values to write, one line each, so that reading them gives the sample again.

    Args:
        sample: the sample; its id and chemical win over fields that say otherwise.
        id_field: the format's foremost field for the id.
        fallback: the id that a reader will take where no field states one.
        separator: what ends a field's name in the format; in names it becomes "_".
        reserved: lower-case names of fields that the writer states itself.
    """
    named = ((one_line(key.replace(separator, "_")), key) for key in sample.metadata)
    fields = {
        name or "_": sample.metadata[key] for name, key in named if name.lower() not in reserved
    }
    found, chemical = identity(fields, sample.name)
    if sample.id and sample.id != (found or fallback):
        outranking = IDS[: IDS.index(id_field.lower()) + 1]
        fields = _corrected(fields, outranking, id_field, sample.id)
    if sample.chemical is not None:
        said = chemical or Chemical()
        if sample.chemical.smiles != said.smiles:
            fields = _corrected(fields, SMILES, "SMILES", sample.chemical.smiles)
        if sample.chemical.inchikey != said.inchikey:
            fields = _corrected(fields, INCHIKEYS, "InChIKey", sample.chemical.inchikey)
        if sample.chemical.cas != said.cas:
            fields = _corrected(fields, CAS, "CASNO", sample.chemical.cas)
    for key, value in fields.items():
        for line in value.split("\n"):
            yield key, one_line(line)


def _corrected(
    fields: dict[str, str], aliases: tuple[str, ...], field: str, value: str
) -> dict[str, str]:
    """Return the fields with `value` under the foremost alias; other aliases cannot contradict."""
    if not value:
        return fields
    kept = {key: old for key, old in fields.items() if key.lower() not in aliases}
    return {field: value, **kept}


def one_line(text: str) -> str:
    """Fold line ends and NULs to spaces: a value can never start another field or record."""
    for sign in "\r\n\0":
        text = text.replace(sign, " ")
    return text.strip()
