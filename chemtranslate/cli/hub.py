"""`hub info | predict | train | evaluate`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from chemtranslate.artefact import CARD
from chemtranslate.batching import applied, as_arrays, batches
from chemtranslate.cli import options
from chemtranslate.cli.ledger import Ledger, TrainingBar, count
from chemtranslate.cli.train import typed
from chemtranslate.errors import InputError, UnknownNameError
from chemtranslate.files import check_folder, check_output, csv_into, output_stream
from chemtranslate.hub import load_hub
from chemtranslate.plugins import registry
from chemtranslate.protocols import HubPredictor, HubTraining
from chemtranslate.sample import Reject
from chemtranslate.specs import HubSpec, resolve
from chemtranslate.translator import BATCH, Translator


@click.group()
def hub() -> None:
    """The space of chemicals: look at it, train one, measure one."""


@hub.command()
@options.hub
@options.as_json
def info(hub: str | None, as_json: bool) -> None:
    """Say what a hub is, what it was trained on, and what it reaches."""
    loaded = load_hub(hub)
    if as_json:
        click.echo(loaded.card.model_dump_json(indent=2))
        return
    card = loaded.card
    click.echo(f"hub        {card.name} ({loaded.id}), {loaded.dimensions} dimensions")
    click.echo(f"weights    {loaded.folder}")
    reference = loaded.reference
    click.echo(f"reference  {count(len(reference), 'chemical')}: {reference.card.description}")
    click.echo(f"licence    {card.data_licence}")
    click.echo(f"split      {card.split}")
    for title, part in (
        ("data", card.data),
        ("metrics", card.metrics),
        ("settings", card.settings),
        ("versions", card.versions),
    ):
        click.echo(title)
        for name, value in part.items():
            click.echo(f"  {name}: {value}")


@hub.command()
@click.option(
    "--data",
    required=True,
    type=options.PATH,
    metavar="DIR",
    help="Folder with the labelled chemicals (tox21.csv, hiv.csv, freesolv.csv).",
)
@click.option(
    "--structures",
    multiple=True,
    metavar="MODALITY=FILE",
    help="Further chemicals without labels, taken from the records of a file.",
)
@options.output("Model folder to write.")
@options.hub
@click.option(
    "--epochs", type=click.IntRange(1), help="Number of epochs; the hub's own by default."
)
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint.")
@options.seed
@options.force
def train(
    data: Path,
    structures: tuple[str, ...],
    output: Path,
    hub: str | None,
    epochs: int | None,
    resume: bool,
    seed: int,
    force: bool,
) -> None:
    """Train a hub; everything made for another hub must then be made again."""
    spec = _spec(hub)
    if spec.train is None:
        raise UnknownNameError(f"hub {spec.name!r} cannot be trained")
    check_folder(output, force, CARD)
    card = resolve(spec.train)(
        HubTraining(
            data=data,
            folder=output,
            structures=structures_of(structures),
            epochs=epochs,
            resume=resume,
            seed=seed,
            progress=TrainingBar(spec.name),
            command=typed(),
            force=force,
        )
    )
    click.echo(f"hub {card.hub} -> {output}: {json.dumps(card.metrics)}", err=True)


@hub.command()
@options.inputs
@options.output("CSV file: id, structure as it was stated, then one column for each property.")
@options.hub
@options.read_format
@options.rejects
@options.force
@options.as_json
def predict(
    inputs: tuple[str, ...],
    output: Path,
    hub: str | None,
    format_: str | None,
    rejects: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Predict properties of chemicals: of each structure in a file."""
    translator = Translator(hub)
    spec = registry().hub(translator.hub.card.name)
    if spec.predict is None:
        raise UnknownNameError(f"hub {spec.name!r} predicts no properties")
    predictor: HubPredictor = resolve(spec.predict)
    check_output(output, force)
    with Ledger(rejects, force, others=inputs, output=output) as ledger:
        records = translator.records(*inputs, modality=spec.structures, format=format_)
        form = translator.encoder(spec.structures).form

        def rows() -> Iterator[dict[str, str]]:
            for batch in batches(ledger.reading(records), BATCH):
                usable, arrays = as_arrays(batch, form, ledger.reject)
                for samples, predicted in applied(
                    lambda smiles: predictor(translator.hub, [str(text) for text in smiles]),
                    usable,
                    arrays,
                    ledger.reject,
                ):
                    for number, sample in enumerate(samples):
                        stated = sample.chemical.smiles if sample.chemical else ""
                        yield {
                            "id": sample.id,
                            "smiles": stated,
                            **{p.name: f"{p.values[number]:.4f}" for p in predicted},
                        }

        out = output_stream(output, force)
        with ledger.writing_to(out) as stream, csv_into(stream) as writer:
            for number, row in enumerate(ledger.writing(rows())):
                if not number:
                    writer.writerow(row)
                writer.writerow(row.values())
    ledger.close(str(output), as_json, hub=translator.hub.id)


@hub.command()
@click.option(
    "--data",
    required=True,
    type=options.PATH,
    metavar="DIR",
    help="Folder with the labelled chemicals (tox21.csv, hiv.csv, freesolv.csv).",
)
@options.hub
@options.as_json
def evaluate(data: Path, hub: str | None, as_json: bool) -> None:
    """Measure a hub on the chemicals of the test part, which it has never seen."""
    loaded = load_hub(hub)
    spec = registry().hub(loaded.card.name)
    if spec.evaluate is None:
        raise UnknownNameError(f"hub {spec.name!r} cannot be evaluated")
    figures = resolve(spec.evaluate)(loaded, data)
    if as_json:
        click.echo(json.dumps({"hub": loaded.id, **figures}, indent=2))
    else:
        for name, value in figures.items():
            click.echo(f"{name}: {value}")


def _spec(name: str | None) -> HubSpec:
    known = registry()
    return known.hub(name or next(iter(known.names("hub")), ""))


def structures_of(sources: Iterable[str]) -> Iterator[str]:
    """Yield the SMILES of all records of files, each given as MODALITY=FILE."""
    translator = Translator()
    for source in sources:
        modality, equals, file = source.partition("=")
        if not equals:
            raise InputError(f"--structures {source!r}: expected MODALITY=FILE")
        for record in translator.records(file, modality=modality):
            if not isinstance(record, Reject) and record.chemical and record.chemical.smiles:
                yield record.chemical.smiles
