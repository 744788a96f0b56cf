"""The experiment's results as files that people and programs read, and as tables in a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from chemtranslate.errors import OutputError
from chemtranslate.files import csv_into, written_whole
from chemtranslate_mass_spec.experiment.report_page import page
from chemtranslate_mass_spec.experiment.report_parts import (
    FILE_NAME,
    Figure,
    Table,
    numeric_columns,
    plain,
    printed,
)

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Figure", "Table", "draws_of", "remove_report", "show", "write_report"]
DPI = 150
PAGE, RESULTS = "report.html", "results.json"
KINDS = {"tables": ("csv",), "figures": ("svg", "png")}
"""Folders of a report, and the endings of the files that it writes there."""


def write_report(
    folder: Path,
    title: str,
    about: Mapping[str, Any],
    tables: Sequence[Table],
    figures: Sequence[Figure],
) -> None:
    """Write results.json, tables/*.csv, figures/*.png and *.svg, and report.html.

    The page of an earlier report goes first and the new one comes last: where it is there,
    everything is there, and nothing of another report. Files between are replaced one by one, each
    when it is whole, and tables and figures that this report does not have go; other files stay.

    Args:
        folder: made where it is not there.
        title: of the report.
        about: what was done with what: versions, settings, counts, times; mappings may nest.
        tables, figures: in the order of the page.

    Raises:
        ValueError: two tables or two figures have one name.
        OutputError: the folder cannot be made, or the disk refused a file or kept an old one.
        MissingExtraError: there are figures, and matplotlib is not installed.
    """
    _check_different([table.name for table in tables], "tables")
    _check_different([figure.name for figure in figures], "figures")
    for needed in (folder, *(folder / name for name in KINDS)):
        try:
            needed.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{needed}: cannot be made: {error.strerror or error}") from None
    names = {"tables": {one.name for one in tables}, "figures": {one.name for one in figures}}
    _remove(folder / PAGE)
    for path in _written(folder):
        if path.stem not in names[path.parent.name]:
            _remove(path)
    known = plain(about)
    results = {
        "title": title,
        "about": known,
        "tables": [plain(asdict(table)) for table in tables],
        "figures": [
            {"name": figure.name, "title": figure.title, "caption": figure.caption}
            for figure in figures
        ],
    }
    _write(folder / RESULTS, json.dumps(results, indent=1, ensure_ascii=False).encode())
    for table in tables:
        with written_whole(folder / "tables" / f"{table.name}.csv", force=True) as stream:
            write_csv(table, stream)
    pictures: list[tuple[bytes, bytes]] = []
    for figure in figures:
        svg, png = rendered(figure)
        for kind, picture in zip(KINDS["figures"], (svg, png), strict=True):
            _write(folder / "figures" / f"{figure.name}.{kind}", picture)
        pictures.append((svg, png))
    _write(folder / PAGE, page(title, known, tables, figures, pictures).encode())


def remove_report(folder: Path) -> None:
    """Remove what `write_report` has left in a folder, the page first; other files stay.

    Raises:
        OutputError: a file cannot be removed.
    """
    for path in (folder / PAGE, folder / RESULTS, *_written(folder)):
        _remove(path)


def draws_of(folder: Path) -> int:
    """Return how many draws the report in a folder was made of; 0 where there is none."""
    try:
        plan = json.loads((folder / RESULTS).read_text(encoding="utf-8"))["about"]["plan"]
        return int(max(plan["seeds"], plan["quality_seeds"]))
    except (OSError, ValueError, LookupError, TypeError):
        return 0


def write_csv(table: Table, stream: IO[bytes]) -> None:
    """Write a table as CSV, its numbers in full and nothing where there is no value."""
    with csv_into(stream) as rows:
        rows.writerow(table.columns)
        rows.writerows(plain(table.rows))


def rendered(figure: Figure) -> tuple[bytes, bytes]:
    """Return a figure as SVG and as PNG; the same figure gives the same bytes."""
    from matplotlib import rc_context

    picture = figure.draw()
    svg, png = BytesIO(), BytesIO()
    # Else the SVG holds the time and random names, and no two reports would be the same.
    with rc_context({"svg.hashsalt": figure.name}):
        picture.savefig(svg, format="svg", dpi=DPI, metadata={"Date": None, "Creator": None})
    picture.savefig(png, format="png", dpi=DPI, metadata={"Software": None})
    return svg.getvalue(), png.getvalue()


def show(table: Table, console: Console | None = None) -> None:
    """Print a table in the terminal.

    Args:
        console: where to print; standard output by default.
    """
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    # Text, not strings: a chemical's name may hold square brackets, which rich reads as markup.
    grid = Grid(
        title=Text(table.title, "bold"),
        caption=Text(table.note) if table.note else None,
        title_justify="left",
        caption_justify="left",
    )
    for heading, numeric in zip(table.columns, numeric_columns(table), strict=True):
        grid.add_column(Text(heading), justify="right" if numeric else "left")
    for row in printed(table):
        grid.add_row(*map(Text, row))
    (console or Console()).print(grid, highlight=False)


def _written(folder: Path) -> list[Path]:
    """Return the tables and figures that reports have left in a folder."""
    found = (
        path for place, kinds in KINDS.items() for kind in kinds
        for path in (folder / place).glob(f"*.{kind}")
    )
    return [path for path in found if FILE_NAME.fullmatch(path.stem) and path.is_file()]


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: cannot be removed: {error.strerror or error}") from None


def _check_different(names: Sequence[str], what: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"found two {what} of one name: {', '.join(twice)}")


def _write(path: Path, content: bytes) -> None:
    with written_whole(path, force=True) as stream:
        stream.write(content)
