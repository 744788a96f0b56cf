"""`lookup`: one chemical: who it is, what the hub says of it, and what is near it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from chemtranslate.cli import options
from chemtranslate.cli.ledger import count
from chemtranslate.cli.lookup import table_of
from chemtranslate.depict import depict
from chemtranslate.files import check_output, output_stream
from chemtranslate.hub import Hub, Match, Point, load_hub
from chemtranslate.plugins import registry
from chemtranslate.protocols import Predicted
from chemtranslate.specs import resolve
from chemtranslate.splits import part
from chemtranslate.table import EmbeddingTable


@click.command()
@click.argument("chemical")
@options.top_k("Nearest chemicals to name.")
@click.option(
    "--among",
    metavar="TABLE",
    help="Where to look for neighbours: an embedding table or the word catalogue; by default the "
    "catalogue if `index build catalogue` has been run, else the hub's reference chemicals.",
)
@click.option(
    "--structure", type=options.PATH, metavar="FILE", help="Draw the structure (.svg or .png)."
)
@options.hub
@options.force
@options.as_json
def lookup(
    chemical: str,
    top_k: int,
    among: str | None,
    structure: Path | None,
    hub: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Look up CHEMICAL, a name, CAS number, InChIKey or SMILES."""
    if structure is not None:
        check_output(structure, force)
    loaded = load_hub(hub)
    point = loaded.lookup(chemical)
    table = table_of(loaded, among) if among else loaded.catalogue or loaded.reference
    properties = _properties(loaded, point)
    near = _neighbours(loaded, point, top_k, table)
    if structure is not None:
        picture = depict(point.chemical.smiles, structure.suffix.removeprefix(".").lower())
        with output_stream(structure, force) as stream:
            stream.write(picture)
    if as_json:
        click.echo(json.dumps(_described(loaded, point, properties, near), ensure_ascii=False))
    else:
        _show(point, properties, near, table)


def _properties(hub: Hub, point: Point) -> list[Predicted]:
    predict = registry().hub(hub.card.name).predict
    return list(resolve(predict)(hub, [point.chemical.smiles])) if predict else []


def _neighbours(hub: Hub, point: Point, k: int, table: EmbeddingTable) -> list[Match]:
    """Return the k nearest other chemicals."""
    near = hub.nearest(point.vector, k + 1, among=table)
    return [match for match in near if match.chemical.key != point.chemical.key][:k]


def _described(
    hub: Hub, point: Point, properties: list[Predicted], near: list[Match]
) -> dict[str, Any]:
    who = point.chemical
    return {
        "name": who.name,
        "cas": who.cas,
        "smiles": who.smiles,
        "inchikey": who.inchikey,
        "part": part(who.inchikey),
        "hub": hub.id,
        "properties": {
            p.name: {"value": round(float(p.values[0]), 4), "unit": p.unit} for p in properties
        },
        "nearest": [
            {
                "name": match.chemical.name,
                "smiles": match.chemical.smiles,
                "inchikey": match.chemical.inchikey,
                "similarity": round(match.similarity, 4),
            }
            for match in near
        ],
    }


def _show(
    point: Point, properties: list[Predicted], near: list[Match], table: EmbeddingTable
) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    who, console = point.chemical, Console()
    identity = Table(show_header=False, box=None)
    for label, value in (
        ("name", who.name),
        ("CAS number", who.cas),
        ("structure", who.smiles),
        ("InChIKey", f"{who.key} (connectivity)"),
        ("part", part(who.inchikey)),
    ):
        if value:
            identity.add_row(label, escape(value))
    console.print(identity, highlight=False)
    if properties:
        predicted = Table("predicted", "", "unit")
        predicted.columns[1].justify = "right"
        for one in properties:
            predicted.add_row(one.name, f"{float(one.values[0]):.3f}", one.unit)
        console.print(predicted)
    searched = count(len(table), "candidate")
    nearest = Table("nearest", "similarity", "structure", caption=searched)
    nearest.columns[1].justify = "right"
    for match in near:
        nearest.add_row(
            escape(match.chemical.name), f"{match.similarity:.3f}", escape(match.chemical.smiles)
        )
    console.print(nearest)
