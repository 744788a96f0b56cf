"""`evaluate`: how close translations come to what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from chemtranslate.cli import options
from chemtranslate.cli.ledger import Ledger
from chemtranslate.cli.translate import announce
from chemtranslate.errors import InputError
from chemtranslate.files import check_output, written_whole
from chemtranslate.translator import Translator


@click.command()
@options.source
@options.target
@click.argument("data", nargs=-1, required=True)
@click.option(
    "--held-out",
    is_flag=True,
    help="Measure on the held-out replicates of known chemicals, damaged by the "
    "augmenter, beside baselines; DATA must be prepared.",
)
@click.option(
    "--remove",
    type=click.FloatRange(0, 1),
    default=None,
    help="With --held-out: share of the signal that the augmenter removes.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=options.PATH,
    help="Also write the figures to this file (JSON).",
)
@options.seed
@options.encoder
@options.decoder
@options.hub
@options.read_format
@options.rejects
@options.force
@options.as_json
def evaluate(
    source: str,
    target: str,
    data: tuple[str, ...],
    held_out: bool,
    remove: float | None,
    output: Path | None,
    seed: int,
    encoder: str | None,
    decoder: str | None,
    hub: str | None,
    format_: str | None,
    rejects: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Translate DATA and compare each record with what was measured; then means and medians."""
    if source != target:
        raise InputError(
            f"cannot evaluate {source} -> {target}: measured pairs are needed; "
            f"evaluate {source} -> {source} instead"
        )
    translator = Translator(hub, encoder=encoder, decoder=decoder)
    translator.plugins.modality(source)
    if output is not None:
        check_output(output, force)
    with Ledger(rejects, force, others=data, output=output) as ledger:
        samples = ledger.reading(translator.records(*data, modality=source, format=format_))
        announce(translator, source, target)
        if held_out:
            from chemtranslate.evaluation import replicate_study

            settings: dict[str, Any] = {} if remove is None else {"share": remove}
            figures = replicate_study(
                translator,
                samples,
                source,
                seed=seed,
                progress=lambda line: click.echo(line, err=True),
                **settings,
            )
        else:
            figures = _per_record(translator, samples, source, ledger)
    text = json.dumps(figures, indent=2, ensure_ascii=False) + "\n"
    if output is not None:
        with written_whole(output, force) as stream:
            stream.write(text.encode())
    if as_json:
        click.echo(text, nl=False)
    elif held_out:
        _print_study(figures)
    else:
        _print_records(figures)
    if not held_out:
        ledger.close(str(output or ""), as_json=False)


def _per_record(
    translator: Translator,
    samples: Any,
    modality: str,
    ledger: Ledger,
) -> dict[str, Any]:
    from chemtranslate.evaluation import compare

    rows = [
        {"id": sample.id, **{name: round(value, 4) for name, value in figures.items()}}
        for sample, figures in ledger.writing(compare(translator, samples, modality, ledger.reject))
    ]
    names = [name for name in rows[0] if name != "id"]
    return {
        "hub": translator.hub.id,
        "encoder": translator.encoder(modality).name,
        "decoder": translator.decoder(modality).name,
        "records": rows,
        "mean": {n: round(float(np.mean([row[n] for row in rows])), 4) for n in names},
        "median": {n: round(float(np.median([row[n] for row in rows])), 4) for n in names},
    }


def _print_records(figures: dict[str, Any]) -> None:
    names = list(figures["mean"])
    click.echo("\t".join(["id", *names]))
    for row in figures["records"]:
        click.echo("\t".join([row["id"], *(f"{row[name]:.4f}" for name in names)]))
    for line in ("mean", "median"):
        click.echo("\t".join([line, *(f"{figures[line][name]:.4f}" for name in names)]))


def _print_study(figures: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    ways = figures["held-out replicates"]
    names = list(next(iter(ways.values())))
    table = Table(
        "held-out replicates", *(f"{name}, {kind}" for name in names for kind in ("mean", "median"))
    )
    for way, values in ways.items():
        table.add_row(
            way, *(f"{values[name][kind]:.3f}" for name in names for kind in ("mean", "median"))
        )
    console = Console()
    console.print(table)
    for title in ("own chemical nearest, among the known", "unseen chemicals (test part)"):
        if title in figures:
            console.print(f"{title}: {json.dumps(figures[title])}", highlight=False)
