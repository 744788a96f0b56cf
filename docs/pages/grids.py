"""Results as Markdown tables: names with values, and grids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def tables(content: Any) -> list[str]:
    """Return tables for a result: a grid wherever rows share their columns, else names and values.
    """
    if isinstance(content, list) and all(isinstance(row, Mapping) for row in content):
        return _grid({str(number): row for number, row in enumerate(content, 1)}, numbered=True)
    grids = {name: value for name, value in content.items() if _is_grid(value)}
    plain = {name: value for name, value in content.items() if name not in grids}
    if _is_grid(content):
        return _grid(_tall(content))
    lines = named_values("Measured", plain)
    for name, value in grids.items():
        lines += [f"{name[:1].upper()}{name[1:]}:", "", *_grid(_tall(value))]
    return lines


def named_values(title: str, content: Any) -> list[str]:
    """Return a table of two columns under its title; what is nested has a name of several parts."""
    rows = list(_flat(content))
    if not rows:
        return []
    return [f"{title}:", "", "| | |", "|---|---|",
            *(f"| {cell(name)} | {cell(printed(value))} |" for name, value in rows), ""]


def _is_grid(value: Any) -> bool:
    return isinstance(value, Mapping) and len(value) > 1 and all(
        isinstance(row, Mapping) for row in value.values())


def _grid(rows: Mapping[str, Mapping[str, Any]], numbered: bool = False) -> list[str]:
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    heads = columns if numbered else ["", *columns]
    lines = ["| " + " | ".join(map(cell, heads)) + " |",
             "|" + "---|" * (1 + numbered) + "---:|" * (len(heads) - 1 - numbered)]
    for name, row in rows.items():
        values = [cell(printed(row[column])) if column in row else "" for column in columns]
        lines.append("| " + " | ".join(values if numbered else [cell(name), *values]) + " |")
    return [*lines, ""]


def _tall(rows: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """Return a grid with its longer side down the page."""
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    if len(columns) <= len(rows):
        return rows
    return {column: {name: row[column] for name, row in rows.items() if column in row}
            for column in columns}


def _flat(content: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    pairs: Iterable[tuple[str, Any]]
    if isinstance(content, Mapping):
        pairs = ((str(name), value) for name, value in content.items())
    elif isinstance(content, list) and any(isinstance(one, Mapping | list) for one in content):
        pairs = ((str(number), value) for number, value in enumerate(content, 1))
    else:
        yield prefix, content
        return
    for name, value in pairs:
        yield from _flat(value, f"{prefix}, {name}" if prefix else name)


def printed(value: Any) -> str:
    """Return a value as a table shows it: a number to four digits, thousands grouped."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "not measured"}[value]
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, list):
        return ", ".join(map(printed, value))
    if isinstance(value, Mapping):
        return "(" + ", ".join(f"{name} {printed(one)}" for name, one in value.items()) + ")"
    return str(value)


def cell(text: str) -> str:
    """Return a text as a cell of a Markdown table can hold it."""
    return " ".join(text.split()).replace("|", "\\|")
