"""`experiment.md`: the experiment on MassBank, its tables and figures as the report has them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chemtranslate_mass_spec.experiment.report_parts import Table, numeric_columns, printed
from pages.filled import filled
from pages.places import DOCS, NOT_MEASURED, NOTE, RESULTS, measured

NAME = "experiment.json"
IMAGES = DOCS / "images" / "experiment"
COMMAND = "chemtranslate experiment mass_spec PREPARED.msp -o REPORT"
FIRST = ("library", "accuracies", "table-5")
"""The tables that open the page; the others follow as in the report."""
FINDINGS = Path(__file__).with_name("experiment_findings.md")
LONG = 30
"""Rows from which on a table is folded away."""


def page(folder: Path = RESULTS, images: Path = IMAGES) -> str:
    """Return the page.

    Args:
        folder: holds the results of a run as `experiment.json`.
        images: holds its figures as PNG; a figure without a file is left out.
    """
    lines = [NOTE, "# What the experiment finds on MassBank", "",
             "Do synthetic mass spectra help where measured replicates are few? "
             "[The same on a library of your own](how-to/experiment.md) is one command; how the "
             "ways to make spectra work is said under [mass spectra](explanation/mass-spectra.md).",
             ""]
    found = measured(folder / NAME)
    lines += _found(found, images) if found else [
        NOT_MEASURED, "",
        f"`{COMMAND}` measures it, `python scripts/experiment_docs.py REPORT` brings it here.", ""]
    return "\n".join(lines).rstrip() + "\n"


def _found(found: Mapping[str, Any], images: Path) -> list[str]:
    about = found["about"]
    tables = [_table(content) for content in found["tables"]]
    tables.sort(key=lambda table: FIRST.index(table.name) if table.name in FIRST else len(FIRST))
    figures = [one for one in found["figures"] if (images / f"{one['name']}.png").is_file()]
    findings = filled(FINDINGS.read_text(encoding="utf-8"), found["tables"])
    lines = ["```sh", about["command"], "```", "", *_run(about), findings, "## Tables", ""]
    for table in tables:
        lines += _shown(table, about["command"])
    if figures:
        lines += ["## Figures", ""]
    for one in figures:
        title = _text(one["title"])
        lines += [f"### {title}", "", _text(one["caption"]), "",
                  f"![{title}](images/{images.name}/{one['name']}.png)", ""]
    return lines


def _run(about: Mapping[str, Any]) -> list[str]:
    """Return a list of what the run was made with."""
    stated = [("Hub", f"`{about['hub']}`" if about.get("hub") else ""),
              ("General models", _text(about.get("general models", ""))),
              ("Groups of similar chemicals",
               _text(about.get("groups of similar chemicals", ""))),
              ("Versions", ", ".join(f"{_text(name)} {_text(version)}" for name, version
                                     in about.get("versions", {}).items()))]
    return [*(f"- {name}: {text}" for name, text in stated if text), ""]


def _table(content: Mapping[str, Any]) -> Table:
    return Table(**{**content, "columns": tuple(content["columns"]),
                    "rows": tuple(map(tuple, content["rows"]))})


def _shown(table: Table, command: str) -> list[str]:
    sides = ["---:|" if numeric else "---|" for numeric in numeric_columns(table)]
    grid = [_row(table.columns), "|" + "".join(sides), *map(_row, printed(table)), ""]
    if len(table.rows) >= LONG:
        grid = [f"<details><summary>{len(table.rows)} rows</summary>", "", *grid, "</details>", ""]
    lines = [f"### {_text(table.title)}", "", *grid]
    if table.note:
        lines += [_text(table.note), ""]
    if table.seeds:
        lines += [f"{'Seeds' if ' ' in table.seeds else 'Seed'} {_text(table.seeds)}.", ""]
    if table.command not in ("", command):
        lines += [f"`{table.command}`", ""]
    return lines


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(_text, cells)) + " |"


def _text(text: object) -> str:
    """Return a text on one line, in which nothing is markup."""
    return re.sub(r"([\\`*_\[\]<|&])", r"\\\1", " ".join(str(text).split()))
