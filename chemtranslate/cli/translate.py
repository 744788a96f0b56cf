"""`translate` and `augment`: samples in, samples out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from chemtranslate.cli import options
from chemtranslate.cli.ledger import Ledger
from chemtranslate.files import STDIN, check_output, output_stream
from chemtranslate.protocols import Writer
from chemtranslate.specs import resolve
from chemtranslate.translator import Translator, format_for


@click.command()
@options.source
@options.target
@options.inputs
@options.output('File to write, its format by its ending; "-" is standard output.')
@options.encoder
@options.decoder
@options.hub
@options.read_format
@options.rejects
@options.force
@options.as_json
def translate(
    source: str,
    target: str,
    inputs: tuple[str, ...],
    output: Path,
    encoder: str | None,
    decoder: str | None,
    hub: str | None,
    format_: str | None,
    rejects: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Translate samples of one modality into another, through the hub."""
    translator = Translator(hub, encoder=encoder, decoder=decoder)
    translator.plugins.modality(source)
    write = writer_for(translator, target, output, force)
    with Ledger(rejects, force, others=[*inputs, output]) as ledger:
        records = translator.records(*inputs, modality=source, format=format_)
        samples = translator.translate(
            ledger.reading(records), source=source, target=target, on_reject=ledger.reject
        )
        announce(translator, source, target)
        with output_stream(output, force) as stream:
            write(ledger.writing(samples), stream)
    _say_left_out(translator)
    ledger.close(
        str(output),
        as_json and str(output) != STDIN,
        source=source,
        target=target,
        hub=translator.hub.id,
        left_out=translator.left_out,
    )


@click.command()
@click.argument("modality")
@options.inputs
@options.output("File to write, its format by its ending.")
@click.option(
    "--copies",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="New samples to make of each.",
)
@click.option(
    "--remove",
    type=click.FloatRange(0, 1),
    default=None,
    help="Share of the signal that the augmenter removes; its own choice by default "
    "(mass_spec: 0.15 of the peaks).",
)
@options.seed
@options.encoder
@options.decoder
@options.hub
@options.read_format
@options.rejects
@options.force
@options.as_json
def augment(
    modality: str,
    inputs: tuple[str, ...],
    output: Path,
    copies: int,
    remove: float | None,
    seed: int,
    encoder: str | None,
    decoder: str | None,
    hub: str | None,
    format_: str | None,
    rejects: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Make new, realistic samples: damage each one, encode it, decode it."""
    translator = Translator(hub, encoder=encoder, decoder=decoder)
    write = writer_for(translator, modality, output, force)
    settings: dict[str, Any] = {} if remove is None else {"share": remove}
    with Ledger(rejects, force, others=[*inputs, output]) as ledger:
        records = translator.records(*inputs, modality=modality, format=format_)
        samples = translator.augment(
            ledger.reading(records),
            modality=modality,
            copies=copies,
            seed=seed,
            on_reject=ledger.reject,
            **settings,
        )
        announce(translator, modality, modality)
        with output_stream(output, force) as stream:
            write(ledger.writing(samples), stream)
    _say_left_out(translator)
    click.echo(f"{copies} copies of each, seed {seed}", err=True)
    ledger.close(str(output), as_json, copies=copies, seed=seed, hub=translator.hub.id)


def announce(translator: Translator, source: str, target: str | None = None) -> None:
    """Say on stderr what is about to be done, and with which models."""
    names = [
        f"hub {translator.hub.card.name} ({translator.hub.id})",
        f"encoder {translator.encoder(source).name}",
    ]
    if target is not None:
        names.append(f"decoder {translator.decoder(target).name}")
    click.echo(f"{source} -> {target or 'hub'}: {', '.join(names)}", err=True)


def _say_left_out(translator: Translator) -> None:
    if translator.left_out:
        click.echo(
            f"{translator.left_out} peaks or other parts of signals were out of the "
            "encoder's range and left out; Left_out in a record counts its own",
            err=True,
        )


def writer_for(translator: Translator, modality: str, output: Path, force: bool) -> Writer:
    """Return the writer of an output's format, having checked that the output can be written."""
    fmt = format_for(translator.plugins.modality(modality), str(output), None, "write")
    check_output(output, force)
    write: Writer = resolve(str(fmt.write))
    return write
