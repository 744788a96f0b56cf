"""Names, CAS numbers and structures of some 76,000 chemicals, offline, through `chemicals`.

The catalogue answers "which chemical is called this?" and supplies the reference chemicals
among which the hub finds neighbours. Its rows come from the `chemicals` package (MIT), which
took them from PubChem.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from chemtranslate.chemical import Chemical, quiet_rdkit, shorten
from chemtranslate.errors import StructureError, UnknownNameError

if TYPE_CHECKING:
    from chemicals.identifiers import ChemicalMetadata, ChemicalMetadataDB

INCHIKEY_LENGTHS = (14, 27)
"""First block of an InChIKey alone, and the whole."""
ORGANIC_MASS = (40.0, 500.0)
"""Da: the range in which a catalogue chemical counts as within reach of GC-MS."""

CAS_NUMBER = re.compile(r"(\d{2,7})-(\d\d)-(\d)")
GREEK = str.maketrans({"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ω": "omega"})
STEREO = ("(r,s)-", "(+/-)-", "(+-)-", "dl-", "(-)-", "(+)-", "(s)-", "(r)-", "l-", "d-")
"""What the catalogue may put before a name: stereoisomers are one chemical here."""


def resolve(text: str) -> Chemical:
    """Find a chemical by name, CAS number, InChIKey or SMILES, in this order.

    Returns:
        the chemical, standardised; its name is the catalogue's where that knows it.

    Raises:
        UnknownNameError: the text is empty, or nothing matches; the message says why it is no
            structure either, and names the closest names.
        StructureError: the structure found cannot be standardised.
    """
    text = text.strip()
    if not text:
        raise UnknownNameError("found an empty name, expected that of a chemical")
    row = _row(text)
    if row is not None:
        return _chemical(row).standardised()
    try:
        chemical = Chemical(smiles=text).standardised()
        exact = _by_inchikey().get(_inchikey(text))
        if exact is not None:
            return replace(chemical, name=exact.common_name, cas=_chemical(exact).cas)
    except StructureError as error:
        close = difflib.get_close_matches(text.lower(), _names(text.lower()), n=3)
        hint = f"; close names are {', '.join(close)}" if close else ""
        raise UnknownNameError(
            f"unknown chemical {shorten(text)!r}: neither a name, CAS number or InChIKey of the "
            f"catalogue nor a structure ({_miswritten(text) or error}){hint}"
        ) from None
    return named(chemical)


def named(chemical: Chemical) -> Chemical:
    """Return a chemical with the catalogue's name and CAS number, where the catalogue has it.

    Of the rows of one key, which are its stereoisomers, isotopologues and ions, the best known one
    without a charge names it.
    """
    row = _by_key().get(chemical.key)
    if row is None:
        return chemical
    known = _chemical(row)
    return Chemical(chemical.smiles, chemical.inchikey, known.name, known.cas)


def organics() -> Iterator[Chemical]:
    """Yield the catalogue's organic chemicals of 40-500 Da, best known first, as stated there.

    Best known means: lowest PubChem number. Salts and complexes are among them, with the mass of
    the whole.
    """
    for row in _best_known_first():
        if ORGANIC_MASS[0] <= row.MW <= ORGANIC_MASS[1] and _has_carbon(row.formula):
            yield _chemical(row)


def everything() -> Iterator[Chemical]:
    """Yield every chemical of the catalogue, as stated there."""
    return map(_chemical, _rows())


def size() -> int:
    """Return the number of chemicals in the catalogue."""
    return len(_rows())


def _has_carbon(formula: str) -> bool:
    following = (formula[i + 1 : i + 2] for i, letter in enumerate(formula) if letter == "C")
    return any(not letter.islower() for letter in following)


def _chemical(row: ChemicalMetadata) -> Chemical:
    from chemicals.identifiers import int_to_CAS

    return Chemical(row.smiles, row.InChI_key, row.common_name, int_to_CAS(row.CAS))


@lru_cache(maxsize=1)
def _database() -> ChemicalMetadataDB:
    from chemicals.identifiers import get_pubchem_db

    database: ChemicalMetadataDB = get_pubchem_db()
    database.finish_loading()
    return database


@lru_cache(maxsize=1)
def _rows() -> tuple[ChemicalMetadata, ...]:
    return tuple(row for row in _database().CAS_index.values() if row.smiles)


def _best_known_first() -> list[ChemicalMetadata]:
    return sorted(_rows(), key=_fame)


def _fame(row: ChemicalMetadata) -> int:
    """Return a row's PubChem number; where it has none (0, -1 or nothing), one above all others."""
    return row.pubchemid if row.pubchemid and row.pubchemid > 0 else sys.maxsize


@lru_cache(maxsize=1)
def _by_key() -> dict[str, ChemicalMetadata]:
    rows: dict[str, ChemicalMetadata] = {}
    for row in sorted(_rows(), key=lambda row: (not row.InChI_key.endswith("-N"), _fame(row))):
        if row.InChI_key:
            rows.setdefault(row.InChI_key.partition("-")[0], row)
    return rows


@lru_cache(maxsize=1)
def _by_inchikey() -> dict[str, ChemicalMetadata]:
    return {row.InChI_key: row for row in reversed(_best_known_first()) if row.InChI_key}


def _inchikey(smiles: str) -> str:
    """Return the whole InChIKey of a structure as stated, stereochemistry and charge included."""
    from rdkit import Chem

    with quiet_rdkit():
        mol = Chem.MolFromSmiles(smiles)
        return str(Chem.MolToInchiKey(mol)) if mol is not None else ""


def _row(text: str) -> ChemicalMetadata | None:
    database = _database()
    name = text.lower().translate(GREEK)
    names = (prefix + name for prefix in ("", *STEREO))
    row = next((found for one in names if (found := database.name_index.get(one))), None)
    if row is None and (parts := CAS_NUMBER.fullmatch(text.lstrip("0"))):
        row = database.CAS_index.get(int("".join(parts.groups())))
    if row is None and len(text) in INCHIKEY_LENGTHS:
        key = text.upper()
        row = _by_inchikey().get(key) or _by_key().get(key.partition("-")[0])
    return row if row is not None and row.smiles else None


def _miswritten(text: str) -> str:
    """Return what is wrong with a CAS number whose check digit does not fit; else nothing."""
    parts = CAS_NUMBER.fullmatch(text)
    if parts is None:
        return ""
    digits = map(int, reversed(parts[1] + parts[2]))
    expected = sum(place * digit for place, digit in enumerate(digits, 1)) % 10
    stated = int(parts[3])
    return "" if stated == expected else f"as a CAS number it would end with {expected}"


def _names(text: str) -> list[str]:
    """Catalogue names that start or end like `text` and are about as long: enough to suggest."""
    alike = (*_by_ends().get(text[:2], ()), *_by_ends().get(text[-4:], ()))
    return [name for name in dict.fromkeys(alike) if abs(len(name) - len(text)) <= 3]


@lru_cache(maxsize=1)
def _by_ends() -> dict[str, list[str]]:
    """All catalogue names by their first two and by their last four letters."""
    names: dict[str, list[str]] = {}
    for name in _database().name_index:
        for end in {name[:2], name[-4:]}:
            names.setdefault(end, []).append(name)
    return names
