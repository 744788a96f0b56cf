"""What a record claims about its measurement, read from fields that every dialect words its way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from chemtranslate.chemical import shorten
from chemtranslate_mass_spec.record_fields import first_stated

_IONISATION = (
    "ionization", "ionisation", "ionization_method", "ionization method", "ionization mode",
    "ionization_mode", "ion_source", "ion source", "source_type", "ac$mass_spectrometry ionization",
    "instrument_type", "instrument type", "instrumenttype", "ac$instrument_type",
)  # fmt: skip
_OTHERS = frozenset(
    {
        "CI", "NCI", "PCI", "NICI", "FI", "FD", "LIFDI", "FAB", "APCI", "APPI", "APGC", "ESI",
        "HESI", "NSI", "NANOESI", "MALDI", "LDI", "SIMS", "DART", "DESI", "ICP", "TSP",
    }
)  # fmt: skip
_SPECTRUM_TYPE = (
    "spectrum_type", "spectrum type", "spectrumtype", "ms_type", "ms_level", "ms level", "mslevel",
    "ac$mass_spectrometry ms_type",
)  # fmt: skip
_FULL_SCAN = re.compile(r"(ms|ms-?1|1|full.?(scan|ms)?|scan)", re.IGNORECASE)
_TANDEM = re.compile(r"ms.?[2-9n]|ms.?ms|tandem|product|^[2-9]$", re.IGNORECASE)
_FORMULA = ("formula", "molecular_formula", "molecular formula", "ch$formula")
_MASS = (
    "exactmass", "exact mass", "exact_mass", "ch$exact_mass", "total exact mass", "mw",
    "molecular weight", "nominal_mass",
)  # fmt: skip
_WORDS = ("comment", "comments", "record_title", "ms$focused_ion derivative_type", "derivative")

_LABELLED_FORMULA = re.compile(r"[DT](?![a-z])|\[\^?\d+[A-Z]|\(\d+[A-Z]")
_LABELLED = re.compile(
    r"deuter|\btriti?ated|(?<!vitamin)[-(\[]d\d{1,2}(?![a-z0-9])|\(2H\d+\)"
    r"|(?<![a-z0-9])\(?(?:13C|15N|18O)\d*(?![a-z0-9])|isotop\w* label|label\w* with",
    re.IGNORECASE,
)
_SILYL = re.compile(
    r"(?<![a-z])(?:\d+\s?|n )?TB?DMS(?![a-z])|(?:\d|\bn|\b)\s?TMS(?![a-z])|trimethylsilyl|silylat"
    r"|MSTFA|BSTFA",
    re.IGNORECASE,
)
_METHOXIME = re.compile(r"methoxim|methyloxime|MEOX(?![a-z])", re.IGNORECASE)
_ATOM = re.compile(r"([A-Z][a-z]?)(\d*)")
_CHARGE = re.compile(r"\]\d*[+-]\d*$|[+-]\d*$|[\[\]\s]")
_PLAIN_FORMULA = re.compile(r"(?:[A-Z][a-z]?\d{0,5})+")


def other_ionisation(fields: Mapping[str, str]) -> str:
    """Return the ionisation that the fields state if it is not EI, else "".

    Args:
        fields: of the record, names in lower case.
    """
    for key in _IONISATION:
        text = fields.get(key, "")
        words = set(re.split(r"[^A-Z0-9]+", text.upper()))
        if "EI" in words or re.search(r"electron (ioni[sz]ation|impact)", text, re.IGNORECASE):
            return ""
        if words & _OTHERS or re.search(r"chemical ioni|electrospray|field ioni", text.lower()):
            return shorten(text)
    return ""


def other_scan(fields: Mapping[str, str]) -> str:
    """Return the spectrum type that the fields state if it is not a full scan, else ""."""
    text = first_stated(fields, _SPECTRUM_TYPE)
    if _FULL_SCAN.fullmatch(text) or not _TANDEM.search(text):
        return ""
    return shorten(text)


def isotope_words(fields: Mapping[str, str], name: str) -> str:
    """Return what formula, name or comment say about isotope labels, "" where they say nothing."""
    formula = first_stated(fields, _FORMULA)
    if _LABELLED_FORMULA.search(formula):
        return f"the formula {shorten(formula)!r}"
    for text in (name, *(fields.get(key, "") for key in _WORDS)):
        if found := _LABELLED.search(text):
            return f"{found.group()!r} in {shorten(text)!r}"
    return ""


def silyl_words(fields: Mapping[str, str], name: str) -> str:
    """Return what name, title or comment say about silylation, "" where they say nothing."""
    return _found(_SILYL, fields, name)


def methoxime_words(fields: Mapping[str, str], name: str) -> str:
    """Return what name, title or comment say about methoximation, "" where they say nothing."""
    return _found(_METHOXIME, fields, name)


def _found(pattern: re.Pattern[str], fields: Mapping[str, str], name: str) -> str:
    for text in (name, *(fields.get(key, "") for key in _WORDS)):
        if found := pattern.search(text):
            return found.group().strip()
    return ""


def stated_formula(fields: Mapping[str, str]) -> tuple[str, Counter[str]]:
    """Return the stated formula and its atoms; none where it is absent or not a plain formula.

    Brackets and charges are passed over, parts joined by "." or "*" are added up.
    """
    text = first_stated(fields, _FORMULA)
    atoms: Counter[str] = Counter()
    for part in re.split(r"[.*]", _CHARGE.sub("", text)):
        if not _PLAIN_FORMULA.fullmatch(part):
            return text, Counter()
        for symbol, count in _ATOM.findall(part):
            atoms[symbol] += int(count or 1)
    return text, atoms


def stated_mass(fields: Mapping[str, str]) -> float:
    """Return the stated molecular mass in Da, 0 where none is stated."""
    try:
        mass = float(first_stated(fields, _MASS))
    except ValueError:
        return 0.0
    return mass if 0 < mass < 1e6 else 0.0
