"""`modalities`: what translates into what, and how well."""

from __future__ import annotations

import json
from textwrap import fill
from typing import Any

import click

from chemtranslate.artefact import read_card
from chemtranslate.cli import options
from chemtranslate.plugins import Registry, registry
from chemtranslate.specs import ModelSpec

TRANSLATIONS = "translations"
"""Under this name a decoder's card keeps, by source, what `evaluate --on-card` measured; an
encoder's card, by the modality of the structures."""
RANKS = {"recall@1": "@1", "recall@10": "@10"}
LEGEND = (
    "Measured on chemicals that no model has learned from: the mean likeness of what was "
    "translated to what was measured, where both are samples; how often the right one of so many "
    "comes first (@1) or among the first ten (@10). `--json` has the figures with their names."
)
NOT_MEASURED, NO_WEIGHTS, NO_MODEL = "not measured", "to be trained", "no model"


@click.command()
@options.as_json
def modalities(as_json: bool) -> None:
    """Show what translates into what, with what was measured of it on unseen chemicals."""
    plugins = registry()
    names = plugins.names("modality")
    cells = {source: {target: _cell(plugins, source, target) for target in names}
             for source in names}
    if as_json:
        click.echo(json.dumps(cells, indent=2, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Column, Table

    columns = (Column(head, overflow="fold") for head in ("from \\ to", *names))
    table = Table(*columns, show_lines=True)
    for source, row in cells.items():
        table.add_row(source, *("\n".join(_lines(cell)) for cell in row.values()))
    Console().print(table)
    click.echo(fill(LEGEND, 80))
    for name in names:
        spec = plugins.modality(name)
        formats = ", ".join(suffix for fmt in spec.formats for suffix in fmt.suffixes)
        click.echo(f"{name}: {spec.description} ({formats})")


def _cell(plugins: Registry, source: str, target: str) -> dict[str, Any]:
    """Return state and figures of one translation."""
    encoder, decoder = plugins.modality(source).encoder, plugins.modality(target).decoder
    if encoder is None or decoder is None:
        return {"state": NO_MODEL}
    models: list[ModelSpec] = [plugins.encoder(encoder), plugins.decoder(decoder)]
    if any(model.folder is None and model.train is not None for model in models):
        return {"state": NO_WEIGHTS}
    model, other = (
        (models[0], target) if target == plugins.structures else (models[1], source))
    card = read_card(model.folder) if model.folder else None
    figures = card.metrics.get(TRANSLATIONS, {}).get(other) if card else None
    return {"state": "measured", **figures} if figures else {"state": NOT_MEASURED}


def _lines(cell: dict[str, Any]) -> list[str]:
    """Return what the table shows of a cell, in lines short enough for its columns."""
    if cell["state"] != "measured":
        return [str(cell["state"])]
    mean = [f"{cell[name]:.2f}" for name in cell if name.startswith("mean ")]
    ranks = [f"{short} {cell[name]:.0%}" for name, short in RANKS.items() if name in cell]
    return [*mean, *ranks, f"of {cell['unseen chemicals']:,}"]
