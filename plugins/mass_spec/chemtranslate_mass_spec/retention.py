"""The retention index that a record states, on whatever column it was measured."""

from __future__ import annotations

import re

from chemtranslate.sample import Sample
from chemtranslate_mass_spec.record_fields import lower_case

FIELDS = (
    "ri", "retention_index", "retention index", "retentionindex", "kovats_rti", "kovats index",
    "ac$chromatography kovats_rti", "ac$chromatography retention_index",
)  # fmt: skip
_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)(?=\s|\(|$)")


def retention_index(sample: Sample) -> float | None:
    """Return the retention index of a record; None where it states none, or 0."""
    fields = lower_case(sample.metadata)
    for name in FIELDS:
        found = _NUMBER.match(fields.get(name, ""))
        if found and float(found[1]) > 0:
            return float(found[1])
    return None
