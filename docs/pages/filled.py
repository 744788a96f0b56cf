"""Texts written by hand whose numbers come from a report's tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chemtranslate_mass_spec.experiment.report_parts import MISSING

PLACE = re.compile(r"\{\{([^|{}]+)\|([^|{}]+)\|([^|{}]+?)(?:\|(points|percent))?\}\}")
FORMS: Mapping[str | None, Callable[[float], str]] = {
    None: lambda value: f"{value:.3g}",
    "points": lambda value: f"{100 * value:+.1f}",
    "percent": lambda value: f"{100 * value:.0f} %",
}


def filled(template: str, tables: Sequence[Mapping[str, Any]]) -> str:
    """Fill in the numbers of a text.

    Args:
        template: `{{table|first cells of a row, "; " between them|column}}` stands for a number,
            `|points` or `|percent` after the column for a difference or a share of such.
        tables: of a report.

    Returns:
        the text; MISSING stands where the report has no such number.
    """
    named = {table["name"]: table for table in tables}
    return PLACE.sub(lambda place: _value(named, *place.groups()), template)


def _value(
    tables: Mapping[str, Mapping[str, Any]], name: str, row: str, column: str, form: str | None
) -> str:
    table = tables.get(name)
    if table is None or column not in table["columns"]:
        return MISSING
    asked = row.split("; ")
    for cells in table["rows"]:
        value = cells[table["columns"].index(column)]
        if [str(cell) for cell in cells[: len(asked)]] == asked and value is not None:
            return FORMS[form](value)
    return MISSING
