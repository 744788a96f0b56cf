"""What the readers of all formats share: peaks as they are written, and the fields around them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from chemtranslate.chemical import Chemical, shorten
from chemtranslate.errors import InputError
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate_nmr.peaklist import UNKNOWN, PeakList

OTHER = "other nucleus"
"""Kind of the rejects of spectra that another modality may have a use for."""

_HEIGHT = re.compile(r"\s*(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)?\s*")
_BY_SPECTRUM = re.compile(r"(?:^|\s)(\d+):")
_CONDITIONS = ("solvent", "field", "temperature")
"""How the names of fields begin that nmrshiftdb2 fills for all spectra of a molecule at once."""


def peak_list(nucleus: str, peaks: Iterable[tuple[Any, Any, Any]]) -> PeakList:
    """Return peaks, as a file states them, as a list.

    Args:
        peaks: shift, multiplicity and number of the atom of each; None where it states none.

    Raises:
        InputError: a peak is not of this form, or as of `PeakList.of`.
    """
    stated = list(peaks)
    return PeakList.of(
        nucleus,
        [_shift(shift) for shift, _, _ in stated],
        [_multiplicity(word) for _, word, _ in stated],
        [_atom(atom) for _, _, atom in stated],
    )


def _shift(value: Any) -> float:
    try:
        shift = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        shift = math.nan
    if math.isnan(shift):
        raise InputError(f"found {shorten(repr(value))}, expected a shift in ppm")
    return shift


def _multiplicity(value: Any) -> str:
    """Return a multiplicity without the height that nmrshiftdb2 puts before it: "0.0D" is "D"."""
    if value is None or isinstance(value, int | float):
        return ""
    if not isinstance(value, str):
        raise InputError(f"found {shorten(repr(value))}, expected a multiplicity")
    height = _HEIGHT.match(value)
    return value[height.end() if height else 0 :].strip()


def _atom(value: Any) -> int:
    if value is None or value == "":
        return UNKNOWN
    try:
        number = int(value)
        exact = not isinstance(value, bool) and number == float(value)
    except (TypeError, ValueError, OverflowError):
        number, exact = UNKNOWN, False
    if not exact or not UNKNOWN <= number < 1 << 31:
        raise InputError(f"found {shorten(repr(value))}, expected the number of an atom")
    return number


def other_nucleus(found: str, nucleus: str, place: Place, name: str) -> Reject:
    """Return the reject of a spectrum of another nucleus than the one that is read."""
    return Reject(
        place, name, f"found a spectrum of {shorten(found)}, expected one of {nucleus}", OTHER
    )


def malformed(place: Place, name: str, line: int, why: object) -> Reject:
    """Return the reject of a record that breaks its format, and say in which line."""
    return Reject(place, shorten(name), f"line {line}: {why}", "malformed", malformed=True)


def same_nucleus(name: str, nucleus: str) -> bool:
    """Say whether a text names a nucleus: "13C", "13c", "C13" and "C-13" do."""
    plain = re.sub(r"[^0-9a-z]", "", name.lower())
    number, element = nucleus[:-1], nucleus[-1].lower()
    return plain in (number + element, element + number)


def conditions(fields: Mapping[str, str], spectrum: str) -> dict[str, str]:
    """Return the fields of a molecule as they are for one of its spectra.

    nmrshiftdb2 writes the solvent, field and temperature of all spectra of a molecule into one
    field each, "0:neat 1:CDCl3"; of those, only what belongs to the spectrum is kept.
    """
    found = {}
    for name, text in fields.items():
        value = text
        if name.lower().startswith(_CONDITIONS) and _BY_SPECTRUM.match(text):
            parts = _BY_SPECTRUM.split(text)[1:]
            value = dict(zip(parts[::2], parts[1::2], strict=True)).get(spectrum, "")
        if value.strip():
            found[name] = value.strip()
    return found


def sample_of(
    identity: Mapping[str, str],
    signal: PeakList,
    metadata: Mapping[str, str],
    place: Place,
    label: str,
) -> Sample:
    """Return the sample of a record.

    Args:
        identity: `name`, `smiles`, `inchikey`, `cas`, where they are stated.
        label: the id of the sample.
    """
    smiles, inchikey, name, cas = (
        identity.get(key, "").strip() for key in ("smiles", "inchikey", "name", "cas")
    )
    chemical = Chemical(smiles, inchikey, name, cas) if smiles or inchikey or cas else None
    return Sample(label, signal, name, chemical, dict(metadata), place)
