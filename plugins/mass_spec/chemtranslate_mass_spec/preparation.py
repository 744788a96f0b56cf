"""From a public library to training data: which records are what they claim, and which are not.

A record is kept if it is an electron ionisation (EI) full scan of the chemical that it names. It
is set aside, under the first of these that holds, if it is malformed, synthetic, not EI, not a full
scan, without structure, of a structure that cannot be read, isotope-labelled, of a formula or mass
that is not its structure's, of too few peaks, with its base peak out of range, of a derivative of
the chemical, or a duplicate. A record that says nothing about ionisation is taken as EI.

Chemicals are told apart by their standardised structure, never by name. Where standardising left
something out, a counter-ion say, the structure as it was stays in the field `Stated_smiles`: stated
formula and mass are those of the whole, also when what was prepared is prepared once more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chemtranslate.chemical import Chemical, quiet_rdkit, shorten, standardise
from chemtranslate.errors import InputError, StructureError
from chemtranslate.origin import EXPECTED_MEASURED, SYNTHETIC, is_synthetic
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate_mass_spec.binning import FORM
from chemtranslate_mass_spec.claims import (
    isotope_words,
    methoxime_words,
    other_ionisation,
    other_scan,
    silyl_words,
    stated_formula,
    stated_mass,
)
from chemtranslate_mass_spec.record_fields import INCHI, first_stated, lower_case

if TYPE_CHECKING:
    from rdkit.Chem import Mol

MIN_PEAKS = 5
"""Bins above zero; fewer cannot tell chemicals apart (1 in 1,000 EI records of MassBank)."""
DUPLICATE = 0.999
"""Weighted cosine above which two spectra of a chemical are one spectrum filed twice."""
MARGIN = 6.0
"""m/z that a chemical's own peaks may lie above its molecular mass: isotopes, calibration."""
FAINTEST_BEYOND = 0.1
PEAKS_BEYOND = 5
STRONG_BEYOND = 5.0
"""A derivative shows 5 peaks of 0.1 % of the base peak, or one of 5 %, above the margin.

A derivative brings whole fragments with their isotopes, so their number tells more than their
height: in MassBank the first rule finds 978 of the 983 spectra with any such peak from the four
laboratories that silylate, and some down to 0.5 % of the base peak; background of the column and
ghosts of earlier samples are 1 to 4 faint peaks elsewhere.
"""
STATED_SMILES = "Stated_smiles"
"""Field of the structure that a record stated, where the standardised one is not all of it."""
MASS_TOLERANCE = 1.5
"""Da between a stated molecular mass, often a whole number, and the structure's."""


class _Unfit(Exception):
    """Carries the verdict of a check to `prepare`."""

    def __init__(self, kind: str, reason: str) -> None:
        self.kind = kind
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Kept:
    """A spectrum kept for comparison: weighted, of length 1, bins above zero only."""

    id: str
    bins: NDArray[np.uint16]
    values: NDArray[np.float32]


def prepare(records: Iterable[Sample | Reject]) -> Iterator[Sample | Reject]:
    """Yield every record again: fit for training, its chemical standardised, or with a reason.

    One record is in hand at a time; what is kept are the bins of the spectra that passed, under
    1 kB each for most, to find duplicates.

    Args:
        records: samples with a `Spectrum` each, and rejects, which pass through.
    """
    spectra: dict[str, list[_Kept]] = defaultdict(list)
    for number, record in enumerate(records, start=1):
        if isinstance(record, Reject):
            yield record
            continue
        try:
            kept, array = _checked(record)
            _expect_new(spectra[_key(kept)], record.id, array)
        except _Unfit as unfit:
            place = record.place or Place("", number)
            yield Reject(place, record.id or record.name, unfit.reason, kind=unfit.kind)
        else:
            yield kept


def _key(sample: Sample) -> str:
    return sample.chemical.key if sample.chemical else ""


def _checked(sample: Sample) -> tuple[Sample, NDArray[np.float32]]:
    """Return the sample with its chemical standardised, and its array."""
    fields = lower_case(sample.metadata)
    if is_synthetic(fields):
        raise _Unfit(SYNTHETIC, EXPECTED_MEASURED)
    if found := other_ionisation(fields):
        raise _Unfit("not EI", f"found the ionisation {found!r}, expected electron ionisation (EI)")
    if found := other_scan(fields):
        raise _Unfit("not a full scan", f"found the spectrum type {found!r}, expected a full scan")
    chemical, mol = _structure(sample, fields)
    _expect_natural_isotopes(sample, fields, mol)
    mass, highest = _masses(mol)
    _expect_consistent(fields, mol, mass)
    try:
        array = FORM.to_array(sample)
    except InputError as error:
        raise _Unfit("base peak out of range", str(error)) from error
    if (peaks := int((array > 0).sum())) < MIN_PEAKS:
        raise _Unfit("too few peaks", f"found {peaks} peaks, expected at least {MIN_PEAKS}")
    _expect_underivatised(sample, fields, mol, mass, highest)
    return _standardised(sample, chemical, mol), array


def _standardised(sample: Sample, chemical: Chemical, mol: Mol) -> Sample:
    """Return the sample as of a standardised chemical, with the structure that it stated."""
    from rdkit import Chem
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    whole = CalcMolFormula(mol) == CalcMolFormula(Chem.MolFromSmiles(chemical.smiles))
    said = {} if whole else {STATED_SMILES: Chem.MolToSmiles(mol)}
    others = {k: v for k, v in sample.metadata.items() if k.lower() != STATED_SMILES.lower()}
    return replace(sample, chemical=chemical, metadata=others | said)


