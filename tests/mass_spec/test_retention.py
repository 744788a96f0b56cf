"""Retention indices as records state them."""

from __future__ import annotations

import pytest

from chemtranslate.sample import Sample
from chemtranslate_mass_spec.retention import retention_index


@pytest.mark.parametrize(("fields", "index"), [
    ({"RI": "3633.257"}, 3633.257),
    ({"Retention_index": "1204 (DB-5)"}, 1204.0),
    ({"Comments": '"retention index=998.5" "x=y"'}, 998.5),
    ({"RI": "0.0000"}, None),
    ({"RI": "unknown"}, None),
    ({"Retention_time": "12.3"}, None),
    ({}, None),
])
def test_an_index_is_read_where_one_is_stated(
        fields: dict[str, str], index: float | None) -> None:
    assert retention_index(Sample("x", None, metadata=fields)) == index
