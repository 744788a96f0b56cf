"""Who was measured: chemicals, and the policy that says when two structures are the same one.

Identity policy: a chemical is its standardised structure (largest organic fragment, neutralised,
isotopes and stereochemistry removed), keyed by the first block of its InChIKey. Stereoisomers,
salts and isotopologues therefore share one point of the hub, and tautomers do where InChI says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from chemtranslate.errors import StructureError

if TYPE_CHECKING:
    from rdkit.Chem import Mol

MAX_ATOMS = 1000
"""Heavy atoms that a structure may have; InChI itself ends at 1,023."""


@dataclass(frozen=True, slots=True)
class Chemical:
    """A chemical as a record or a catalogue states it, every field optional.

    Attributes:
        smiles: structure.
        inchikey: InChIKey, whole or its first block.
        name: name for people.
        cas: CAS registry number.
    """

    smiles: str = ""
    inchikey: str = ""
    name: str = ""
    cas: str = ""

    @property
    def key(self) -> str:
        """First block of the InChIKey: the chemical's identity; empty where none is stated."""
        return self.inchikey.partition("-")[0].upper()

    def standardised(self) -> Chemical:
        """Return this chemical with structure and InChIKey under the identity policy.

        Raises:
            StructureError: no structure is stated, or it cannot be standardised.
        """
        smiles, key = standardise(self.smiles)
        return replace(self, smiles=smiles, inchikey=key)


@lru_cache(maxsize=32768)  # a library is gone through more than once
def standardise(smiles: str) -> tuple[str, str]:
    """Return the canonical SMILES of a chemical's standard structure and its key.

    The structure returned is rebuilt from the chemical's InChI, so that every SMILES of every
    tautomer that InChI joins leads to the same one; where InChI takes a structure apart
    (organometallics, some complexes), the standardised input is kept.

    Args:
        smiles: any SMILES of the chemical.

    Returns:
        canonical SMILES, first block of the InChIKey (14 letters).

    Raises:
        StructureError: the SMILES is empty, holds white space, does not parse, is larger than
            MAX_ATOMS, or holds no atom of a known element.
    """
    words = smiles.split()
    if not words:
        raise StructureError("no structure: found an empty SMILES, expected at least one atom")
    if len(words) > 1:  # RDKit would read the first word and take the rest for a title
        raise StructureError(f"found white space in {shorten(smiles)!r}, expected a SMILES")
    from rdkit import Chem

    with quiet_rdkit():
        mol = Chem.MolFromSmiles(words[0])
        if mol is None:
            raise StructureError(f"cannot parse SMILES {shorten(smiles)!r}")
        return standardise_mol(mol, smiles)


def standardise_mol(mol: Mol, label: str) -> tuple[str, str]:
    """Return canonical SMILES and key of an RDKit molecule; `label` names it in errors.

    Raises:
        StructureError: as `standardise`.
    """
    from rdkit import Chem
    from rdkit.Chem.MolStandardize import rdMolStandardize

    if mol.GetNumAtoms() == 0:
        raise StructureError(f"no atoms in {shorten(label)!r}")
    if mol.GetNumHeavyAtoms() > MAX_ATOMS:
        raise StructureError(
            f"{shorten(label)!r} has {mol.GetNumHeavyAtoms()} heavy atoms, expected at most "
            f"{MAX_ATOMS}"
        )
    with quiet_rdkit():
        mol = Chem.Mol(mol)
        for atom in mol.GetAtoms():
            atom.SetIsotope(0)
        Chem.RemoveStereochemistry(mol)
        mol = Chem.RemoveHs(mol)
        if len(Chem.GetMolFrags(mol)) > 1:
            mol = rdMolStandardize.LargestFragmentChooser(preferOrganic=True).choose(mol)
        neutral = rdMolStandardize.Uncharger().uncharge(mol)
        if Chem.MolFromSmiles(Chem.MolToSmiles(neutral)) is not None:
            mol = neutral  # PF6-, for one, has no neutral form that a SMILES could state
        dummies = sum(atom.GetAtomicNum() == 0 for atom in mol.GetAtoms())
        if dummies == mol.GetNumAtoms():
            raise StructureError(f"{shorten(label)!r} holds dummy atoms only, expected elements")
        inchi = Chem.MolToInchi(mol)
        if not inchi:
            why = ": it holds a dummy atom (*), expected elements" if dummies else ""
            raise StructureError(f"InChI cannot describe {shorten(label)!r}{why}")
        key = Chem.InchiToInchiKey(inchi)
        rebuilt = Chem.MolFromInchi(inchi)
        if rebuilt is not None:
            rebuilt = _keto_forms(rebuilt)
            found, stated = Chem.MolToSmiles(rebuilt), Chem.MolToSmiles(mol)
            whole = found.count(".") == stated.count(".")
            if found != stated and whole and Chem.MolToInchiKey(rebuilt) == key:
                mol = rebuilt
        return Chem.MolToSmiles(mol), key.partition("-")[0]


def _keto_forms(mol: Mol) -> Mol:
    """Turn imidic acids O-C=N, which InChI's rebuilding prefers, into the amides they stand for."""
    from rdkit import Chem

    pattern, possible = _imidic_acid()
    mol = Chem.RemoveHs(mol)
    if not mol.HasSubstructMatch(possible):
        return mol
    for _ in range(MAX_ATOMS):
        kekulised = Chem.RWMol(Chem.MolFromSmiles(Chem.MolToSmiles(mol)))
        Chem.Kekulize(kekulised, clearAromaticFlags=True)
        match = kekulised.GetSubstructMatch(pattern)
        if not match:
            return mol
        oxygen, carbon, nitrogen = match
        kekulised.GetBondBetweenAtoms(oxygen, carbon).SetBondType(Chem.BondType.DOUBLE)
        kekulised.GetBondBetweenAtoms(carbon, nitrogen).SetBondType(Chem.BondType.SINGLE)
        atom = kekulised.GetAtomWithIdx(nitrogen)
        if atom.GetNoImplicit():
            atom.SetNumExplicitHs(atom.GetNumExplicitHs() + 1)
        kekulised.GetAtomWithIdx(oxygen).SetNumExplicitHs(0)
        try:
            Chem.SanitizeMol(kekulised)
        except Chem.MolSanitizeException:
            return mol
        mol = kekulised.GetMol()
    return mol


@lru_cache(maxsize=1)
def _imidic_acid() -> tuple[Mol, Mol]:
    """Return the pattern in a Kekulé structure, and what it may be hidden in otherwise."""
    from rdkit import Chem

    return (
        Chem.MolFromSmarts("[O,S;X2;H1;+0]-[#6]=[#7;X2;+0]"),
        Chem.MolFromSmarts("[O,S;X2;H1;+0]-[#6]~[#7]"),
    )


@contextmanager
def quiet_rdkit() -> Iterator[None]:
    """Silence RDKit's own log for a while: our errors say what its warnings would."""
    from rdkit import rdBase

    block = rdBase.BlockLogs()
    try:
        yield
    finally:
        del block


def shorten(text: str, width: int = 60) -> str:
    """Cut a long text for use in a message."""
    return text if len(text) <= width else text[: width - 1] + "…"
