from __future__ import annotations

import pytest

from chemtranslate.origin import is_synthetic, origin_of


@pytest.mark.parametrize(("metadata", "origin"), [
    ({}, "measured"),
    ({"Spectrum_origin": ""}, "measured"),
    ({"Spectrum_origin": "synthetic"}, "synthetic"),
    ({"SPECTRUM_ORIGIN": " Synthetic "}, "synthetic"),
    ({"Spectrum_origin": "in silico"}, "in silico"),
    ({"Translated_from": "mass_spec"}, "translated"),
    ({"Translated_from": "mass_spec", "Spectrum_origin": "synthetic"}, "synthetic"),
    ({"spectrum_origin": "ours", "Spectrum_origin": "synthetic"}, "synthetic"),
    ({"spectrum_origin": "ours\nsynthetic"}, "synthetic"),
])
def test_the_fields_of_a_record_say_whether_it_was_measured_or_made(
        metadata: dict[str, str], origin: str) -> None:
    assert origin_of(metadata) == origin
    assert is_synthetic(metadata) == (origin == "synthetic")
