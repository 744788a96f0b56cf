"""`plot`: samples as a picture, translations beneath what they were translated from."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import click

from chemtranslate.cli import options
from chemtranslate.cli.ledger import Ledger, count
from chemtranslate.errors import UnknownNameError
from chemtranslate.files import check_output, written_whole
from chemtranslate.sample import Sample
from chemtranslate.specs import resolve
from chemtranslate.translator import Translator

PANELS = 12
"""Samples that one picture shows, at most."""


@click.command()
@click.argument("modality")
@options.inputs
@options.output("Picture to write, its kind by its ending (.png, .svg).")
@click.option(
    "--below",
    metavar="FILE",
    help="Samples to draw beneath those of INPUT, as what "
    "`translate` made of them: each under the one that its Source_id or its id names.",
)
@click.option("--title", default="", help="Line above the picture.")
@options.read_format
@options.rejects
@options.force
def plot(
    modality: str,
    inputs: tuple[str, ...],
    output: Path,
    below: str | None,
    title: str,
    format_: str | None,
    rejects: Path | None,
    force: bool,
) -> None:
    """Draw the first 12 samples of INPUT; further ones are left out."""
    translator = Translator()
    spec = translator.plugins.modality(modality)
    if spec.plot is None:
        raise UnknownNameError(f"modality {modality!r} cannot be drawn")
    draw = resolve(spec.plot)
    check_output(output, force)
    others = (*inputs, below) if below else inputs
    with Ledger(rejects, force, others=others, output=output) as ledger:
        records = translator.records(*inputs, modality=modality, format=format_)
        samples = ledger.writing(ledger.reading(records))
        above = list(islice(samples, PANELS))
        more = next(samples, None) is not None
        beneath: list[Sample] | None = None
        if below is not None:
            beneath = list(translator.read(below, modality=modality, on_reject=ledger.reject))
        with ledger.writing_to(written_whole(output, force)) as stream:
            draw(above, beneath, stream, output.suffix.lower().removeprefix("."), title)
    if more:
        click.echo(f"drew the first {PANELS} samples, left out the others", err=True)
    click.echo(f"{count(len(above), 'sample')} -> {output}", err=True)
