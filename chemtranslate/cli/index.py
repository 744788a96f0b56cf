"""`index build | approximate | info`: embedding tables of many chemicals, to look things up in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import click

from chemtranslate import catalogue
from chemtranslate.approximate import build_graph
from chemtranslate.cache import catalogue_folder
from chemtranslate.cli import options
from chemtranslate.cli.ledger import Ledger, count, watched
from chemtranslate.errors import InputError, OutputError, ProcessError
from chemtranslate.files import STDIN
from chemtranslate.index import CATALOGUE, PIECE, build, chemicals_of_catalogue, goes_on
from chemtranslate.sample import Reject, Sample
from chemtranslate.table import EmbeddingTable, TableCard
from chemtranslate.translator import Translator


@click.group()
def index() -> None:
    """Tables of hub vectors: build one, look at one."""


@index.command("build")
@click.argument("chemicals", metavar="CHEMICALS")
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=options.PATH,
    help="Table to write; for the catalogue, the user's cache folder by default.",
)
@click.option("--append", is_flag=True, help="Add the chemicals to an existing table.")
@options.hub
@options.read_format
@options.rejects
@options.force
@options.as_json
def build_(
    chemicals: str,
    output: Path | None,
    append: bool,
    hub: str | None,
    format_: str | None,
    rejects: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Embed CHEMICALS, a file of structures or the word "catalogue", as a table.

    A build that was stopped goes on where it was when it is started again. The catalogue's table
    (76,000 chemicals) is built once and then found by `identify` and `lookup`.
    """
    translator = Translator(hub, batch=PIECE)
    if output is None:
        if chemicals != CATALOGUE:
            raise InputError("found no -o DIR, expected the table to write")
        output = catalogue_folder(translator.hub.id)
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{output.parent}: cannot be made: {error.strerror}") from None
    records: Iterable[Sample | Reject]
    total = None
    if chemicals == CATALOGUE:
        total = catalogue.size()
        records, source = chemicals_of_catalogue(), f"{CATALOGUE} {version('chemicals')}"
    else:
        modality = translator.plugins.hub(translator.hub.card.name).structures
        records = translator.records(chemicals, modality=modality, format=format_)
        source = _state_of(chemicals)
    tolerant = chemicals == CATALOGUE and rejects is None
    if tolerant:  # its few unusable rows are nobody's mistake: listed beside it, not on the screen
        rejects = output.with_name(f"{output.name}-rejects.csv")
    card = TableCard(
        hub=translator.hub.id,
        dimensions=translator.hub.dimensions,
        encoder=translator.hub.card.name,
        description=Path(chemicals).name,
    )
    inputs = () if chemicals == CATALOGUE else (chemicals,)
    with Ledger(rejects, force or tolerant, others=inputs, output=output) as ledger:
        try:
            ledger.read, ledger.written = build(
                watched(records, "chemicals", total),
                translator,
                output,
                card,
                source=source,
                force=force,
                append=append,
                on_reject=ledger.reject,
            )
        except (KeyboardInterrupt, SystemExit, ProcessError):
            if source and goes_on(output):
                click.echo("stopped; the same command goes on from here", err=True)
            raise
    ledger.close(str(output), as_json, hub=translator.hub.id)


@index.command()
@click.argument("table", type=options.PATH)
@options.as_json
def approximate(table: Path, as_json: bool) -> None:
    """Build the graph with which a table of more than a million rows is searched.

    Smaller tables are always searched exactly.
    """
    note = build_graph(EmbeddingTable.open(table), table)
    rows = count(note.rows, "row")
    click.echo(f"{rows}; finds {note.recall:.1%} of the true ten nearest -> {table}", err=True)
    if as_json:
        click.echo(note.model_dump_json())


@index.command()
@click.argument("table", type=options.PATH)
@options.as_json
def info(table: Path, as_json: bool) -> None:
    """Say what a table holds and for which hub it was made."""
    opened = EmbeddingTable.open(table)
    opened.check()
    if as_json:
        said = {"rows": len(opened), **opened.card.model_dump(mode="json")}
        click.echo(json.dumps(said, indent=2, ensure_ascii=False))
        return
    click.echo(f"rows         {len(opened):,} in {count(len(opened.card.shards), 'shard')}")
    click.echo(f"hub          {opened.card.hub}")
    click.echo(f"made by      {opened.card.encoder}")
    click.echo(f"description  {opened.card.description}")
    for entry in opened.entries[:3]:
        click.echo(f"  {entry.id}  {entry.name}  {entry.smiles}")


def _state_of(file: str) -> str:
    """Return what tells a file from its later states; empty for standard input."""
    if file == STDIN or not Path(file).is_file():
        return ""
    state = Path(file).stat()
    return f"{Path(file).resolve()} {state.st_size} {state.st_mtime_ns}"
