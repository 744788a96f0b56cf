"""`identify` and `embed`: samples in, chemicals or hub vectors out."""

from __future__ import annotations

from pathlib import Path

import click

from chemtranslate.cli import options
from chemtranslate.cli.ledger import Ledger, NothingUsable, count
from chemtranslate.cli.translate import announce
from chemtranslate.errors import ArtefactError, InputError
from chemtranslate.files import check_folder, check_output, csv_into, output_stream
from chemtranslate.hub import Hub
from chemtranslate.index import CATALOGUE
from chemtranslate.table import CARD, EmbeddingTable, TableCard, new_table
from chemtranslate.translator import Translator, entry_of

HITS = ("query", "rank", "name", "smiles", "inchikey", "similarity")


@click.command()
@options.source
@options.inputs
@click.option(
    "--candidates",
    metavar="FILE|TABLE",
    help="Chemicals to choose from: a CSV file with a column smiles (name and inchikey "
    "optional), an embedding table or the word catalogue; the hub's reference chemicals by "
    "default.",
)
@options.top_k("Chemicals to name for each sample.")
@options.output(f"CSV file of hits: {', '.join(HITS)}.")
@options.encoder
@options.hub
@options.read_format
@options.rejects
@options.force
@options.as_json
def identify(
    source: str,
    inputs: tuple[str, ...],
    candidates: str | None,
    top_k: int,
    output: Path,
    encoder: str | None,
    hub: str | None,
    format_: str | None,
    rejects: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Name the chemicals whose hub vectors are nearest to each sample's."""
    translator = Translator(hub, encoder=encoder)
    translator.plugins.modality(source)
    check_output(output, force)
    others = (*inputs, candidates) if candidates else inputs
    with Ledger(rejects, force, others=others, output=output) as ledger:
        table = _candidates(translator, candidates, ledger) if candidates else None
        records = translator.records(*inputs, modality=source, format=format_)
        found = translator.identify(
            ledger.reading(records), source=source, k=top_k, among=table, on_reject=ledger.reject
        )
        announce(translator, source)
        out = output_stream(output, force)
        with ledger.writing_to(out) as stream, csv_into(stream) as rows:
            rows.writerow(HITS)
            for sample, matches in ledger.writing(found):
                for rank, match in enumerate(matches, 1):
                    who = match.chemical
                    rows.writerow(
                        (
                            sample.id,
                            rank,
                            who.name,
                            who.smiles,
                            who.inchikey,
                            f"{match.similarity:.4f}",
                        )
                    )
    ledger.close(str(output), as_json, hub=translator.hub.id)


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


def _candidates(translator: Translator, file: str, ledger: Ledger) -> EmbeddingTable:
    if Path(file).is_dir() or file == CATALOGUE:
        return table_of(translator.hub, file)
    modality = translator.plugins.hub(translator.hub.card.name).structures
    chemicals = Translator(translator.hub, plugins=translator.plugins)
    samples = chemicals.read(file, modality=modality, on_reject=ledger.note)
    table = chemicals.table(samples, source=modality, on_reject=ledger.note)
    if not len(table):
        raise InputError(f"{file}: found no usable candidate, expected at least one structure")
    click.echo(f"{count(len(table), 'candidate')} from {file}", err=True)
    return table
