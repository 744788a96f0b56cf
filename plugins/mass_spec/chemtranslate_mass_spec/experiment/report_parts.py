"""What a report is made of: tables, figures, and how numbers are printed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

Cell = str | int | float | None
MISSING = "–"
"""How a cell without a value is printed."""
DIGITS, DECIMALS = 3, 3
"""Significant digits and decimals that a printed number keeps, at most."""
GIVEN = 4
"""Significant digits up to which a number is printed as it is, such as one from a paper."""
FILE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True)
class Table:
    """A table of results.

    Attributes:
        name: of its file: small letters, digits, "_" and "-".
        title: what the table shows, in a sentence.
        columns: headings.
        rows: one value per heading; None where there is no value.
        note: what a reader must know to read it right.
        command: the line that makes the table again.
        seeds: of the random numbers behind it.

    Raises:
        ValueError: the name cannot name a file, or a row has more or fewer values than headings.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    command: str = ""
    seeds: str = ""

    def __post_init__(self) -> None:
        _check_name(self.name)
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(
                    f"table {self.name}: found a row of {len(row)} values, expected "
                    f"{len(self.columns)}: {row}"
                )


@dataclass(frozen=True)
class Figure:
    """A figure of results, drawn only when it is written.

    Attributes:
        name: of its files: small letters, digits, "_" and "-".
        title: what the figure shows, in a sentence.
        caption: how to read it.
        draw: makes the picture.

    Raises:
        ValueError: the name cannot name a file.
    """

    name: str
    title: str
    caption: str
    draw: Callable[[], Picture]

    def __post_init__(self) -> None:
        _check_name(self.name)


def narrowed(table: Table, columns: Sequence[str]) -> Table:
    """Return a table with only some of its columns; with all, where none are named."""
    kept = [table.columns.index(column) for column in columns or table.columns]
    return replace(
        table,
        columns=tuple(table.columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in table.rows),
    )


def seeds_of(count: int) -> str:
    """Name the seeds of some draws."""
    return "0" if count == 1 else f"0 to {count - 1}"


def numeric_columns(table: Table) -> list[bool]:
    """Say of each column whether it holds numbers, and nothing else but missing values."""
    columns = [[value for value in column if value is not None] for column in _columns(table)]
    return [
        bool(column) and not any(isinstance(value, str) for value in column) for column in columns
    ]


def printed(table: Table) -> list[tuple[str, ...]]:
    """Return the rows as they are printed.

    The numbers of a column have the same number of decimals: as many as the one that needs most
    for DIGITS significant digits, and never more than DECIMALS.
    """
    columns = [_printed_column(column) for column in _columns(table)]
    return list(zip(*columns, strict=True))


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: numbers of NumPy as Python's, what is not finite as None."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, str) or value is None:
        return value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, Iterable):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) else str(value)


def _columns(table: Table) -> list[list[Cell]]:
    rows: list[list[Cell]] = plain(table.rows)
    return [[row[number] for row in rows] for number in range(len(table.columns))]


def _printed_column(column: Sequence[Cell]) -> list[str]:
    decimals = max((_decimals(value) for value in column if isinstance(value, float)), default=0)
    return [_printed_cell(value, decimals) for value in column]


def _printed_cell(value: Cell, decimals: int) -> str:
    if value is None:
        return MISSING
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    # Grouped from five digits on, so that a year stays a year.
    group = "," if abs(value) >= 10_000 else ""
    if isinstance(value, int):
        return f"{value:{group}}".replace("-", "\N{MINUS SIGN}")
    if value and abs(value) < 0.5 * 10**-DECIMALS:
        return f"{value:.2g}".replace("-", "\N{MINUS SIGN}")
    return f"{value:{group}.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def _decimals(value: float) -> int:
    """Return the decimals that a number needs to be told to DIGITS significant digits."""
    told = value if float(f"{value:.{GIVEN}g}") == value else float(f"{value:.{DIGITS}g}")
    _, _, decimals = f"{told:.{DECIMALS}f}".rstrip("0").partition(".")
    return len(decimals)


def _check_name(name: str) -> None:
    if not FILE_NAME.fullmatch(name):
        raise ValueError(
            f'found the name {name!r}, expected small letters, digits, "_" and "-", as it names a '
            "file"
        )
