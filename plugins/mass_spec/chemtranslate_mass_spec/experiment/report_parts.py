"""What a report is made of: tables, figures, and how numbers are printed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

Cell = str | int | float | None
Values = Sequence[float] | NDArray[np.floating]
MISSING = "–"
"""How a cell without a value is printed."""
DIGITS, DECIMALS = 3, 3
"""Significant digits and decimals that a printed number keeps, at most."""
GIVEN = 4
"""Significant digits up to which a number is printed as it is, such as one from a paper."""
LEAST_DRAWS = 3
"""Draws that a confidence interval takes."""
ON_SPREAD = f"Spread over draws: standard deviation; {MISSING} where there is one draw."
ON_INTERVALS = (
    f"95 % intervals of means over draws are Student's t; {MISSING} where there are fewer than "
    f"{LEAST_DRAWS} draws."
)
"""What a reader of a table must know of them."""
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


def deviation(values: Values) -> float:
    """Return the standard deviation of some draws; NaN of one, which has no spread.

    Args:
        values: one per draw.
    """
    return float(np.std(values)) if len(values) > 1 else float("nan")


def interval(values: Values) -> float:
    """Return half the width of the 95 % confidence interval of a mean (Student's t).

    Args:
        values: one per draw.

    Returns:
        NaN of fewer than LEAST_DRAWS draws: two would mostly say that two are few.
    """
    from scipy.stats import t

    if len(values) < LEAST_DRAWS:
        return float("nan")
    error = float(np.std(values, ddof=1)) / len(values) ** 0.5
    return float(t.ppf(0.975, len(values) - 1) * error)


def numeric_columns(table: Table) -> list[bool]:
    """Say of each column whether it holds numbers, and nothing else but missing values."""
    return [_numeric(column) for column in _columns(table)]


def printed(table: Table) -> list[tuple[str, ...]]:
    """Return the rows as they are printed.

    The numbers of a column have the same number of decimals: as many as the one that needs most
    for DIGITS significant digits, and never more than DECIMALS. Where one has five digits before
    them, thousands are set apart in all: else a year stays a year. In a column of numbers and
    texts, numbers stand for themselves.
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
    if not _numeric(column):
        return [
            _printed_cell(value, _decimals(value) if isinstance(value, float) else 0)
            for value in column
        ]
    numbers = [value for value in column if isinstance(value, int | float)]
    decimals = max((_decimals(value) for value in numbers if isinstance(value, float)), default=0)
    apart = max(map(abs, numbers)) >= 10_000
    return [_printed_cell(value, decimals, apart) for value in column]


def _numeric(column: Sequence[Cell]) -> bool:
    values = [value for value in column if value is not None]
    return bool(values) and not any(isinstance(value, str) for value in values)


def _printed_cell(value: Cell, decimals: int, apart: bool = False) -> str:
    if value is None:
        return MISSING
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    group = "," if apart else ""
    if isinstance(value, int):
        return f"{value:{group}}".replace("-", "\N{MINUS SIGN}")
    if value and abs(value) < 0.5 * 10**-DECIMALS:
        return f"{value:.2g}".replace("e-0", "e-").replace("-", "\N{MINUS SIGN}")
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
