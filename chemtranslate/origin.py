"""Measured or made: what a sample's fields say, so that no made one passes for a measured one."""

from __future__ import annotations

from collections.abc import Mapping

from chemtranslate.batching import unusable
from chemtranslate.sample import Reject, Sample

ORIGIN = "Spectrum_origin"
"""Field that says where a sample is from; a measured one need not have it."""
SYNTHETIC, TRANSLATED, MEASURED = "synthetic", "translated", "measured"
EXPECTED_MEASURED = f"found {ORIGIN}: {SYNTHETIC}, expected a measured sample"


def origin_of(metadata: Mapping[str, str]) -> str:
    """Return "synthetic" if any `Spectrum_origin` says so, else what the first of them says.

    Where there is none: "translated" if there is `Translated_from`, else "measured". Case does not
    tell fields apart.
    """
    stated = _stated(metadata, ORIGIN)
    if any(one.lower() == SYNTHETIC for one in stated):
        return SYNTHETIC
    return (*stated, TRANSLATED if _stated(metadata, "Translated_from") else MEASURED)[0]


def is_synthetic(metadata: Mapping[str, str]) -> bool:
    """Say whether a sample of these metadata is one that `augment` made, and not measured."""
    return origin_of(metadata) == SYNTHETIC


def not_measured(sample: Sample) -> Reject:
    """Return the reject of a synthetic sample where a measured one is wanted."""
    return unusable(sample, EXPECTED_MEASURED, SYNTHETIC)


def _stated(metadata: Mapping[str, str], name: str) -> list[str]:
    """Return what the fields of a name say; one that a record repeats has a line for each."""
    values = [value for field, value in metadata.items() if field.lower() == name.lower()]
    return [line.strip() for value in values for line in value.split("\n") if line.strip()]
