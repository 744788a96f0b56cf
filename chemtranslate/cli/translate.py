"""`translate`: samples in, samples out; and what other commands that write samples share."""

from __future__ import annotations

from pathlib import Path

import click

from chemtranslate.cli import options
from chemtranslate.cli.ledger import Ledger
from chemtranslate.files import check_output, output_stream
from chemtranslate.formats import format_for
from chemtranslate.models import GuardedDecoder
from chemtranslate.protocols import Writer
from chemtranslate.specs import resolve
from chemtranslate.translator import Translator


@click.command()
@options.source
@options.target
@options.inputs
@options.output('File to write, its format by its ending; "-" is standard output.')
@options.encoder
@options.decoder
@options.hub
@options.read_format
@click.option(
    "--expected",
    is_flag=True,
    help="Write what is expected of all chemicals that the encoder leaves possible, each as likely "
    "as it says, and not what its one vector decodes to.",
)
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
    expected: bool,
    rejects: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Translate samples of one modality into another, through the hub."""
    translator = Translator(hub, encoder=encoder, decoder=decoder)
    translator.plugins.modality(source)
    write = writer_for(translator, target, output, force)
    with Ledger(rejects, force, others=inputs, output=output) as ledger:
        records = translator.records(*inputs, modality=source, format=format_)
        samples = translator.translate(
            ledger.reading(records),
            source=source,
            target=target,
            expected=expected,
            on_reject=ledger.reject,
        )
        announce(translator, source, target)
        with ledger.writing_to(output_stream(output, force)) as stream:
            write(ledger.writing(samples), stream)
    say_left_out(translator)
    ledger.close(
        str(output),
        as_json,
        source=source,
        target=target,
        hub=translator.hub.id,
        left_out=translator.left_out,
    )


def announce(
    translator: Translator,
    source: str,
    target: str | None = None,
    decoder: GuardedDecoder | None = None,
) -> None:
    """Say on stderr what is about to be done, and with which models.

    Args:
        decoder: the one in use, if it is not the translator's own for `target`.
    """
    names = [
        f"hub {translator.hub.card.name} ({translator.hub.id})",
        f"encoder {translator.encoder(source).name}",
    ]
    if target is not None:
        names.append(f"decoder {(decoder or translator.decoder(target)).name}")
    click.echo(f"{source} -> {target or 'hub'}: {', '.join(names)}", err=True)


def say_left_out(translator: Translator) -> None:
    """Say on stderr how much of the signals did not fit the models."""
    if translator.left_out:
        click.echo(
            f"{translator.left_out} peaks or other parts of signals were out of the "
            "model's range and left out; Left_out in a record counts its own",
            err=True,
        )


def writer_for(translator: Translator, modality: str, output: Path, force: bool) -> Writer:
    """Return the writer of an output's format, having checked that the output can be written."""
    fmt = format_for(translator.plugins.modality(modality), str(output), None, "write")
    check_output(output, force)
    write: Writer = resolve(str(fmt.write))
    return write