def _structure(sample: Sample, fields: Mapping[str, str]) -> tuple[Chemical, Mol]:
    from rdkit import Chem

    chemical = sample.chemical or Chemical(name=sample.name)
    with quiet_rdkit():
        if not chemical.smiles and (inchi := first_stated(fields, INCHI)):
            mol = Chem.MolFromInchi(inchi)
            if mol is None:
                raise _Unfit("unreadable structure", f"cannot parse InChI {shorten(inchi)!r}")
            chemical = replace(chemical, smiles=Chem.MolToSmiles(mol))
        if not chemical.smiles.strip():
            raise _Unfit("no structure", "found neither SMILES nor InChI, expected a structure")
        try:
            standard = chemical.standardised()
        except StructureError as error:
            raise _Unfit("unreadable structure", str(error)) from error
        return standard, _stated(fields, standard) or Chem.MolFromSmiles(chemical.smiles.strip())


def _stated(fields: Mapping[str, str], standard: Chemical) -> Mol | None:
    """Return the structure that an earlier preparation found, if it is still of the chemical."""
    from rdkit import Chem

    smiles = fields.get(STATED_SMILES.lower(), "")
    try:
        same = bool(smiles) and standardise(smiles)[1] == standard.key
    except StructureError:
        return None
    return Chem.MolFromSmiles(smiles) if same else None


def _expect_natural_isotopes(sample: Sample, fields: Mapping[str, str], mol: Mol) -> None:
    labels = [a.GetSymbol() + str(a.GetIsotope()) for a in mol.GetAtoms() if a.GetIsotope()]
    found = f"{len(labels)} labelled atoms ({labels[0]}, …)" if labels else ""
    found = found or isotope_words(fields, sample.name)
    if found:
        raise _Unfit("isotope-labelled", f"found {found}, expected natural isotopes")


def _masses(mol: Mol) -> tuple[float, float]:
    """Return the molecular mass and the highest m/z that the chemical's own isotopes explain."""
    from rdkit.Chem.Descriptors import ExactMolWt, MolWt  # type: ignore[attr-defined]

    # Six bromine atoms spread a molecule over twelve mass units: the margin must not cut them.
    halogens = sum(atom.GetSymbol() in ("Cl", "Br") for atom in mol.GetAtoms())
    mass = float(MolWt(mol))
    return mass, max(mass + MARGIN, float(ExactMolWt(mol)) + 2.0 * halogens + 2.0)


def _expect_consistent(fields: Mapping[str, str], mol: Mol, mass: float) -> None:
    from rdkit.Chem.Descriptors import ExactMolWt  # type: ignore[attr-defined]
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    drawn = CalcMolFormula(mol)
    text, atoms = stated_formula(fields)
    if atoms and atoms != stated_formula({"formula": drawn})[1]:
        raise _Unfit(
            "mass inconsistent", f"found the formula {text} beside a structure of formula {drawn}"
        )
    claimed = stated_mass(fields)
    if claimed and min(abs(claimed - mass), abs(claimed - ExactMolWt(mol))) > MASS_TOLERANCE:
        raise _Unfit(
            "mass inconsistent",
            f"found the molecular mass {claimed:g} beside a structure of mass {mass:.2f}",
        )


def _expect_underivatised(
    sample: Sample, fields: Mapping[str, str], mol: Mol, mass: float, highest: float
) -> None:
    heights = sample.signal.intensities / sample.signal.intensities.max() * 100.0
    beyond = (sample.signal.mz > highest) & (heights >= FAINTEST_BEYOND)
    strongest = float(heights[beyond].max(initial=0.0))
    if beyond.sum() >= PEAKS_BEYOND or strongest >= STRONG_BEYOND:
        raise _Unfit(
            "derivative",
            f"found {int(beyond.sum())} peaks above m/z {highest:.1f}, the strongest "
            f"{strongest:.1f} % of the base peak, beside a structure of mass {mass:.1f}: "
            "the spectrum of a derivative or of another chemical",
        )
    from rdkit import Chem

    # A record may well name a derivative and give its own structure; then it is its own chemical.
    for said, pattern in ((silyl_words, "[Si]"), (methoxime_words, "C=NO[CH3]")):
        words = said(fields, sample.name)
        if words and not mol.HasSubstructMatch(Chem.MolFromSmarts(pattern)):
            raise _Unfit(
                "derivative",
                f"found {words!r} in name, title or comment, which the structure does not show",
            )


def _expect_new(kept: list[_Kept], name: str, array: NDArray[np.float32]) -> None:
    weighted = array * np.sqrt(np.arange(1, array.size + 1, dtype=np.float32))
    weighted /= np.linalg.norm(weighted)
    for other in kept:
        similarity = float(weighted[other.bins] @ other.values)
        if similarity > DUPLICATE:
            raise _Unfit(
                "duplicate",
                f"found a weighted cosine of {similarity:.4f} to {other.id} of the same chemical, "
                f"expected at most {DUPLICATE}",
            )
    bins = np.flatnonzero(weighted).astype(np.uint16)
    kept.append(_Kept(name, bins, weighted[bins]))
