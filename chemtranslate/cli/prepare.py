"""`prepare`: from a library as it comes to the records fit for training."""

from __future__ import annotations

from pathlib import Path

import click

from chemtranslate.cli import options
from chemtranslate.cli.ledger import Ledger
from chemtranslate.cli.translate import writer_for
from chemtranslate.errors import UnknownNameError
from chemtranslate.files import output_stream
from chemtranslate.identities import Identities
from chemtranslate.specs import resolve
from chemtranslate.translator import Translator


@click.command()
@click.argument("modality")
@options.inputs
@options.output("File to write, its format by its ending.")
@click.option(
    "--identities",
    metavar="FILE",
    type=options.PATH,
    help="Chemicals (CSV with a column smiles) by file, id, cas or name, for records that state no "
    "structure.",
)
@options.read_format
@options.rejects
@options.force
@options.as_json
def prepare(
    modality: str,
    inputs: tuple[str, ...],
    output: Path,
    identities: Path | None,
    format_: str | None,
    rejects: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Keep the records fit for training; set the others aside, each with a reason."""
    translator = Translator()
    spec = translator.plugins.modality(modality)
    if spec.prepare is None:
        raise UnknownNameError(f"modality {modality!r} has no preparation")
    preparer = resolve(spec.prepare)
    write = writer_for(translator, modality, output, force)
    read = inputs if identities is None else (*inputs, str(identities))
    with Ledger(rejects, force, others=read, output=output, tolerant=True) as ledger:
        records = translator.records(*inputs, modality=modality, format=format_)
        if identities is not None:
            listed = translator.read(identities, modality=translator.plugins.structures)
            records = Identities(listed).named(records)
        with ledger.writing_to(output_stream(output, force)) as stream:
            write(ledger.writing(ledger.reading(preparer(records))), stream)
    _print_counts(ledger)
    if rejects is None and ledger.rejected:
        click.echo("--rejects FILE lists each of them", err=True)
    ledger.close(str(output), as_json)


def _print_counts(ledger: Ledger) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("set aside", "records", title=None)
    table.columns[1].justify = "right"
    for kind, count in ledger.kinds.most_common():
        table.add_row(kind, f"{count:,}")
    table.add_section()
    table.add_row("kept", f"{ledger.written:,}")
    table.add_row("read", f"{ledger.read:,}")
    Console(stderr=True).print(table)
