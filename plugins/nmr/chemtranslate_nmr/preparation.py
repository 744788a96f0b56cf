"""Which peak lists are fit for training: those that can be all that the structure shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from chemtranslate.chemical import quiet_rdkit
from chemtranslate.preparation import fit_for_training
from chemtranslate.sample import Reject, Sample
from chemtranslate_nmr.grid import CARBON_FORM, PROTON_FORM, Grid

if TYPE_CHECKING:
    from rdkit.Chem import Mol


def prepare(records: Iterable[Sample | Reject], form: Grid) -> Iterator[Sample | Reject]:
    """Yield every record again, as a sample fit for training or as a reject; a `Preparer`."""
    checks = {"too many peaks": _too_many, "incomplete": _incomplete}
    return fit_for_training(
        records, form, {kind: partial(_told, form, check) for kind, check in checks.items()}
    )


prepare_carbon = partial(prepare, form=CARBON_FORM)
prepare_proton = partial(prepare, form=PROTON_FORM)

_Check = Callable[[Grid, int, int, int], str]


def _told(form: Grid, check: _Check, sample: Sample) -> str:
    """Return what a check says of a sample, "" where there are no peaks or no structure."""
    if not hasattr(sample.signal, "shifts") or sample.chemical is None:
        return ""
    distinct, several = nuclei(sample.chemical.smiles, form.nucleus.name)
    return check(form, len(sample.signal), distinct, several) if several else ""


def _too_many(form: Grid, found: int, distinct: int, several: int) -> str:
    if found <= several:
        return ""
    return f"found {found} peaks, expected at most {several}, one for each {form.nucleus.name}"


def _incomplete(form: Grid, found: int, distinct: int, several: int) -> str:
    least = form.nucleus.least
    if found >= least * distinct:
        return ""
    return (
        f"found {found} peaks, expected at least {least:.0%} of the {distinct} kinds of "
        f"{form.nucleus.name} in the structure"
    )


def nuclei(smiles: str, nucleus: str) -> tuple[int, int]:
    """Return how many kinds of a nucleus a structure has, told apart by symmetry, and how many.

    Hydrogens are of the kind of the atom that they are on. 0, 0 where there are none or the SMILES
    does not parse.
    """
    from rdkit import Chem

    mol = _parsed(smiles)
    if mol is None:
        return 0, 0
    ranks = Chem.CanonicalRankAtoms(mol, breakTies=False)
    carbon = nucleus == "13C"
    sizes = [
        int(atom.GetAtomicNum() == 6) if carbon else atom.GetTotalNumHs() for atom in mol.GetAtoms()
    ]
    kinds = {rank for rank, size in zip(ranks, sizes, strict=True) if size}
    return len(kinds), sum(sizes)


def _parsed(smiles: str) -> Mol | None:
    from rdkit import Chem

    with quiet_rdkit():
        return Chem.MolFromSmiles(smiles)
