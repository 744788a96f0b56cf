"""The chemicals among which an unknown is looked for: points, formulas and masses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtranslate.chemical import quiet_rdkit, shorten, standardise
from chemtranslate.errors import InputError, StructureError
from chemtranslate.kept import kept
from chemtranslate.protocols import Vectors
from chemtranslate.table import EmbeddingTable, Entry

TOLERANCE = 0.5
"""Da: by how much a mass may differ that is known to its integer alone."""
_ATOM = re.compile(r"([A-Z][a-z]?)(\d*)")
_CHARGED = re.compile(r"\.|[+-]\d?[\]:]")
_FORMULA = re.compile(r"(?:[A-Z][a-z]?\d{0,4})+")


@dataclass(frozen=True)
class Candidates:
    """Rows of an embedding table, with what their structures say.

    Attributes:
        table: the hub vectors and identities.
        rows: (m,) of the table that are candidates.
        formulas: m molecular formulas in the order of Hill; empty where no structure is stated.
        masses: (m,) monoisotopic masses in Da; NaN where no structure is stated.
        chosen: whether they were chosen by a formula, or by a mass to `TOLERANCE` or better.
    """

    table: EmbeddingTable
    rows: NDArray[np.intp]
    formulas: NDArray[np.str_]
    masses: NDArray[np.float64]
    chosen: bool = False

    @classmethod
    def of(cls, table: EmbeddingTable) -> Candidates:
        """Return the chemicals of a table, each once: the first row of those of one key.

        Structures are read one by one, some 5,000 a second; what those of many say is kept.
        """
        firsts: dict[str, int] = {}
        entries = list(table.entries)
        for row, entry in enumerate(entries):
            firsts.setdefault(entry.chemical.key or str(row), row)
        rows = np.array(list(firsts.values()), np.intp)
        return cls(table, rows, *_kept_facts_of([entries[row].smiles for row in rows.tolist()]))

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def entries(self) -> list[Entry]:
        """Their identities."""
        return [self.table.entries[row] for row in self.rows.tolist()]

    @cached_property
    def keys(self) -> list[str]:
        """What each candidate is, first block of the InChIKey; the row's number where unknown."""
        rows = zip(self.entries, self.rows.tolist(), strict=True)
        return [entry.chemical.key or str(row) for entry, row in rows]

    @property
    def alike(self) -> bool:
        """Whether they are isomers or nearly so: chosen to be, or all of about the same mass."""
        return self.chosen or (len(self) > 1 and bool(np.ptp(self.masses) <= 2 * TOLERANCE))

    @property
    def smiles(self) -> list[str]:
        """Their structures; "" where none is stated."""
        return [entry.smiles for entry in self.entries]

    def count_of(self, element: str) -> NDArray[np.int64]:
        """Return how many atoms of an element each has, (m,); 0 where no structure is stated."""
        if element not in self._counts:
            pattern = re.compile(rf"{element}(?![a-z])(\d*)")
            found = [pattern.search(formula) for formula in self.formulas.tolist()]
            self._counts[element] = np.array([int(m[1] or 1) if m else 0 for m in found], np.int64)
        return self._counts[element]

    @cached_property
    def _counts(self) -> dict[str, NDArray[np.int64]]:
        return {}

    @property
    def vectors(self) -> Vectors:
        """Their points, (m, dimensions) float32."""
        points: Vectors = self.table.vectors[self.rows]
        return points

    def of_formula(self, text: str) -> Candidates:
        """Return those of a molecular formula, written in any order ("C2H6O", "OC2H6").

        Raises:
            InputError: the text is no formula, or no candidate has it.
        """
        wanted = hill(text)
        kept = replace(self.some(self.formulas == wanted), chosen=True)
        if not len(kept):
            raise InputError(f"found no candidate of the formula {wanted} among {len(self):,}")
        return kept

    def of_mass(self, mass: float, tolerance: float = TOLERANCE) -> Candidates:
        """Return those whose monoisotopic mass differs by `tolerance` or less, both in Da.

        Raises:
            InputError: no candidate does.
        """
        kept = self.some(np.abs(self.masses - mass) <= tolerance)
        if not len(kept):
            raise InputError(
                f"found no candidate of a mass of {mass:g} ± {tolerance:g} Da among {len(self):,}"
            )
        return replace(kept, chosen=kept.chosen or tolerance <= TOLERANCE)

    def subtable(self) -> EmbeddingTable:
        """Return them as an embedding table of their own, in memory."""
        return EmbeddingTable(self.table.card, self.entries, self.vectors)

    def some(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Candidates:
        """Return some of them, as a list of another kind may be."""
        return Candidates(
            self.table, self.rows[chosen], self.formulas[chosen], self.masses[chosen], self.chosen
        )


def facts_of(smiles: Sequence[str]) -> tuple[NDArray[np.str_], NDArray[np.float64]]:
    """Return formulas (m,) and monoisotopic masses (m,) of structures under the identity policy.

    A structure that is empty or cannot be read has an empty formula and the mass NaN.
    """
    from rdkit import Chem
    from rdkit.Chem.rdMolDescriptors import CalcExactMolWt, CalcMolFormula

    formulas, masses = [""] * len(smiles), np.full(len(smiles), np.nan)
    with quiet_rdkit():
        for row, one in enumerate(smiles):
            mol = Chem.MolFromSmiles(_neutral(one)) if one else None
            if mol is not None:
                formulas[row], masses[row] = CalcMolFormula(mol), CalcExactMolWt(mol)
    return np.array(formulas, np.str_), masses


def _kept_facts_of(smiles: Sequence[str]) -> tuple[NDArray[np.str_], NDArray[np.float64]]:
    """Do as `facts_of`, once for the same structures."""

    def made() -> dict[str, NDArray[Any]]:
        formulas, masses = facts_of(smiles)
        texts = np.char.encode(formulas, "ascii")[:, None]
        return {"formulas": texts.view(np.uint8), "masses": masses}

    found = kept("formulas", ("1", *smiles), len(smiles), made)
    texts = np.ascontiguousarray(found["formulas"])
    width = texts.shape[1] if texts.ndim == 2 else 0
    names = texts.view(f"S{width}")[:, 0] if width else np.zeros(len(smiles), "S1")
    return np.char.decode(names, "ascii"), found["masses"]


def hill(text: str) -> str:
    """Return a molecular formula in the order of Hill: carbon, hydrogen, the others by letter.

    Raises:
        InputError: it is no formula, or names no element.
    """
    from rdkit import Chem

    compact = re.sub(r"\s", "", text)
    atoms: Counter[str] = Counter()
    if _FORMULA.fullmatch(compact):
        for symbol, count in _ATOM.findall(compact):
            atoms[symbol] += int(count or 1)
    table = Chem.GetPeriodicTable()
    with quiet_rdkit():
        unknown = [symbol for symbol in atoms if not _known(table, symbol)]
    if not atoms.total() or unknown:
        raise InputError(
            f"found the formula {shorten(text)!r}"
            + (f" with the element {unknown[0]!r}" if unknown else "")
            + ", expected elements and their numbers, as C8H10N4O2"
        )
    first = ["C", "H"] if "C" in atoms else []
    order = first + sorted(set(atoms) - set(first))
    return "".join(f"{one}{atoms[one] if atoms[one] > 1 else ''}" for one in order if atoms[one])


def _known(table: object, symbol: str) -> bool:
    try:
        return bool(table.GetAtomicNumber(symbol))  # type: ignore[attr-defined]
    except RuntimeError:
        return False


def _neutral(smiles: str) -> str:
    """Return the structure that counts of a salt or ion; others are kept as they are."""
    if not _CHARGED.search(smiles):
        return smiles
    try:
        return standardise(smiles)[0]
    except StructureError:
        return smiles
