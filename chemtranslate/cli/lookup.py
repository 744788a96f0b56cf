"""`embed`: samples in, hub vectors out; and opening a table of them by name."""

from __future__ import annotations

from pathlib import Path

import click

from chemtranslate.cli import options
from chemtranslate.cli.ledger import Ledger, NothingUsable
from chemtranslate.cli.translate import announce
from chemtranslate.errors import ArtefactError
from chemtranslate.files import check_folder
from chemtranslate.hub import Hub
from chemtranslate.index import CATALOGUE
from chemtranslate.table import CARD, EmbeddingTable, TableCard, new_table
from chemtranslate.translator import Translator, entry_of


@click.command()
@options.source
@options.inputs
@options.output("Folder to write: an embedding table.")
@options.encoder
@options.hub
@options.read_format
@options.rejects
@options.force
@options.as_json
def embed(
    source: str,
    inputs: tuple[str, ...],
    output: Path,
    encoder: str | None,
    hub: str | None,
    format_: str | None,
    rejects: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write the hub vectors of samples as an embedding table."""
    translator = Translator(hub, encoder=encoder)
    translator.plugins.modality(source)
    check_folder(output, force, CARD)
    with Ledger(rejects, force, others=inputs, output=output) as ledger:
        records = translator.records(*inputs, modality=source, format=format_)
        announce(translator, source)
        card = TableCard(
            hub=translator.hub.id,
            dimensions=translator.hub.dimensions,
            encoder=translator.encoder(source).name,
            description=", ".join(Path(file).name for file in inputs),
        )
        with ledger.writing_to(new_table(output, card, force)) as table:
            for embedded in translator.embed(
                ledger.reading(records), source=source, on_reject=ledger.reject
            ):
                for sample, vector in zip(
                    ledger.writing(embedded.samples), embedded.vectors, strict=True
                ):
                    table.add(entry_of(sample), vector)
            if not ledger.written:
                raise NothingUsable.of(ledger)
    ledger.close(str(output), as_json, hub=translator.hub.id)


def table_of(hub: Hub, name: str) -> EmbeddingTable:
    """Open an embedding table by its folder, or that of the catalogue by this word.

    Raises:
        ArtefactError: there is none, or it is damaged or of another hub.
    """
    if name != CATALOGUE:
        return EmbeddingTable.open(Path(name), hub.id)
    if hub.catalogue is None:
        raise ArtefactError(
            f"the catalogue has not been embedded with hub {hub.id} yet; "
            "`chemtranslate index build catalogue` does it once, in minutes"
        )
    return hub.catalogue
